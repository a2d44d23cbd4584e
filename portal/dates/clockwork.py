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


def day_at(at: datetime, zone: str) -> date:
    """The day that it is then in `zone`."""
    return at.astimezone(ZoneInfo(zone)).date()


def day_is_over(day: date, zone: str) -> datetime:
    """The first moment after `day` in `zone`."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(zone))


def is_skipped(day: date, clock: time, zone: str) -> bool:
    """Whether no clock in `zone` ever shows this: spring leaves the hour out."""
    wall = datetime.combine(day, clock, tzinfo=ZoneInfo(zone))
    return wall.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != wall.replace(tzinfo=None)


def is_repeated(day: date, clock: time, zone: str) -> bool:
    """Whether clocks in `zone` show this twice: autumn repeats the hour."""
    first = datetime.combine(day, clock.replace(fold=0), tzinfo=ZoneInfo(zone))
    return first.utcoffset() != first.replace(fold=1).utcoffset() and not is_skipped(day, clock, zone)


def ending_moment(starts_at: datetime, ends_time: time, zone: str) -> datetime:
    """When the clock next shows `ends_time` after the start: on the same day, or after midnight."""
    day = starts_at.astimezone(ZoneInfo(zone)).date()
    for on in (day, day + timedelta(days=1)):
        wall = datetime.combine(on, ends_time, tzinfo=ZoneInfo(zone))
        # Both, in the hour that the autumn repeats; a skipped time is moved to one that exists.
        for moment in (wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)):
            if moment > starts_at:
                return moment.astimezone(ZoneInfo(zone))
    raise AssertionError("a clock shows every time within two days")


def minutes_until(starts_at: datetime, ends_at: datetime) -> int:
    """How long it really takes, in the night when the clocks change, too."""
    # In UTC: of two moments in one zone Python subtracts what the clocks show.
    return round((ends_at.astimezone(UTC) - starts_at.astimezone(UTC)).total_seconds() / 60)


def clock_after(starts_at: datetime, minutes: int, zone: str) -> time:
    """What the clock in `zone` shows so long after the start."""
    return (starts_at.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(ZoneInfo(zone)).time()
