"""Writing on the help desk's case of a booking: one ticket for all its life, and one job at a time at it.

For subscribers, of this module and of those above: scope and load, call with no transaction open, scope and store.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from portal.bookings import operations, ticket_queries, tickets
from portal.bookings.models import Booking
from portal.bookings.tickets import Case
from portal.core import jobs, keys
from portal.core.clock import now
from portal.core.models import Event
from portal.core.tenancy import scope
from portal.core.turns import turn
from portal.integrations.tickets import (
    Stage,
    TicketDesk,
    TicketDeskRejected,
    TicketDeskUnavailable,
    TicketGone,
    ticket_desk,
)

SYSTEM = QUEUE = "tickets"


def note_on_case(event: Event, booking: Booking, note: str, *, stage: Stage | None = None) -> None:
    """Write on the case of the booking, once for each event. Safe to repeat.

    Where there is none, or staff have deleted it, it is opened: with the decline that the event follows, if there was
    one. Call it outside of any scope, in a job of the queue `QUEUE`, and name the event's kind to
    `tickets.opens_case`.

    :param note: HTML; every value in it is escaped by the caller
    """
    with scope_of(event):
        decline = ticket_queries.decline_before(event, booking)
        case = tickets.case_for(decline, booking) if decline else tickets.rebooking_case(booking)
    with at_case(case.root_id) as desk:
        ticket_id, _had_case = open_case(desk, case, booking, about=decline)
        desk.add_note(ticket_id, note, note_key(event))
        if stage:
            desk.move_ticket(ticket_id, stage=stage)


def open_case(desk: TicketDesk, case: Case, booking: Booking, *, about: Event | None) -> tuple[str, bool]:
    """The ticket of the case, and whether it was there before `about`, whose text then is a note on it.

    :param about: what the case's ticket tells of, if it tells of an event
    """
    had_case = bool(case.note) and desk.find_ticket(case.ticket.key) is not None
    ticket = desk.open_ticket(case.ticket)
    opened_by = None if had_case or about is None else about.pk
    with scope(partner_ids=[booking.partner_id], actor="outbox"):
        operations.record_ticket(
            booking, ticket_id=ticket.id, number=ticket.number, opened_by=opened_by, at=now()
        )
    if had_case and about is not None:
        desk.add_note(ticket.id, case.note, note_key(about))
    return ticket.id, had_case


@contextmanager
def at_case(root_id: int) -> Iterator[TicketDesk]:
    """The desk, for one job at a time of those at this case; failures as jobs want them."""
    try:
        with (
            turn(f"ticket {root_id}"),
            keys.using(SYSTEM, queue=QUEUE, unsure=TicketDeskUnavailable, at=now()),
        ):
            yield ticket_desk()
    except TicketGone as error:
        # Deleted between two calls: the next try opens it anew and writes the note again.
        raise TicketDeskUnavailable(str(error)) from error
    except TicketDeskRejected as error:
        # It never heals by itself: the job goes to "what is waiting" at once, the mail leaves without a number.
        raise jobs.GiveUp(str(error)) from error


def scope_of(event: Event) -> AbstractContextManager[None]:
    assert event.partner_id is not None
    return scope(partner_ids=[event.partner_id], actor="outbox")


def note_key(event: Event) -> str:
    return f"event-{event.pk}"
