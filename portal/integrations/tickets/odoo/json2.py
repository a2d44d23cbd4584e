"""Odoo's JSON-2 interface (Odoo 19 and later): one call is one transaction, all arguments have names."""

import json
import time
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from queue import Empty, LifoQueue
from typing import Any

import httpx
from django.utils.translation import gettext as _

from portal.integrations.tickets import TicketDeskAuthFailed, TicketDeskRejected, TicketDeskUnavailable

_TOTAL_SECONDS = 10.0
# Connect and read together stay within the total when Odoo is silent; `_read` ends an answer that drips.
_TIMEOUT = httpx.Timeout(7.0, connect=3.0)
# Odoo has few workers, and its own people need them.
_CALLS_AT_ONCE = 2
_MAX_BYTES = 4_000_000
_MAX_REASON = 200

_AUTH = {"werkzeug.exceptions.Unauthorized", "odoo.exceptions.AccessDenied"}
_PASSING_STATUS = {429, 502, 503, 504}


class OdooRefused(TicketDeskRejected):
    """Odoo understood the call and refused it with a named exception.

    :param exception: Odoo's name of it, like `odoo.exceptions.AccessError`
    """

    def __init__(self, exception: str, reason: str) -> None:
        self.exception = exception
        short_name = exception.rpartition(".")[2]
        super().__init__(
            _("Odoo refuses this ({name}): {reason}").format(name=short_name, reason=reason)
            if reason
            else _("Odoo refuses this ({name}).").format(name=short_name)
        )


class Json2Client:
    """
    :param timeout: for tests that do not want to wait as long as people would
    """

    def __init__(
        self,
        url: str,
        database: str,
        api_key: str,
        *,
        timeout: httpx.Timeout = _TIMEOUT,
        total_seconds: float = _TOTAL_SECONDS,
    ) -> None:
        headers = {b"Authorization": b"bearer " + api_key.encode()}
        if database:
            headers[b"X-Odoo-Database"] = database.encode()
        self._api_key = api_key
        self._url = url.rstrip("/")
        self._total_seconds = total_seconds
        # One connection each, handed from call to call: threads that share a client of httpx now and then
        # close each other's connections.
        self._idle: LifoQueue[httpx.Client] = LifoQueue()
        for _client in range(_CALLS_AT_ONCE):
            http = httpx.Client(headers=headers, timeout=timeout, follow_redirects=False)
            weakref.finalize(self, http.close)
            self._idle.put(http)

    def call(self, model: str, method: str, arguments: Mapping[str, object]) -> Any:
        """What the method returns.

        :raises TicketDeskUnavailable: no answer, or one that says nothing about the call
        :raises TicketDeskAuthFailed: the key is wrong, expired, or its user disabled
        :raises OdooRefused: a named exception, which stays the same however often the call is made
        """
        response, body = self._exchange("POST", f"/json/2/{model}/{method}", dict(arguments))
        answer = _parsed(response, body)
        if response.is_success:
            return answer
        raise self._failure(response.status_code, answer)

    def version(self) -> str | None:
        """Like "19.0"; None when the address answers, but not as an Odoo with this interface.

        :raises TicketDeskUnavailable: nobody answers
        """
        response, body = self._exchange("GET", "/web/version", None)
        try:
            answer = _parsed(response, body)
        except TicketDeskUnavailable:
            return None
        version = answer.get("version") if isinstance(answer, dict) and response.is_success else None
        return version if isinstance(version, str) else None

    def _exchange(
        self, method: str, path: str, arguments: dict[str, object] | None
    ) -> tuple[httpx.Response, bytes]:
        ends_at = time.monotonic() + self._total_seconds
        try:
            with (
                self._borrowed() as http,
                http.stream(method, self._url + path, json=arguments) as response,
            ):
                return response, _read(response, ends_at)
        except (httpx.TimeoutException, TimeoutError, Empty) as error:
            raise TicketDeskUnavailable(_("Odoo does not answer in time.")) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise TicketDeskUnavailable(_("Odoo cannot be reached, or it broke off.")) from error

    @contextmanager
    def _borrowed(self) -> Iterator[httpx.Client]:
        """:raises Empty: when all are in use for too long"""
        http = self._idle.get(timeout=self._total_seconds)
        try:
            yield http
        finally:
            self._idle.put(http)

    # By the exception's name and not by the status: a database that is down answers 404, and a
    # value that Odoo will never take answers 500.
    def _failure(self, status: int, answer: object) -> Exception:
        error = answer if isinstance(answer, dict) else {}
        name = error.get("name")
        if not isinstance(name, str) or status in _PASSING_STATUS or _is_passing(name):
            return TicketDeskUnavailable(
                _("Odoo has trouble of its own at the moment (status {status}).").format(status=status)
            )
        if name in _AUTH:
            return TicketDeskAuthFailed(_("Odoo does not accept ODOO_API_KEY. It may have expired."))
        # Only the message: `debug` is a traceback, and the arguments are what we sent.
        return OdooRefused(name, self._without_key(str(error.get("message") or "")))

    def _without_key(self, message: str) -> str:
        one_line = " ".join(message.split())
        return (one_line.replace(self._api_key, "…") if self._api_key else one_line)[:_MAX_REASON]


def _read(response: httpx.Response, ends_at: float) -> bytes:
    body = bytearray()
    for chunk in response.iter_bytes():
        body += chunk
        if time.monotonic() > ends_at:
            raise TimeoutError
        if len(body) > _MAX_BYTES:
            raise TicketDeskUnavailable(_("Odoo's answer is too long to be one."))
    return bytes(body)


def _parsed(response: httpx.Response, body: bytes) -> Any:
    """:raises TicketDeskUnavailable: when it is not JSON: a proxy speaks, or an Odoo without its database"""
    try:
        if not response.headers.get("content-type", "").startswith("application/json"):
            raise ValueError
        return json.loads(body)
    except ValueError:
        raise TicketDeskUnavailable(
            _("What answers at ODOO_URL is not Odoo's interface at the moment (status {status}).").format(
                status=response.status_code
            )
        ) from None


def _is_passing(exception: str) -> bool:
    return exception.startswith("psycopg2.") or exception.endswith("ConcurrencyError")
