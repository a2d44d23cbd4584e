"""A partner makes dates, changes them, cancels them and takes that back.

A date follows from a course and a plan; what it may not be is in `policies`. Nothing here asks the shop: what the shop
knows of a date is another's to say.
"""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from django.db import transaction

from portal.core import events
from portal.core.refusals import guard
from portal.courses.models import Course
from portal.dates import policies
from portal.dates.models import CourseDate
from portal.dates.operations.locking import lock_date
from portal.dates.operations.seats import set_capacity
from portal.dates.plans import DatePlan, plan_of
from portal.partners.models import Partner

_WHEN = ("starts_on", "starts_time", "ends_time", "duration_minutes", "time_zone")
_OTHER = ("min_participants", "price_cents", "location", "notes", "booking_deadline_hours")


@transaction.atomic
def create_date(
    partner: Partner, course: Course, plan: DatePlan, *, actor: str, at: datetime, key: UUID | None = None
) -> CourseDate:
    """A date that only the portal knows. Safe to repeat with the same `key`, which then returns the first one.

    :raises NotAllowed: with the PlanBlocker that stands in the way
    :raises Course.DoesNotExist: when the course is another partner's
    """
    # One after the other for each course: the second of two that came at once sees the first.
    course = Course.objects.select_for_update(no_key=True).get(partner=partner, pk=course.pk)
    # Of the partner and the key, so that nobody's key can meet another's.
    uid = uuid5(key, f"date of {partner.pk}") if key else uuid4()
    if (existing := CourseDate.objects.filter(partner=partner, uid=uid).first()) is not None:
        return existing
    guard(policies.create_blocker(plan, at=at))

    # The same key for another course at the same instant holds another lock than we do.
    made, is_new = CourseDate.objects.get_or_create(
        partner=partner, uid=uid, defaults=_values(course, plan.laid_out(), at=at)
    )
    if is_new:
        events.record("date.created", subject=made, actor=actor, at=at, data={"course": course.pk})
    return made


@transaction.atomic
def change_date(course_date: CourseDate, plan: DatePlan, *, actor: str, at: datetime) -> CourseDate:
    """All of the plan or nothing. Safe to repeat: what is already so is no change.

    :raises NotAllowed: with the ChangeBlocker, the PlanBlocker or the blocker of seats that stands in the way
    """
    course_date = lock_date(course_date)
    guard(policies.change_blocker(course_date, plan, at=at))
    if plan.capacity is not None and plan.capacity != course_date.capacity:
        # With an event of its own.
        course_date = set_capacity(course_date, plan.capacity, actor=actor, at=at)
    changed = _write(course_date, plan)
    if changed:
        events.record("date.changed", subject=course_date, actor=actor, at=at, data={"fields": changed})
    return course_date


@transaction.atomic
def cancel_date(course_date: CourseDate, *, actor: str, at: datetime) -> CourseDate:
    """It does not take place. Only while nobody has booked it. Safe to repeat.

    :raises NotAllowed: with the CancelBlocker that stands in the way
    """
    course_date = lock_date(course_date)
    if course_date.cancelled_at is not None:
        return course_date
    guard(policies.cancel_blocker(course_date, at=at))
    call_off(course_date, actor=actor, at=at)
    return course_date


@transaction.atomic
def restore_date(course_date: CourseDate, *, actor: str, at: datetime) -> CourseDate:
    """It takes place after all. Safe to repeat.

    :raises NotAllowed: with the RestoreBlocker that stands in the way
    """
    course_date = lock_date(course_date)
    if course_date.cancelled_at is None:
        return course_date
    guard(policies.restore_blocker(course_date, at=at))
    take_up_again(course_date, actor=actor, at=at)
    return course_date


def call_off(course_date: CourseDate, *, actor: str, at: datetime) -> None:
    """For whoever sees to its bookings. Call it with the date locked."""
    _set_cancelled(course_date, at)
    events.record("date.cancelled", subject=course_date, actor=actor, at=at)


def take_up_again(course_date: CourseDate, *, actor: str, at: datetime) -> None:
    """For whoever sees to its bookings. Call it with the date locked."""
    _set_cancelled(course_date, None)
    events.record("date.restored", subject=course_date, actor=actor, at=at)


def _values(course: Course, plan: DatePlan, *, at: datetime) -> dict[str, Any]:
    return {
        "course": course,
        "made_by": CourseDate.MadeBy.PORTAL,
        "currency": course.currency,
        "starts_at": plan.starts_at,
        "capacity": plan.capacity,
        "created_at": at,
        **{name: getattr(plan, name) for name in (*_WHEN, *_OTHER)},
    }


def _write(course_date: CourseDate, plan: DatePlan) -> list[str]:
    """The names of the fields that changed."""
    names = list(_OTHER)
    is_moved = policies.is_moved(course_date, plan)
    if is_moved:
        plan = plan.laid_out()
        names = [*_WHEN, *_OTHER]
    before = plan_of(course_date)
    changed = [name for name in names if getattr(plan, name) != getattr(before, name)]
    for name in changed:
        setattr(course_date, name, getattr(plan, name))
    saved = [*changed, "updated_at"]
    if is_moved:
        course_date.starts_at = plan.starts_at
        # Calendars take a change of time only with a higher number.
        course_date.sequence += 1
        saved += ["starts_at", "sequence"]
    if changed:
        course_date.save(update_fields=saved)
    return changed


def _set_cancelled(course_date: CourseDate, cancelled_at: datetime | None) -> None:
    course_date.cancelled_at = cancelled_at
    # An invitation in a calendar is called off, and comes back, with a higher number, too.
    course_date.sequence += 1
    course_date.save(update_fields=["cancelled_at", "sequence", "updated_at"])
