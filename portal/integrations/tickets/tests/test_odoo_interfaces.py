"""Which of its interfaces Odoo is spoken to in, with which key, and what is checked before."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from portal.conftest import NOON
from portal.integrations.tickets import (
    TicketDeskAuthFailed,
    TicketDeskRejected,
    TicketDeskUnavailable,
)
from portal.integrations.tickets.odoo.config import OdooSettings
from portal.integrations.tickets.tests.desks import (
    JSONRPC,
    REFERENCES,
    assert_nothing_private,
    desk_at,
)
from portal.integrations.tickets.tests.test_contract import NEW_TICKET
from tests.odoo_server import OdooServer


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
        (
            {"stages": (("rebooked", "partner_portal.cat_declined"),)},
            [
                "ODOO_STAGE_REBOOKED: partner_portal.cat_declined is not in Odoo, or our user may not see it.",
            ],
        ),
    ],
)
def test_check_says_what_has_to_be_put_right(server, values, problems):
    assert desk_at(server, **values).check() == problems


def test_check_tells_an_older_odoo_from_a_new_one():
    with OdooServer(version="18.0") as server:
        assert desk_at(server, api="json2").check() == ["What answers at ODOO_URL is not Odoo 19 or later."]
        assert desk_at(server, api="auto").check() == []
    with OdooServer(version="16.0") as server:
        assert desk_at(server, api="auto").check() == ["What answers at ODOO_URL is not Odoo 17 or later."]


def test_check_passes_with_everything_configured(server):
    desk = desk_at(server, **REFERENCES)

    assert desk.check() == []
    assert server.tickets == {}


def test_secrets_are_not_in_what_we_print(server):
    odoo = replace(OdooSettings(url="https://odoo.example.test", database="db", api_key="very-secret"))

    assert "very-secret" not in repr(odoo)


@pytest.mark.parametrize(
    ("version", "path"),
    [
        ("20.0", "/json/2"),
        ("19.0", "/json/2"),
        ("saas~18.4", "/jsonrpc"),
        ("18.0", "/jsonrpc"),
        ("17.0", "/jsonrpc"),
    ],
)
def test_the_interface_is_chosen_by_asking(version, path):
    with OdooServer(version="18.0" if version.startswith("saas") else version) as server:
        server.version = version if not version.startswith("saas") else "18.4"
        desk = desk_at(server, api="auto")

        desk.open_ticket(NEW_TICKET)
        desk.open_ticket(NEW_TICKET)

        assert {call.path.startswith(path) for call in server.calls if call.model} == {True}
        assert [call.method for call in server.calls].count("version") == (path == "/jsonrpc")


def test_a_proxy_that_stumbles_while_we_ask_does_not_choose_the_old_interface():
    with OdooServer() as server:
        server.fail_next("bad_gateway", method="web_version")

        desk_at(server, api="auto").open_ticket(NEW_TICKET)

        assert {call.path.rpartition("/")[0] for call in server.calls if call.model} == {
            "/json/2/helpdesk.ticket"
        }


def test_an_odoo_that_is_down_while_we_ask_is_asked_again():
    with OdooServer() as server:
        desk = desk_at(server, api="auto")
        server.fail_next("bad_gateway", method="web_version")
        server.fail_next("bad_gateway", method="version")
        with pytest.raises(TicketDeskUnavailable):
            desk.open_ticket(NEW_TICKET)

        assert desk.open_ticket(NEW_TICKET).id == "1"


def test_json_rpc_signs_in_once():
    with OdooServer(version=JSONRPC) as server:
        desk = desk_at(server)

        desk.open_ticket(NEW_TICKET)
        desk.add_note("1", "<p>Grund</p>", "event-1")

        assert [call.method for call in server.calls].count("authenticate") == 1


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"api_key": "expired"}, "Odoo does not accept ODOO_API_KEY. It may have expired."),
        ({"login": "nobody"}, "Odoo does not accept ODOO_API_KEY. It may have expired."),
        ({"login": ""}, "ODOO_LOGIN is missing: Odoo 17 and 18 want it beside ODOO_API_KEY."),
    ],
)
def test_json_rpc_with_a_wrong_key_or_login_fails_as_such(values, sentence):
    with OdooServer(version=JSONRPC) as server:
        desk = desk_at(server, **values)

        with pytest.raises(TicketDeskAuthFailed, match=sentence):
            desk.open_ticket(NEW_TICKET)
        assert desk.check() == [sentence]


def test_the_key_that_ends_first_but_has_not_ended_is_told():
    with OdooServer(key_ends=["2030-04-01 10:00:00", "2030-06-01 10:00:00", "2030-05-20 10:00:00"]) as server:
        ends_at = desk_at(server).key_expires_at(at=NOON)

        assert ends_at == datetime(2030, 5, 20, 10, tzinfo=UTC)
        assert desk_at(server).key_expires_at(at=ends_at + timedelta(days=30)) is None


def test_an_odoo_whose_keys_have_no_end_tells_none():
    with OdooServer(version="17.0", key_ends=None) as server:
        assert desk_at(server).key_expires_at(at=NOON) is None


def test_nothing_that_odoo_is_sent_reaches_the_log(server, caplog):
    with caplog.at_level(logging.DEBUG):
        desk_at(server).open_ticket(NEW_TICKET)
        server.fail_next("value_error", method="load")
        with pytest.raises(TicketDeskRejected):
            desk_at(server).open_ticket(NEW_TICKET)

    assert "HTTP Request: POST" in caplog.text
    assert_nothing_private(caplog.text)
