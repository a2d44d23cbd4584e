"""Single values as Magento, PHP and the people of a shop write them. Nothing here raises on odd input."""

import json
import math
import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

_CLOCK_TIME = re.compile(r"\s*(\d{1,2})(?:[:.](\d{2}))?")
_GERMAN_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?:\D+(\d{1,2})[:.](\d{2}))?")
_ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:\D+(\d{1,2}):(\d{2}))?")

# Shops write 31.12.9999 and the like for a day that nobody knows yet. Nothing can be reckoned with it.
_YEARS = range(1900, 3000)


def text(value: object) -> str:
    # A null byte, which MySQL keeps and PostgreSQL does not, must not keep an order out.
    return "" if value is None else str(value).replace("\0", "").strip()


def whole(value: object) -> int:
    """A quantity. Magento stores decimals; half a seat is a seat."""
    return max(0, math.ceil(value)) if isinstance(value, (int, float, Decimal)) else 0


def number(value: object) -> int | None:
    """An id or a count that may be kept in a text column."""
    digits = text(value)
    # What is longer is no number that anything could keep.
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else None


def utc(value: object) -> datetime:
    """A column of type timestamp, which a session in UTC hands out without its zone."""
    if not isinstance(value, datetime):
        # MySQL's zero date; the driver passes it on as text.
        return datetime.min.replace(tzinfo=UTC)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def naive(moment: datetime) -> datetime:
    """As the columns hold it: UTC without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def is_true(value: object) -> bool:
    return text(value) not in ("", "0")


def options(value: object) -> dict[str, Any]:
    """`product_options`: JSON; in rows of old shops PHP's serialize, or cut off where the column ended."""
    try:
        parsed = json.loads(value) if isinstance(value, str) else None
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def entries(parsed: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """A list of objects under a key. PHP writes a list with gaps as an object with numbers."""
    value = parsed.get(key)
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [entry for entry in values if isinstance(entry, dict)]


def clock_time(value: object) -> time | None:
    """18:00, 18:00:00, 18.30 Uhr or 18 Uhr; also the time of a whole date."""
    if isinstance(value, datetime):
        return value.time()
    on, at = date_label(value)
    if on is not None:
        return at
    match = _CLOCK_TIME.match(text(value))
    return _time(match[1], match[2]) if match else None


def date_label(value: object) -> tuple[date | None, time | None]:
    """The date in a label like "Sa. 25.01.2025 18:00", with its time when it tells one."""
    label = text(value)
    if match := _GERMAN_DATE.search(label):
        day, month, year = match[1], match[2], match[3]
    elif match := _ISO_DATE.search(label):
        year, month, day = match[1], match[2], match[3]
    else:
        return None, None
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return None, None
    return (found, _time(match[4], match[5])) if found.year in _YEARS else (None, None)


def wall_clock(value: object, *, stored_in: ZoneInfo, shown_in: ZoneInfo) -> tuple[date | None, time | None]:
    """A datetime attribute as date and time where the course takes place.

    Stored in UTC it is an instant and has to be shifted; in any other zone it is what stands on the wall.
    Midnight means that only a day was entered, before the shift (REST writes a day as it is given) as
    after it (the admin form shifts midnight, too).
    """
    if not isinstance(value, datetime):
        return date_label(value)
    if value.year not in _YEARS:
        return None, None
    moment = value.replace(tzinfo=None)
    if stored_in.key == "UTC" and moment.time() != time():
        moment = moment.replace(tzinfo=UTC).astimezone(shown_in).replace(tzinfo=None)
    return moment.date(), None if moment.time() == time() else moment.time()


def _time(hours: str | None, minutes: str | None) -> time | None:
    if hours is None:
        return None
    try:
        return time(int(hours), int(minutes or 0))
    except ValueError:
        return None
