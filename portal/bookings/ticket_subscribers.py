"""What the help desk hears of: a partner who does not answer or declines, and how it ends. Each may run twice.

Scope and load, call with no transaction open, scope and store. Only one job at a time is at one case (`cases`).
"""

from portal.bookings import operations, queries, ticket_queries, tickets
from portal.bookings.cases import QUEUE, at_case, note_key, open_case, scope_of
from portal.bookings.models import Booking, BookingStatus
from portal.core.clock import now
from portal.core.events import subscribe
from portal.core.models import Event
from portal.integrations.tickets import TicketDesk, TicketGone


@subscribe(*tickets.OPENING, queue=QUEUE, formerly=("portal.bookings.subscribers.open_ticket",))
def open_ticket(event: Event) -> None:
    """One ticket for the whole life of a booking: a later reason for one becomes a note on it."""
    assert event.partner_id is not None
    with scope_of(event):
        booking = queries.booking_of(event.partner_id, event.subject_id)
        if not tickets.is_still_true(event, booking):
            return
        case = tickets.case_for(event, booking)
        if booking.odoo_ticket_id:
            # The number is known: the mail need not wait for the desk.
            operations.tell_declined(booking, at=now())
    with at_case(case.root_id) as desk:
        ticket_id, had_case = open_case(desk, case, booking, about=event)
        if had_case:
            desk.update_ticket(ticket_id, category=case.ticket.category, priority=case.ticket.priority)
        _note_what_came_meanwhile(event, booking, desk, ticket_id)


@subscribe(*tickets.ENDING, queue=QUEUE)
def note_ending(event: Event) -> None:
    """Staff stop calling a partner who has confirmed, and looking for another date for who has cancelled."""
    assert event.partner_id is not None
    with scope_of(event):
        booking = queries.booking_of(event.partner_id, event.subject_id)
        chain = ticket_queries.chain_of(booking)
        ticket_id = ticket_queries.ticket_id_of(chain)
        may_have_case = bool(ticket_id) or tickets.may_have_case(event, chain)
        note = _ending_note(event, booking)
    if not may_have_case or not note:
        return
    with at_case(chain[-1].pk) as desk:
        ticket_id = ticket_id or _find_ticket(event, booking, desk, tickets.key_of(chain))
        if ticket_id:
            _add_last_note(desk, ticket_id, note, event)


def _find_ticket(event: Event, booking: Booking, desk: TicketDesk, key: str) -> str:
    """The desk may have opened a ticket, and we never got its answer; empty when it has not."""
    ticket = desk.find_ticket(key)
    if ticket is None:
        return ""
    with scope_of(event):
        operations.record_ticket(booking, ticket_id=ticket.id, number=ticket.number, at=now())
    return ticket.id


def _note_what_came_meanwhile(event: Event, booking: Booking, desk: TicketDesk, ticket_id: str) -> None:
    """While we were opening the ticket, the job about the end found none to write on."""
    with scope_of(event):
        ending = ticket_queries.latest_event(booking, tickets.ENDING, after=event)
        fresh = queries.booking_of(booking.partner_id, booking.pk)
        note = _ending_note(ending, fresh) if ending else ""
    if ending and note:
        _add_last_note(desk, ticket_id, note, ending)


def _ending_note(event: Event, booking: Booking) -> str:
    if not tickets.is_still_true(event, booking):
        return ""
    if booking.status == BookingStatus.CANCELLED and (
        booking.is_candidate or queries.replacement_of(booking)
    ):
        # The booking that it stood beside is noted, or an edited order carries it on.
        return ""
    return tickets.ending_note(event, booking)


def _add_last_note(desk: TicketDesk, ticket_id: str, note: str, event: Event) -> None:
    try:
        desk.add_note(ticket_id, note, note_key(event))
    except TicketGone:
        # Staff have deleted the case, and it is over: nobody needs a new one.
        return
