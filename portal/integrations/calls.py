"""HTTP calls with limits: of time in all, of the answer's length, of calls at once. No redirect is followed."""

import json
import ssl
import time
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from queue import Empty, LifoQueue
from typing import Any

import httpx

_MAX_BYTES = 4_000_000


class NoAnswer(Exception):
    """Nobody answered, or the answer broke off. What was asked for may have been done or not."""


class NoAnswerInTime(NoAnswer):
    pass


class NoAddress(NoAnswer):
    """What was called is no address at all."""


class AnswerTooLong(NoAnswer):
    pass


class NotJson(Exception):
    """Something else than the interface speaks: a proxy, or a system without its database."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")

    def json(self) -> Any:
        """:raises NotJson:"""
        try:
            if not self.content_type.startswith("application/json"):
                raise ValueError
            return json.loads(self.body)
        except ValueError:
            raise NotJson from None


class Caller:
    """Keeps connections open, and hands each from call to call.

    :param total_seconds: for connecting, sending and the whole answer
    :param longest: the most bytes an answer may have
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: httpx.Timeout,
        total_seconds: float,
        at_once: int = 2,
        longest: int = _MAX_BYTES,
    ) -> None:
        self._url = url.rstrip("/")
        self._total_seconds = total_seconds
        self._longest = longest
        # Threads that share one client of httpx now and then close each other's connections.
        self._idle: LifoQueue[httpx.Client] = LifoQueue()
        for _client in range(at_once):
            http = httpx.Client(timeout=timeout, follow_redirects=False, verify=_trusted())
            weakref.finalize(self, http.close)
            self._idle.put(http)

    def call(self, method: str, path: str, *, headers: Mapping[str, str], body: object = None) -> Answer:
        """:raises NoAnswer:"""
        ends_at = time.monotonic() + self._total_seconds
        try:
            with (
                self._borrowed() as http,
                http.stream(method, self._url + path, json=body, headers=headers) as response,
            ):
                return Answer(response.status_code, response.headers, self._read(response, ends_at))
        except (httpx.TimeoutException, TimeoutError, Empty) as error:
            raise NoAnswerInTime from error
        except httpx.InvalidURL as error:
            raise NoAddress from error
        except httpx.HTTPError as error:
            raise NoAnswer from error

    @contextmanager
    def _borrowed(self) -> Iterator[httpx.Client]:
        """:raises Empty: when all are in use for too long"""
        http = self._idle.get(timeout=self._total_seconds)
        try:
            yield http
        finally:
            self._idle.put(http)

    def _read(self, response: httpx.Response, ends_at: float) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if time.monotonic() > ends_at:
                raise TimeoutError
            if len(body) > self._longest:
                raise AnswerTooLong
        return bytes(body)


@cache
def _trusted() -> ssl.SSLContext:
    # Reading the authorities takes longer than a call.
    return httpx.create_ssl_context()
