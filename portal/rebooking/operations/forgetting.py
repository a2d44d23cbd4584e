"""The customer of a link asks to be forgotten."""

from datetime import datetime

from django.db import transaction

from portal.bookings.models import Booking
from portal.rebooking import queries
from portal.rebooking.models import Rebooking
from portal.rebooking.operations.ending import end_links
from portal.rebooking.operations.locking import lock_booking


@transaction.atomic
def forget_customer(booking: Booking, *, at: datetime) -> None:
    """End the links of the order item, and empty whatever names the person. Safe to repeat."""
    booking = lock_booking(booking)
    end_links(booking, Rebooking.Ended.ERASED, actor="clock", at=at)
    ids = list(queries.rebookings_of_thread(booking).values_list("pk", flat=True))
    Rebooking.objects.filter(pk__in=ids).update(customer_email=None, customer_name=None, wish_note="")
