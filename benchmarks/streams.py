"""A thousand open pages: what they cost, and how long until all of them have heard of one event."""

import asyncio
import os
import time
from collections.abc import Sequence

import psycopg

from benchmarks import load

PAGES = 1000
TELL = "SELECT pg_notify('portal_events', %s)"
MESSAGE = '{"kind": "booking.confirmed", "subject": "booking:1", "partner_id": null, "id": 1}'


def measure(port: int, cookies: Sequence[str], manager_cookie: str, pid: int) -> None:
    """Half of the pages belong to the staff and hear the event; the others must not.

    :raises AssertionError: when a page misses it, or one hears what it may not
    """
    asyncio.run(_measure(port, cookies, manager_cookie, pid))


async def _measure(port: int, cookies: Sequence[str], manager_cookie: str, pid: int) -> None:
    before = _memory(pid)
    staff = [await _open(port, manager_cookie) for _ in range(PAGES // 2)]
    others = [await _open(port, cookies[number % len(cookies)]) for number in range(PAGES // 2)]
    print(f"\n{PAGES} open pages: {_memory(pid):.0f} MB in the stream's process ({before:.0f} MB with none)")
    waits = []
    for _ in range(5):
        began = time.perf_counter()
        hearing = [asyncio.create_task(_hear(reader)) for reader in staff]
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(TELL, (MESSAGE,))
        heard = await asyncio.gather(*hearing)
        waits.append([(each - began) * 1000 for each in heard])
    assert not any(reader._buffer for reader in others), "a page heard of what is not its partner's"
    last = sorted(max(each) for each in waits)
    middle = sorted(time for each in waits for time in each)
    print(
        f"One event in {len(staff)} of them: median {middle[len(middle) // 2]:.0f} ms, the last {last[-1]:.0f} ms"
    )


async def _open(port: int, cookie: str) -> asyncio.StreamReader:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /events HTTP/1.1\r\nHost: localhost\r\n{cookie}\r\n\r\n".encode())
    status = (await reader.readline()).split()[1]
    assert status == b"200", status
    while b"retry:" not in await reader.readline():
        pass
    await reader.readline()
    reader._keep = writer  # type: ignore[attr-defined]
    await asyncio.sleep(0)
    while True:
        try:
            await asyncio.wait_for(reader.readline(), 0.001)
        except TimeoutError:
            return reader


async def _hear(reader: asyncio.StreamReader) -> float:
    while b"event: changed" not in await reader.readline():
        pass
    return time.perf_counter()


def _memory(pid: int) -> float:
    return sum(load.memory_mb(each) for each in load.family(pid))
