"""Which of Odoo's interfaces to speak, when the settings leave it open."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from portal.integrations.calls import Caller
from portal.integrations.tickets import TicketDeskRejected, TicketDeskUnavailable
from portal.integrations.tickets.odoo.config import OdooClient, OdooSettings
from portal.integrations.tickets.odoo.json2 import Json2Client
from portal.integrations.tickets.odoo.jsonrpc import JsonRpcClient

# The first versions that speak them.
JSON2_SINCE = 19
JSONRPC_SINCE = 17

_CLIENTS: Mapping[str, Callable[[OdooSettings, Caller], OdooClient]] = {
    "json2": Json2Client,
    "jsonrpc": JsonRpcClient,
}


def odoo_client(odoo: OdooSettings, caller: Caller) -> OdooClient:
    """:param odoo: whose `api` names the interface, or is "auto" """
    make = _CLIENTS.get(odoo.api, ProbingClient)
    return make(odoo, caller)


class ProbingClient:
    """Asks Odoo for its version at the first call, and once in the life of the process."""

    def __init__(self, odoo: OdooSettings, caller: Caller) -> None:
        self._json2 = Json2Client(odoo, caller)
        self._jsonrpc = JsonRpcClient(odoo, caller)
        self._chosen: OdooClient | None = None

    def call(self, model: str, method: str, arguments: dict[str, object]) -> Any:
        return self._client().call(model, method, arguments)

    def version(self) -> str | None:
        # Only Odoo 19 and later say it at an address of their own.
        version = self._json2.version()
        if major(version) is None:
            try:
                version = self._jsonrpc.version()
            except TicketDeskRejected:
                return None
        return version

    def _client(self) -> OdooClient:
        if self._chosen is None:
            number = major(self.version())
            if number is None:
                raise TicketDeskUnavailable(_("What answers at ODOO_URL does not say which Odoo it is."))
            self._chosen = self._json2 if number >= JSON2_SINCE else self._jsonrpc
        return self._chosen


def major(version: str | None) -> int | None:
    """Of "saas~18.4" it is 18."""
    found = re.search(r"\d+", version or "")
    return int(found.group()) if found else None
