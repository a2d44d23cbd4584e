"""Why something may not happen to a date: a blocker with a text, or None."""

from datetime import datetime, timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.core import registry
from portal.dates import clockwork
from portal.dates.models import CourseDate
from portal.dates.plans import LONGEST, DatePlan, plan_of
from portal.dates.seat_policies import CapacityBlocker, capacity_blocker, has_started
from portal.dates.seats import Seats, has_live_bookings

_A_DAY = timedelta(days=1)
_FARTHEST = timedelta(days=5 * 366)


class PlanBlocker(TextChoices):
    """What cannot be meant. `FIELDS` says with which field each stands."""

    DAY_MISSING = "day_missing", _("Please say on which day it takes place.")
    START_MISSING = "start_missing", _("Please say when it begins.")
    PAST = "past", _("This time has already passed. Please choose a later one.")
    TOO_FAR = "too_far", _("Please choose a day within the next five years.")
    SKIPPED_START = (
        "skipped_start",
        _("This time does not exist on that day: the clocks go forward. Please choose another one."),
    )
    LENGTH_MISSING = "length_missing", _("Please say when it ends, or how long it takes.")
    SKIPPED_END = (
        "skipped_end",
        _("It cannot end then: the clocks go forward and leave this time out. Please choose another one."),
    )
    ENDS_AS_IT_BEGINS = "ends_as_it_begins", _("It would end at the moment it begins. Please check the end.")
    LENGTH_DISAGREES = (
        "length_disagrees",
        _("End and duration do not fit together. Please say only one of them."),
    )
    TOO_LONG = "too_long", _("A date takes a week at most.")
    CAPACITY_MISSING = "capacity_missing", _("Please say how many seats there are.")
    MINIMUM_TOO_HIGH = "minimum_too_high", _("The minimum is higher than the number of seats.")


class ChangeBlocker(TextChoices):
    CANCELLED = "cancelled", _("This date is cancelled. Take that back first, then change it.")
    BOOKED = (
        "booked",
        _("Somebody has booked this date: day, time and time zone stay as they were promised."),
    )


# The field that each stands with, by its name in a plan.
FIELDS: dict[TextChoices, str] = {
    PlanBlocker.DAY_MISSING: "starts_on",
    PlanBlocker.START_MISSING: "starts_time",
    PlanBlocker.PAST: "starts_time",
    PlanBlocker.TOO_FAR: "starts_on",
    PlanBlocker.SKIPPED_START: "starts_time",
    PlanBlocker.LENGTH_MISSING: "ends_time",
    PlanBlocker.SKIPPED_END: "ends_time",
    PlanBlocker.ENDS_AS_IT_BEGINS: "ends_time",
    PlanBlocker.LENGTH_DISAGREES: "duration_minutes",
    PlanBlocker.TOO_LONG: "duration_minutes",
    PlanBlocker.CAPACITY_MISSING: "capacity",
    PlanBlocker.MINIMUM_TOO_HIGH: "min_participants",
    CapacityBlocker.OUT_OF_RANGE: "capacity",
    CapacityBlocker.BELOW_TAKEN: "capacity",
    ChangeBlocker.BOOKED: "starts_on",
}


class CancelBlocker(TextChoices):
    BOOKED = "booked", _("Somebody has booked this date, so it cannot just be cancelled.")
    BEGUN = "begun", _("This date has already begun.")


class RestoreBlocker(TextChoices):
    BEGUN = "begun", _("The time of this date has already passed.")


def create_blocker(plan: DatePlan, *, at: datetime) -> PlanBlocker | CapacityBlocker | None:
    return (
        _when_blocker(plan, at=at)
        or capacity_blocker(CourseDate(), Seats(capacity=None), plan.capacity)
        or _seats_blocker(plan, capacity_was=None)
    )


def change_blocker(
    course_date: CourseDate, plan: DatePlan, *, at: datetime
) -> ChangeBlocker | PlanBlocker | None:
    """What is not touched is not questioned: the shop may have said things that a partner could not."""
    if course_date.cancelled_at is not None:
        return ChangeBlocker.CANCELLED
    if is_moved(course_date, plan) and (blocker := move_blocker(course_date) or _when_blocker(plan, at=at)):
        return blocker
    return _seats_blocker(plan, capacity_was=course_date.capacity)


def is_moved(course_date: CourseDate, plan: DatePlan) -> bool:
    """Whether somebody who holds a calendar entry of it would have to know."""
    before = plan_of(course_date)
    starts = (plan.starts_on, plan.starts_time, plan.time_zone)
    if starts != (before.starts_on, before.starts_time, before.time_zone):
        return True
    return plan.when != before.when and plan.laid_out().when != before.laid_out().when


def move_blocker(course_date: CourseDate) -> ChangeBlocker | None:
    """Whether its day, times and zone may change."""
    return ChangeBlocker.BOOKED if has_live_bookings(course_date) else None


def cancel_blocker(course_date: CourseDate, *, at: datetime) -> CancelBlocker | None:
    if has_started(course_date, at):
        return CancelBlocker.BEGUN
    return CancelBlocker.BOOKED if has_live_bookings(course_date) else None


def restore_blocker(course_date: CourseDate, *, at: datetime) -> TextChoices | None:
    if has_started(course_date, at):
        return RestoreBlocker.BEGUN
    # Its bookings may have fallen through with it, which is known only above.
    return registry.objection("restore_date", course_date)


def _when_blocker(plan: DatePlan, *, at: datetime) -> PlanBlocker | None:
    if plan.starts_on is None:
        return PlanBlocker.DAY_MISSING
    if plan.starts_time is None:
        return PlanBlocker.START_MISSING
    if plan.starts_on > at.date() + _FARTHEST:
        return PlanBlocker.TOO_FAR
    if plan.starts_on < at.date() - _A_DAY:
        # In every zone; and what lies at the beginning of all calendars cannot be reckoned with.
        return PlanBlocker.PAST
    if clockwork.is_skipped(plan.starts_on, plan.starts_time, plan.time_zone):
        return PlanBlocker.SKIPPED_START
    starts_at = plan.starts_at
    assert starts_at is not None
    if starts_at <= at:
        return PlanBlocker.PAST
    return _length_blocker(plan, starts_at)


def _length_blocker(plan: DatePlan, starts_at: datetime) -> PlanBlocker | None:
    minutes, ends_time = plan.duration_minutes, plan.ends_time
    if minutes is None and ends_time is None:
        return PlanBlocker.LENGTH_MISSING
    if minutes is None:
        return _end_blocker(plan, starts_at)
    if minutes < 1:
        return PlanBlocker.ENDS_AS_IT_BEGINS
    if minutes > LONGEST.total_seconds() // 60:
        return PlanBlocker.TOO_LONG
    if ends_time not in (None, clockwork.clock_after(starts_at, minutes, plan.time_zone)):
        return PlanBlocker.LENGTH_DISAGREES
    return None


def _end_blocker(plan: DatePlan, starts_at: datetime) -> PlanBlocker | None:
    assert plan.ends_time is not None
    if plan.ends_time == plan.starts_time:
        return PlanBlocker.ENDS_AS_IT_BEGINS
    ends_at = clockwork.ending_moment(starts_at, plan.ends_time, plan.time_zone)
    # A skipped end was moved to a time that exists.
    minutes = clockwork.minutes_until(starts_at, ends_at)
    is_skipped = clockwork.clock_after(starts_at, minutes, plan.time_zone) != plan.ends_time
    return PlanBlocker.SKIPPED_END if is_skipped else None


def _seats_blocker(plan: DatePlan, *, capacity_was: int | None) -> PlanBlocker | None:
    if plan.capacity is None and capacity_was is not None:
        return PlanBlocker.CAPACITY_MISSING
    if plan.capacity is not None and plan.min_participants > plan.capacity:
        return PlanBlocker.MINIMUM_TOO_HIGH
    return None
