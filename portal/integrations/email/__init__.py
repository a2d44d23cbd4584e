"""Mail that leaves the portal: one message to one recipient, for SendGrid, a mail server or the embedded mailbox.

It owns the form of a message and the two classes of failure: try again, or never. It does not know what a
mail is about, when it is due or whether it was sent before; the outbox does.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

_MESSAGE_ID = re.compile(r"<[^<>@\s]+@[^<>@\s]+>")


class EmailError(Exception):
    """Why a mail did not leave, as a sentence for staff. It names no address and no content."""


class EmailUnavailable(EmailError):
    """The mail may have left or not; try again later with the same Message-ID.

    :param retry_after_seconds: how long the other side wants to be left alone
    """

    def __init__(self, reason: str, *, retry_after_seconds: int = 0) -> None:
        super().__init__(reason)
        self.retry_after_seconds = retry_after_seconds


class EmailSettingsWrong(EmailUnavailable):
    """No mail at all leaves until somebody puts a setting right; this one waits for that."""


class EmailRejected(EmailError):
    """This mail will never be taken, however often it is tried."""


class EmailRecipientRefused(EmailRejected):
    """The address is the reason: no other mail will reach it either."""


@dataclass(frozen=True)
class OutgoingEmail:
    """One mail to one recipient.

    :param to: one address, with or without a name
    :param html: empty for a mail of text only
    :param message_id: with its angle brackets; the same mail always carries the same one
    :param from_address: empty for the portal's own address (MAIL_FROM)
    :param tags: ids that come back with the provider's messages about this mail
    :param template: what the mail is called where the provider may hold a template of its own for it
    :param data: what such a template is filled with, as JSON
    """

    to: str
    subject: str
    text: str
    html: str
    message_id: str
    from_address: str = ""
    reply_to: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    template: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _MESSAGE_ID.fullmatch(self.message_id):
            raise ValueError("A Message-ID has the form <something@domain>.")


class EmailSender(Protocol):
    def send(self, email: OutgoingEmail) -> None:
        """Hand the mail over. When this returns, the other side has taken it.

        :raises EmailUnavailable: try again later; the mail may then arrive twice, with one Message-ID
        :raises EmailRejected: this mail is refused for good
        """

    def check(self) -> list[str]:
        """What keeps mail from leaving, one sentence each; empty when all is well. Sends nothing."""


def email_sender() -> EmailSender:
    """The sender that the settings name."""
    return cast("EmailSender", import_string(settings.EMAIL_SENDER)())
