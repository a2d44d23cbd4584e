"""Odoo's JSON-2 interface (Odoo 19 and later): one call is one transaction, all arguments have names."""

from collections.abc import Mapping
from typing import Any

from portal.integrations.calls import Caller, NoAnswer
from portal.integrations.tickets import TicketDeskUnavailable
from portal.integrations.tickets.odoo import refusals
from portal.integrations.tickets.odoo.config import OdooSettings


class Json2Client:
    def __init__(self, odoo: OdooSettings, caller: Caller) -> None:
        self._api_key = odoo.api_key
        self._caller = caller
        self._headers = {"Authorization": f"bearer {odoo.api_key}"}
        if odoo.database:
            self._headers["X-Odoo-Database"] = odoo.database

    def call(self, model: str, method: str, arguments: Mapping[str, object]) -> Any:
        try:
            answer = self._caller.call(
                "POST", f"/json/2/{model}/{method}", headers=self._headers, body=dict(arguments)
            )
        except NoAnswer as problem:
            raise refusals.unavailable(problem) from problem
        result = refusals.parsed(answer)
        if answer.is_success:
            return result
        raise refusals.failure(result, status=answer.status, api_key=self._api_key)

    def version(self) -> str | None:
        try:
            answer = self._caller.call("GET", "/web/version", headers={})
        except NoAnswer as problem:
            raise refusals.unavailable(problem) from problem
        try:
            result = refusals.parsed(answer)
        except TicketDeskUnavailable:
            return None
        version = result.get("version") if isinstance(result, dict) and answer.is_success else None
        return version if isinstance(version, str) else None
