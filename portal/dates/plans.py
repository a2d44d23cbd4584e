"""What a partner says of a date: when, where, how many, how much."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from portal.courses.models import Course
from portal.dates import clockwork
from portal.dates.models import CourseDate

DEADLINE_HOURS = (0, 2, 6, 12, 24, 48, 72)
LONGEST = timedelta(days=7)
LONGEST_LOCATION = 300
LONGEST_NOTES = 2000
MOST_CENTS = 9_999_999


@dataclass(frozen=True)
class DatePlan:
    """The end as a time of day, or how long it takes: `laid_out` finds the other one.

    :param price_cents: what one seat costs with tax, in the currency of the course
    :param booking_deadline_hours: one of `DEADLINE_HOURS`
    """

    starts_on: date | None
    starts_time: time | None
    ends_time: time | None = None
    duration_minutes: int | None = None
    time_zone: str = "Europe/Berlin"
    capacity: int | None = None
    min_participants: int = 0
    price_cents: int | None = None
    location: str = ""
    notes: str = ""
    booking_deadline_hours: int = 0

    @property
    def starts_at(self) -> datetime | None:
        return clockwork.starting_moment(self.starts_on, self.starts_time, self.time_zone)

    @property
    def when(self) -> tuple[object, ...]:
        """All that moves the date when it changes."""
        return (self.starts_on, self.starts_time, self.ends_time, self.duration_minutes, self.time_zone)

    def laid_out(self) -> "DatePlan":
        """With both end and duration, where one of them and the start are known."""
        starts_at = self.starts_at
        if starts_at is None:
            return self
        if self.duration_minutes is not None:
            ends = self.ends_time or clockwork.clock_after(starts_at, self.duration_minutes, self.time_zone)
            return replace(self, ends_time=ends)
        if self.ends_time is not None:
            ends_at = clockwork.ending_moment(starts_at, self.ends_time, self.time_zone)
            return replace(self, duration_minutes=clockwork.minutes_until(starts_at, ends_at))
        return self


def plan_of(course_date: CourseDate) -> DatePlan:
    """The date as it stands."""
    return DatePlan(
        starts_on=course_date.starts_on,
        starts_time=course_date.starts_time,
        ends_time=course_date.ends_time,
        duration_minutes=course_date.duration_minutes,
        time_zone=course_date.time_zone,
        capacity=course_date.capacity,
        min_participants=course_date.min_participants,
        price_cents=course_date.price_cents,
        location=course_date.location,
        notes=course_date.notes,
        booking_deadline_hours=course_date.booking_deadline_hours,
    )


def plan_for_new(course: Course | None, *, own_zone: str, starts_on: date | None = None) -> DatePlan:
    """What a new date begins with: what the course says, on the partner's clock."""
    if course is None:
        return DatePlan(starts_on=starts_on, starts_time=None, time_zone=own_zone)
    return DatePlan(
        starts_on=starts_on,
        starts_time=None,
        duration_minutes=course.duration_minutes,
        time_zone=own_zone,
        price_cents=course.price_cents,
        location=course.location,
    )


def plan_like(plan: DatePlan, *, today: date) -> DatePlan:
    """The same a week later or, of a date long ago, in the first week that is still to come."""
    if plan.starts_on is None:
        return plan
    weeks = max(1, (today - plan.starts_on).days // 7 + 1)
    return replace(plan, starts_on=plan.starts_on + timedelta(weeks=weeks))
