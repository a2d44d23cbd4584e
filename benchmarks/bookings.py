"""How fast a partner's bookings come over a million rows, beside bare SQL in the same run.

    make bench   (or: python -m benchmarks.bookings --bookings 1000000)

Measured over the same data: the list by the API, as a page, the search of a partner and that of the staff, and a
confirmation with its event; list and confirmation in turns with the floor (`benchmarks/floor.py`). Then the memory of a
web process, and a thousand open pages that hear of one event.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from benchmarks import load, streams
from benchmarks.filling import fill
from benchmarks.load import Request, Result
from benchmarks.people import Visitor, make_visitors
from portal.runtime.postgres import OWNER_ROLE, Cluster

WEB, FLOOR, STREAM = 8931, 8932, 8933
ROUNDS = 3
# Partners' programs and pages; and how many of the staff search at the same moment.
CONNECTIONS, STAFF_AT_ONCE = 8, 2
SEARCHES = ("müller", "Schneid", "steinma", "kaiser-lenz", "hofmann", "Grosner", "mueler", "fuchsner anna")

GIVE_BACK = """
UPDATE miomente_partner_portal_booking_confirmations
SET status = 'pending', confirmed_at = NULL, confirmed_by = '', decided_by_user_id = NULL, settles_at = NULL,
    settled_at = NULL
WHERE status = 'confirmed' AND confirmed_by = 'portal' AND starts_on > current_date + 1
"""


@dataclass(frozen=True)
class Side:
    """What is asked of one server: a round to warm up, then those that count."""

    port: int
    pids: Sequence[int]
    rounds: Sequence[Sequence[Request]]
    connections: int = CONNECTIONS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bookings", type=int, default=1_000_000)
    parser.add_argument("--partners", type=int, default=10_000)
    parser.add_argument(
        "--keep", type=Path, help="a folder for the filled database, taken up again the next time"
    )
    parser.add_argument("--requests", type=int, default=1500, help="in each of three rounds")
    arguments = parser.parse_args()
    with TemporaryDirectory(prefix="portal-bench-") as name:
        cluster = Cluster((arguments.keep or Path(name)) / "postgres")
        cluster.start()
        try:
            _settings(cluster)
            _fill_once(cluster, arguments)
            _measure(cluster, arguments)
        finally:
            cluster.stop()


def _settings(cluster: Cluster) -> None:
    os.environ |= {
        "DATABASE_URL": cluster.url(),
        "MIGRATION_DATABASE_URL": cluster.url(OWNER_ROLE),
        "SECRET_KEY": "b" * 40,
        "LINK_SECRET": "b" * 40,
        "RATE_LIMIT_PER_MINUTE": "0",
        "LINK_RATE_LIMIT_PER_MINUTE": "0",
        "REQUIRE_MANAGER_MFA": "off",
        "WEB_WORKERS": "2",
        "LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "portal.config.settings",
    }
    subprocess.run([sys.executable, "-m", "portal.runtime.cli", "migrate"], check=True)


def _fill_once(cluster: Cluster, arguments: argparse.Namespace) -> None:
    with psycopg.connect(cluster.url(OWNER_ROLE)) as owner:
        rows = owner.execute("SELECT count(*) FROM miomente_partner_portal_booking_confirmations").fetchone()
    if rows == (0,):
        began = time.perf_counter()
        fill(cluster.url(OWNER_ROLE), partners=arguments.partners, bookings=arguments.bookings)
        print(f"Filled in {time.perf_counter() - began:.0f} s.")


def _measure(cluster: Cluster, arguments: argparse.Namespace) -> None:
    partners, visitors, manager = make_visitors(200, of=arguments.partners)
    often = arguments.requests
    postgres = int((cluster.root / "data/postmaster.pid").read_text().split()[0])
    with _web() as web, _floor() as floor:
        ours, theirs = [web.pid, postgres], [floor.pid, postgres]
        print(
            "\n| what | requests/s | CPU-ms each (web and database) | median | p95 | p99 | ratio to floor |"
        )
        print("|---|---|---|---|---|---|---|")
        _lists(partners, visitors, often, ours, theirs)
        _searches(visitors, manager, often, ours)
        _confirmations(cluster, dict(zip(partners, visitors, strict=True)), often, ours, theirs)
        print(f"\nMemory of a web process: {', '.join(f'{size:.0f} MB' for size in _workers_mb(web.pid))}")
    with _stream() as stream:
        streams.measure(STREAM, [each.cookie for each in visitors], manager.cookie, stream.pid)


def _lists(
    partners: list[int], visitors: list[Visitor], per_round: int, ours: list[int], theirs: list[int]
) -> None:
    api = [Request("/api/partner/bookings", headers=(each.bearer,)) for each in visitors]
    pages = [Request("/dashboard/bookings", headers=(each.cookie,)) for each in visitors]
    bare = [Request(f"/?partner={each}") for each in partners]
    listed, shown, floored = _in_turns(
        Side(WEB, ours, _drawn(api, per_round)),
        Side(WEB, ours, _drawn(pages, per_round)),
        Side(FLOOR, theirs, _drawn(bare, per_round)),
    )
    _row("floor: list of 20 and count, bare SQL", floored)
    _row("list API: 20 and counts", listed, floored)
    _row("list page", shown, floored)


def _searches(visitors: list[Visitor], manager: Visitor, per_round: int, ours: list[int]) -> None:
    api = [
        Request(f"/api/partner/bookings?search={_quoted(text)}", headers=(each.bearer,))
        for each in visitors
        for text in SEARCHES
    ]
    pages = [
        Request(f"/manage/bookings?search={_quoted(text)}", headers=(manager.cookie,)) for text in SEARCHES
    ]
    partners, staff = _in_turns(
        Side(WEB, ours, _drawn(api, per_round)),
        Side(WEB, ours, _drawn(pages, per_round), connections=STAFF_AT_ONCE),
    )
    _row("search of a partner (API)", partners)
    _row(f"search of the staff over all (page), {STAFF_AT_ONCE} at once", staff)


def _confirmations(
    cluster: Cluster, visitors: dict[int, Visitor], per_round: int, ours: list[int], theirs: list[int]
) -> None:
    with psycopg.connect(cluster.url(OWNER_ROLE)) as owner:
        # Of a kept database: what an earlier run confirmed waits again.
        owner.execute(GIVE_BACK)
        waiting = owner.execute(
            "SELECT partner_id, id FROM miomente_partner_portal_booking_confirmations "
            "WHERE status = 'pending' AND partner_id = ANY(%s) AND starts_on > current_date + 1",
            (list(visitors),),
        ).fetchall()
    random.Random(7).shuffle(waiting)
    half = min(len(waiting) // 2, per_round * (ROUNDS + 1))
    api = [
        Request(f"/api/partner/bookings/{booking}/confirm", "POST", (visitors[partner].bearer,), b"{}")
        for partner, booking in waiting[:half]
    ]
    bare = [
        Request(f"/?partner={partner}&booking={booking}&user={visitors[partner].user_id}", "POST")
        for partner, booking in waiting[half : 2 * half]
    ]
    confirmed, floored = _in_turns(Side(WEB, ours, _dealt(api)), Side(FLOOR, theirs, _dealt(bare)))
    _row("floor: confirm with event, bare SQL", floored)
    _row("confirm with event (API)", confirmed, floored)


def _in_turns(*sides: Side) -> list[Result]:
    """A round of each, then again: whatever else the machine does meets all of them."""
    done: list[list[Result]] = [[] for _ in sides]
    for turn in range(ROUNDS + 1):
        for side, results in zip(sides, done, strict=True):
            result = load.run(side.port, side.rounds[turn], side.pids, connections=side.connections)
            if turn:  # The first one only warms up.
                results.append(result)
    return [_sum(results) for results in done]


def _drawn(requests: Sequence[Request], per_round: int) -> list[list[Request]]:
    """The same in each round; one request may come several times."""
    return [random.Random(11).choices(requests, k=per_round) for _ in range(ROUNDS + 1)]


def _dealt(requests: Sequence[Request]) -> list[Sequence[Request]]:
    """Each request once."""
    return [requests[turn :: ROUNDS + 1] for turn in range(ROUNDS + 1)]


def _sum(results: Sequence[Result]) -> Result:
    count = sum(each.requests for each in results)
    return Result(
        count,
        sum(each.seconds for each in results),
        tuple(sorted(time for each in results for time in each.milliseconds)),
        sum(each.cpu_ms * each.requests for each in results) / count,
    )


def _row(name: str, result: Result, floor: Result | None = None) -> None:
    ratio = (
        f"{result.per_second / floor.per_second:.2f} (CPU {floor.cpu_ms / result.cpu_ms:.2f})"
        if floor
        else ""
    )
    numbers = " | ".join(f"{result.percentile(part):.1f} ms" for part in (0.5, 0.95, 0.99))
    print(f"| {name} | {result.per_second:,.0f} | {result.cpu_ms:.2f} | {numbers} | {ratio} |", flush=True)


def _quoted(text: str) -> str:
    from urllib.parse import quote_plus  # noqa: PLC0415

    return quote_plus(text)


def _workers_mb(pid: int) -> list[float]:
    """Of the processes that answer, without the one that only starts them."""
    sizes = sorted(load.memory_mb(each) for each in load.family(pid) if each != pid)
    return sizes[-2:]


@contextmanager
def _web() -> Iterator["subprocess.Popen[bytes]"]:
    with _process([sys.executable, "-m", "portal.runtime.cli", "serve"], WEB) as process:
        yield process


@contextmanager
def _stream() -> Iterator["subprocess.Popen[bytes]"]:
    with _process([sys.executable, "-m", "portal.runtime.cli", "stream"], STREAM) as process:
        yield process


@contextmanager
def _floor() -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(FLOOR), "--workers", "2"]
    command += [
        "--blocking-threads",
        "2",
        "--no-ws",
        "--log-level",
        "warning",
        "benchmarks.floor:application",
    ]
    with _process(command, FLOOR) as process:
        yield process


@contextmanager
def _process(command: list[str], port: int) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(command, env={**os.environ, "PORT": str(port)})
    try:
        _wait_for(port)
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()


def _wait_for(port: int) -> None:
    import socket  # noqa: PLC0415

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
            time.sleep(1)  # The other workers.
            return
        time.sleep(0.1)
    raise TimeoutError(f"Nothing answers on port {port}.")


if __name__ == "__main__":
    print(f"{datetime.now():%Y-%m-%d %H:%M}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    main()
