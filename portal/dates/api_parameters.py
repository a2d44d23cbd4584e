"""What a program asks a list of dates for, and how what it says of a date becomes its plan."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from portal.core.api_schemas import read_paging
from portal.core.parameters import (
    LARGEST_ID,
    Problems,
    read_choice,
    read_days,
    whole_number,
)
from portal.dates.api_schemas import DATE_STATUSES, LONGEST_REFERENCE, CreateDateIn, DateFields
from portal.dates.models import CourseDate
from portal.dates.plans import DatePlan
from portal.dates.policies import FIELDS, PlanBlocker

# The plan's names of what programs say.
_NAMES = {
    "eventDate": "starts_on",
    "eventTime": "starts_time",
    "eventEndTime": "ends_time",
    "durationMinutes": "duration_minutes",
    "timeZone": "time_zone",
    "capacity": "capacity",
    "minParticipants": "min_participants",
    "price": "price_cents",
    "location": "location",
    "notes": "notes",
    "bookingDeadlineHours": "booking_deadline_hours",
}
_API_NAMES = {name: api_name for api_name, name in _NAMES.items()}
_WHEN = {"starts_on", "starts_time", "ends_time", "duration_minutes", "time_zone"}
_REFERENCES = UUID("9a2a4d58-9d1c-4c0e-8b52-0b6d2b8f7f3e")


@dataclass(frozen=True)
class AskedDates:
    """`problems` names each wrong parameter; the other values count only without any."""

    status: str
    from_on: date | None
    to_on: date | None
    course_id: int | None
    page: int
    limit: int
    problems: Problems

    def narrow(self, dates: "QuerySet[CourseDate]") -> "QuerySet[CourseDate]":
        if self.status != "all":
            dates = dates.filter(cancelled_at__isnull=self.status == "planned")
        if self.from_on:
            dates = dates.filter(starts_on__gte=self.from_on)
        if self.to_on:
            dates = dates.filter(starts_on__lte=self.to_on)
        if self.course_id:
            dates = dates.filter(course__magento_product_id=self.course_id)
        return dates


def read_dates(values: Mapping[str, str]) -> AskedDates:
    problems: Problems = {}
    from_on, to_on = read_days(values, problems)
    page, limit = read_paging(values, problems)
    return AskedDates(
        status=read_choice(values, "status", DATE_STATUSES, problems) or "all",
        from_on=from_on,
        to_on=to_on,
        course_id=whole_number(values, "courseId", problems, most=LARGEST_ID),
        page=page,
        limit=limit,
        problems=problems,
    )


def changed_plan(plan: DatePlan, said: DateFields) -> DatePlan:
    """The plan with what the program has said, and only that."""
    changes = {_NAMES[name]: _plain(getattr(said, name)) for name in said.model_fields_set & _NAMES.keys()}
    changed = replace(plan, **changes)
    if not _WHEN & changes.keys() or {"ends_time", "duration_minutes"} <= changes.keys():
        return changed
    if changes.get("ends_time") is not None:
        return replace(changed, duration_minutes=None)
    # A date that moves keeps its length.
    return changed if changed.duration_minutes is None else replace(changed, ends_time=None)


def field_problem(blocker: PlanBlocker) -> dict[str, str]:
    """By the name the program knows."""
    return {_API_NAMES[FIELDS[blocker]]: str(blocker.label)}


def once(header: str | None, said: CreateDateIn, problems: Problems) -> UUID | None:
    """What makes a repeated call the same call; None when the program has named nothing."""
    if header is not None and not 1 <= len(header) <= LONGEST_REFERENCE:
        problems["Idempotency-Key"] = _("This may be at most %(max_length)s characters long.") % {
            "max_length": LONGEST_REFERENCE
        }
        return None
    reference = header or said.reference
    return uuid5(_REFERENCES, reference) if reference else None


def _plain(value: Any) -> Any:
    return int(value * 100) if isinstance(value, Decimal) else value
