"""How full a date is, as people say it: what is nearly full, what stays too empty, what was sold too often."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.core.wording import wall_clock
from portal.dates.models import CourseDate, SeatEntry
from portal.dates.seats import Seats, seats_of

# Who comes, wherever they booked. Held seats may be given back, blocked ones are nobody's.
PEOPLE = (SeatEntry.Source.BOOKING, SeatEntry.Source.ELSEWHERE)
# In percent of all seats. Whether too few come is asked only when the date is close.
NEARLY_FULL, TOO_EMPTY = 80, 30
SOON = timedelta(days=14)


class Fullness(TextChoices):
    USUAL = "", ""
    OVERSOLD = "oversold", _("Oversold")
    FULL = "full", _("Full")
    NEARLY_FULL = "nearly_full", _("Nearly full")
    TOO_EMPTY = "too_empty", _("Too few participants")


CROWDED = (Fullness.FULL, Fullness.NEARLY_FULL)


@dataclass(frozen=True)
class FilledDate:
    date: CourseDate
    seats: Seats
    fullness: Fullness

    @property
    def pk(self) -> int:
        return self.date.pk

    @property
    def people(self) -> int:
        return people(self.seats)


def filled_dates(dates: Iterable[CourseDate], *, at: datetime) -> list[FilledDate]:
    """In the order they come, with one query for the seats of all."""
    dates = list(dates)
    seats = seats_of(dates, at=at)
    today = wall_clock(at).date()
    return [FilledDate(each, seats[each.pk], fullness(each, seats[each.pk], today=today)) for each in dates]


def fullness(course_date: CourseDate, seats: Seats, *, today: date) -> Fullness:
    """`queries_seats.with_fullness` says the same in SQL, and a test that both agree.

    Nothing to say of a date that is cancelled, or over, or only blocked.
    """
    day = course_date.starts_on
    if course_date.cancelled_at is not None or (day is not None and day < today):
        return Fullness.USUAL
    if seats.is_oversold:
        return Fullness.OVERSOLD
    if seats.free == 0:
        return Fullness.FULL if people(seats) else Fullness.USUAL
    if day is not None and day < today + SOON and _has_too_few(course_date, seats):
        return Fullness.TOO_EMPTY
    is_nearly_full = seats.capacity is not None and seats.taken * 100 >= seats.capacity * NEARLY_FULL
    return Fullness.NEARLY_FULL if is_nearly_full else Fullness.USUAL


def people(seats: Seats) -> int:
    return seats.booked + seats.elsewhere


def _has_too_few(course_date: CourseDate, seats: Seats) -> bool:
    """Fewer than the partner needs, or than are worth the evening."""
    if people(seats) < course_date.min_participants:
        return True
    return seats.capacity is not None and people(seats) * 100 < seats.capacity * TOO_EMPTY
