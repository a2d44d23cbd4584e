"""The event stream over real notifications: who hears what, and when it ends."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest
from django.db import connection, connections

from portal.conftest import NOON, client_of, make_member, make_partner
from portal.core import events, stream, tenancy
from portal.core.stream import EventStream
from portal.core.stream_hub import MOST_WAITING, Client
from portal.partners.models import Member

RESYNC = {"event": "resync", "data": "{}"}
PATIENCE_SECONDS = 10


class Page:
    """A browser's side of one stream."""

    def __init__(self, application: EventStream, cookie: str = "", **headers: str) -> None:
        pairs = {"cookie": cookie, **{name.replace("_", "-"): value for name, value in headers.items()}}
        self._scope = {
            "type": "http",
            "method": "GET",
            "path": "/events",
            "headers": [(name.encode(), value.encode()) for name, value in pairs.items()],
        }
        self._application = application
        self._sent: asyncio.Queue[dict] = asyncio.Queue()
        self._leave = asyncio.Event()
        self._unread = ""

    async def __aenter__(self) -> "Page":
        self.serving = asyncio.create_task(self._application(self._scope, self._receive, self._sent.put))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._leave.set()
        await asyncio.wait_for(self.serving, PATIENCE_SECONDS)

    async def status(self) -> int:
        return (await self._next())["status"]

    async def message(self) -> dict[str, str]:
        """The next one that is not a heartbeat or the pause for reconnecting."""
        while True:
            while "\n\n" not in self._unread:
                self._unread += (await self._next()).get("body", b"").decode()
            text, self._unread = self._unread.split("\n\n", 1)
            fields = dict(line.split(": ", 1) for line in text.split("\n") if not line.startswith(":"))
            if "event" in fields:
                return fields

    async def _next(self) -> dict:
        return await asyncio.wait_for(self._sent.get(), PATIENCE_SECONDS)

    async def _receive(self) -> dict:
        await self._leave.wait()
        return {"type": "http.disconnect"}


@pytest.fixture
def partners(transactional_db):
    with tenancy.system("tests"):
        return make_partner("Kochschule Ada", 1), make_partner("Töpferei Eva", 2)


@pytest.fixture
def adas_cookie(partners) -> str:
    with tenancy.system("tests"):
        ada = make_member(partners[0], "Ada", Member.Role.OWNER)
    return cookie_of(ada)


def cookie_of(user: object) -> str:
    return f"sessionid={client_of(user).cookies['sessionid'].value}"


def happen(partner: object) -> int:
    """Something about a partner, committed."""
    with tenancy.system("tests"):
        subject = type("Subject", (), {"pk": 7, "EVENT_SUBJECT": "booking", "partner_id": partner.pk})()
        return events.record("booking.confirmed", subject=subject, actor="test", at=NOON).pk


def run(play: Callable[[EventStream], Awaitable[None]]) -> None:
    async def act() -> None:
        application = EventStream()
        try:
            await play(application)
        finally:
            await application.hub.close()

    asyncio.run(act())


async def in_thread(function: Callable[..., int], *arguments: object) -> int:
    def call() -> int:
        try:
            return function(*arguments)
        finally:
            connections.close_all()

    return await asyncio.to_thread(call)


@pytest.mark.parametrize("cookie", ["", "sessionid=nobody", 'sessionid="', "other=1"])
def test_nobody_hears_anything_without_signing_in(transactional_db, cookie):
    async def play(application):
        async with Page(application, cookie) as page:
            assert await page.status() == 401

    run(play)


def test_a_member_hears_what_happens_to_the_own_partner_alone(partners, adas_cookie):
    async def play(application):
        async with Page(application, adas_cookie) as page:
            assert (await page.status(), await page.message()) == (200, RESYNC)
            await in_thread(happen, partners[1])
            event = await in_thread(happen, partners[0])

            told = await page.message()

        assert told == {"id": str(event), "event": "changed", "data": told["data"]}
        assert json.loads(told["data"]) == {"kind": "booking.confirmed", "subject": "booking:7", "id": event}

    run(play)


def test_a_page_that_comes_back_looks_at_everything_once(partners, adas_cookie):
    async def play(application):
        async with Page(application, adas_cookie) as first:
            assert await first.message() == RESYNC
            async with Page(application, adas_cookie, last_event_id="17") as page:
                assert await page.message() == RESYNC

    run(play)


def test_the_stream_survives_a_lost_database_connection(partners, adas_cookie):
    def cut() -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query ~ '^LISTEN'"
            )
            return cursor.fetchone()[0]

    async def play(application):
        async with Page(application, adas_cookie) as page:
            assert await page.message() == RESYNC
            assert await in_thread(cut) == 1

            assert await page.message() == RESYNC
            event = await in_thread(happen, partners[0])
            assert (await page.message())["id"] == str(event)

    run(play)


def test_the_stream_ends_when_the_session_does(partners, adas_cookie, monkeypatch):
    monkeypatch.setattr(stream, "RECHECK_SECONDS", 0.05)

    def sign_out() -> int:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_session")
            return cursor.rowcount

    async def play(application):
        async with Page(application, adas_cookie) as page:
            assert await page.message() == RESYNC
            await in_thread(sign_out)
            await asyncio.wait_for(asyncio.shield(page.serving), PATIENCE_SECONDS)

    run(play)


def test_closing_ends_all_streams_at_once(partners, adas_cookie):
    async def play(application):
        async with Page(application, adas_cookie) as page:
            assert await page.message() == RESYNC
            await application.hub.close()
            await asyncio.wait_for(asyncio.shield(page.serving), PATIENCE_SECONDS)

    run(play)


def test_who_does_not_keep_up_is_told_once_to_look_at_everything():
    async def act() -> bytes:
        client = Client(frozenset())
        for number in range(MOST_WAITING + 1):
            client.offer(f"id: {number}\n\n".encode())
        return await client.next(0.01)

    assert asyncio.run(act()) == b"event: resync\ndata: {}\n\n"
