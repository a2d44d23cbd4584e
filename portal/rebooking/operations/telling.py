"""What a customer must hear about a booking that has moved."""

from datetime import datetime

from django.db import transaction

from portal.bookings.models import Booking, BookingStatus
from portal.core.models import OutboxMail
from portal.rebooking import policies
from portal.rebooking.models import Rebooking
from portal.rebooking.operations import mails
from portal.rebooking.operations.locking import lock_booking


@transaction.atomic
def tell_of_loss(booking: Booking, *, at: datetime) -> OutboxMail | None:
    """Whose booking was declined while another date was asked for has read that it stands: now it does not.

    Mail 2 says it, once more. Whoever is promised the new date already hears that alone. Safe to repeat.
    """
    booking = lock_booking(booking)
    used = booking.rebookings.filter(status=Rebooking.Status.USED).select_related("new_booking__customer")
    rebooking = used.order_by("pk").last()
    if booking.status != BookingStatus.REBOOKED or rebooking is None:
        return None
    assert rebooking.new_booking is not None
    if rebooking.new_booking.settled_at is not None or not policies.was_declined_since(rebooking, booking):
        return None
    return mails.owe_confirmed_again(rebooking.new_booking, at=at)
