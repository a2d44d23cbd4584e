"""What stands on the pages about a date that falls through, for its partner and for staff alike."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.bookings import queries as booking_queries
from portal.bookings.cards import Card, cards_of
from portal.bookings.date_changes import policies, queries
from portal.bookings.date_changes.notes import has_diet
from portal.bookings.date_changes.reach import Affected, Reach, affected_by
from portal.bookings.models import Booking, BookingStatus, DateCancellation, PaymentStatus
from portal.bookings.operations import common_settling_time
from portal.core.wording import say_money
from portal.dates.models import CourseDate
from portal.dates.wording import hours
from portal.partners.recipients import recipients_of

EMERGENCY, STATUS = "date_changes/emergency.html", "date_changes/status.html"
_PAID = (PaymentStatus.PAID, PaymentStatus.PARTIAL, PaymentStatus.PARTIALLY_REFUNDED)


@dataclass(frozen=True)
class Count:
    reach: Reach
    icon: str
    tone: str
    count: int


@dataclass(frozen=True)
class Booked:
    """A booking on the page of its date. `has_diet`: its note is about what the customer must not eat."""

    card: Card
    has_diet: bool


def emergency_context(course_date: CourseDate, *, at: datetime, by_staff: bool = False) -> dict[str, Any]:
    """Whom it concerns, and what will happen when."""
    found = list(queries.live_bookings(course_date))
    bookings = [each for each in found if policies.falls_through(each, at=at)]
    settles_at = common_settling_time(bookings, at=at)
    return {
        "date": course_date,
        "hours": hours(course_date),
        "cards": cards_of(bookings, at=at),
        "participants": sum(each.participants for each in bookings),
        "paid": _paid(bookings),
        "unpaid": queries.count_unpaid(course_date),
        "told": recipients_of(course_date.partner, at=at).today,
        "undo_until": settles_at if settles_at > at else None,
        "blocker": policies.fall_through_blocker(course_date, at=at),
        "reasons": booking_queries.decline_reasons(),
        "by_staff": by_staff,
        "now": at,
    }


def status_context(
    cancellation: DateCancellation, course_date: CourseDate, *, at: datetime, by_staff: bool = False
) -> dict[str, Any]:
    """Who has heard of it and who has not."""
    affected = affected_by(cancellation, at=at, for_staff=by_staff)
    declined = [each.booking for each in affected if each.booking.status == BookingStatus.DECLINED]
    blocker = policies.undo_blocker(cancellation, declined, at=at, by_staff=by_staff)
    return {
        "date": course_date,
        "hours": hours(course_date),
        "cancellation": cancellation,
        "reason": booking_queries.reason_label(cancellation.reason),
        "affected": affected,
        "counts": _counts(affected),
        "participants": sum(each.booking.participants for each in affected),
        "waiting": sum(not each.is_reached for each in affected),
        "undo_until": None if blocker else cancellation.settles_at,
        "is_settled": at >= cancellation.settles_at,
        "by_staff": by_staff,
        "now": at,
    }


def booked_context(course_date: CourseDate, *, may_decide: bool, at: datetime) -> dict[str, Any]:
    """Who has booked a date, for its page."""
    bookings = list(queries.bookings_on(course_date))
    cards = cards_of(bookings, at=at)
    live = [each for each in bookings if each.status in queries.LIVE]
    return {
        "date": course_date,
        "booked": [Booked(card, has_diet(card.customer.notes)) for card in cards],
        "participants": sum(each.participants for each in live),
        "live": len(live),
        "cancellation": queries.standing_cancellation(course_date) if course_date.cancelled_at else None,
        "may_decide": may_decide,
        "now": at,
    }


def _paid(bookings: Sequence[Booking]) -> str:
    """What the customers have paid, in each currency. Of what is paid in part the shop says only the whole."""
    sums: Counter[str] = Counter()
    for each in bookings:
        if each.payment_status in _PAID:
            sums[each.currency] += each.price_cents
    return ", ".join(say_money(cents, currency) for currency, cents in sorted(sums.items()))


def _counts(affected: Sequence[Affected]) -> list[Count]:
    """How many stand how; what nobody is, is left out."""
    first = {each.reach: each for each in reversed(affected)}
    numbers = Counter(each.reach for each in affected)
    return [
        Count(reach, first[reach].icon, first[reach].tone, numbers[reach])
        for reach in Reach
        if reach in first
    ]
