"""A Magento-REST-shaped server for tests: order comments in the dialects of its releases, stock with and without
sources, and switches for trouble.

It verifies OAuth 1.0a signatures by its own reading of RFC 5849, refuses a nonce that was used, and takes the same
comment twice, as Magento does. `orders` and `comments` hold what it has stored.
"""

import base64
import hashlib
import hmac
import json
import re
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import quote, unquote

from tests.magento_stock import Storehouse

STATES = {
    "pending": "new",
    "processing": "processing",
    "partner_confirmed": "processing",
    "complete": "complete",
}
KEYS = {
    "consumer_key": "ck0123456789abcdef",
    "consumer_secret": "cs&secret+of/ours=",
    "token": "at0123456789abcdef",
    "token_secret": "as secret ü",
}
JSON = "application/json; charset=utf-8"

# Kind: status, content type, body.
TROUBLES: dict[str, tuple[int, str, bytes]] = {
    "unauthorized": (
        401,
        JSON,
        b'{"message": "The consumer isn\'t authorized to access %resources.",'
        b' "parameters": {"resources": "Magento_Sales::comment"}}',
    ),
    "internal": (500, JSON, b'{"message": "Internal Error. Details are available in Magento log file."}'),
    "forbidden": (403, JSON, b'{"message": "No."}'),
    "bad_request": (400, JSON, b'{"message": "No."}'),
    "no_route": (404, JSON, b'{"message": "Request does not match any route."}'),
    "maintenance": (503, "text/html", b"<h1>Service Temporarily Unavailable</h1>"),
    "firewall": (403, "text/html", b"<h1>Forbidden</h1>"),
    "not_json": (200, JSON, b"<html>"),
    "nonsense": (200, JSON, b'"hello"'),
}
WIRE_TROUBLES = {"drop_before", "drop_after", "slow"}


@dataclass
class MagentoRest:
    """Runs inside a `with` block on a free port of 127.0.0.1.

    :param release: "2.4.6" empties a status that is left out, "2.4.7" takes only the current one, "2.4.8" only
        those of the order's state
    :param accepts_bearer: as the setting of the shop that is off since 2.4.4
    """

    release: str = "2.4.8"
    accepts_bearer: bool = False
    rights: set[str] = field(
        default_factory=lambda: {"Magento_Sales::actions_view", "Magento_Sales::comment"}
    )
    orders: dict[int, str | None] = field(default_factory=dict)
    comments: list[dict[str, Any]] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)
    slow_seconds: float = 1.0
    store: Storehouse = field(default_factory=Storehouse)

    def __post_init__(self) -> None:
        self._failures: list[list[Any]] = []
        self._nonces: set[str] = set()
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        # What an order turns into between our reading it and our comment.
        self.changes_after_reading: dict[int, str] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    def fail_next(self, kind: str, *, times: int = 1, method: str | None = None) -> None:
        """Make the next calls ("GET", "POST" or "PUT") fail in this way, then work again."""
        assert kind in TROUBLES or kind in WIRE_TROUBLES, kind
        self._failures.append([kind, method, times])

    def texts(self, order_id: int) -> list[str]:
        return [each["comment"] for each in self.comments if each["parent_id"] == order_id]

    def __enter__(self) -> Self:
        server = self

        class Handler(_Handler):
            magento = server

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._http.shutdown()
        self._thread.join()
        for connection in list(self._connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._http.server_close()

    def failure_of(self, method: str) -> str | None:
        with self._lock:
            for failure in self._failures:
                if failure[2] and failure[1] in (None, method):
                    failure[2] -= 1
                    return str(failure[0])
        return None

    # --- What Magento does

    def answer(self, method: str, target: str, header: str, body: Any) -> tuple[int, Any]:
        path = target.partition("?")[0]
        if not self._knows(method, target, header):
            return 401, {"message": "The signature is invalid. Verify and try again."}
        with self._lock:
            about_stock = self.store.answer(method, target, body, self.rights)
        if about_stock is not None:
            return about_stock
        found = re.fullmatch(r"/rest/all/V1/orders(?:/(\d+))?(/comments)?", path)
        if found is None:
            return 404, {"message": "Request does not match any route."}
        right = "Magento_Sales::comment" if method == "POST" else "Magento_Sales::actions_view"
        if right not in self.rights:
            message = "The consumer isn't authorized to access %resources."
            return 401, {"message": message, "parameters": {"resources": right}}
        if found[1] is None:
            return 200, {"total_count": len(self.orders)}
        return self._about_order(method, int(found[1]), bool(found[2]), body)

    def _about_order(self, method: str, order_id: int, is_comments: bool, body: Any) -> tuple[int, Any]:
        if order_id == 0:
            return 400, {"message": "An ID is needed. Set the ID and try again."}
        with self._lock:
            if method == "GET" and is_comments:
                return 200, {"items": [c for c in self.comments if c["parent_id"] == order_id]}
            if order_id not in self.orders:
                return 404, {"message": "The entity that was requested doesn't exist. Verify the entity."}
            if method == "GET":
                status = self.orders[order_id]
                self.orders[order_id] = self.changes_after_reading.pop(order_id, status)
                return 200, {"status": status} if status else {}
            return self._add_comment(order_id, body["statusHistory"])

    def _add_comment(self, order_id: int, history: dict[str, Any]) -> tuple[int, Any]:
        current, wanted = self.orders[order_id], history.get("status")
        if self.release == "2.4.7" and wanted != current:
            return 400, {"message": 'Unable to add comment: The status "%1" is not part of the order.'}
        if self.release == "2.4.8" and wanted and STATES.get(wanted) != STATES.get(current or ""):
            return 400, {
                "message": "Unable to add comment: The status is not part of the order status history."
            }
        self.orders[order_id] = wanted or (None if self.release == "2.4.6" else current)
        self.comments.append({"parent_id": order_id, **history})
        return 200, True

    def _knows(self, method: str, target: str, header: str) -> bool:
        if header.startswith("Bearer "):
            return self.accepts_bearer and header == f"Bearer {KEYS['token']}"
        given = {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', header)}
        is_fresh = abs(time.time() - int(given.get("oauth_timestamp", "0"))) < 600
        names = (given.get("oauth_consumer_key"), given.get("oauth_token"))
        nonce = given.get("oauth_nonce", "")
        with self._lock:
            is_new = nonce not in self._nonces
            self._nonces.add(nonce)
        expected = self._signature(method, target, given)
        return (
            header.startswith("OAuth ")
            and (is_fresh, is_new, names) == (True, True, (KEYS["consumer_key"], KEYS["token"]))
            and given.get("oauth_signature_method") == "HMAC-SHA256"
            and given.get("oauth_signature") == expected
        )

    def _signature(self, method: str, target: str, given: dict[str, str]) -> str:
        path, _mark, query = target.partition("?")
        pairs = [tuple(unquote(part) for part in each.split("=")) for each in query.split("&") if each]
        pairs += [(name, value) for name, value in given.items() if name != "oauth_signature"]
        encoded = sorted((_percent(name), _percent(value)) for name, value in pairs)
        parameters = "&".join("=".join(pair) for pair in encoded)
        signed = f"{method}&{_percent(self.url + path)}&{_percent(parameters)}"
        key = f"{_percent(KEYS['consumer_secret'])}&{_percent(KEYS['token_secret'])}"
        return base64.b64encode(hmac.digest(key.encode(), signed.encode(), hashlib.sha256)).decode()


def _percent(text: str) -> str:
    return quote(text, safe="~")


class _Handler(BaseHTTPRequestHandler):
    magento: MagentoRest
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        self.magento._connections.add(self.connection)

    def handle(self) -> None:
        with suppress(OSError):
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        """Tests read `calls` instead."""

    def do_GET(self) -> None:
        self._serve(None)

    def do_POST(self) -> None:
        self._serve(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def do_PUT(self) -> None:
        self.do_POST()

    def _serve(self, body: Any) -> None:
        self.magento.calls.append((self.command, self.path.partition("?")[0].partition("/V1")[2]))
        failure = self.magento.failure_of(self.command)
        if failure in TROUBLES:
            self._write(*TROUBLES[failure])
            return
        if failure == "drop_before":
            self._drop()
            return
        status, result = self.magento.answer(
            self.command, self.path, self.headers["Authorization"] or "", body
        )
        if failure == "drop_after":
            self._drop()
            return
        if failure == "slow":
            time.sleep(self.magento.slow_seconds)
        self._write(status, JSON, json.dumps(result).encode())

    def _drop(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _write(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
