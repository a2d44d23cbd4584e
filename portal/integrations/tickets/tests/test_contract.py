"""What every ticket desk promises: the same tests for the embedded list and for Odoo."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from django.db import connection

from portal.integrations.models import DemoTicket
from portal.integrations.tickets import NewTicket, Ticket, TicketDesk, TicketDeskRejected, ticket_desk
from tests.odoo_server import API_KEY, DATABASE, OdooServer

pytestmark = pytest.mark.django_db(transaction=True)

NEW_TICKET = NewTicket(
    key="confirmation_7",
    subject="Termin abgelehnt #100012345",
    body_html="<p>Küche &lt;belegt&gt;</p>",
    customer_name="Max Mustermann",
    customer_email="max@example.test",
    category="declined",
    priority="2",
    order_number="100012345",
)


@dataclass
class Outside:
    """A desk, and what people see when they look at it: subject, text and notes of each ticket."""

    desk: TicketDesk
    seen: Callable[[], list[tuple[str, str, list[str]]]]


@pytest.fixture(params=["embedded", "odoo"])
def outside(request, settings):
    if request.param == "embedded":
        settings.TICKET_DESK = "portal.integrations.tickets.embedded.ticket_desk"
        yield Outside(ticket_desk(), _embedded_tickets)
        return
    with OdooServer(delay_seconds=0.05) as server:
        settings.TICKET_DESK = "portal.integrations.tickets.odoo.ticket_desk"
        settings.ODOO_URL, settings.ODOO_DB, settings.ODOO_API_KEY = server.url, DATABASE, API_KEY
        settings.ODOO_TEAM = "partner_portal.team_booking"
        yield Outside(ticket_desk(), lambda: _odoo_tickets(server))


def _embedded_tickets():
    return [
        (ticket.subject, ticket.body_html, [note.body_html for note in ticket.notes.all()])
        for ticket in DemoTicket.objects.order_by("id")
    ]


def _odoo_tickets(server):
    return [
        (
            ticket["row"]["name"],
            ticket["row"]["description"],
            [note["body"] for note in server.notes if note["ticket"] == ticket["id"]],
        )
        for ticket in server.tickets.values()
    ]


def test_open_ticket_keeps_what_it_was_given(outside):
    ticket = outside.desk.open_ticket(NEW_TICKET)

    assert (bool(ticket.id), bool(ticket.number)) == (True, True)
    assert outside.seen() == [("Termin abgelehnt #100012345", "<p>Küche &lt;belegt&gt;</p>", [])]


def test_one_key_opens_one_ticket(outside):
    first = outside.desk.open_ticket(NEW_TICKET)

    assert outside.desk.open_ticket(NEW_TICKET) == first
    other = outside.desk.open_ticket(replace(NEW_TICKET, key="confirmation_8", subject="Another"))
    assert len({first.id, first.number, other.id, other.number}) == 4 or other.id == other.number
    assert [subject for subject, _body, _notes in outside.seen()] == [
        "Termin abgelehnt #100012345",
        "Another",
    ]


def test_open_ticket_again_changes_nothing(outside):
    outside.desk.open_ticket(NEW_TICKET)

    outside.desk.open_ticket(replace(NEW_TICKET, subject="Written over", body_html="<p>Gone</p>"))

    assert outside.seen() == [("Termin abgelehnt #100012345", "<p>Küche &lt;belegt&gt;</p>", [])]


def test_eight_at_once_open_one_ticket(outside):
    tickets = side_by_side(8, lambda: outside.desk.open_ticket(NEW_TICKET))

    assert tickets == [tickets[0]] * 8
    assert isinstance(tickets[0], Ticket)
    assert len(outside.seen()) == 1


def test_add_note_writes_each_key_once(outside):
    ticket = outside.desk.open_ticket(NEW_TICKET)

    outside.desk.add_note(ticket.id, "<p>Grund: Küche belegt</p>", "event-1")
    outside.desk.add_note(ticket.id, "<p>Grund: Küche belegt</p>", "event-1")
    outside.desk.add_note(ticket.id, "<p>Umgebucht</p>", "event-2")

    ((_subject, _body, notes),) = outside.seen()
    assert notes == ["<p>Grund: Küche belegt</p>", "<p>Umgebucht</p>"]


@pytest.mark.parametrize("ticket_id", ["999999", "", "T0001"])
def test_add_note_is_rejected_for_a_ticket_that_is_gone(outside, ticket_id):
    with pytest.raises(TicketDeskRejected):
        outside.desk.add_note(ticket_id, "<p>Umgebucht</p>", "event-1")


@pytest.mark.parametrize("note_key", ["", "two words", "a@b", "a>b"])
def test_add_note_refuses_a_key_that_is_none(outside, note_key):
    with pytest.raises(ValueError, match="key of a note"):
        outside.desk.add_note("1", "<p>Umgebucht</p>", note_key)


def test_check_finds_nothing_wrong(outside):
    assert outside.desk.check() == []


@pytest.mark.parametrize("values", [{"key": "a.b"}, {"key": ""}, {"key": "ä"}, {"priority": "4"}])
def test_a_ticket_without_a_proper_key_and_priority_is_none(values):
    with pytest.raises(ValueError, match="of a ticket"):
        replace(NEW_TICKET, **values)


def side_by_side(count, work):
    results: list[object] = [None] * count
    start = threading.Barrier(count)

    def run(index):
        try:
            start.wait()
            results[index] = work()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
