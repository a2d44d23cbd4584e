"""The way out of the outbox: it knows mails as rows, the senders know them as messages."""

from portal.core.mailing import RenderedMail
from portal.core.models import OutboxMail
from portal.core.outbox import MailRefused
from portal.integrations.email import EmailRejected, OutgoingEmail, email_sender


def deliver(row: OutboxMail, mail: RenderedMail) -> None:
    """Hand one rendered mail to the configured sender.

    :raises MailRefused: this mail is refused for good
    :raises EmailUnavailable: try again later
    """
    email = OutgoingEmail(
        to=row.recipient,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        message_id=row.message_id,
        headers=mail.headers,
    )
    try:
        email_sender().send(email)
    except EmailRejected as rejection:
        raise MailRefused(str(rejection)) from rejection
