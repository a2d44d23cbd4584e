"""Django's way to send mail, for packages that know no other (allauth's password reset)."""

from collections.abc import Sequence
from email.utils import make_msgid, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.html import strip_tags

from portal.integrations.email import EmailError, OutgoingEmail, email_sender

_OWN_HEADERS = {"message-id", "from", "to", "cc", "reply-to", "subject", "date"}


class EmailBackend(BaseEmailBackend):
    """Hands each message to the configured EmailSender, one mail per recipient."""

    def __init__(self, fail_silently: bool = False, **options: Any) -> None:
        super().__init__(fail_silently=fail_silently)

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Send the messages and say how many left.

        :raises EmailUnavailable, EmailRejected: unless failures are to be silent
        """
        return sum(self._send(message) for message in email_messages)

    def _send(self, message: EmailMessage) -> bool:
        if not message.recipients():
            return False
        try:
            for recipient in message.recipients():
                email_sender().send(_outgoing(message, recipient))
        except EmailError:
            if not self.fail_silently:
                raise
            return False
        return True


def _outgoing(message: EmailMessage, recipient: str) -> OutgoingEmail:
    if message.attachments:
        raise ValueError("The portal's mails carry no attachments.")
    text, html = _bodies(message)
    sender = message.from_email or settings.MAIL_FROM
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    return OutgoingEmail(
        to=recipient,
        subject=str(message.subject),
        text=text,
        html=html,
        message_id=message.extra_headers.get("Message-ID") or make_msgid(domain=domain),
        from_address=sender,
        reply_to=next(iter(message.reply_to), ""),
        headers={
            name: value for name, value in message.extra_headers.items() if name.lower() not in _OWN_HEADERS
        },
    )


def _bodies(message: EmailMessage) -> tuple[str, str]:
    body = str(message.body)
    if message.content_subtype == "html":
        return strip_tags(body), body
    if isinstance(message, EmailMultiAlternatives):
        html = [str(content) for content, kind in message.alternatives if kind == "text/html"]
        return body, next(iter(html), "")
    return body, ""
