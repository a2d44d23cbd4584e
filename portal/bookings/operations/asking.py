"""Asking the partner: the link, and the mail that carries it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from portal.bookings.models import Booking, BookingStatus
from portal.bookings.operations.locking import lock
from portal.core import events, links, outbox
from portal.core.models import Link
from portal.core.outbox import Owed

# One link for both answers: its token stands in /api/confirm/… and /api/decline/…
link_purpose = "decide"


def ask_partner(booking: Booking, *, at: datetime) -> None:
    """Owe the partner the confirmation request of this version. Safe to repeat.

    Call it with the booking locked or just made, in the transaction of the change that asks for it.
    """
    ask_partners([booking], at=at)


def ask_partners(bookings: Sequence[Booking], *, at: datetime) -> None:
    """As `ask_partner`, for a whole page of an import. A partner without an address is not mailed."""
    mailed = [booking for booking in bookings if booking.partner.email]
    made = links.issue_many(link_purpose, [_wanted_link(booking, at=at) for booking in mailed], at=at)
    recipients = {booking.pk: booking.partner.email for booking in bookings}
    links.outdate_others(link_purpose, recipients, subject_type=Booking.EVENT_SUBJECT, at=at)
    for booking in bookings:
        booking.confirmation_token = booking.token_expires_at = None
        booking.asked_at = at
    for booking, link in zip(mailed, made, strict=True):
        booking.confirmation_token, booking.token_expires_at = link.token_hash, link.expires_at
    _save_asked(bookings)
    owed = [Owed(booking, booking.partner.email, booking.version) for booking in mailed]
    outbox.put_many("booking_request", owed, at=at)
    about = [(booking, {"has_address": bool(booking.partner.email)}) for booking in bookings]
    events.record_many("booking.requested", about, actor="shop", at=at)


def ask_anew(booking: Booking, *, at: datetime) -> None:
    """Ask with a higher version: whatever was mailed before, to whom ever, is outdated. Call it with the lock."""
    booking.version += 1
    booking.save(update_fields=["version", "updated_at"])
    ask_partner(booking, at=at)


@transaction.atomic
def follow_address(booking: Booking, *, at: datetime) -> bool:
    """Ask at the partner's address of today, should the request have gone elsewhere. Safe to repeat."""
    booking = lock(booking)
    if booking.status != BookingStatus.PENDING or booking.asked_at is None or _is_asked_here(booking):
        return False
    ask_anew(booking, at=at)
    return True


def recipients_today(booking: Booking, *, at: datetime) -> list[str]:
    """Who gets a mail about this booking now, each with a valid link of the booking's version.

    Call it with the booking locked.
    """
    return [booking.partner.email] if booking.partner.email else []


def remind_of_request(booking: Booking, *, at: datetime) -> None:
    """A booking that is pending again must have a request that can be answered.

    Its mail may have been dropped because it was answered before it left, and an edited order inherits an answer
    without ever having been asked for.
    """
    if not _is_asked_here(booking):
        ask_anew(booking, at=at)
    else:
        recipient = booking.partner.email
        outbox.revive_dropped(
            "booking_request", subject=booking, recipient=recipient, version=booking.version
        )


def _is_asked_here(booking: Booking) -> bool:
    """Whether the link that stands on the booking went to the partner's address of today."""
    if booking.confirmation_token is None:
        return not booking.partner.email
    return Link.objects.filter(
        token_hash=booking.confirmation_token, recipient=booking.partner.email
    ).exists()


def _wanted_link(booking: Booking, *, at: datetime) -> links.Wanted:
    return links.Wanted(booking, booking.partner.email, booking.version, link_expiry(booking, at=at))


def _save_asked(bookings: Sequence[Booking]) -> None:
    # One statement: Django's bulk_update writes a CASE per row and column, which costs more than all the rest.
    rows = [(each.pk, each.confirmation_token, each.token_expires_at, each.asked_at) for each in bookings]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE miomente_partner_portal_booking_confirmations AS booking "
            "SET confirmation_token = new.token, token_expires_at = new.expires_at, asked_at = new.asked_at "
            "FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[], %s::timestamptz[]) "
            "AS new (id, token, expires_at, asked_at) WHERE booking.id = new.id",
            columns,
        )


def link_expiry(booking: Booking, *, at: datetime) -> datetime:
    """Seven days (a setting) or the start of the date, whichever is first."""
    latest = at + timedelta(days=settings.BOOKING_TOKEN_EXPIRY_DAYS)
    return min(latest, booking.starts_at) if booking.starts_at else latest
