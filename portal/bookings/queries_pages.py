"""Reads that only a partner's pages need."""

from datetime import datetime

from django.db.models import Q

from portal.bookings.models import Booking
from portal.bookings.people import fades_before, is_faded
from portal.bookings.queries import bookings_for
from portal.courses.models import Course
from portal.partners.models import Partner

MOST_OTHERS = 10


def courses_of(partner: Partner) -> list[Course]:
    """By name, to choose from."""
    return list(Course.objects.filter(partner=partner).order_by("name", "pk"))


def with_ids(partner: Partner, ids: tuple[int, ...]) -> list[Booking]:
    """In the order of `ids`; those of others are left out."""
    found = bookings_for(partner).in_bulk(ids) if ids else {}
    return [found[pk] for pk in ids if pk in found]


def others_of_customer(booking: Booking, *, at: datetime) -> list[Booking]:
    """What else the same e-mail address booked with this partner, the latest date first.

    Nothing once the partner sees initials only, on either side: a list of who came when would undo that.
    """
    email = booking.customer.email
    if not email or booking.customer.erased_at is not None or is_faded(booking, at=at):
        return []
    others = bookings_for(booking.partner).filter(
        customer__partner=booking.partner, customer__email__iexact=email
    )
    fresh = Q(starts_on__isnull=True) | Q(starts_on__gte=fades_before(at))
    return list(others.filter(fresh).exclude(pk=booking.pk).order_by("-starts_on", "-id")[:MOST_OTHERS])
