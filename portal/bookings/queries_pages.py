"""Reads that only a partner's pages need."""

from datetime import datetime
from functools import cache

from django.db.models import Q

from portal.bookings.models import Booking
from portal.bookings.people import fades_before, is_faded
from portal.bookings.queries import bookings_for, pending_for
from portal.bookings.queries_lists import CARD_RELATIONS
from portal.core.statements import ModelStatement, Slot
from portal.courses.models import Course
from portal.partners.models import Partner

MOST_OTHERS = 10


def courses_of(partner: Partner) -> list[Course]:
    """By name, to choose from."""
    return list(Course.objects.filter(partner=partner).order_by("name", "pk"))


def most_urgent(partner: Partner, *, most: int) -> list[Booking]:
    """What waits for an answer, with what a card shows."""
    return _pending().load({"partner_id": partner.pk}, limit=most)


@cache
def _pending() -> ModelStatement:
    return ModelStatement(pending_for(Slot("partner_id")), *CARD_RELATIONS)  # type: ignore[arg-type]


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
    # Other dates of the same order item are its own story.
    own = Q(magento_order_item_id=booking.magento_order_item_id, part=booking.part)
    return list(others.filter(fresh).exclude(own).order_by("-starts_on", "-id")[:MOST_OTHERS])
