"""What SendGrid tells of mails it took: is it really SendGrid, and which of our mails does it speak of.

Its messages may come twice and in any order, and an account's other applications have theirs among them.
"""

import base64
import binascii
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from portal.core.fates import Report
from portal.core.models import OutboxMail
from portal.integrations.email.tags import read_tags

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

# SendGrid repeats for a day what we did not take. What is repeated by somebody else does nothing: each message
# is kept once.
OLDEST = timedelta(hours=25)
CLOCKS_DIFFER = timedelta(minutes=5)

_Fate = OutboxMail.Fate
_FATES = {
    "deferred": _Fate.DEFERRED,
    "delivered": _Fate.DELIVERED,
    "bounce": _Fate.BOUNCED,
    "blocked": _Fate.BLOCKED,
    "dropped": _Fate.DROPPED,
    "spamreport": _Fate.SPAM,
}


def is_authentic(body: bytes, *, signature: str, timestamp: str, public_key: str, at: datetime) -> bool:
    """Whether SendGrid signed exactly this, and not long ago."""
    is_number = timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12
    signed_at = _moment(int(timestamp)) if is_number else None
    if signed_at is None or not at - OLDEST <= signed_at <= at + CLOCKS_DIFFER:
        return False
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 -- see _loaded
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 -- see _loaded
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 -- see _loaded

    try:
        raw = base64.b64decode(signature, validate=True)
        _loaded(public_key).verify(raw, timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True


def is_public_key(text: str) -> bool:
    try:
        _loaded(text)
    except ValueError:
        return False
    return True


def reports_of(body: bytes, *, at: datetime) -> list[Report]:
    """What is said of our own mails; whatever else is in it, or cannot be read, is left out.

    :raises ValueError: when it is no list of events at all
    """
    events = orjson.loads(body)
    if not isinstance(events, list):
        raise ValueError("a list of events is expected")
    return list(_reports(events, at=at))


def _reports(events: list[Any], *, at: datetime) -> Iterator[Report]:
    for event in events:
        if isinstance(event, dict) and (report := _report(event, at=at)):
            yield report


def _report(event: dict[str, Any], *, at: datetime) -> Report | None:
    fate, tagged, outside_id = _fate(event), read_tags(event), event.get("sg_event_id")
    moment = _moment(event.get("timestamp"))
    if fate is None or tagged is None or moment is None:
        return None
    if not (isinstance(outside_id, str) and 0 < len(outside_id) <= 120):
        return None
    # No text of ours, and PostgreSQL would refuse it together with all others.
    if "\0" in outside_id or "\0" in tagged.message_id:
        return None
    # A clock that runs ahead must not outdo what is told later.
    told_at = min(moment, at)
    return Report(tagged.partner_id, tagged.mail_id, tagged.message_id, fate, outside_id, told_at)


def _fate(event: dict[str, Any]) -> OutboxMail.Fate | None:
    kind = event.get("event")
    # The server behind the address refused this one mail; the address itself may be fine.
    if kind == "bounce" and event.get("type") == "blocked":
        return _Fate.BLOCKED
    return _FATES.get(kind) if isinstance(kind, str) else None


def _moment(seconds: Any) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return None


@lru_cache(maxsize=2)
def _loaded(public_key: str) -> "EllipticCurvePublicKey":
    """:raises ValueError: when this is no public key on the curve P-256"""
    # Imported here: eleven megabytes that only those web processes need that hear of mails.
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 -- as above
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 -- as above
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415 -- as above

    try:
        key = load_der_public_key(base64.b64decode(public_key, validate=True))
    except (binascii.Error, UnsupportedAlgorithm) as error:
        raise ValueError("not a public key") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("not a key on the curve P-256")
    return key
