"""Months and weeks as a calendar shows them: weeks begin on Monday."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

# Nobody plans beyond these, and arithmetic stays far from the ends of what a date can be.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
_WEEK = timedelta(days=7)


class Look(TextChoices):
    """How the dates are shown."""

    LIST = "list", _("List")
    WEEK = "week", _("Week")
    MONTH = "month", _("Month")


@dataclass(frozen=True)
class Day:
    """:param is_outside: it fills a week of the month and belongs to another"""

    on: date
    is_outside: bool = False


def days_of(look: Look, on: date) -> tuple[date, date]:
    """The first and the last day that are shown; a list has no end but `LAST_DAY`."""
    if look == Look.LIST:
        return on, LAST_DAY
    if look == Look.WEEK:
        monday = on - timedelta(days=on.weekday())
        return monday, monday + timedelta(days=6)
    first = on.replace(day=1)
    return first, _next_month(first) - timedelta(days=1)


def weeks_of(look: Look, on: date) -> list[list[Day]]:
    """Whole weeks; of a month as many as it touches."""
    first, last = days_of(look, on)
    monday = first - timedelta(days=first.weekday())
    weeks = []
    while monday <= last:
        days = (monday + timedelta(days=number) for number in range(7))
        weeks.append([Day(day, is_outside=not first <= day <= last) for day in days])
        monday += _WEEK
    return weeks


def before(look: Look, on: date) -> date:
    """A day of the week or month before; a list goes back by a month."""
    first = days_of(look, on)[0]
    if look == Look.WEEK:
        return within(first - _WEEK)
    return within((first.replace(day=1) - timedelta(days=1)).replace(day=1))


def after(look: Look, on: date) -> date:
    first = days_of(look, on)[0]
    return within(first + _WEEK if look == Look.WEEK else _next_month(first.replace(day=1)))


def within(on: date) -> date:
    return min(max(on, FIRST_DAY), LAST_DAY)


def week_number(on: date) -> int:
    """As calendars on the wall count: the first week of a year is that of its first Thursday."""
    return on.isocalendar().week


def _next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)
