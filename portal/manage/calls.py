"""Whom to call: what only a call still answers, one entry for each partner, the most urgent first."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import F
from django.urls import reverse

from portal.accounts.queries import names_of
from portal.bookings import policies, queries
from portal.bookings.models import Booking, BookingStatus
from portal.bookings.querysets import BookingQuerySet
from portal.dates.clockwork import day_is_over
from portal.manage.mails import MailLine, mails_of_bookings, opened_by_booking
from portal.partners.models import Partner

# So many bookings are looked at; the least urgent of more wait until some of these are answered.
MOST_WAITING = 1_000
PAGE_SIZE = 20
AGAIN_AFTER = timedelta(hours=2)
CALL_LASTS = timedelta(minutes=15)


@dataclass(frozen=True)
class Waiting:
    """One booking of a call, with what was sent about it and whether anybody looked."""

    booking: Booking
    mails: Sequence[MailLine]
    opened_at: datetime | None

    @property
    def since(self) -> datetime:
        return self.booking.asked_at or self.booking.created_at

    @property
    def last_mail(self) -> MailLine | None:
        return self.mails[-1] if self.mails else None


@dataclass(frozen=True)
class Attempt:
    """A call about some of the bookings; `outcome` is empty while it goes on."""

    at: datetime
    actor: str
    outcome: str = ""


@dataclass
class Call:
    """:param attempts: former calls, oldest first"""

    partner_id: int
    booking_ids: list[int]
    since: datetime
    urgency: tuple[int, datetime]
    attempts: list[Attempt]
    again_at: datetime | None
    # Filled for the calls of the page that is shown.
    partner: Partner | None = None
    waiting: list[Waiting] = field(default_factory=list)
    last_by: str = ""
    is_going_on: bool = False

    @property
    def last(self) -> Attempt | None:
        return self.attempts[-1] if self.attempts else None

    @property
    def tries(self) -> int:
        """How often nobody was reached."""
        return sum(bool(each.outcome) for each in self.attempts)


def call_page(number: str | None, *, at: datetime) -> Page[Call]:
    """A page of calls. Six queries, however many there are."""
    page = Paginator(calls(at=at), PAGE_SIZE).get_page(number)
    _fill(list(page.object_list), at=at)
    return page


def context(number: str | None, *, decided: Booking | None = None, at: datetime) -> dict[str, Any]:
    """:param decided: the booking just decided here: it can be undone on the same page for a while"""
    page = call_page(number, at=at)
    can_undo = decided is not None and policies.undo_blocker(decided, at=at, by_staff=True) is None
    query = {"page": str(page.number)} if page.number > 1 else {}
    back = urlencode(query)
    if decided is not None and can_undo:
        query["decided"] = str(decided.pk)
    return {
        "page": page,
        "decided": decided if can_undo else None,
        "back": back,
        "live_url": f"{reverse('manage:calls')}?{urlencode(query)}" if query else reverse("manage:calls"),
        "now": at,
    }


def calls(*, at: datetime) -> list[Call]:
    """All of them: first whom to call now, then whom to call again later."""
    rows = list(
        _most_urgent(at).only(
            "pk", "partner_id", "status", "starts_on", "starts_at", "escalated_at", "expired_at", "created_at"
        )[:MOST_WAITING]
    )
    attempts = _attempts(row.pk for row in rows)
    by_partner: dict[int, list[Booking]] = {}
    for row in rows:
        by_partner.setdefault(row.partner_id, []).append(row)
    found = [_call(partner_id, bookings, attempts, at=at) for partner_id, bookings in by_partner.items()]
    return sorted(found, key=lambda call: (call.again_at is not None, call.again_at or at, call.urgency))


def count_due(*, at: datetime) -> int:
    """How many of `calls` are due now. Every page of the staff asks: two columns, not hundreds of bookings."""
    partners = dict(_most_urgent(at).values_list("pk", "partner_id")[:MOST_WAITING])
    in_vain = queries.called_in_vain(partners, since=at - AGAIN_AFTER)
    return len(set(partners.values()) - {partners[booking_id] for booking_id in in_vain})


def _most_urgent(at: datetime) -> BookingQuerySet:
    return queries.to_call(at).order_by("-status", F("starts_on").asc(nulls_last=True), "pk")


def _call(
    partner_id: int, bookings: list[Booking], attempts: Mapping[int, list[Attempt]], *, at: datetime
) -> Call:
    bookings.sort(key=_urgency)
    # One call about five bookings is noted on each of them: it counts once.
    tried = sorted({each for row in bookings for each in attempts.get(row.pk, [])}, key=lambda each: each.at)
    noted = [each for each in tried if each.outcome == "not_reached"]
    again_at = noted[-1].at + AGAIN_AFTER if noted else None
    return Call(
        partner_id=partner_id,
        booking_ids=[row.pk for row in bookings],
        since=min(row.escalated_at or row.expired_at or row.created_at for row in bookings),
        urgency=_urgency(bookings[0]),
        attempts=tried,
        again_at=again_at if again_at and at < again_at else None,
    )


def _urgency(booking: Booking) -> tuple[int, datetime]:
    """What can still be saved comes first, by the time that is left; then what is over, the latest first."""
    if booking.status == BookingStatus.EXPIRED:
        assert booking.expired_at is not None
        return 2, datetime.fromtimestamp(-booking.expired_at.timestamp(), tz=booking.expired_at.tzinfo)
    if booking.starts_on is None:
        return 1, booking.escalated_at or booking.created_at
    return 0, booking.starts_at or day_is_over(booking.starts_on, settings.TIME_ZONE)


def _attempts(booking_ids: Iterable[int]) -> dict[int, list[Attempt]]:
    found: dict[int, list[Attempt]] = {}
    for event in queries.latest_calls(list(booking_ids)):
        attempt = Attempt(event.at, event.actor, event.data.get("outcome", ""))
        found.setdefault(event.subject_id, []).append(attempt)
    return found


def _fill(found: Sequence[Call], *, at: datetime) -> None:
    ids = [booking_id for call in found for booking_id in call.booking_ids]
    bookings = queries.bookings_by_id(ids)
    mails, opened = mails_of_bookings(ids), opened_by_booking(ids)
    names = names_of(call.last.actor for call in found if call.last)
    for call in found:
        call.waiting = [
            Waiting(bookings[each], mails.get(each, []), opened.get(each))
            for each in call.booking_ids
            if each in bookings
        ]
        call.partner = call.waiting[0].booking.partner if call.waiting else None
        if call.last:
            call.last_by = names.get(call.last.actor, "")
            call.is_going_on = not call.last.outcome and at < call.last.at + CALL_LASTS
