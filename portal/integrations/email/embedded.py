"""The embedded mailbox: a table, because web and worker share it."""

from django.conf import settings
from django.db import transaction

from portal.integrations.email import OutgoingEmail
from portal.integrations.email.message import address_of, build_message
from portal.integrations.models import DemoMail

_SHOWN_ELSEWHERE = {"to", "subject", "message-id", "date", "mime-version", "content-type"}


class EmbeddedEmailSender:
    """Takes every mail with a valid address and keeps it."""

    def send(self, email: OutgoingEmail) -> None:
        message = build_message(email, default_from=settings.MAIL_FROM)
        with transaction.atomic():
            DemoMail.objects.create(
                message_id=email.message_id,
                to_address=address_of(message, "To"),
                subject=str(message["Subject"]),
                text=email.text,
                html=email.html,
                headers={
                    name: str(value)
                    for name, value in message.items()
                    if name.lower() not in _SHOWN_ELSEWHERE
                },
            )

    def check(self) -> list[str]:
        return []


def email_sender() -> EmbeddedEmailSender:
    return EmbeddedEmailSender()
