"""A booking as a partner's pages show it: what stands on its card, with nothing left for a template to decide."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from portal.bookings import policies, queries, wording
from portal.bookings.models import Booking, BookingStatus
from portal.bookings.people import ShownCustomer, shown_customer
from portal.bookings.urgency import Urgency, urgency
from portal.core.wording import say_short_day, wall_clock


@dataclass(frozen=True)
class Card:
    """:param outcome: how the booking stands, with the day or the reason; goes into its badge
    :param blocker: why it cannot be confirmed now
    :param undo_until: until when the decision can be undone, None when it cannot
    """

    booking: Booking
    customer: ShownCustomer
    outcome: str
    reason: str
    urgency: Urgency | None
    blocker: policies.DecideBlocker | None
    undo_until: datetime | None

    @property
    def pk(self) -> int:
        return self.booking.pk

    @property
    def decided_by(self) -> str:
        """Who decided and when, as a sentence. Needs `booking.decided_by_user`, which no list loads."""
        return wording.decided_by(self.booking)


@dataclass(frozen=True)
class NoteLine:
    """What the shop asked (empty where it asked nothing) and what the customer answered."""

    label: str
    answer: str


def cards_of(bookings: Iterable[Booking], *, at: datetime) -> list[Card]:
    """In the order they come. Asks for the reasons once, and only when one is shown."""
    bookings = list(bookings)
    has_reasons = any(booking.decline_reason for booking in bookings)
    reasons = queries.reason_labels() if has_reasons else {}
    return [
        _card(booking, reasons.get(booking.decline_reason, booking.decline_reason), at)
        for booking in bookings
    ]


def _card(booking: Booking, reason: str, at: datetime) -> Card:
    return Card(
        booking=booking,
        customer=shown_customer(booking, at=at),
        outcome=_outcome(booking, reason, at),
        reason=reason,
        urgency=urgency(booking, at=at),
        blocker=policies.confirm_blocker(booking, at=at),
        undo_until=None if policies.undo_blocker(booking, at=at) else booking.settles_at,
    )


def _outcome(booking: Booking, reason: str, at: datetime) -> str:
    if booking.status == BookingStatus.DECLINED:
        return _("Declined: %(reason)s") % {"reason": reason}
    moment, sentence = {
        # What was taken over from the shop was confirmed on a day that we do not know.
        BookingStatus.CONFIRMED: (
            None if booking.is_history else booking.confirmed_at,
            _("Confirmed on %(day)s"),
        ),
        BookingStatus.CANCELLED: (booking.cancelled_at, _("Cancelled by the customer on %(day)s")),
    }.get(BookingStatus(booking.status), (None, ""))
    if moment is None:
        return str(booking.get_status_display())
    return sentence % {"day": say_short_day(wall_clock(moment).date(), at)}


def note_lines(notes: str) -> list[NoteLine]:
    """The import writes one answer a line, behind what the shop asked."""
    return [_note_line(line) for line in notes.splitlines() if line.strip()]


def _note_line(line: str) -> NoteLine:
    label, colon, answer = line.partition(": ")
    return NoteLine(label, answer.strip()) if colon and answer.strip() else NoteLine("", line.strip())
