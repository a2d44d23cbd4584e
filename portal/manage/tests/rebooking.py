"""Customers who may choose another date, and one who has."""

from portal.conftest import NOON
from portal.rebooking import operations
from portal.rebooking.models import Rebooking
from portal.rebooking.tests.factories import make_declined, make_free_date, make_rebooking, now_of


def waiting(partner, *, at=NOON, **values) -> Rebooking:
    """A link with a date to choose: nobody of the staff is asked."""
    booking = make_declined(partner, at=at, **values)
    make_free_date(booking.course, at=NOON)
    return make_rebooking(partner, booking=booking, at=at)


def chosen(rebooking: Rebooking, *, at=NOON) -> Rebooking:
    """The customer has moved to a date of their own course."""
    date = make_free_date(rebooking.original_booking.course, days=30, at=NOON)
    return now_of(operations.rebook(rebooking, date.pk, at=at).rebooking)
