"""Desks at an Odoo-shaped server, in either of its interfaces."""

import httpx

from portal.integrations.calls import Caller
from portal.integrations.tickets.odoo import TIMEOUT, OdooTicketDesk
from portal.integrations.tickets.odoo.config import OdooSettings
from portal.integrations.tickets.odoo.probing import odoo_client
from portal.integrations.tickets.tests.test_contract import NEW_TICKET
from tests.odoo_server import API_KEY, DATABASE, LOGIN

# How long a busy machine may take for an answer, and how long a test waits for one that does not come.
PATIENCE_SECONDS, IMPATIENCE_SECONDS = 10, 0.3

JSON2, JSONRPC = "19.0", "18.0"

REFERENCES = {
    "team": "partner_portal.team_booking",
    "tag": "partner_portal.tag_portal",
    "channel": "partner_portal.channel_portal",
    "categories": (
        ("declined", "partner_portal.cat_declined"),
        ("no_reply", "partner_portal.cat_no_reply"),
    ),
    "stages": (("rebooked", "partner_portal.stage_rebooked"),),
}


def desk_at(server, *, seconds=PATIENCE_SECONDS, **values):
    api = "json2" if server.speaks_json2 else "jsonrpc"
    given = {"url": server.url, "database": DATABASE, "api_key": API_KEY, "login": LOGIN, "api": api}
    odoo = OdooSettings(**{**given, **values})
    caller = Caller(odoo.url, timeout=httpx.Timeout(seconds), total_seconds=seconds)
    return OdooTicketDesk(odoo, odoo_client(odoo, caller), sleep=lambda seconds: None)


def worker_at(server):
    odoo = OdooSettings(url=server.url, database=DATABASE, api_key=API_KEY, login=LOGIN)
    caller = Caller(odoo.url, timeout=TIMEOUT, total_seconds=10)
    return OdooTicketDesk(odoo, odoo_client(odoo, caller))


def assert_nothing_private(text):
    private = [API_KEY, "Traceback", "secret", "Mustermann", "max@", "Küche", NEW_TICKET.subject]
    assert [word for word in private if word in text] == []
