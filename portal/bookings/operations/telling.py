"""Telling the customer that the date is promised, and staff that the partner cannot be reached by mail."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from portal.bookings.models import Booking, BookingStatus
from portal.bookings.operations.reminding import REMINDERS, escalate
from portal.core import outbox
from portal.core.fates import UNREACHED, bounces_of
from portal.core.models import OutboxMail
from portal.partners.recipients import recipients_of

CUSTOMER_CONFIRMED = "customer_confirmed"
# The mails that ask the partner for an answer.
ASKING = ("booking_request", *REMINDERS.values())


def tell_customer(booking: Booking, *, at: datetime) -> OutboxMail | None:
    """Owe the customer the confirmation of this version. Safe to repeat."""
    if not may_hear_of_confirmation(booking, at=at):
        return None
    to, version = booking.customer.email, booking.version
    # Declined in an emergency and undone, the promise is news again.
    outbox.revive_dropped(CUSTOMER_CONFIRMED, subject=booking, recipient=to, version=version)
    return outbox.put(CUSTOMER_CONFIRMED, subject=booking, recipient=to, version=version, at=at)


def tell_customer_at_new_address(booking: Booking, *, at: datetime) -> OutboxMail | None:
    """As `tell_customer`, should nothing have gone to the address that the shop names today."""
    mails = OutboxMail.objects.filter(
        subject_type=booking.EVENT_SUBJECT,
        subject_id=booking.pk,
        kind=CUSTOMER_CONFIRMED,
        recipient=booking.customer.email,
    )
    was_told = mails.exclude(state=OutboxMail.State.DROPPED).exists()
    return None if was_told else tell_customer(booking, at=at)


def may_hear_of_confirmation(booking: Booking, *, at: datetime) -> bool:
    """Whether the customer may rely on it: final, still standing, and ahead."""
    is_final = booking.status == BookingStatus.CONFIRMED and booking.settled_at is not None
    is_reachable = bool(booking.customer.email) and booking.customer.erased_at is None
    is_news = is_final and not booking.is_history and not booking.has_started(at)
    return hears_of_confirmation(booking) and is_news and is_reachable


def hears_of_confirmation(booking: Booking) -> bool:
    """Who has chosen another date was promised this mail; all others get it where the marketplace wants it."""
    return settings.CUSTOMER_MAIL_ON_CONFIRM or booking.is_rebooked_here


@transaction.atomic
def follow_bounce(booking: Booking, *, at: datetime) -> bool:
    """Let staff call at once when mails reach nobody of those who get the partner's mails today. Safe to repeat."""
    if booking.is_on_hold:
        # Nobody presses for it. Should it go on, this is asked again.
        return False
    recipients = recipients_of(booking.partner, at=at).today
    bounced = bounces_of(booking.partner_id, recipients).filter(fate__in=UNREACHED)
    unreached = set(bounced.values_list("address", flat=True))
    if not recipients or {address.lower() for address in recipients} - unreached:
        return False
    return escalate(booking, reason="bounced", at=at)
