"""What the clock does to a booking: a decision settles, an unanswered one expires, a ticket comes back."""

from datetime import datetime

from django.db import transaction

from portal.bookings import queries
from portal.bookings.models import Booking, BookingStatus
from portal.bookings.operations.asking import tell_partner
from portal.bookings.operations.locking import lock
from portal.bookings.operations.scheduling import plan
from portal.core import events, outbox
from portal.core.models import OutsideId
from portal.core.outbox import Owed
from portal.partners.recipients import recipients_of

# Of a date that falls through the partner hears once, however many had booked it.
DATE_CANCELLED = "date_cancelled"

_SETTLED_EVENT = {
    BookingStatus.CONFIRMED: "booking.confirmation_settled",
    BookingStatus.DECLINED: "booking.decline_settled",
}


@transaction.atomic
def settle_decision(booking: Booking, *, at: datetime) -> bool:
    """From now on the outside learns of it. Safe to repeat: settles once, and only what still stands."""
    booking = lock(booking)
    kind = _SETTLED_EVENT.get(BookingStatus(booking.status))
    if kind is None or booking.settled_at or booking.settles_at is None or at < booking.settles_at:
        return False
    booking.settled_at, booking.provisional_until = at, None
    booking.save(update_fields=["settled_at", "provisional_until", "updated_at"])
    events.record(kind, subject=booking, actor="clock", at=at)
    return True


@transaction.atomic
def expire_booking(booking: Booking, *, at: datetime) -> bool:
    """Nobody answered before the date began: only staff decide now. Safe to repeat."""
    booking = lock(booking)
    if booking.status != BookingStatus.PENDING or not booking.has_started(at):
        return False
    booking.status, booking.expired_at = BookingStatus.EXPIRED, at
    plan(booking, at=at)
    booking.save(update_fields=["status", "expired_at", "remind_at", "escalate_at", "updated_at"])
    events.record("booking.expired", subject=booking, actor="clock", at=at)
    return True


@transaction.atomic
def record_ticket(
    booking: Booking, *, ticket_id: str, number: str, at: datetime, opened_by: int | None = None
) -> None:
    """Keep what the help desk calls the case, and tell a partner who declined. Safe to repeat.

    :param opened_by: the event whose text the ticket carries; None when it was found
    """
    booking = lock(booking)
    if booking.odoo_ticket_id != ticket_id:
        booking.odoo_ticket_id, booking.odoo_ticket_number = ticket_id, number
        _keep_ticket(booking, opened_by, at=at)
    if booking.status == BookingStatus.DECLINED:
        tell_declined(booking, at=at)


def _keep_ticket(booking: Booking, opened_by: int | None, *, at: datetime) -> None:
    booking.save(update_fields=["odoo_ticket_id", "odoo_ticket_number", "updated_at"])
    OutsideId.objects.update_or_create(
        system="tickets",
        type="ticket",
        outside_id=booking.odoo_ticket_id,
        defaults={
            "partner_id": booking.partner_id,
            "subject_type": booking.EVENT_SUBJECT,
            "subject_id": booking.pk,
            "updated_at": at,
        },
    )
    data = {"ticket": booking.odoo_ticket_id, "opened_by": opened_by}
    events.record("booking.ticket_opened", subject=booking, actor="outbox", at=at, data=data)


@transaction.atomic
def tell_declined(booking: Booking, *, at: datetime) -> bool:
    """Owe the partner the mail about its decline, with the ticket's number if there is one. Safe to repeat."""
    booking = lock(booking)
    if booking.status != BookingStatus.DECLINED or booking.settled_at is None or booking.decline_told_at:
        return False
    booking.decline_told_at = at
    booking.save(update_fields=["decline_told_at", "updated_at"])
    if cancellation := queries.cancellation_of(booking):
        to = recipients_of(booking.partner, at=at).today
        outbox.put_many(DATE_CANCELLED, [Owed(cancellation, address) for address in to], at=at)
    else:
        tell_partner("booking_declined", booking, version=booking.version, at=at)
    return True


@transaction.atomic
def tell_confirmed_for_partner(booking: Booking, *, at: datetime) -> bool:
    """Owe the partner the mail about what staff promised in its place. Safe to repeat."""
    booking = lock(booking)
    is_promised = booking.status == BookingStatus.CONFIRMED and booking.settled_at is not None
    if not is_promised or booking.confirmed_by != "staff":
        return False
    # Declined in an emergency and undone, the promise is news again.
    outbox.revive_dropped("booking_confirmed_for_you", subject=booking, version=booking.version)
    tell_partner("booking_confirmed_for_you", booking, version=booking.version, at=at)
    return True
