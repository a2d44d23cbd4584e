"""Dates by how full they are, for lists over many: the rules of `fullness` in SQL."""

from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from portal.dates.fullness import CROWDED, NEARLY_FULL, PEOPLE, SOON, TOO_EMPTY, Fullness
from portal.dates.models import CourseDate


def live_dates(first_on: date, last_on: date | None = None) -> "QuerySet[CourseDate]":
    """Both days included, but for cancelled ones. Of everybody in scope: the caller narrows it to one partner."""
    days = {"starts_on__gte": first_on} if last_on is None else {"starts_on__range": (first_on, last_on)}
    return CourseDate.objects.filter(cancelled_at=None, **days)


def with_fullness(dates: "QuerySet[CourseDate]", *, today: date, at: datetime) -> "QuerySet[Any]":
    """Live dates, each with `taken`, `people` and `fullness`."""
    counted = Q(seat_entries__expires_at=None) | Q(seat_entries__expires_at__gt=at)
    summed = dates.annotate(
        taken=_seats(counted), people=_seats(counted & Q(seat_entries__source__in=PEOPLE))
    )
    return summed.annotate(
        fullness=Case(
            When(taken__gt=F("capacity"), then=Value(Fullness.OVERSOLD.value)),
            When(taken=F("capacity"), people__gt=0, then=Value(Fullness.FULL.value)),
            When(taken=F("capacity"), then=Value(Fullness.USUAL.value)),
            When(_has_too_few(today), then=Value(Fullness.TOO_EMPTY.value)),
            When(
                GreaterThanOrEqual(F("taken") * 100, F("capacity") * NEARLY_FULL),
                then=Value(Fullness.NEARLY_FULL.value),
            ),
            default=Value(Fullness.USUAL.value),
        )
    )


def too_empty_dates(*, today: date, at: datetime) -> "QuerySet[Any]":
    return _soon(today, at=at).filter(fullness=Fullness.TOO_EMPTY)


def crowded_dates(*, today: date, at: datetime) -> "QuerySet[Any]":
    """Full or nearly so, of those that are close: of all dates there are, that would take long."""
    return _soon(today, at=at).filter(fullness__in=CROWDED)


def _soon(today: date, *, at: datetime) -> "QuerySet[Any]":
    return with_fullness(live_dates(today, today + SOON - timedelta(days=1)), today=today, at=at)


def _seats(which: Q) -> Coalesce:
    return Coalesce(Sum("seat_entries__quantity", filter=which), 0)


def _has_too_few(today: date) -> Q:
    is_below = Q(people__lt=F("min_participants")) | Q(LessThan(F("people") * 100, F("capacity") * TOO_EMPTY))
    return Q(starts_on__lt=today + SOON) & is_below
