"""The way out of the outbox: it knows mails as rows, the senders know them as messages."""

from portal.core.jobs import Hold
from portal.core.mailing import RenderedMail
from portal.core.models import OutboxMail
from portal.core.outbox import MailRefused, RecipientRefused
from portal.integrations.email import (
    EmailRecipientRefused,
    EmailRejected,
    EmailSettingsWrong,
    OutgoingEmail,
    email_sender,
)
from portal.integrations.email.tags import tags_of


def deliver(row: OutboxMail, mail: RenderedMail) -> None:
    """Hand one rendered mail to the configured sender.

    :raises MailRefused: this mail is refused for good
    :raises RecipientRefused: this and every other mail to the address
    :raises Hold: no mail leaves until somebody mends the settings
    :raises EmailUnavailable: try again later
    """
    email = OutgoingEmail(
        to=row.recipient,
        subject=mail.subject,
        text=mail.text,
        html=mail.html,
        message_id=row.message_id,
        headers=mail.headers,
        tags=tags_of(row),
        template=mail.template,
        data=mail.data,
    )
    try:
        email_sender().send(email)
    except EmailSettingsWrong as problem:
        raise Hold(str(problem)) from problem
    except EmailRecipientRefused as rejection:
        raise RecipientRefused(str(rejection)) from rejection
    except EmailRejected as rejection:
        raise MailRefused(str(rejection)) from rejection
