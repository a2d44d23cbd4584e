"""One LISTEN connection per process, and what it hears put before each open page it concerns."""

import asyncio
import json
import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from django.db import connection
from psycopg.conninfo import make_conninfo

from portal.core.events import CHANNEL

# More than this unread: the page is told once to look at everything instead.
MOST_WAITING = 100
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 10.0

logger = logging.getLogger(__name__)


class Client:
    """One open page. `partner_ids` None hears everything, also what belongs to no partner."""

    def __init__(self, partner_ids: frozenset[int] | None) -> None:
        self.partner_ids = partner_ids
        self.ended = False
        self._waiting: list[bytes] = []
        self._woken = asyncio.Event()

    def may_hear(self, partner_id: int | None) -> bool:
        return self.partner_ids is None or partner_id in self.partner_ids

    def offer(self, message: bytes) -> None:
        if len(self._waiting) >= MOST_WAITING:
            self.resync()
        else:
            self._waiting.append(message)
            self._woken.set()

    def resync(self) -> None:
        self._waiting = [b"event: resync\ndata: {}\n\n"]
        self._woken.set()

    def end(self) -> None:
        self.ended = True
        self._woken.set()

    async def next(self, patience_seconds: float) -> bytes:
        """All that waits, or nothing after the time or at the end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), patience_seconds)
        messages, self._waiting = self._waiting, []
        self._woken.clear()
        return b"".join(messages)


class Hub:
    """Listens while the process lives, from the first client on."""

    def __init__(self) -> None:
        self._clients: set[Client] = set()
        self._listening: asyncio.Task[None] | None = None
        self._closing = False

    @contextmanager
    def serving(self, client: Client) -> Iterator[None]:
        if self._listening is None:
            self._listening = asyncio.create_task(self._listen())
        if self._closing:
            client.end()
        self._clients.add(client)
        try:
            yield
        finally:
            self._clients.discard(client)

    async def close(self) -> None:
        self.end_all()
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening

    def end_all_on(self, *signals: signal.Signals) -> None:
        """End the streams as soon as the process is asked to stop: the server waits for open ones first.

        The server's own handler hangs on the event loop, which hears of every signal that Python handles at
        all; so this one may take the place of the other and yet both run.
        """
        loop = asyncio.get_running_loop()
        for each in signals:
            with suppress(ValueError):  # Not in the main thread, as in tests.
                signal.signal(each, lambda *_: loop.call_soon_threadsafe(self.end_all) and None)

    def end_all(self) -> None:
        self._closing = True
        for client in self._clients:
            client.end()

    async def _listen(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                await self._hear()
            except psycopg.Error as problem:
                logger.warning(
                    "The event stream lost its database, trying again in %.1f s: %s", pause, problem
                )
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _hear(self) -> None:
        # A connection of its own: one from the pool would take its LISTEN along to whoever gets it next.
        async with await psycopg.AsyncConnection.connect(_address(), autocommit=True) as listening:
            await listening.execute(f"LISTEN {CHANNEL}")
            # What was said while nobody listened is lost.
            for client in self._clients:
                client.resync()
            async for notification in listening.notifies():
                self._pass_on(notification.payload)

    def _pass_on(self, payload: str) -> None:
        told = json.loads(payload)
        data = json.dumps({"kind": told["kind"], "subject": told["subject"], "id": told["id"]})
        message = f"id: {told['id']}\nevent: changed\ndata: {data}\n\n".encode()
        for client in self._clients:
            if client.may_hear(told["partner_id"]):
                client.offer(message)


def _address() -> str:
    values = connection.settings_dict
    names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
    return make_conninfo(**{ours: str(values[theirs]) for ours, theirs in names.items() if values[theirs]})
