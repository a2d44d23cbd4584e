"""The shop's stock follows a booking that moves. Each may run twice."""

from portal.bookings import queries
from portal.bookings.models import Booking
from portal.core import jobs
from portal.core.clock import now
from portal.core.events import subscribe
from portal.core.models import Event
from portal.core.tenancy import scope
from portal.integrations.shop import rest
from portal.rebooking.models import StockChange
from portal.rebooking.operations import stock

Reason = StockChange.Reason


@subscribe("booking.rebooked", when=rest.writes_stock)
def move_stock(event: Event) -> None:
    assert event.partner_id is not None
    with scope(partner_ids=[event.partner_id]):
        _ask(event, queries.booking_of(event.partner_id, event.subject_id), Reason.REBOOKED)


@subscribe("booking.cancelled")
def take_stock_back(event: Event) -> None:
    """The shop gives the seats back to the date it has sold, wherever the booking had gone.

    When the order was only edited, it has sold that date anew, and the booking that carries on is elsewhere again.
    """
    assert event.partner_id is not None
    with scope(partner_ids=[event.partner_id]):
        booking = queries.booking_of(event.partner_id, event.subject_id)
        if booking.generation == 1 or booking.is_candidate:
            return
        stock.follow_cancellation(booking)
        if rest.writes_stock():
            _ask(event, booking, Reason.CANCELLED)
            for heir in booking.next_generations.exclude(magento_order_id=booking.magento_order_id):
                _ask(event, queries.thread_of(heir)[0], Reason.REBOOKED)


@subscribe("booking.sale_changed", when=rest.writes_stock)
def follow_sale(event: Event) -> None:
    """A part of the order was cancelled or refunded after the booking had moved."""
    assert event.partner_id is not None
    with scope(partner_ids=[event.partner_id]):
        _ask(event, queries.booking_of(event.partner_id, event.subject_id), Reason.CHANGED)


def _ask(event: Event, booking: Booking, reason: StockChange.Reason) -> None:
    """The corrections, each with a job of its own, in one transaction."""
    rows = [
        {"partner_id": event.partner_id, "change_id": change.pk, "event_id": event.pk}
        for change in stock.ask_for_changes(booking, reason, at=now())
    ]
    jobs.defer_many("rebooking.correct_stock", rows)
