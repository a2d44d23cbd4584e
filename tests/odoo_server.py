"""An Odoo-shaped server for tests: JSON-2 and JSON-RPC with their real answers and errors, and switches for them.

It keeps the promises the portal builds on (an external id is unique, also under parallel calls) and the
habits it has to live with (a loser of a race gets `ids: false`, a note is taken twice, a database that is
down answers 404 in HTML). `tickets` and `notes` hold what it has stored.
"""

import re
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from typing import Any, Self

from tests.odoo_http import REFUSALS, TROUBLES, UID, Call, OdooError, OdooHandler, hang_up

API_KEY = "key-of-the-bot"
LOGIN = "bot@example.test"
DATABASE = "odoo"

_TEXT = {"name", "description", "partner_name", "partner_email", "priority", "number", "ticket_ref", "closed"}
_LEAD_TEXT = {"name", "description", "contact_name", "partner_name", "email_from", "priority", "type"}
_RELATIONS = {
    "user_id": "res.users",
    "team_id": "helpdesk.ticket.team",
    "category_id": "helpdesk.ticket.category",
    "ticket_type_id": "helpdesk.ticket.type",
    "tag_ids": "helpdesk.ticket.tag",
    "channel_id": "helpdesk.ticket.channel",
    "project_id": "project.project",
    "stage_id": "helpdesk.ticket.stage",
}
_FLAVOURS = {
    "oca": (_TEXT - {"ticket_ref"}, _RELATIONS.keys() - {"ticket_type_id"}),
    "enterprise": (
        _TEXT - {"number", "closed"} | {"close_date"},
        _RELATIONS.keys() - {"category_id", "channel_id"},
    ),
    "task": (
        {"name", "description", "priority", "email_cc", "is_closed"},
        {"tag_ids", "project_id", "stage_id"},
    ),
    "lead": (_LEAD_TEXT | {"date_closed"}, {"tag_ids", "team_id", "user_id", "stage_id"}),
}
_MODELS = {"task": "project.task", "lead": "crm.lead"}
_REFERENCES = {
    "partner_portal.team_booking": ("helpdesk.ticket.team", 3),
    "partner_portal.cat_declined": ("helpdesk.ticket.category", 5),
    "partner_portal.cat_no_reply": ("helpdesk.ticket.category", 8),
    "partner_portal.project": ("project.project", 4),
    "partner_portal.type_declined": ("helpdesk.ticket.type", 6),
    "partner_portal.tag_portal": ("helpdesk.ticket.tag", 7),
    "partner_portal.channel_portal": ("helpdesk.ticket.channel", 9),
    "partner_portal.stage_rebooked": ("helpdesk.ticket.stage", 11),
    "partner_portal.stage_done": ("helpdesk.ticket.stage", 12),
}
# What flavours call it that a stage closes the tickets in it.
_CLOSING_FLAGS = {"oca": "closed", "enterprise": "fold", "lead": "is_won"}
_CLOSING_STAGES = {12}


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    # The default of 5 turns callers away who come all at once.
    request_queue_size = 128


@dataclass
class _Failure:
    kind: str
    method: str | None
    times: int


@dataclass
class OdooServer:
    """Runs inside a `with` block on a free port of 127.0.0.1.

    :param delay_seconds: how long `load` takes to save; parallel calls meet in it
    """

    flavour: str = "oca"
    api_key: str = API_KEY
    login: str = LOGIN
    database: str = DATABASE
    version: str = "19.0"
    delay_seconds: float = 0.0
    slow_seconds: float = 1.0
    references: dict[str, tuple[str, int]] = field(default_factory=lambda: dict(_REFERENCES))
    tickets: dict[int, dict[str, Any]] = field(default_factory=dict)
    notes: list[dict[str, Any]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    # Tickets whose customers Odoo has mailed, because they were moved to another stage.
    mailed: list[int] = field(default_factory=list)
    # "2030-05-15 10:00:00", as Odoo writes it; None for a model without the field, as in Odoo 17.
    key_ends: list[str] | None = field(default_factory=list)
    priorities: str = "0123"

    def __post_init__(self) -> None:
        self._failures: list[_Failure] = []
        self._lock = threading.Lock()
        self._saving: set[str] = set()
        self.connections: set[socket.socket] = set()
        self._closing = threading.Event()
        self._last_id = 0

    # --- For tests

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def fail_next(self, kind: str, *, times: int = 1, method: str | None = None) -> None:
        """Make the next calls (of one method) fail in this way, then work again."""
        assert kind in REFUSALS or kind in TROUBLES, kind
        with self._lock:
            self._failures.append(_Failure(kind, method, times))

    def methods(self) -> list[str]:
        """What was called at models, in this order; signing in and asking for the version left out."""
        return [call.method for call in self.calls if call.model]

    def heal(self) -> None:
        with self._lock:
            self._failures.clear()

    def delete_ticket(self, ticket_id: int) -> None:
        """As staff do it: the external id goes with the ticket."""
        with self._lock:
            del self.tickets[ticket_id]
            self.notes[:] = [note for note in self.notes if note["ticket"] != ticket_id]

    def close_ticket(self, ticket_id: int) -> None:
        self.tickets[ticket_id]["closed"] = self.tickets[ticket_id]["is_closed"] = True

    def __enter__(self) -> Self:
        server = self

        class Handler(OdooHandler):
            odoo = server

        self._http = _HttpServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._closing.set()
        self._http.shutdown()
        self._thread.join()
        for connection in list(self.connections):
            hang_up(connection)
        self._http.server_close()

    # --- For the handler

    @property
    def speaks_json2(self) -> bool:
        return int(self.version.split(".")[0]) >= 19

    def failure_of(self, method: str) -> str | None:
        with self._lock:
            for failure in self._failures:
                if failure.times and failure.method in (None, method):
                    failure.times -= 1
                    return failure.kind
        return None

    def wait(self, seconds: float) -> None:
        self._closing.wait(seconds)

    def answer(self, model: str, method: str, body: dict[str, Any], failure: str | None) -> Any:
        if failure in REFUSALS:
            raise REFUSALS[failure]
        if method == "load":
            return self._load(model, body, failure)
        handler: Callable[..., Any] | None = getattr(self, f"_{model}_{method}".replace(".", "_"), None)
        handler = handler or getattr(self, f"_any_{method}", None)
        if handler is None:
            raise REFUSALS["not_found"]
        self._check_model(model)
        return handler(model, **body)

    # --- Odoo's methods

    def _res_users_context_get(self, model: str) -> dict[str, Any]:
        return {"lang": "de_DE", "tz": "Europe/Berlin", "uid": UID}

    def _any_fields_get(self, model: str, attributes: list[str]) -> dict[str, Any]:
        text, relations = _FLAVOURS[self.flavour]
        known: dict[str, dict[str, Any]] = {name: {"type": "char"} for name in text}
        known["priority"] = {"type": "selection", "selection": [[each, each] for each in self.priorities]}
        known |= {name: {"type": "many2one", "relation": _RELATIONS[name]} for name in relations}
        return {
            name: {key: value[key] for key in attributes if key in value} for name, value in known.items()
        }

    def _any_read(self, model: str, ids: list[int], fields: list[str]) -> list[dict[str, Any]]:
        with self._lock:
            found = [self.tickets[each] for each in ids if each in self.tickets]
            return [{"id": row["id"], **{name: row[name] for name in fields}} for row in found]

    def _helpdesk_ticket_stage_read(
        self, model: str, ids: list[int], fields: list[str]
    ) -> list[dict[str, Any]]:
        assert fields == [_CLOSING_FLAGS[self.flavour]]
        return [{"id": each, fields[0]: each in _CLOSING_STAGES} for each in ids]

    def _any_write(
        self, model: str, ids: list[int], vals: dict[str, Any], context: dict[str, Any] | None = None
    ) -> bool:
        with self._lock:
            for each in ids:
                if each not in self.tickets:
                    raise REFUSALS["missing"]
                if "stage_id" in vals and not (context or {}).get("tracking_disable"):
                    # A stage may have a template, and Odoo sends it to the customer.
                    self.mailed.append(each)
                self.tickets[each].update(vals)
        return True

    def _res_users_apikeys_search_read(
        self, model: str, domain: list[list[Any]], fields: list[str]
    ) -> list[dict[str, Any]]:
        if self.key_ends is None:
            raise OdooError(500, "builtins.ValueError", "Invalid field res.users.apikeys.expiration_date")
        assert domain == [["expiration_date", "!=", False], ["user_id", "=", UID]]
        return [{"id": number, "expiration_date": end} for number, end in enumerate(self.key_ends, 1)]

    def _any_search_count(self, model: str, domain: list[list[Any]]) -> int:
        ((name, _operator, value),) = domain
        if model == "mail.message":
            with self._lock:
                return sum(note[name] == value for note in self.notes)
        return sum(value == number for known, number in self.references.values() if known == model)

    def _ir_model_data_check_object_reference(self, model: str, module: str, xml_id: str) -> Any:
        key = f"{module}.{xml_id}"
        with self._lock:
            if found := self._ticket_of(key):
                return [
                    _MODELS.get(self.flavour, "helpdesk.ticket"),
                    False if found["archived"] else found["id"],
                ]
        if key in self.references:
            return list(self.references[key])
        raise OdooError(500, "builtins.ValueError", f"External ID not found in the system: {key}")

    def _any_message_post(self, model: str, ids: list[int], **note: Any) -> list[int]:
        with self._lock:
            if ids[0] not in self.tickets:
                raise REFUSALS["missing"]
            self.notes.append({"ticket": ids[0], **note})
            return [len(self.notes)]

    def _check_model(self, model: str) -> None:
        own = _MODELS.get(self.flavour, "helpdesk.ticket")
        others = {"res.users", "res.users.apikeys", "mail.message", "ir.model.data", *_RELATIONS.values()}
        if model not in {own, *others}:
            raise REFUSALS["not_found"]

    def _load(self, model: str, body: dict[str, Any], failure: str | None) -> dict[str, Any]:
        self._check_model(model)
        if failure == "load_refused":
            return _refused("Something of ours, with Max Mustermann in it.")
        row = dict(zip(body["fields"], body["data"][0], strict=True))
        if problem := self._problem(row):
            return _refused(problem)
        key = row["id"]
        with self._lock:
            if key in self._saving:
                return _refused("could not serialize access due to concurrent update")
            self._saving.add(key)
        try:
            ticket_id = self._save(key, row, body.get("context", {}))
        finally:
            with self._lock:
                self._saving.discard(key)
        if failure == "load_race":
            return _refused("could not serialize access due to concurrent update")
        return {"ids": [ticket_id], "messages": [], "nextrow": 0}

    def _save(self, key: str, row: dict[str, str], context: dict[str, Any]) -> int:
        with self._lock:
            existing = self._ticket_of(key)
        self.wait(self.delay_seconds)
        with self._lock:
            if existing is None:
                self._last_id += 1
                # Left out, the bot itself is assigned, and nobody picks the ticket up.
                assignee = None if row.get("user_id/.id") == "" else 7
                self.tickets[self._last_id] = {
                    "id": self._last_id,
                    "number": f"HT{self._last_id:05}",
                    "ticket_ref": f"{self._last_id:05}",
                    "archived": False,
                    "assignee": assignee,
                    "priority": row.get("priority", "1"),
                    "closed": False,
                    "is_closed": False,
                    "close_date": False,
                    "date_closed": False,
                    "category_id": row.get("category_id/id", ""),
                    "ticket_type_id": row.get("ticket_type_id/id", ""),
                    "stage_id": 10,
                    "row": row,
                }
                return self._last_id
            if (context.get("mode"), context.get("noupdate")) != ("update", True):
                existing["row"] = row
            return existing["id"]

    def _ticket_of(self, key: str) -> dict[str, Any] | None:
        return next((each for each in self.tickets.values() if each["row"]["id"] == key), None)

    def _problem(self, row: dict[str, Any]) -> str | None:
        text, relations = _FLAVOURS[self.flavour]
        if not all(isinstance(value, str) for value in row.values()):
            raise OdooError(500, "builtins.AttributeError", "'int' object has no attribute 'strip'")
        if not re.fullmatch(r"[a-z0-9_]+\.[A-Za-z0-9_]+", row["id"]):
            return "The external id is not valid."
        for column, value in row.items():
            name, _slash, kind = column.partition("/")
            if column != "id" and name not in text | relations:
                return f"No field {name}"
            if kind == "id" and self.references.get(value, ("",))[0] != _RELATIONS[name]:
                return f"No matching record found for external id '{value}' in field '{name}'"
            if kind == ".id" and value and (_RELATIONS[name], int(value)) not in self.references.values():
                return f"No matching record found for database id '{value}' in field '{name}'"
        if row.get("priority", "1") not in self.priorities or not row["name"] or not row["description"]:
            return "Missing required value, or value not found."
        return None


def _refused(message: str) -> dict[str, Any]:
    return {"ids": False, "messages": [{"type": "error", "message": message, "record": 0}], "nextrow": 0}
