"""Asking the partner: the link, and the mail that carries it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from portal.bookings.models import Booking, BookingStatus
from portal.bookings.operations.locking import lock
from portal.bookings.operations.scheduling import begin_ladder
from portal.core import events, links, outbox
from portal.core.models import Link, OutboxMail
from portal.core.outbox import Owed
from portal.partners.recipients import recipients_by_partner, recipients_of

# One link for both answers: its token stands in /api/confirm/… and /api/decline/…
link_purpose = "decide"

_ASKED = {
    "confirmation_token": "text",
    "token_expires_at": "timestamptz",
    "asked_at": "timestamptz",
    "ladder_from": "timestamptz",
    "ladder_rung": "smallint",
    "reminder_count": "smallint",
    "last_reminder_at": "timestamptz",
    "escalated_at": "timestamptz",
    "reopened_at": "timestamptz",
    "remind_at": "timestamptz",
    "escalate_at": "timestamptz",
}
_SET = ", ".join(f"{name} = new.{name}" for name in _ASKED)
_NEW = ", ".join(f"%s::{kind}[]" for kind in _ASKED.values())
_SAVE_ASKED = (
    f"UPDATE miomente_partner_portal_booking_confirmations AS booking SET {_SET} "  # noqa: S608 -- our own columns
    f"FROM unnest(%s::bigint[], {_NEW}) AS new (id, {', '.join(_ASKED)}) WHERE booking.id = new.id"
)


def ask_partner(booking: Booking, *, at: datetime, actor: str = "shop") -> None:
    """Owe the partner the confirmation request of this version. Safe to repeat.

    Call it with the booking locked or just made, in the transaction of the change that asks for it.
    """
    ask_partners([booking], at=at, actor=actor)


def ask_partners(bookings: Sequence[Booking], *, at: datetime, actor: str = "shop") -> None:
    """As `ask_partner`, for a whole page of an import. A partner whom no mail reaches is not mailed."""
    recipients = recipients_by_partner({each.partner_id: each.partner for each in bookings}.values(), at=at)
    to_ask = {booking.pk: recipients[booking.partner_id].today for booking in bookings}
    made = _issue_links(bookings, to_ask, at=at)
    links.outdate_others(link_purpose, to_ask, subject_type=Booking.EVENT_SUBJECT, at=at)
    for booking in bookings:
        _keep_token(booking, made.get(booking.pk))
        booking.asked_at = at
        begin_ladder(booking, at=at)
    _save_asked(bookings)
    _owe_requests(bookings, to_ask, at=at)
    about = [(booking, {"has_address": bool(to_ask[booking.pk])}) for booking in bookings]
    events.record_many("booking.requested", about, actor=actor, at=at)


@transaction.atomic
def follow_recipients(booking: Booking, *, at: datetime) -> bool:
    """Ask those too who came to get the partner's mails since the request went out. Safe to repeat.

    Nobody else gets a second mail, and who no longer gets them needs none: `is_recipient` ends their links.
    """
    booking = lock(booking)
    if booking.status != BookingStatus.PENDING or booking.asked_at is None:
        return False
    newcomers = _not_asked_yet(booking, at=at)
    if newcomers:
        _ask_also(booking, newcomers, at=at)
    return bool(newcomers)


def recipients_today(booking: Booking, *, at: datetime) -> list[str]:
    """Who gets a mail about this booking now, each with a valid link of the booking's version.

    Call it with the booking locked.
    """
    addresses = recipients_of(booking.partner, at=at).today
    _issue_links([booking], {booking.pk: addresses}, at=at)
    return addresses


def is_recipient(booking: Booking, address: str, *, at: datetime) -> bool:
    """Whether a link that went to this address may still answer: not once its owner has left or only looks."""
    return address.lower() in recipients_of(booking.partner, at=at).allowed


def tell_partner(kind: str, booking: Booking, *, version: int, at: datetime) -> None:
    """Owe a mail that asks for nothing to whoever gets the partner's mails today. Safe to repeat."""
    addresses = recipients_of(booking.partner, at=at).today
    outbox.put_many(kind, [Owed(booking, address, version) for address in addresses], at=at)


def remind_of_request(booking: Booking, *, at: datetime) -> None:
    """A booking that is pending again must have a request that can be answered.

    Its mail may have been dropped because it was answered before it left, and an edited order inherits an answer
    without ever having been asked for.
    """
    _lock_requests(booking)
    newcomers = _not_asked_yet(booking, at=at)
    if newcomers:
        _ask_also(booking, newcomers, at=at)
    if booking.ladder_from is None:
        # There may be nobody to ask: then staff call.
        begin_ladder(booking, at=at)
    for link in _live_links(booking, at=at):
        outbox.revive_dropped(
            "booking_request", subject=booking, recipient=link.recipient, version=booking.version
        )


def _lock_requests(booking: Booking) -> None:
    """Before any link: whoever sends a mail locks it first and its links last."""
    requests = OutboxMail.objects.select_for_update().filter(
        subject_type=booking.EVENT_SUBJECT, subject_id=booking.pk, kind="booking_request"
    )
    list(requests.order_by("pk").values_list("pk"))


def _not_asked_yet(booking: Booking, *, at: datetime) -> list[str]:
    """Those who get mails today where neither they nor whom they stand in for can answer by link."""
    asked = {link.recipient.lower() for link in _live_links(booking, at=at)}
    by_seat = recipients_of(booking.partner, at=at).by_seat
    return list(dict.fromkeys(new for seat, new in by_seat.items() if not asked & {seat, new}))


def _live_links(booking: Booking, *, at: datetime) -> list[Link]:
    """Those of this version that still answer, the first one first."""
    return list(
        Link.objects.filter(
            subject_type=booking.EVENT_SUBJECT,
            subject_id=booking.pk,
            purpose=link_purpose,
            version=booking.version,
            expires_at__gt=at,
        ).order_by("created_at", "pk")
    )


def _ask_also(booking: Booking, addresses: list[str], *, at: datetime) -> None:
    to_ask = {booking.pk: addresses}
    _issue_links([booking], to_ask, at=at)
    allowed = recipients_of(booking.partner, at=at).allowed
    answering = (link for link in _live_links(booking, at=at) if link.recipient in allowed)
    was_asked = booking.confirmation_token is not None
    _keep_token(booking, next(answering, None))
    if not was_asked:
        # Nobody had been mailed: only now somebody can be late with an answer.
        begin_ladder(booking, at=at)
    _save_asked([booking])
    _owe_requests([booking], to_ask, at=at)


def _issue_links(
    bookings: Iterable[Booking], to_ask: Mapping[int, Sequence[str]], *, at: datetime
) -> dict[int, Link]:
    """A link for each address; returns the first of each booking."""
    wanted = [
        links.Wanted(booking, address, booking.version, link_expiry(booking, at=at))
        for booking in bookings
        for address in to_ask[booking.pk]
    ]
    made = links.issue_many(link_purpose, wanted, at=at)
    return {link.subject_id: link for link in reversed(made)}


def _owe_requests(bookings: Iterable[Booking], to_ask: Mapping[int, Sequence[str]], *, at: datetime) -> None:
    owed = [Owed(booking, address, booking.version) for booking in bookings for address in to_ask[booking.pk]]
    outbox.put_many("booking_request", owed, at=at)


def _keep_token(booking: Booking, link: Link | None) -> None:
    booking.confirmation_token = link.token_hash if link else None
    booking.token_expires_at = link.expires_at if link else None


def _save_asked(bookings: Sequence[Booking]) -> None:
    # One statement: Django's bulk_update writes a CASE per row and column, which costs more than all the rest.
    columns = [[getattr(each, name) for each in bookings] for name in ("pk", *_ASKED)]
    with connection.cursor() as cursor:
        cursor.execute(_SAVE_ASKED, columns)


def link_expiry(booking: Booking, *, at: datetime) -> datetime:
    """Seven days (a setting) or the start of the date, whichever is first."""
    latest = at + timedelta(days=settings.BOOKING_TOKEN_EXPIRY_DAYS)
    return min(latest, booking.starts_at) if booking.starts_at else latest
