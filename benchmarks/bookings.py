"""How fast a partner's bookings come over a million rows, beside bare SQL in the same run.

    make bench   (or: python -m benchmarks.bookings --bookings 1000000)

Measured over the same data: the list by the API, as a page, the search of a partner and that of the staff, and a
confirmation with its event; list and confirmation in turns with the floor (`benchmarks/floor.py`). Then the memory of a
web process, and a thousand open pages that hear of one event.
"""

import argparse
import os
import random
import time
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote_plus

import psycopg

from benchmarks import load, servers, streams
from benchmarks.filling import fill
from benchmarks.load import Request
from benchmarks.people import Visitor, make_visitors
from benchmarks.servers import FLOOR, STREAM, WEB
from benchmarks.turns import HEAD, ROUNDS, Side, dealt, drawn, in_turns, print_row
from portal.runtime.postgres import OWNER_ROLE, Cluster

# So many of the staff search at the same moment.
STAFF_AT_ONCE = 2
SEARCHES = ("müller", "Schneid", "steinma", "kaiser-lenz", "hofmann", "Grosner", "mueler", "fuchsner anna")

GIVE_BACK = """
UPDATE miomente_partner_portal_booking_confirmations
SET status = 'pending', confirmed_at = NULL, confirmed_by = '', decided_by_user_id = NULL, settles_at = NULL,
    settled_at = NULL
WHERE status = 'confirmed' AND confirmed_by = 'portal' AND starts_on > current_date + 1
"""


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
            servers.set_up(cluster)
            _fill_once(cluster, arguments)
            _measure(cluster, arguments)
        finally:
            cluster.stop()


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
    postgres = servers.postgres_pid(cluster)
    with servers.web() as web, servers.floor() as floor:
        ours, theirs = [web.pid, postgres], [floor.pid, postgres]
        print(HEAD)
        _lists(partners, visitors, often, ours, theirs)
        _searches(visitors, manager, often, ours)
        _confirmations(cluster, dict(zip(partners, visitors, strict=True)), often, ours, theirs)
        print(f"\nMemory of a web process: {', '.join(f'{size:.0f} MB' for size in _workers_mb(web.pid))}")
    with servers.stream() as stream:
        streams.measure(STREAM, [each.cookie for each in visitors], manager.cookie, stream.pid)


def _lists(
    partners: list[int], visitors: list[Visitor], per_round: int, ours: list[int], theirs: list[int]
) -> None:
    api = [Request("/api/partner/bookings", headers=(each.bearer,)) for each in visitors]
    pages = [Request("/dashboard/bookings", headers=(each.cookie,)) for each in visitors]
    bare = [Request(f"/?partner={each}") for each in partners]
    listed, shown, floored = in_turns(
        Side(WEB, ours, drawn(api, per_round)),
        Side(WEB, ours, drawn(pages, per_round)),
        Side(FLOOR, theirs, drawn(bare, per_round)),
    )
    print_row("floor: list of 20 and count, bare SQL", floored)
    print_row("list API: 20 and counts", listed, floored)
    print_row("list page", shown, floored)


def _searches(visitors: list[Visitor], manager: Visitor, per_round: int, ours: list[int]) -> None:
    api = [
        Request(f"/api/partner/bookings?search={quote_plus(text)}", headers=(each.bearer,))
        for each in visitors
        for text in SEARCHES
    ]
    pages = [
        Request(f"/manage/bookings?search={quote_plus(text)}", headers=(manager.cookie,)) for text in SEARCHES
    ]
    partners, staff = in_turns(
        Side(WEB, ours, drawn(api, per_round)),
        Side(WEB, ours, drawn(pages, per_round), connections=STAFF_AT_ONCE),
    )
    print_row("search of a partner (API)", partners)
    print_row(f"search of the staff over all (page), {STAFF_AT_ONCE} at once", staff)


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
    confirmed, floored = in_turns(Side(WEB, ours, dealt(api)), Side(FLOOR, theirs, dealt(bare)))
    print_row("floor: confirm with event, bare SQL", floored)
    print_row("confirm with event (API)", confirmed, floored)


def _workers_mb(pid: int) -> list[float]:
    """Of the processes that answer, without the one that only starts them."""
    sizes = sorted(load.memory_mb(each) for each in load.family(pid) if each != pid)
    return sizes[-2:]


if __name__ == "__main__":
    print(f"{datetime.now():%Y-%m-%d %H:%M}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    main()
