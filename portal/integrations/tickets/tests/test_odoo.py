"""What Odoo does to us, and what we make of it. The promises of every desk are in test_contract."""

import pytest

from portal.integrations.tickets import (
    Ticket,
    TicketDeskAuthFailed,
    TicketDeskRejected,
    TicketDeskUnavailable,
)
from portal.integrations.tickets.tests.desks import (
    IMPATIENCE_SECONDS,
    JSON2,
    JSONRPC,
    PATIENCE_SECONDS,
    assert_nothing_private,
    desk_at,
    worker_at,
)
from portal.integrations.tickets.tests.test_contract import NEW_TICKET, side_by_side
from tests.odoo_server import OdooServer

# Odoo's answer does not come in time.
SILENT = {"slow", "dripping"}


def test_a_ticket_hidden_from_us_is_refused_whatever_we_want_of_it(server):
    desk = desk_at(server)
    desk.open_ticket(NEW_TICKET)

    for method, use in {
        "message_post": lambda: desk.add_note("1", "<p>Grund</p>", "event-1"),
        "write": lambda: desk.update_ticket("1", category="declined", priority="3"),
        "read": lambda: desk.open_ticket(NEW_TICKET),
    }.items():
        server.fail_next("access_error", method=method)
        with pytest.raises(TicketDeskRejected, match="AccessError"):
            use()


def test_odoos_words_are_for_the_check_alone_and_not_for_logs(server):
    words = "Wrong value for helpdesk.ticket.priority: '9'"
    server.fail_next("value_error", method="load")

    with pytest.raises(TicketDeskRejected) as raised:
        desk_at(server).open_ticket(NEW_TICKET)

    assert str(raised.value) == "Odoo refuses this (ValueError)."
    assert words not in repr(raised.value)
    assert raised.value.in_odoos_words == f"Odoo refuses this (ValueError): {words}"


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        ("unauthorized", TicketDeskAuthFailed),
        ("access_denied", TicketDeskAuthFailed),
        ("access_error", TicketDeskRejected),
        ("validation", TicketDeskRejected),
        ("value_error", TicketDeskRejected),
        ("missing", TicketDeskRejected),
        ("not_found", TicketDeskRejected),
        ("unprocessable", TicketDeskRejected),
        ("serialization", TicketDeskUnavailable),
        ("concurrency", TicketDeskUnavailable),
        ("too_many", TicketDeskUnavailable),
        ("maintenance", TicketDeskUnavailable),
        ("database_down", TicketDeskUnavailable),
        ("bad_gateway", TicketDeskUnavailable),
        ("redirect", TicketDeskUnavailable),
        ("not_json", TicketDeskUnavailable),
        ("no_name", TicketDeskUnavailable),
        ("slow", TicketDeskUnavailable),
        ("dripping", TicketDeskUnavailable),
        ("drop_before", TicketDeskUnavailable),
        ("drop_after", TicketDeskUnavailable),
    ],
)
@pytest.mark.parametrize("method", ["fields_get", "load", "read"])
def test_each_failure_has_its_class_and_the_next_try_opens_the_one_ticket(server, failure, error, method):
    desk = desk_at(server, seconds=IMPATIENCE_SECONDS if failure in SILENT else PATIENCE_SECONDS)
    server.fail_next(failure, method=method)
    if (failure, method) == ("missing", "read"):
        # Staff deleted it between the two calls: the next try opens another one.
        error = TicketDeskUnavailable

    with pytest.raises(error) as raised:
        desk.open_ticket(NEW_TICKET)

    assert type(raised.value) is error or isinstance(raised.value, TicketDeskRejected)
    assert_nothing_private(str(raised.value))
    assert desk_at(server).open_ticket(NEW_TICKET) == Ticket(id="1", number="HT00001")
    assert len(server.tickets) == 1


def test_an_answer_of_another_shape_is_no_ticket(server):
    server.fail_next("nonsense", method="fields_get")
    with pytest.raises(TicketDeskUnavailable):
        desk_at(server).open_ticket(NEW_TICKET)

    server.fail_next("nonsense", times=3, method="load")
    with pytest.raises(TicketDeskRejected):
        desk_at(server).open_ticket(NEW_TICKET)


def test_odoo_that_is_not_running_is_unavailable(server):
    with pytest.raises(TicketDeskUnavailable):
        desk_at(server, url="http://127.0.0.1:1").open_ticket(NEW_TICKET)


def test_a_wrong_database_name_is_unavailable_and_named_by_check(server):
    desk = desk_at(server, database="another")

    with pytest.raises(TicketDeskUnavailable):
        desk.open_ticket(NEW_TICKET)
    assert desk.check() == [
        "What answers at ODOO_URL is not Odoo's interface at the moment (status 404)."
        if server.speaks_json2
        else "Odoo has trouble of its own at the moment (status 200)."
    ]


def test_a_lost_race_finds_the_ticket_of_the_winner(server):
    server.fail_next("load_race", method="load")

    assert desk_at(server).open_ticket(NEW_TICKET) == Ticket(id="1", number="HT00001")
    assert server.methods() == ["fields_get", "load", "check_object_reference", "read"]


@pytest.mark.parametrize("version", [JSON2, JSONRPC])
def test_eight_workers_with_one_key_open_one_ticket(version):
    with OdooServer(delay_seconds=0.05, version=version) as server:
        tickets = side_by_side(8, lambda: worker_at(server).open_ticket(NEW_TICKET))

        assert tickets == [Ticket(id="1", number="HT00001")] * 8
        assert len(server.tickets) == 1
        assert "check_object_reference" in server.methods()


def test_at_most_two_calls_run_at_once():
    with OdooServer(delay_seconds=0.1) as server:
        desk = worker_at(server)
        desk.open_ticket(NEW_TICKET)

        side_by_side(6, lambda: desk.open_ticket(NEW_TICKET))

        assert len(server.connections) <= 2


def test_a_refusal_that_passes_is_tried_again_at_once(server):
    server.fail_next("load_refused", times=2, method="load")

    assert desk_at(server).open_ticket(NEW_TICKET) == Ticket(id="1", number="HT00001")


def test_a_refusal_that_stays_is_rejected_after_three_tries_with_odoos_words(server):
    server.fail_next("load_refused", times=99, method="load")

    with pytest.raises(TicketDeskRejected) as raised:
        desk_at(server).open_ticket(NEW_TICKET)

    assert str(raised.value) == "Odoo does not take the ticket: Something of ours, with … in it."
    assert server.methods().count("load") == 3


def test_a_reference_that_odoo_does_not_know_is_rejected_and_named(server):
    with pytest.raises(TicketDeskRejected, match=r"No matching record found for external id 'x\.y'"):
        desk_at(server, team="x.y").open_ticket(NEW_TICKET)


def test_an_archived_ticket_keeps_its_number(server):
    desk = desk_at(server)
    first = desk.open_ticket(NEW_TICKET)
    server.tickets[1]["archived"] = True

    assert desk.open_ticket(NEW_TICKET) == first


def test_a_ticket_that_staff_deleted_is_opened_anew(server):
    desk = desk_at(server)
    desk.open_ticket(NEW_TICKET)
    server.delete_ticket(1)

    assert desk.open_ticket(NEW_TICKET) == Ticket(id="2", number="HT00002")


def test_two_environments_do_not_share_tickets(server):
    desk_at(server).open_ticket(NEW_TICKET)

    assert desk_at(server, prefix="portal_staging").open_ticket(NEW_TICKET).id == "2"


def test_a_note_is_internal_and_survives_a_lost_answer(server):
    desk = desk_at(server)
    desk.open_ticket(NEW_TICKET)
    server.fail_next("drop_after", method="message_post")

    with pytest.raises(TicketDeskUnavailable):
        desk.add_note("1", "<p>Umgebucht</p>", "event-5")
    desk.add_note("1", "<p>Umgebucht</p>", "event-5")

    assert server.notes == [
        {
            "ticket": 1,
            "body": "<p>Umgebucht</p>",
            "body_is_html": True,
            "subtype_xmlid": "mail.mt_note",
            "message_id": "<event-5@partner-portal>",
        }
    ]
