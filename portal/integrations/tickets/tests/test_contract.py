"""What every ticket desk promises: the same tests for the embedded list and for Odoo's two interfaces."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from django.db import connection

from portal.conftest import NOON
from portal.integrations.models import DemoTicket
from portal.integrations.tickets import NewTicket, Ticket, TicketDesk, TicketGone, ticket_desk
from tests.odoo_server import API_KEY, DATABASE, LOGIN, OdooServer

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
    """A desk, and what people see when they look at it: subject, text and notes of each ticket.

    `kinds` are category and priority of each; `delete` is what staff do to a ticket.
    """

    desk: TicketDesk
    seen: Callable[[], list[tuple[str, str, list[str]]]]
    kinds: Callable[[], list[tuple[str, str]]]
    delete: Callable[[str], None]


@pytest.fixture(params=["embedded", "json2", "jsonrpc"])
def outside(request, settings):
    if request.param == "embedded":
        settings.TICKET_DESK = "portal.integrations.tickets.embedded.ticket_desk"
        yield Outside(ticket_desk(), _embedded_tickets, _embedded_kinds, _delete_embedded)
        return
    with OdooServer(
        delay_seconds=0.05, version={"json2": "19.0", "jsonrpc": "18.0"}[request.param]
    ) as server:
        settings.TICKET_DESK = "portal.integrations.tickets.odoo.ticket_desk"
        settings.ODOO_URL, settings.ODOO_DB, settings.ODOO_API_KEY = server.url, DATABASE, API_KEY
        settings.ODOO_LOGIN, settings.ODOO_TEAM = LOGIN, "partner_portal.team_booking"
        settings.ODOO_CATEGORY_DECLINED = "partner_portal.cat_declined"
        settings.ODOO_CATEGORY_NO_REPLY = "partner_portal.cat_no_reply"
        settings.ODOO_STAGE_REBOOKED = "partner_portal.stage_rebooked"
        yield Outside(
            ticket_desk(),
            lambda: _odoo_tickets(server),
            lambda: _odoo_kinds(server),
            lambda ticket_id: server.delete_ticket(int(ticket_id)),
        )
        is_jsonrpc = {call.path == "/jsonrpc" for call in server.calls if call.model}
        assert is_jsonrpc <= {request.param == "jsonrpc"}


def _embedded_tickets():
    return [
        (ticket.subject, ticket.body_html, [note.body_html for note in ticket.notes.all()])
        for ticket in DemoTicket.objects.order_by("id")
    ]


def _embedded_kinds():
    return list(DemoTicket.objects.order_by("id").values_list("category", "priority"))


def _delete_embedded(ticket_id):
    DemoTicket.objects.get(pk=ticket_id).delete()


def _odoo_kinds(server):
    words = {5: "declined", 8: "no_reply"}
    words |= {"partner_portal.cat_declined": "declined", "partner_portal.cat_no_reply": "no_reply"}
    return [(words[ticket["category_id"]], ticket["priority"]) for ticket in server.tickets.values()]


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


def test_find_ticket_knows_what_a_key_has_opened_and_nothing_else(outside):
    before = outside.desk.find_ticket("confirmation_7")
    ticket = outside.desk.open_ticket(NEW_TICKET)

    assert (before, outside.desk.find_ticket("confirmation_7")) == (None, ticket)
    assert outside.desk.find_ticket("confirmation_8") is None
    outside.delete(ticket.id)
    assert outside.desk.find_ticket("confirmation_7") is None


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
def test_nothing_is_written_on_a_ticket_that_is_gone(outside, ticket_id):
    with pytest.raises(TicketGone):
        outside.desk.add_note(ticket_id, "<p>Umgebucht</p>", "event-1")
    with pytest.raises(TicketGone):
        outside.desk.update_ticket(ticket_id, category="declined", priority="2")
    with pytest.raises(TicketGone):
        outside.desk.move_ticket(ticket_id, stage="rebooked")


def test_a_ticket_that_staff_deleted_is_opened_anew_and_noted_again(outside):
    first = outside.desk.open_ticket(NEW_TICKET)
    outside.desk.add_note(first.id, "<p>Grund</p>", "event-1")
    outside.delete(first.id)

    second = outside.desk.open_ticket(NEW_TICKET)
    outside.desk.add_note(second.id, "<p>Grund</p>", "event-1")

    assert second.id != first.id
    assert [notes for _subject, _body, notes in outside.seen()] == [["<p>Grund</p>"]]


def test_update_ticket_says_what_kind_of_case_it_has_become(outside):
    ticket = outside.desk.open_ticket(replace(NEW_TICKET, category="no_reply", priority="1"))
    assert outside.kinds() == [("no_reply", "1")]

    for _again in range(2):
        outside.desk.update_ticket(ticket.id, category="declined", priority="2")

    assert outside.kinds() == [("declined", "2")]
    assert len(outside.seen()) == 1


def test_update_ticket_never_makes_a_case_less_urgent(outside):
    ticket = outside.desk.open_ticket(replace(NEW_TICKET, priority="3"))

    outside.desk.update_ticket(ticket.id, category="no_reply", priority="2")

    assert outside.kinds() == [("no_reply", "3")]


def test_move_ticket_changes_nothing_but_the_stage(outside):
    ticket = outside.desk.open_ticket(NEW_TICKET)
    before = (outside.seen(), outside.kinds())

    for _again in range(2):
        outside.desk.move_ticket(ticket.id, stage="rebooked")

    assert (outside.seen(), outside.kinds()) == before


def test_a_key_without_an_end_is_not_worried_about(outside):
    assert outside.desk.key_expires_at(at=NOON) is None


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
