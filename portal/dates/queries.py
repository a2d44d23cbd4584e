"""Reads of dates, always of one partner."""

from datetime import date

from django.db.models import QuerySet

from portal.core.models import Event
from portal.dates.models import CourseDate


def dates_of(partner_id: int) -> "QuerySet[CourseDate]":
    """In the order they take place; with their courses, but for what only the course's own page shows."""
    found = CourseDate.objects.filter(partner_id=partner_id).select_related("course")
    found = found.defer("course__description", "course__images")
    return found.order_by("starts_on", "starts_time", "pk")


def date_of(partner_id: int, pk: int) -> CourseDate | None:
    return dates_of(partner_id).filter(pk=pk).first()


def dates_between(partner_id: int, first_on: date, last_on: date) -> "QuerySet[CourseDate]":
    """Both days included."""
    return dates_of(partner_id).filter(starts_on__range=(first_on, last_on))


def dates_from(partner_id: int, first_on: date) -> "QuerySet[CourseDate]":
    return dates_of(partner_id).filter(starts_on__gte=first_on)


def undated(partner_id: int) -> "QuerySet[CourseDate]":
    """Those of which the shop knows no day yet."""
    return dates_of(partner_id).filter(starts_on=None, cancelled_at=None)


def has_dates(partner_id: int) -> bool:
    return CourseDate.objects.filter(partner_id=partner_id).exists()


def twins_of(course_date: CourseDate) -> "QuerySet[CourseDate]":
    """Other dates of the same course that begin at the same time."""
    same = dates_of(course_date.partner_id).filter(course_id=course_date.course_id, cancelled_at=None)
    when = {"starts_on": course_date.starts_on, "starts_time": course_date.starts_time}
    return same.filter(**when).exclude(pk=course_date.pk)


def latest_events(course_date: CourseDate, *, most: int) -> list[Event]:
    """The newest first."""
    subject = {"subject_type": CourseDate.EVENT_SUBJECT, "subject_id": course_date.pk}
    return list(Event.objects.filter(**subject).order_by("-id")[:most])
