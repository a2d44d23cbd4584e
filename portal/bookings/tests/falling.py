"""A date with bookings in every state, and what makes it fall through."""

from datetime import datetime, timedelta

import pytest

from portal.bookings import operations, queries
from portal.bookings.date_changes import operations as date_changes
from portal.bookings.models import Booking, DateCancellation
from portal.bookings.operations import By
from portal.bookings.queries import CUSTOMER_LINK
from portal.bookings.sweeps import settle_decisions
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import fresh
from portal.conftest import NOON
from portal.core import links, tenancy
from portal.core.models import Event, Link
from portal.core.refusals import NotAllowed
from portal.dates.models import CourseDate
from portal.partners.models import Partner

MINUTE = timedelta(minutes=1)
SETTLED = NOON + 10 * MINUTE
STAFF = By("staff")
WHY = {"reason": "illness", "notes": "Der Koch ist krank."}


def book(date: CourseDate, **values: object) -> Booking:
    """One more booking of a date that is there already."""
    place = {
        "course": date.course,
        "course_date": date,
        "starts_on": date.starts_on,
        "starts_at": date.starts_at,
    }
    booking = make_booking(date.partner, **{**place, **values})
    person = booking.customer
    person.first_name, person.email = f"Gast {booking.pk}", f"gast{booking.pk}@example.com"
    person.save()
    return fresh(booking)


def fall_through(
    date: CourseDate, *, by: By | None = None, at: datetime = NOON, code: str = "other", **values: str
) -> DateCancellation:
    reason = queries.reason_by_code(code)
    values = {"notes": WHY["notes"], **values}
    return date_changes.cancel_whole_date(date, reason=reason, by=by or By("portal"), at=at, **values)


def undo(cancellation: DateCancellation, *, by: By | None = None, at: datetime = NOON) -> DateCancellation:
    return date_changes.undo_date_cancellation(cancellation, by=by or By("portal"), at=at)


def link_of(booking: Booking) -> Link:
    """In the mail to its customer."""
    return Link.objects.get(purpose=CUSTOMER_LINK, subject_id=booking.pk)


def token_of(booking: Booking) -> str:
    return links.token_of(link_of(booking))


def settle(at: datetime = SETTLED) -> int:
    return settle_decisions(at)


def now_of(date: CourseDate) -> CourseDate:
    with tenancy.system("tests"):
        return CourseDate.objects.select_related("course", "partner").get(pk=date.pk)


def date_kinds(date: CourseDate) -> list[str]:
    with tenancy.system("tests"):
        events = Event.objects.filter(subject_type="date", subject_id=date.pk).order_by("id")
        return [event.kind for event in events]


def in_scope_of(partner: Partner, function):
    def run():
        with tenancy.scope(partner_ids=[partner.pk]):
            return function()

    return run


def confirmed(booking: Booking, *, at=NOON, by=None) -> Booking:
    return operations.confirm_booking(booking, by=by or By("portal"), at=at).booking


def statuses(*bookings: Booking) -> list[str]:
    return [fresh(each).status for each in bookings]


def refusal(function) -> str:
    with pytest.raises(NotAllowed) as refused:
        function()
    return str(refused.value.blocker.value)
