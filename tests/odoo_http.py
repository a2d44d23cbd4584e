"""The wires of the Odoo-shaped server: how answers, refusals and troubles look in JSON-2 and in JSON-RPC."""

import json
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

DEBUG = "Traceback (most recent call last): secret-of-somebody"
UID = 7


class OdooError(Exception):
    """:param rpc_name: what JSON-RPC calls it, where that differs"""

    def __init__(
        self, status: int, name: str, message: str = "What Odoo says.", *, rpc_name: str = ""
    ) -> None:
        super().__init__(message)
        self.status, self.name, self.message = status, name, message
        self.rpc_name = rpc_name or name


_DENIED = "odoo.exceptions.AccessDenied"
# What `fail_next` knows: a refusal as Odoo words it, or one of `TROUBLES`.
REFUSALS = {
    "unauthorized": OdooError(401, "werkzeug.exceptions.Unauthorized", "Invalid apikey", rpc_name=_DENIED),
    "access_denied": OdooError(403, _DENIED, "Access Denied"),
    "access_error": OdooError(403, "odoo.exceptions.AccessError", "You are not allowed to access tickets."),
    "validation": OdooError(422, "odoo.exceptions.ValidationError", "A mandatory field is not set."),
    "value_error": OdooError(500, "builtins.ValueError", "Wrong value for helpdesk.ticket.priority: '9'"),
    "missing": OdooError(404, "odoo.exceptions.MissingError", "Record does not exist or has been deleted."),
    "not_found": OdooError(
        404,
        "werkzeug.exceptions.NotFound",
        "The model does not exist.",
        rpc_name="builtins.AttributeError",
    ),
    "unprocessable": OdooError(
        422,
        "werkzeug.exceptions.UnprocessableEntity",
        "An argument is missing.",
        rpc_name="builtins.TypeError",
    ),
    "serialization": OdooError(500, "psycopg2.errors.SerializationFailure", "could not serialize access"),
    "concurrency": OdooError(500, "odoo.exceptions.ConcurrencyError", "Please retry."),
}
# Kind: status, content type, body.
_ANSWERS = {
    "no_address": (404, "text/html; charset=utf-8", b"<!doctype html><h1>Not Found</h1>"),
    "too_many": (429, "text/html", b"<h1>429 Too Many Requests</h1>"),
    "maintenance": (503, "text/html", b"<h1>503 Maintenance</h1>"),
    "bad_gateway": (502, "text/html", b"<h1>502 Bad Gateway</h1>"),
    "redirect": (303, "text/html", b"<p>You should be redirected.</p>"),
    "not_json": (200, "application/json", b"<html>"),
    "no_name": (500, "application/json", b'{"error": "something"}'),
}
_DATABASE_DOWN = OdooError(
    404, "", "connection to server failed: no database", rpc_name="psycopg2.OperationalError"
)
_ON_THE_WIRE = {"slow", "dripping", "drop_before", "drop_after", "database_down", "nonsense"}
TROUBLES = {*_ANSWERS, *_ON_THE_WIRE, "load_refused", "load_race"}


@dataclass(frozen=True)
class Call:
    """:param body: the named arguments, or whole the envelope of JSON-RPC's `common` service"""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    model: str
    method: str


def hang_up(connection: socket.socket) -> None:
    # The other side may have been faster.
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


class OdooHandler(BaseHTTPRequestHandler):
    odoo: Any
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.odoo.connections.add(self.connection)

    def finish(self) -> None:
        self.odoo.connections.discard(self.connection)
        super().finish()

    def handle(self) -> None:
        # A client that gave up, or the end of the test.
        with suppress(OSError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        """Tests read `calls` instead."""

    def do_GET(self) -> None:
        failure = self.odoo.failure_of("web_version")
        if self.path != "/web/version" or not self.odoo.speaks_json2 or failure:
            self._write(*_ANSWERS[failure or "no_address"])
            return
        version = self.odoo.version
        major = int(version.split(".")[0])
        self._send(200, {"version_info": [major, 0, 0, "final", 0, ""], "version": version})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        wire = _JsonRpc(self, body) if self.path == "/jsonrpc" else _Json2(self, body)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.odoo.calls.append(Call(self.path, headers, wire.arguments, wire.model, wire.method))
        if isinstance(wire, _Json2) and not self.odoo.speaks_json2:
            self._write(*_ANSWERS["redirect"])
            return
        failure = self.odoo.failure_of(wire.method)
        if failure in _ANSWERS:
            self._write(*_ANSWERS[failure])
        elif failure == "nonsense":
            wire.send("hello")
        elif failure == "drop_before":
            self._drop()
        else:
            if failure == "slow":
                self.odoo.wait(self.odoo.slow_seconds)
            self._answer(wire, failure)

    def _answer(self, wire: "_Wire", failure: str | None) -> None:
        try:
            if failure == "database_down" or wire.database() != self.odoo.database:
                raise _DATABASE_DOWN
            result = wire.result(failure)
        except OdooError as error:
            wire.refuse(error)
            return
        if failure == "drop_after":
            self._drop()
        elif failure == "dripping":
            self._drip()
        else:
            wire.send(result)

    def _send(self, status: int, result: object) -> None:
        self._write(status, "application/json; charset=utf-8", json.dumps(result).encode())

    def _write(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        if status == 303:
            self.send_header("Location", "/odoo")
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "100000")
        self.end_headers()
        ends_at = time.monotonic() + self.odoo.slow_seconds
        while time.monotonic() < ends_at:
            self.wfile.write(b" ")
            self.odoo.wait(0.02)
        self._drop()

    def _drop(self) -> None:
        self.close_connection = True
        hang_up(self.connection)


class _Wire:
    """One call in one of the dialects."""

    model: str
    method: str
    arguments: dict[str, Any]

    def __init__(self, handler: OdooHandler) -> None:
        self._handler = handler
        self._odoo = handler.odoo

    def database(self) -> str:
        raise NotImplementedError

    def result(self, failure: str | None) -> Any:
        raise NotImplementedError

    def send(self, result: Any) -> None:
        raise NotImplementedError

    def refuse(self, error: OdooError) -> None:
        raise NotImplementedError


class _Json2(_Wire):
    def __init__(self, handler: OdooHandler, body: dict[str, Any]) -> None:
        super().__init__(handler)
        _empty, _json, _two, self.model, self.method = handler.path.split("/")
        self.arguments = body

    def database(self) -> str:
        return str(self._handler.headers.get("X-Odoo-Database", self._odoo.database))

    def result(self, failure: str | None) -> Any:
        if self._handler.headers["Authorization"] != f"bearer {self._odoo.api_key}":
            raise REFUSALS["unauthorized"]
        return self._odoo.answer(self.model, self.method, self.arguments, failure)

    def send(self, result: Any) -> None:
        self._handler._send(200, result)

    def refuse(self, error: OdooError) -> None:
        if not error.name:
            self._handler._write(*_ANSWERS["no_address"])
            return
        details = {"name": error.name, "message": error.message, "arguments": [error.message]}
        self._handler._send(error.status, {**details, "context": {}, "debug": DEBUG})


class _JsonRpc(_Wire):
    """Everything is answered with 200."""

    def __init__(self, handler: OdooHandler, body: dict[str, Any]) -> None:
        super().__init__(handler)
        params = body["params"]
        self._args = params["args"]
        self.model, self.method, self.arguments = "", params["method"], params
        if params["service"] == "object":
            self.model, self.method = self._args[3:5]
            # Methods of the model itself take no records; any argument may come by place or by name.
            self.arguments = self._args[6] | ({"ids": self._args[5][0]} if self._args[5] else {})

    def database(self) -> str:
        return str(self._odoo.database if self.method == "version" else self._args[0])

    def result(self, failure: str | None) -> Any:
        if failure in REFUSALS:
            raise REFUSALS[failure]
        if self.method == "version":
            return {"server_version": self._odoo.version, "protocol_version": 1}
        if self.method == "authenticate":
            _database, login, key, _agent = self._args
            return UID if (login, key) == (self._odoo.login, self._odoo.api_key) else False
        if self._args[1:3] != [UID, self._odoo.api_key]:
            raise REFUSALS["access_denied"]
        return self._odoo.answer(self.model, self.method, self.arguments, failure)

    def send(self, result: Any) -> None:
        # The one result that differs.
        if self.method == "message_post":
            (result,) = result
        self._handler._send(200, {"jsonrpc": "2.0", "id": 1, "result": result})

    def refuse(self, error: OdooError) -> None:
        data = {"name": error.rpc_name, "message": error.message, "arguments": [error.message]}
        data |= {"context": {}, "debug": DEBUG}
        code = 200 if int(self._odoo.version.split(".")[0]) < 19 else 0
        described = {"code": code, "message": "Odoo Server Error", "data": data}
        self._handler._send(200, {"jsonrpc": "2.0", "id": 1, "error": described})
