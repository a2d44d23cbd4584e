"""A SendGrid-shaped server for tests: checks the mails it is given as SendGrid does, keeps them, fails as told."""

import json
import re
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

_TEMPLATE_ID = re.compile(r"d-[0-9a-f]{32}")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_RESERVED_HEADERS = {
    "x-sg-id",
    "x-sg-eid",
    "received",
    "dkim-signature",
    "content-type",
    "content-transfer-encoding",
    "to",
    "from",
    "subject",
    "reply-to",
    "cc",
    "bcc",
}
_FIELDS = {
    "personalizations",
    "from",
    "reply_to",
    "subject",
    "content",
    "template_id",
    "headers",
    "custom_args",
    "tracking_settings",
    "mail_settings",
}
# Kind: status, headers, body.
_ANSWERS: dict[str, tuple[int, dict[str, str], bytes]] = {
    "unauthorized": (
        401,
        {},
        b'{"errors":[{"message":"The provided authorization grant is invalid, expired, or revoked",'
        b'"field":null,"help":null}]}',
    ),
    "wrong_sender": (
        403,
        {},
        b'{"errors":[{"message":"The from address does not match a verified Sender Identity.",'
        b'"field":"from","help":null}]}',
    ),
    "too_large": (413, {}, b'{"errors":[{"message":"the JSON payload is too large","field":null}]}'),
    "too_many": (429, {"Retry-After": "90"}, b'{"errors":[{"field":null,"message":"too many requests"}]}'),
    "too_many_until": (429, {"X-RateLimit-Reset": "<in 200 seconds>"}, b"{}"),
    "trouble": (500, {}, b"<h1>500</h1>"),
    "maintenance": (503, {}, b""),
    "elsewhere": (301, {"Location": "https://example.test/"}, b""),
    "no_such_page": (404, {}, b"<h1>404</h1>"),
    "a_login_page": (200, {}, b"<h1>Please sign in to the hotel's network</h1>"),
}


@dataclass(frozen=True)
class Call:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class Refused(Exception):
    """A 400 as SendGrid words it; the message quotes what was sent, the address too."""

    def __init__(self, field: str | None, message: str) -> None:
        super().__init__(message)
        self.field = field


class SendGridServer:
    """Runs inside a `with` block on a free port of 127.0.0.1.

    :param templates: ids of the templates that the account has
    """

    def __init__(self, *, api_key: str = "SG.key", templates: tuple[str, ...] = ()) -> None:
        self.api_key, self.templates = api_key, templates
        self.scopes = ["mail.send", "scopes.read"]
        self.mails: list[Call] = []
        self.slow_seconds = 5.0
        self._failures: list[str] = []
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.sendgrid = self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def fail_next(self, kind: str) -> None:
        """A key of the answers above, "slow", "dripping", "drop_before" or "drop_after" it was taken."""
        self._failures.append(kind)

    def next_failure(self) -> str:
        return self._failures.pop(0) if self._failures else ""

    def wait(self, seconds: float) -> None:
        self._closing.wait(seconds)

    def __enter__(self) -> Self:
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        ).start()
        return self

    def __exit__(self, *_problem: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    sendgrid: SendGridServer


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, *_words: object) -> None:
        pass

    def do_GET(self) -> None:
        sendgrid = self.server.sendgrid
        if self.path != "/v3/scopes":
            self._answer(*_ANSWERS["no_such_page"])
        elif failure := sendgrid.next_failure():
            self._answer(*_ANSWERS[failure])
        elif not self._may():
            self._answer(*_ANSWERS["unauthorized"])
        else:
            self._answer(200, {}, json.dumps({"scopes": sendgrid.scopes}).encode())

    def do_POST(self) -> None:
        sendgrid = self.server.sendgrid
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        failure = sendgrid.next_failure()
        if failure == "too_many_until":
            self._answer(429, {"X-RateLimit-Reset": str(int(time.time()) + 200)}, b"{}")
        elif failure in _ANSWERS:
            self._answer(*_ANSWERS[failure])
        elif failure == "drop_before":
            self._drop()
        elif not self._may():
            self._answer(*_ANSWERS["unauthorized"])
        else:
            self._take(raw, failure)

    def _take(self, raw: bytes, failure: str) -> None:
        sendgrid = self.server.sendgrid
        try:
            body = json.loads(raw)
            check_mail(body, templates=sendgrid.templates)
        except Refused as refusal:
            error = {"message": str(refusal), "field": refusal.field, "help": None}
            self._answer(400, {}, json.dumps({"errors": [error]}).encode())
            return
        headers = {name.lower(): value for name, value in self.headers.items()}
        sendgrid.mails.append(Call(self.path, headers, body))
        if failure == "drop_after":
            self._drop()
        elif failure == "dripping":
            self._drip()
        else:
            if failure == "slow":
                sendgrid.wait(sendgrid.slow_seconds)
            self._answer(202, {"X-Message-Id": f"sg-{len(sendgrid.mails)}"}, b"")

    def _may(self) -> bool:
        return self.headers["Authorization"] == f"Bearer {self.server.sendgrid.api_key}"

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        with suppress(OSError):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def _drip(self) -> None:
        with suppress(OSError):
            self.send_response(202)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            ends_at = time.monotonic() + self.server.sendgrid.slow_seconds
            while time.monotonic() < ends_at:
                self.wfile.write(b" ")
                self.server.sendgrid.wait(0.02)
        self._drop()

    def _drop(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


def check_mail(body: dict[str, Any], *, templates: tuple[str, ...]) -> None:
    """:raises Refused: for what SendGrid's documentation forbids"""
    if unknown := set(body) - _FIELDS:
        raise Refused(sorted(unknown)[0], "unknown field")
    personalizations = body.get("personalizations") or []
    if len(personalizations) != 1:
        raise Refused("personalizations", "one recipient, one call")
    for number, to in enumerate(personalizations[0]["to"]):
        if not _ADDRESS.fullmatch(to["email"]):
            raise Refused(f"personalizations.0.to.{number}.email", f"{to['email']} is not a valid address.")
    if not _ADDRESS.fullmatch(body["from"]["email"]):
        raise Refused("from.email", "The from email does not contain a valid address.")
    _check_texts("headers", body.get("headers", {}))
    _check_texts("custom_args", body.get("custom_args", {}))
    if reserved := {name.lower() for name in body.get("headers", {})} & _RESERVED_HEADERS:
        raise Refused(f"headers.{reserved.pop()}", "reserved")
    if len(json.dumps(body.get("custom_args", {}))) > 10_000:
        raise Refused("custom_args", "too long")
    _check_content(body, templates=templates)


def _check_texts(field: str, values: dict[str, Any]) -> None:
    for name, value in values.items():
        if not isinstance(value, str) or "\n" in value:
            raise Refused(f"{field}.{name}", "must be a text of one line")


def _check_content(body: dict[str, Any], *, templates: tuple[str, ...]) -> None:
    data = body["personalizations"][0].get("dynamic_template_data")
    if template_id := body.get("template_id"):
        if not _TEMPLATE_ID.fullmatch(template_id) or template_id not in templates:
            raise Refused("template_id", "The template_id is not one of the account.")
        if not isinstance(data, dict) or "content" in body:
            raise Refused("content", "a template brings its own")
    elif data is not None:
        raise Refused("personalizations.0.dynamic_template_data", "only with a template")
    else:
        _check_parts(body)


def _check_parts(body: dict[str, Any]) -> None:
    if not body.get("subject"):
        raise Refused("subject", "The subject is required.")
    kinds = [part["type"] for part in body.get("content") or []]
    if kinds not in (["text/plain"], ["text/html"], ["text/plain", "text/html"]):
        raise Refused("content", "text/plain comes first, then text/html")
    for number, part in enumerate(body["content"]):
        if not part["value"]:
            raise Refused(f"content.{number}.value", "at least one character")
