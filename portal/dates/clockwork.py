"""Wall clocks and moments."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def starting_moment(day: date | None, clock: time | None, zone: str) -> datetime | None:
    """The moment a wall clock in `zone` shows this; None while day or time are unknown.

    In the hour that the autumn repeats, the first one is meant; a time that spring skips is read as one hour
    later, as calendars do.
    """
    if day is None or clock is None:
        return None
    wall = datetime.combine(day, clock, tzinfo=ZoneInfo(zone))
    # There and back through UTC moves a skipped time to one that exists.
    return wall.astimezone(UTC).astimezone(ZoneInfo(zone))


def day_is_over(day: date, zone: str) -> datetime:
    """The first moment after `day` in `zone`."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(zone))
