"""The wire of the Odoo-shaped server: how answers, refusals and troubles look over HTTP."""

import json
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

DEBUG = "Traceback (most recent call last): secret-of-somebody"


class OdooError(Exception):
    def __init__(self, status: int, name: str, message: str = "What Odoo says.") -> None:
        super().__init__(message)
        self.status, self.name, self.message = status, name, message


# What `fail_next` knows: a refusal as Odoo words it, or one of `TROUBLES`.
REFUSALS = {
    "unauthorized": OdooError(401, "werkzeug.exceptions.Unauthorized", "Invalid apikey"),
    "access_denied": OdooError(403, "odoo.exceptions.AccessDenied", "Access Denied"),
    "access_error": OdooError(403, "odoo.exceptions.AccessError", "You are not allowed to access tickets."),
    "validation": OdooError(422, "odoo.exceptions.ValidationError", "A mandatory field is not set."),
    "value_error": OdooError(500, "builtins.ValueError", "Wrong value for helpdesk.ticket.priority: '9'"),
    "missing": OdooError(404, "odoo.exceptions.MissingError", "Record does not exist or has been deleted."),
    "not_found": OdooError(404, "werkzeug.exceptions.NotFound", "The model does not exist."),
    "unprocessable": OdooError(422, "werkzeug.exceptions.UnprocessableEntity", "An argument is missing."),
    "serialization": OdooError(500, "psycopg2.errors.SerializationFailure", "could not serialize access"),
    "concurrency": OdooError(500, "odoo.exceptions.ConcurrencyError", "Please retry."),
    "too_many": OdooError(429, "werkzeug.exceptions.TooManyRequests", "Slow down."),
    "maintenance": OdooError(503, "werkzeug.exceptions.ServiceUnavailable", "Maintenance."),
}
# Kind: status, content type, body.
_ANSWERS = {
    "database_down": (404, "text/html; charset=utf-8", b"<!doctype html><h1>Not Found</h1>"),
    "bad_gateway": (502, "text/html", b"<h1>502 Bad Gateway</h1>"),
    "redirect": (303, "text/html", b"<p>You should be redirected.</p>"),
    "not_json": (200, "application/json", b"<html>"),
    "nonsense": (200, "application/json", b'"hello"'),
    "no_name": (500, "application/json", b'{"error": "something"}'),
}
TROUBLES = {*_ANSWERS, "slow", "dripping", "drop_before", "drop_after", "load_refused", "load_race"}


@dataclass(frozen=True)
class Call:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


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
        if self.path != "/web/version" or int(self.odoo.version.split(".")[0]) < 19:
            self._write(*_ANSWERS["database_down"])
            return
        version = self.odoo.version
        self._send(
            200, {"version_info": [int(version.split(".")[0]), 0, 0, "final", 0, ""], "version": version}
        )

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.odoo.calls.append(Call(self.path, headers, body))
        if int(self.odoo.version.split(".")[0]) < 19:
            self._write(*_ANSWERS["redirect"])
            return
        _empty, _json, _two, model, method = self.path.split("/")
        if headers.get("x-odoo-database", self.odoo.database) != self.odoo.database:
            self._write(*_ANSWERS["database_down"])
            return
        failure = self.odoo.failure_of(method)
        if failure in _ANSWERS:
            self._write(*_ANSWERS[failure])
        elif failure == "drop_before":
            self._drop()
        else:
            if failure == "slow":
                self.odoo.wait(self.odoo.slow_seconds)
            self._answer(model, method, body, failure)

    def _answer(self, model: str, method: str, body: dict[str, Any], failure: str | None) -> None:
        try:
            self._authorize()
            result = self.odoo.answer(model, method, body, failure)
        except OdooError as error:
            details = {"name": error.name, "message": error.message, "arguments": [error.message]}
            self._send(error.status, {**details, "context": {}, "debug": DEBUG})
            return
        if failure == "drop_after":
            self._drop()
        elif failure == "dripping":
            self._drip()
        else:
            self._send(200, result)

    def _authorize(self) -> None:
        if self.headers["Authorization"] != f"bearer {self.odoo.api_key}":
            raise REFUSALS["unauthorized"]

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
