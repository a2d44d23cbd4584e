"""Asking the partner: the link, and the mail that carries it."""

from datetime import datetime, timedelta

from django.conf import settings

from portal.bookings.models import Booking
from portal.core import events, links, outbox

# One link for both answers: its token stands in /api/confirm/… and /api/decline/…
link_purpose = "decide"


def ask_partner(booking: Booking, *, at: datetime) -> None:
    """Owe the partner the confirmation request of this version. Safe to repeat.

    Call it with the booking locked or just made, in the transaction of the change that asks for it.
    """
    recipient = booking.partner.email
    booking.asked_at = at
    if recipient:
        expires_at = link_expiry(booking, at=at)
        link = links.issue(
            link_purpose,
            subject=booking,
            recipient=recipient,
            version=booking.version,
            expires_at=expires_at,
            at=at,
        )
        booking.confirmation_token, booking.token_expires_at = link.token_hash, link.expires_at
        outbox.put("booking_request", subject=booking, recipient=recipient, version=booking.version, at=at)
    booking.save(update_fields=["asked_at", "confirmation_token", "token_expires_at", "updated_at"])
    events.record(
        "booking.requested", subject=booking, actor="shop", at=at, data={"has_address": bool(recipient)}
    )


def link_expiry(booking: Booking, *, at: datetime) -> datetime:
    """Seven days (a setting) or the start of the date, whichever is first."""
    latest = at + timedelta(days=settings.BOOKING_TOKEN_EXPIRY_DAYS)
    return min(latest, booking.starts_at) if booking.starts_at else latest
