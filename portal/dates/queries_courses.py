"""Reads of the dates of courses, for the pages of courses."""

from collections.abc import Collection
from datetime import date

from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from portal.courses.models import Course
from portal.dates.models import CourseDate

# In the order they take place; what has no day yet comes last.
_ORDER = (F("starts_on").asc(nulls_last=True), F("starts_time").asc(nulls_last=True), F("pk").asc())


def upcoming(today: date) -> Q:
    """From today on, or on a day that nobody knows yet."""
    is_to_come = Q(starts_on=None) & ~Q(shop_state=CourseDate.ShopState.GONE)
    return Q(starts_on__gte=today) | is_to_come


def next_dates(course_ids: Collection[int], *, today: date, per_course: int) -> "QuerySet[CourseDate]":
    """The first ones of each course that take place, each with `course_total`: how many there are in all."""
    found = CourseDate.objects.filter(upcoming(today), course__in=course_ids, cancelled_at=None)
    numbered = found.annotate(
        place=Window(RowNumber(), partition_by="course", order_by=_ORDER),
        course_total=Window(Count("pk"), partition_by="course"),
    )
    return numbered.filter(place__lte=per_course).order_by("course", "place")


def upcoming_of(course: Course, *, today: date) -> "QuerySet[CourseDate]":
    """Cancelled ones too: they can be brought back."""
    return CourseDate.objects.filter(upcoming(today), course=course).order_by(*_ORDER)


def past_of(course: Course, *, today: date) -> "QuerySet[CourseDate]":
    """The latest first."""
    return CourseDate.objects.filter(course=course, starts_on__lt=today).order_by(
        "-starts_on", "-starts_time", "-pk"
    )
