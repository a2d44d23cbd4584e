"""Declined bookings, free dates and links to rebook, reached by operations."""

from datetime import datetime, timedelta

from portal.bookings import operations as bookings
from portal.bookings import queries as booking_queries
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import fresh
from portal.conftest import NOON
from portal.core import links
from portal.courses.models import Course
from portal.dates.models import CourseDate
from portal.dates.tests.factories import make_date
from portal.partners.models import Partner
from portal.rebooking import operations, queries
from portal.rebooking.models import Rebooking
from portal.rebooking.opening import token_of

UNDO = timedelta(minutes=10)
PERSON = {"first_name": "Jürgen", "last_name": "Müller", "email": "juergen@example.com"}


def make_declined(partner: Partner, *, at: datetime = NOON, **values: object) -> Booking:
    """Declined for good at `at`, and nobody told yet: the jobs of it wait. No seats are taken by it any more."""
    booking = values.pop("booking", None) or make_booking(partner, **values)
    return decline(booking, at=at)


def decline(booking: Booking, *, at: datetime = NOON, code: str = "capacity_full") -> Booking:
    """As the partner does it, with the undo window over at `at`."""
    reason = booking_queries.reason_by_code(code)
    bookings.decline_booking(booking, reason=reason, by=By("portal"), at=at - UNDO)
    bookings.settle_decision(booking, at=at)
    return fresh(booking)


def confirm(booking: Booking, *, at: datetime = NOON) -> Booking:
    """For good at `at`."""
    bookings.confirm_booking(booking, by=By("portal"), at=at - UNDO)
    bookings.settle_decision(booking, at=at)
    return fresh(booking)


def make_rebooking(partner: Partner, *, at: datetime = NOON, **values: object) -> Rebooking:
    """The link that the customer of a declined booking gets at `at`. It needs no free date.

    :param values: those of the booking, or `booking` itself, declined for good
    """
    booking = values.pop("booking", None) or make_declined(partner, at=at, **values)
    rebooking = operations.offer_rebooking(booking, at=at)
    assert rebooking is not None
    return now_of(rebooking)


def make_free_date(
    course: Course, days: int = 14, *, capacity: int | None = 8, at: datetime = NOON, **values: object
) -> CourseDate:
    """A date of the course so many days later that anybody may choose."""
    starts_at = at + timedelta(days=days)
    defaults = {"price_cents": 8900, "shop_state": CourseDate.ShopState.ON_SALE}
    return make_date(
        course.partner, starts_at=starts_at, course=course, capacity=capacity, **{**defaults, **values}
    )


def now_of(rebooking: Rebooking) -> Rebooking:
    return queries.with_relations().get(pk=rebooking.pk)


def token(rebooking: Rebooking) -> str:
    """As it stands in the customer's mail."""
    found = token_of(rebooking)
    assert links.hash_of(found) == rebooking.token
    return found
