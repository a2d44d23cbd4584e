"""What Odoo does to us, and what we make of it. The promises of every desk are in test_contract."""

from dataclasses import replace

import httpx
import pytest

from portal.integrations.tickets import (
    Ticket,
    TicketDeskAuthFailed,
    TicketDeskRejected,
    TicketDeskUnavailable,
)
from portal.integrations.tickets.odoo import OdooTicketDesk
from portal.integrations.tickets.odoo.config import OdooSettings
from portal.integrations.tickets.odoo.json2 import Json2Client
from portal.integrations.tickets.tests.test_contract import NEW_TICKET, side_by_side
from tests.odoo_server import API_KEY, DATABASE, OdooServer

REFERENCES = {
    "team": "partner_portal.team_booking",
    "tag": "partner_portal.tag_portal",
    "channel": "partner_portal.channel_portal",
    "categories": (("declined", "partner_portal.cat_declined"),),
}


@pytest.fixture
def server():
    with OdooServer() as server:
        yield server


def desk_at(server, *, api_key=API_KEY, database=DATABASE, url=None, **values):
    odoo = OdooSettings(url=url or server.url, database=database, api_key=api_key, **values)
    timeout = httpx.Timeout(0.3)
    client = Json2Client(odoo.url, odoo.database, odoo.api_key, timeout=timeout, total_seconds=0.3)
    return OdooTicketDesk(odoo, client, sleep=lambda seconds: None)


def test_open_ticket_sends_what_odoo_wants_to_hear(server):
    ticket = desk_at(server, **REFERENCES).open_ticket(NEW_TICKET)

    assert ticket == Ticket(id="1", number="HT00001")
    load = next(call for call in server.calls if call.path.endswith("/load"))
    assert load.path == "/json/2/helpdesk.ticket/load"
    assert load.headers["authorization"] == f"bearer {API_KEY}"
    assert load.headers["x-odoo-database"] == DATABASE
    assert load.body["context"] == {"mode": "update", "noupdate": True}
    assert server.tickets[1]["row"] == {
        "id": "partner_portal.confirmation_7",
        "name": "Termin abgelehnt #100012345",
        "description": "<p>Küche &lt;belegt&gt;</p>",
        "partner_name": "Max Mustermann",
        "partner_email": "max@example.test",
        "priority": "2",
        "user_id/.id": "",
        "team_id/id": "partner_portal.team_booking",
        "category_id/id": "partner_portal.cat_declined",
        "tag_ids/id": "partner_portal.tag_portal",
        "channel_id/id": "partner_portal.channel_portal",
    }


def test_references_may_be_numbers(server):
    desk = desk_at(server, team="3", tag="7", channel="9", categories=(("declined", "5"),))

    desk.open_ticket(NEW_TICKET)

    assert desk.check() == []
    assert {name: value for name, value in server.tickets[1]["row"].items() if name.endswith("/.id")} == {
        "user_id/.id": "",
        "team_id/.id": "3",
        "tag_ids/.id": "7",
        "channel_id/.id": "9",
        "category_id/.id": "5",
    }


def test_references_that_are_not_configured_are_left_out(server):
    desk_at(server).open_ticket(NEW_TICKET)

    assert [name for name in server.tickets[1]["row"] if "/" in name] == ["user_id/.id"]


def test_the_enterprise_help_desk_has_other_names():
    with OdooServer(flavour="enterprise") as server:
        desk = desk_at(server, categories=(("declined", "partner_portal.type_declined"),))

        assert desk.open_ticket(NEW_TICKET) == Ticket(id="1", number="00001")
        assert server.tickets[1]["row"]["ticket_type_id/id"] == "partner_portal.type_declined"


def test_a_model_without_numbers_shows_its_id():
    with OdooServer(flavour="task") as server:
        ticket = desk_at(server, model="project.task").open_ticket(NEW_TICKET)

    assert ticket == Ticket(id="1", number="1")


def test_nobody_is_assigned_so_that_staff_pick_the_ticket_up(server):
    desk_at(server).open_ticket(NEW_TICKET)

    assert server.tickets[1]["assignee"] is None


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
    desk = desk_at(server)
    server.fail_next(failure, method=method)

    with pytest.raises(error) as raised:
        desk.open_ticket(NEW_TICKET)

    assert type(raised.value) is error or isinstance(raised.value, TicketDeskRejected)
    _assert_nothing_private(str(raised.value))
    assert desk.open_ticket(NEW_TICKET) == Ticket(id="1", number="HT00001")
    assert len(server.tickets) == 1


def _assert_nothing_private(text):
    private = [API_KEY, "Traceback", "secret", "Mustermann", "max@", "Küche", NEW_TICKET.subject]
    assert [word for word in private if word in text] == []


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
    assert desk.check() == ["What answers at ODOO_URL is not Odoo's interface at the moment (status 404)."]


def test_a_lost_race_finds_the_ticket_of_the_winner(server):
    server.fail_next("load_race", method="load")

    assert desk_at(server).open_ticket(NEW_TICKET) == Ticket(id="1", number="HT00001")
    assert [call.path.rpartition("/")[2] for call in server.calls] == [
        "fields_get",
        "load",
        "check_object_reference",
        "read",
    ]


def test_eight_workers_with_one_key_open_one_ticket():
    with OdooServer(delay_seconds=0.05) as server:
        odoo = OdooSettings(url=server.url, database=DATABASE, api_key=API_KEY)

        tickets = side_by_side(8, lambda: worker(odoo).open_ticket(NEW_TICKET))

        assert tickets == [Ticket(id="1", number="HT00001")] * 8
        assert len(server.tickets) == 1
        assert "check_object_reference" in {call.path.rpartition("/")[2] for call in server.calls}


def worker(odoo):
    return OdooTicketDesk(odoo, Json2Client(odoo.url, odoo.database, odoo.api_key))


def test_a_refusal_that_passes_is_tried_again_at_once(server):
    server.fail_next("load_refused", times=2, method="load")

    assert desk_at(server).open_ticket(NEW_TICKET) == Ticket(id="1", number="HT00001")


def test_a_refusal_that_stays_is_rejected_after_three_tries_with_odoos_words(server):
    server.fail_next("load_refused", times=99, method="load")

    with pytest.raises(TicketDeskRejected) as raised:
        desk_at(server).open_ticket(NEW_TICKET)

    assert str(raised.value) == "Odoo does not take the ticket: Something of ours, with … in it."
    assert len([call for call in server.calls if call.path.endswith("/load")]) == 3


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


@pytest.mark.parametrize(
    ("values", "problems"),
    [
        ({"url": "odoo.example.test"}, ["ODOO_URL must begin with https://."]),
        ({"url": "http://127.0.0.1:1"}, ["Odoo cannot be reached, or it broke off."]),
        ({"api_key": "expired"}, ["Odoo does not accept ODOO_API_KEY. It may have expired."]),
        (
            {"model": "no.model"},
            ["Odoo does not know the model no.model, or our user may not use it."],
        ),
        (
            {"prefix": "partner-portal"},
            ["ODOO_XMLID_PREFIX must consist of small letters, digits and _."],
        ),
        (
            {"team": "partner_portal.cat_declined", "tag": "8", "channel": "nothing"},
            [
                "ODOO_TEAM: partner_portal.cat_declined is not in Odoo, or our user may not see it.",
                "ODOO_TAG: 8 is not in Odoo, or our user may not see it.",
                "ODOO_CHANNEL: nothing is not in Odoo, or our user may not see it.",
            ],
        ),
        (
            {"categories": (("declined", "partner_portal.gone"),)},
            ["ODOO_CATEGORY_DECLINED: partner_portal.gone is not in Odoo, or our user may not see it."],
        ),
    ],
)
def test_check_says_what_has_to_be_put_right(server, values, problems):
    assert desk_at(server, **values).check() == problems


def test_check_names_a_setting_that_the_model_has_no_field_for():
    with OdooServer(flavour="enterprise") as server:
        desk = desk_at(server, channel="partner_portal.channel_portal")

        assert desk.check() == ["ODOO_CHANNEL is set, but helpdesk.ticket has no such field."]
        assert desk.open_ticket(NEW_TICKET).id == "1"


def test_check_tells_an_older_odoo_from_a_new_one():
    with OdooServer(version="18.0") as server:
        assert desk_at(server).check() == ["What answers at ODOO_URL is not Odoo 19 or later."]


def test_check_passes_with_everything_configured(server):
    desk = desk_at(server, **REFERENCES)

    assert desk.check() == []
    assert server.tickets == {}


def test_secrets_are_not_in_what_we_print(server):
    odoo = replace(OdooSettings(url="https://odoo.example.test", database="db", api_key="very-secret"))

    assert "very-secret" not in repr(odoo)
