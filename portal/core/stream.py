"""The event stream: tells open pages that something of theirs changed, so that they fetch it again.

A small ASGI application of its own, because it holds one connection per open page for hours. It sends kinds
and ids, never data: what a page may see is decided when it fetches. One LISTEN connection serves all pages.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user
from django.db import connections

from portal.core import registry
from portal.core.stream_hub import Client, Hub

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATH = "/events"
HEARTBEAT_SECONDS = 15
# A session that ended elsewhere stops its streams after this time.
RECHECK_SECONDS = 120
# A client that takes nothing for so long is dropped; when it is back it fetches everything.
SLOW_SECONDS = 30
RECONNECT_MILLISECONDS = 2000
HEARTBEAT = b": still here\n\n"

logger = logging.getLogger(__name__)


class NotSignedIn(Exception):
    pass


@dataclass
class EventStream:
    """One per process; the hub begins to listen with the first page."""

    hub: Hub = field(default_factory=Hub)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                self.hub.end_all_on(signal.SIGTERM, signal.SIGINT)
                await send({"type": "lifespan.startup.complete"})
            elif message["type"] == "lifespan.shutdown":
                await self.hub.close()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        if scope["method"] != "GET" or scope["path"] != PATH:
            await _refuse(send, 404 if scope["method"] == "GET" else 405)
            return
        try:
            partner_ids = await asyncio.to_thread(_may_hear, headers.get("cookie", ""))
        except NotSignedIn:
            await _refuse(send, 401)
            return
        client = Client(partner_ids)
        if "last-event-id" in headers:
            # What happened in between is not kept anywhere: the page looks at everything once.
            client.resync()
        with self.hub.serving(client):
            await self._stream(client, headers.get("cookie", ""), receive, send)

    async def _stream(self, client: Client, cookie: str, receive: Receive, send: Send) -> None:
        await _start(send, 200, b"text/event-stream")
        beside = [
            asyncio.create_task(_end_when_gone(client, receive)),
            asyncio.create_task(_end_when_signed_out(client, cookie)),
        ]
        try:
            await _send(send, f"retry: {RECONNECT_MILLISECONDS}\n\n".encode())
            while not client.ended:
                await _send(send, await client.next(HEARTBEAT_SECONDS) or HEARTBEAT)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (TimeoutError, OSError):
            logger.info("An event stream was too slow or broke off")
        finally:
            for task in beside:
                task.cancel()


async def _end_when_gone(client: Client, receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    client.end()


async def _end_when_signed_out(client: Client, cookie: str) -> None:
    while True:
        await asyncio.sleep(RECHECK_SECONDS)
        try:
            client.partner_ids = await asyncio.to_thread(_may_hear, cookie)
        except NotSignedIn:
            client.end()
            return
        except Exception:
            # The database is away for a moment. The stream says nothing meanwhile that it should not say.
            logger.exception("The session of an event stream could not be checked")


def _may_hear(cookie: str) -> frozenset[int] | None:
    """The partners whose events this session may hear, None for all.

    :raises NotSignedIn: without a session, or when it has ended
    """
    try:
        morsel = SimpleCookie(cookie).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        morsel = None
    if morsel is None:
        raise NotSignedIn
    try:
        session = import_module(settings.SESSION_ENGINE).SessionStore(morsel.value)
        # Django's own check needs the session alone; it also ends sessions older than the password.
        user = get_user(SimpleNamespace(session=session))  # type: ignore[arg-type]
        if not user.is_authenticated:
            raise NotSignedIn
        return registry.stream_scope_provider(session, user)
    finally:
        connections.close_all()


async def _send(send: Send, body: bytes) -> None:
    message = {"type": "http.response.body", "body": body, "more_body": True}
    await asyncio.wait_for(send(message), SLOW_SECONDS)


async def _refuse(send: Send, status: int) -> None:
    await _start(send, status, b"text/plain; charset=utf-8")
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _start(send: Send, status: int, content_type: bytes) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", content_type),
                (b"cache-control", b"no-store"),
                # nginx would otherwise collect the stream until its buffer is full.
                (b"x-accel-buffering", b"no"),
                (b"x-content-type-options", b"nosniff"),
            ],
        }
    )


application = EventStream()
