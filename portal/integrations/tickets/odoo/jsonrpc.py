"""Odoo's JSON-RPC interface (Odoo 17 and 18): the same calls in an envelope that carries the key.

The envelope must never reach a log.
"""

import threading
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from portal.integrations.calls import Caller, NoAnswer
from portal.integrations.tickets import TicketDeskAuthFailed, TicketDeskUnavailable
from portal.integrations.tickets.odoo import refusals
from portal.integrations.tickets.odoo.config import OdooSettings


class JsonRpcClient:
    def __init__(self, odoo: OdooSettings, caller: Caller) -> None:
        self._odoo = odoo
        self._caller = caller
        self._uid: int | None = None
        self._signing_in = threading.Lock()

    def call(self, model: str, method: str, arguments: Mapping[str, object]) -> Any:
        named = dict(arguments)
        # Which records it is about has no name here; methods of the model itself are about none.
        records = [named.pop("ids")] if "ids" in named else []
        key = (self._odoo.database, self._sign_in(), self._odoo.api_key)
        return self._send("object", "execute_kw", [*key, model, method, records, named])

    def version(self) -> str | None:
        answer = self._send("common", "version", [])
        version = answer.get("server_version") if isinstance(answer, dict) else None
        return version if isinstance(version, str) else None

    def _sign_in(self) -> int:
        """Our user's number, asked for once: it takes Odoo ten times as long as a call."""
        with self._signing_in:
            if self._uid is None:
                self._uid = self._ask_for_uid()
            return self._uid

    def _ask_for_uid(self) -> int:
        if not self._odoo.login:
            raise TicketDeskAuthFailed(
                _("ODOO_LOGIN is missing: Odoo 17 and 18 want it beside ODOO_API_KEY.")
            )
        uid = self._send(
            "common", "authenticate", [self._odoo.database, self._odoo.login, self._odoo.api_key, {}]
        )
        if uid is False:
            raise refusals.key_refused()
        if not isinstance(uid, int):
            raise TicketDeskUnavailable(_("Odoo's answer cannot be understood."))
        return uid

    def _send(self, service: str, method: str, arguments: list[object]) -> Any:
        params = {"service": service, "method": method, "args": arguments}
        envelope = {"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}
        try:
            answer = self._caller.call("POST", "/jsonrpc", headers={}, body=envelope)
        except NoAnswer as problem:
            raise refusals.unavailable(problem) from problem
        result = refusals.parsed(answer)
        if isinstance(result, dict) and "result" in result and answer.is_success:
            return result["result"]
        error = result.get("error") if isinstance(result, dict) else None
        data = error.get("data") if isinstance(error, dict) else None
        raise refusals.failure(data, status=answer.status, api_key=self._odoo.api_key)
