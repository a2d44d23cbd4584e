"""How a mail of ours is found again when the provider says what became of it: written here, read here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.core.models import OutboxMail

_MAIL, _PARTNER, _MESSAGE = "portal_mail", "portal_partner", "portal_message"
_LONGEST_ID = 18


@dataclass(frozen=True)
class Tagged:
    mail_id: int
    partner_id: int | None
    message_id: str


def tags_of(row: OutboxMail) -> dict[str, str]:
    """Ids only: providers keep these for long. The Message-ID parts our mails from those of another
    installation that uses the same account."""
    return {
        _MAIL: str(row.pk),
        _PARTNER: "" if row.partner_id is None else str(row.partner_id),
        _MESSAGE: row.message_id,
    }


def read_tags(values: Mapping[str, Any]) -> Tagged | None:
    """None when they are not of a mail of ours."""
    mail_id, partner, message_id = values.get(_MAIL), values.get(_PARTNER), values.get(_MESSAGE)
    if not (_is_id(mail_id) and (partner == "" or _is_id(partner)) and isinstance(message_id, str)):
        return None
    return Tagged(int(str(mail_id)), int(str(partner)) if partner else None, message_id[:120])


def _is_id(text: Any) -> bool:
    return isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) <= _LONGEST_ID
