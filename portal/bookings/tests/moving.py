"""A booking and the dates that it may move to."""

from datetime import timedelta

from django.db import transaction

from portal.bookings import operations, queries
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.sweeps import settle_decisions
from portal.bookings.tests.looking import fresh
from portal.conftest import NOON
from portal.core.models import Event
from portal.dates.models import CourseDate
from portal.dates.tests.factories import make_date

HOUR = timedelta(hours=1)
# When what was decided at noon is final, whatever the undo window.
SETTLED = NOON + HOUR
PARTNER, STAFF = By("portal"), By("staff")


def another_date(booking: Booking, *, weeks: int = 2, **values: object) -> CourseDate:
    """Of the same course, later."""
    starts_at = NOON + timedelta(weeks=weeks)
    return make_date(booking.partner, starts_at=starts_at, **{"course": booking.course, **values})


def rebook(booking: Booking, date: CourseDate, *, at=SETTLED, actor: str = "link:7") -> Booking:
    with transaction.atomic():
        locked = operations.lock_thread(booking, [date])
        return operations.rebook_booking(locked, date, actor=actor, at=at)


def decline(booking: Booking, *, by: By = PARTNER, at=NOON) -> None:
    reason = queries.reason_by_code("capacity_full")
    operations.decline_booking(booking, reason=reason, by=by, at=at)


def declined(booking: Booking, *, at=NOON) -> Booking:
    """For good."""
    decline(booking, at=at)
    settle_decisions(at + HOUR)
    return fresh(booking)


def promised(booking: Booking, *, at=NOON) -> Booking:
    """For good."""
    operations.confirm_booking(booking, by=PARTNER, at=at)
    settle_decisions(at + HOUR)
    return fresh(booking)


def rows(booking: Booking) -> list[tuple[int, str, bool]]:
    """The thread: generation, status, and whether it is a candidate."""
    return [(each.generation, each.status, each.is_candidate) for each in queries.thread_of(booking)]


def told(booking: Booking) -> list[tuple[str, str, dict]]:
    events = Event.objects.filter(subject_type="booking", subject_id=booking.pk).order_by("id")
    return [(event.kind, event.actor, event.data) for event in events]
