"""A mail with the link has come back: the customer knows of nothing."""

from datetime import datetime

from django.db import transaction

from portal.bookings.models import Booking
from portal.rebooking import policies, queries
from portal.rebooking.models import Choice, Rebooking
from portal.rebooking.operations import cases
from portal.rebooking.operations.locking import lock_booking


@transaction.atomic
def follow_bounce(booking: Booking, *, version: int | None = None, at: datetime) -> bool:
    """Let staff call at once a customer whom mails do not reach. Safe to repeat.

    :param version: of the mail that came back; an older one went to another address
    """
    rebooking = queries.active_rebooking(lock_booking(booking))
    if rebooking is None or rebooking.choice != Choice.NONE or version not in (None, rebooking.link_version):
        return False
    if rebooking.needs_staff == Rebooking.NeedsStaff.BOUNCED:
        return False
    if policies.has_nothing(rebooking.original_booking):
        cases.call_staff(rebooking, Rebooking.NeedsStaff.BOUNCED, at=at)
    # Nobody reads the reminders either.
    rebooking.remind_at = None
    rebooking.save()
    return True
