"""What the help desk hears of a rebooking: a note on the case of the booking. Each may run twice."""

from collections.abc import Callable

from django.utils import translation

from portal.bookings import cases, tickets
from portal.bookings import queries as booking_queries
from portal.bookings.models import Booking
from portal.core.events import subscribe
from portal.core.models import Event
from portal.integrations.tickets import Stage
from portal.rebooking import queries, ticket_notes
from portal.rebooking.models import Rebooking

MOVED = ("booking.rebooked", "booking.move_asked")
NOTES: dict[str, Callable[[Rebooking], str]] = {
    "rebooking.no_dates": ticket_notes.no_dates,
    "rebooking.wish_noted": ticket_notes.wish,
    "rebooking.unanswered": ticket_notes.unanswered,
    "rebooking.expired": ticket_notes.expired,
}
CALLS: dict[str, Callable[[Booking], str]] = {
    "rebooking.exhausted": ticket_notes.exhausted,
    "rebooking.no_address": ticket_notes.no_address,
}
tickets.opens_case(*MOVED, *NOTES, *CALLS)


@subscribe(*MOVED, queue=cases.QUEUE)
def note_move(event: Event) -> None:
    """Old date and new one; once the booking has moved, the ticket does, too."""
    assert event.partner_id is not None
    with cases.scope_of(event), translation.override(tickets.DESK_LANGUAGE):
        old = booking_queries.booking_of(event.partner_id, event.subject_id)
        new = booking_queries.booking_of(event.partner_id, event.data["to"])
        rebooking = Rebooking.objects.filter(new_booking=new).select_related("original_booking").first()
        note = ticket_notes.moved(old, new, rebooking)
    if note:
        stage: Stage | None = "rebooked" if event.kind == "booking.rebooked" else None
        cases.note_on_case(event, old, note, stage=stage)


@subscribe(*NOTES, queue=cases.QUEUE)
def note_case(event: Event) -> None:
    """What the customer wants, or that somebody should call."""
    assert event.partner_id is not None
    with cases.scope_of(event), translation.override(tickets.DESK_LANGUAGE):
        rebooking = queries.rebooking_of(event.partner_id, event.data["rebooking"])
        booking = booking_queries.booking_of(event.partner_id, event.subject_id)
        note = NOTES[event.kind](rebooking)
    if note:
        cases.note_on_case(event, booking, note)


@subscribe(*CALLS, queue=cases.QUEUE)
def note_call(event: Event) -> None:
    """There is no link that the customer could use."""
    assert event.partner_id is not None
    with cases.scope_of(event), translation.override(tickets.DESK_LANGUAGE):
        booking = booking_queries.booking_of(event.partner_id, event.subject_id)
        note = CALLS[event.kind](booking)
    if note:
        cases.note_on_case(event, booking, note)
