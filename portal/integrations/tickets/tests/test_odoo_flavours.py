"""What a ticket is called in OCA's help desk, in Odoo's own, in projects and in the CRM."""

from dataclasses import replace

import pytest

from portal.integrations.tickets import (
    Ticket,
)
from portal.integrations.tickets.tests.desks import (
    JSONRPC,
    REFERENCES,
    desk_at,
)
from portal.integrations.tickets.tests.test_contract import NEW_TICKET
from tests.odoo_server import API_KEY, DATABASE, OdooServer


def test_open_ticket_sends_what_odoo_wants_to_hear(server):
    ticket = desk_at(server, **REFERENCES).open_ticket(NEW_TICKET)

    assert ticket == Ticket(id="1", number="HT00001")
    load = next(call for call in server.calls if call.method == "load")
    if server.speaks_json2:
        assert load.path == "/json/2/helpdesk.ticket/load"
        assert load.headers["authorization"] == f"bearer {API_KEY}"
        assert load.headers["x-odoo-database"] == DATABASE
    else:
        assert load.path == "/jsonrpc"
        assert "authorization" not in load.headers
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


@pytest.mark.parametrize("flavour", ["auto", "enterprise"])
def test_the_enterprise_help_desk_has_other_names(flavour):
    with OdooServer(flavour="enterprise") as server:
        desk = desk_at(server, flavour=flavour, categories=(("declined", "partner_portal.type_declined"),))

        assert desk.open_ticket(NEW_TICKET) == Ticket(id="1", number="00001")
        assert server.tickets[1]["row"]["ticket_type_id/id"] == "partner_portal.type_declined"


@pytest.mark.parametrize("values", [{"flavour": "task"}, {"model": "project.task"}])
def test_a_task_shows_its_id_belongs_to_a_project_and_has_two_priorities(values):
    with OdooServer(flavour="task", version=JSONRPC, priorities="01") as server:
        desk = desk_at(server, team="partner_portal.project", **values)

        assert desk.open_ticket(NEW_TICKET) == Ticket(id="1", number="1")
        assert desk.check() == []
        assert server.tickets[1]["row"] == {
            "id": "partner_portal.confirmation_7",
            "name": "Termin abgelehnt #100012345",
            "description": "<p>Küche &lt;belegt&gt;</p>",
            "email_cc": "max@example.test",
            "priority": "1",
            "project_id/id": "partner_portal.project",
        }


@pytest.mark.parametrize("values", [{"flavour": "lead"}, {"model": "crm.lead"}])
def test_a_lead_has_a_contact(values):
    with OdooServer(flavour="lead") as server:
        desk = desk_at(server, **values)

        assert desk.open_ticket(NEW_TICKET) == Ticket(id="1", number="1")
        row = server.tickets[1]["row"]
        assert (row["contact_name"], row["email_from"]) == ("Max Mustermann", "max@example.test")
        assert "partner_name" not in row


def test_check_names_a_help_desk_of_another_kind():
    with OdooServer(flavour="enterprise") as server:
        assert desk_at(server, flavour="oca").check() == [
            "helpdesk.ticket is no ticket of the kind oca: set ODOO_FLAVOUR or ODOO_TICKET_MODEL."
        ]


@pytest.mark.parametrize("flavour", ["oca", "task"])
def test_a_closed_ticket_stays_as_it_is_but_takes_notes(flavour):
    with OdooServer(flavour=flavour) as server:
        desk = desk_at(server, flavour=flavour)
        desk.open_ticket(replace(NEW_TICKET, priority="1"))
        server.close_ticket(1)

        desk.update_ticket("1", category="declined", priority="3")
        desk.add_note("1", "<p>Grund</p>", "event-1")

        assert "write" not in server.methods()
        assert (server.tickets[1]["priority"], len(server.notes)) == ("1", 1)


@pytest.mark.parametrize("flavour", ["oca", "enterprise", "task", "lead"])
@pytest.mark.parametrize("reference", ["partner_portal.stage_rebooked", "11"])
def test_move_ticket_shows_the_stage_and_mails_nobody(flavour, reference):
    with OdooServer(flavour=flavour) as server:
        desk = desk_at(server, flavour=flavour, stages=(("rebooked", reference),))
        desk.open_ticket(NEW_TICKET)

        for _again in range(2):
            desk.move_ticket("1", stage="rebooked")

        assert (server.tickets[1]["stage_id"], server.mailed) == (11, [])
        assert desk.check() == []


def test_move_ticket_says_it_in_both_interfaces(server):
    desk = desk_at(server, **REFERENCES)
    desk.open_ticket(NEW_TICKET)

    desk.move_ticket("1", stage="rebooked")

    assert (server.tickets[1]["stage_id"], server.mailed) == (11, [])


@pytest.mark.parametrize("stages", [(), (("rebooked", ""),), (("rebooked", "partner_portal.gone"),)])
def test_a_ticket_stays_in_its_stage_where_none_is_configured_or_known(server, stages):
    desk = desk_at(server, stages=stages)
    desk.open_ticket(NEW_TICKET)

    desk.move_ticket("1", stage="rebooked")

    assert (server.tickets[1]["stage_id"], "write" in server.methods()) == (10, False)


@pytest.mark.parametrize("flavour", ["oca", "enterprise", "lead"])
def test_no_ticket_is_moved_to_a_stage_that_closes_it(flavour):
    with OdooServer(flavour=flavour) as server:
        desk = desk_at(server, flavour=flavour, stages=(("rebooked", "partner_portal.stage_done"),))
        desk.open_ticket(NEW_TICKET)

        desk.move_ticket("1", stage="rebooked")

        assert (server.tickets[1]["stage_id"], "write" in server.methods()) == (10, False)
        assert desk.check() == [
            "ODOO_STAGE_REBOOKED: partner_portal.stage_done closes tickets, "
            "which is for staff to do: choose another."
        ]


@pytest.mark.parametrize("flavour", ["oca", "task"])
def test_a_closed_ticket_is_not_moved(flavour):
    with OdooServer(flavour=flavour) as server:
        desk = desk_at(server, flavour=flavour, stages=REFERENCES["stages"])
        desk.open_ticket(NEW_TICKET)
        server.close_ticket(1)

        desk.move_ticket("1", stage="rebooked")

        assert (server.tickets[1]["stage_id"], "write" in server.methods()) == (10, False)


def test_nobody_is_assigned_so_that_staff_pick_the_ticket_up(server):
    desk_at(server).open_ticket(NEW_TICKET)

    assert server.tickets[1]["assignee"] is None


def test_check_names_a_setting_that_the_model_has_no_field_for():
    with OdooServer(flavour="enterprise") as server:
        desk = desk_at(server, channel="partner_portal.channel_portal")

        assert desk.check() == ["ODOO_CHANNEL is set, but helpdesk.ticket has no such field."]
        assert desk.open_ticket(NEW_TICKET).id == "1"
