"""When the customer is reminded of a link, and when staff take over: never before breakfast, never at night."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

_FROM, _UNTIL = time(9), time(20)
# After the mail, after the first reminder, and after the last one: on days 3, 7 and 10.
_WAITS = (timedelta(days=3), timedelta(days=4), timedelta(days=3))
# So many mails remind; the step after them is for staff.
MOST = 2


def first(zone: str, *, at: datetime) -> datetime:
    return moved_into_day(at + _WAITS[0], zone)


def after(count: int, zone: str, *, at: datetime) -> datetime:
    """The step after so many reminders, the last of which leaves now."""
    return moved_into_day(at + _WAITS[count], zone)


def moved_into_day(at: datetime, zone: str) -> datetime:
    """The moment itself, or the next one at which people may be written to."""
    local = at.astimezone(ZoneInfo(zone))
    if _FROM <= local.time() < _UNTIL:
        return at
    day = local.date() if local.time() < _FROM else local.date() + timedelta(days=1)
    return datetime.combine(day, _FROM, tzinfo=ZoneInfo(zone))
