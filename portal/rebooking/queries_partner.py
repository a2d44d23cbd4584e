"""Reads that a partner's pages need, always of one partner."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet, Sum, TextChoices
from django.utils.translation import gettext_lazy as _

from portal.bookings.models import Booking, BookingStatus
from portal.dates.clockwork import day_at
from portal.dates.models import CourseDate
from portal.partners.models import Partner
from portal.rebooking.models import Rebooking

Status = Rebooking.Status
# More than these nobody looks through.
MOST_DATES = 60
SAVED_WITHIN = timedelta(days=90)


class State(TextChoices):
    """How a rebooking stands for the partner."""

    WAITING = "waiting", _("Waiting for the customer")
    TO_ANSWER = "to_answer", _("Waiting for your answer")
    SAVED = "saved", _("Rebooked and confirmed")
    OVER = "over", _("Ended without a new date")


@dataclass(frozen=True)
class Saved:
    """So many bookings that rebooking has kept, and what they are worth."""

    count: int
    cents: int
    currency: str


def rebookings_for(partner: Partner, state: State | None = None) -> "QuerySet[Rebooking]":
    """The latest first, with what a row shows."""
    found = Rebooking.objects.filter(partner=partner)
    if state is not None:
        found = found.filter(_IN[state])
    found = found.select_related("original_booking__customer", "new_booking")
    return found.order_by("-created_at", "-pk")


def counts_for(partner: Partner) -> dict[State, int]:
    """How many stand how, with one query."""
    rows = Rebooking.objects.filter(partner=partner).order_by().values_list("status", "new_booking__status")
    counts: Counter[State] = Counter()
    for status, new_status, count in rows.annotate(Count("pk")):
        counts[state_of(status, new_status)] += count
    return {state: counts[state] for state in State}


def state_of(status: str, new_status: str | None) -> State:
    """Says in Python what `_IN` says in SQL."""
    if status == Status.ACTIVE:
        return State.WAITING
    if status != Status.USED:
        return State.OVER
    by_new = {BookingStatus.PENDING.value: State.TO_ANSWER, BookingStatus.CONFIRMED.value: State.SAVED}
    return by_new.get(new_status or "", State.OVER)


_TO_ANSWER = Q(status=Status.USED, new_booking__status=BookingStatus.PENDING)
_SAVED = Q(status=Status.USED, new_booking__status=BookingStatus.CONFIRMED)
_IN = {
    State.WAITING: Q(status=Status.ACTIVE),
    State.TO_ANSWER: _TO_ANSWER,
    State.SAVED: _SAVED,
    State.OVER: ~Q(status=Status.ACTIVE) & ~_TO_ANSWER & ~_SAVED,
}


def saved_by(partner: Partner, *, at: datetime) -> list[Saved]:
    """Of the last 90 days, in each currency: of bookings that had been declined, as who moves a promise was not lost.

    What moved twice counts once: only its last row is confirmed.
    """
    found = Rebooking.objects.filter(
        _SAVED,
        partner=partner,
        rebooked_at__gt=at - SAVED_WITHIN,
        original_booking__declined_at__isnull=False,
    )
    rows = found.order_by("new_booking__shop_currency").values_list("new_booking__shop_currency")
    sums = rows.annotate(count=Count("pk"), cents=Sum("new_booking__shop_price_cents"))
    return [Saved(count, cents, currency) for currency, count, cents in sums]


def dates_to_propose(booking: Booking, *, at: datetime) -> "QuerySet[CourseDate]":
    """Dates of the course that are still to come, in the order they take place."""
    found = CourseDate.objects.select_related("course").filter(
        partner_id=booking.partner_id,
        course_id=booking.course_id,
        cancelled_at=None,
        starts_on__gte=day_at(at, booking.zone),
    )
    return found.order_by("starts_on", "starts_time", "pk")[:MOST_DATES]
