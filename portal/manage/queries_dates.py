"""Dates across all partners, for the staff: how many there are, and which deserve a look."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet, TextChoices
from django.utils.translation import gettext_lazy as _

from portal.core.wording import wall_clock
from portal.dates.models import CourseDate
from portal.dates.queries_seats import crowded_dates, live_dates, too_empty_dates
from portal.dates.seats import drifting_dates, oversold_dates

SIX_DAYS = timedelta(days=6)


class DateFilter(TextChoices):
    TODAY = "today", _("Today")
    WEEK = "week", _("The next seven days")
    TOO_EMPTY = "too_empty", _("Too few participants")
    CROWDED = "crowded", _("Full or nearly full")
    OVERSOLD = "oversold", _("Oversold")
    DRIFT = "drift", _("Seats differ from the shop")


@dataclass(frozen=True)
class DateCount:
    filter: DateFilter
    count: int


def date_counts(*, at: datetime) -> list[DateCount]:
    """How many each filter shows, with one query for each kind."""
    today = wall_clock(at).date()
    counts: dict[str, int] = _week(today).aggregate(
        today=Count("pk", filter=Q(starts_on=today)), week=Count("pk")
    )
    for kind in DateFilter:
        if kind not in counts:
            counts[kind] = _found(kind, at=at).count()
    return [DateCount(kind, counts[kind]) for kind in DateFilter]


def date_ids(kind: DateFilter, *, at: datetime) -> "QuerySet[CourseDate, int]":
    """Ids in the order the dates take place: rows are read for the page that is shown, and for no other."""
    return _found(kind, at=at).order_by("starts_on", "pk").values_list("pk", flat=True)


def all_dates() -> "QuerySet[CourseDate]":
    return CourseDate.objects.all()


def dates_by_id(ids: list[int]) -> list[CourseDate]:
    """In this order, with all that a row shows."""
    dates = CourseDate.objects.select_related("partner", "course")
    found = dates.defer("course__description", "course__images").in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def _found(kind: DateFilter, *, at: datetime) -> "QuerySet[CourseDate]":
    today = wall_clock(at).date()
    if kind == DateFilter.TOO_EMPTY:
        return too_empty_dates(today=today, at=at)
    if kind == DateFilter.CROWDED:
        return crowded_dates(today=today, at=at)
    if kind == DateFilter.OVERSOLD:
        return oversold_dates(at=at)
    if kind == DateFilter.DRIFT:
        return drifting_dates(at=at)
    week = _week(today)
    return week.filter(starts_on=today) if kind == DateFilter.TODAY else week


def _week(today: date) -> "QuerySet[CourseDate]":
    return live_dates(today, today + SIX_DAYS)
