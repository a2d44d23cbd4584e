"""What a partner with 500 dates in a month costs, beside bare SQL in the same run.

    python -m benchmarks.dates

Ten such partners among others: their month, their list, their overview, and their dates by the API, in turns with the
floor (`benchmarks/floor.py`), which reads the same dates with what is taken of each.
"""

import argparse
import os
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from benchmarks import servers
from benchmarks.filling import fill
from benchmarks.load import Request
from benchmarks.people import make_visitors
from benchmarks.servers import FLOOR, WEB
from benchmarks.turns import HEAD, Side, drawn, in_turns, print_row
from portal.runtime.postgres import OWNER_ROLE, Cluster

BUSY_PARTNERS, DATES_EACH = 10, 500
LIST_ROWS, API_ROWS = 50, 100

# Sixteen a day, half of them of either course; of each, two bookings and what was sold at the door.
BUSY_MONTH = """
INSERT INTO miomente_partner_portal_course_dates
    (partner_id, course_id, magento_product_id, starts_on, starts_time, ends_time, duration_minutes, starts_at,
     time_zone, uid, capacity, price_cents, shop_salable, shop_total, shop_state, location, created_at)
SELECT course.partner_id, course.id, 5000000 + course.id * 1000 + number, day, clock, clock + interval '3 hours', 180,
       (day + clock) AT TIME ZONE 'Europe/Berlin', 'Europe/Berlin', gen_random_uuid(), 12, 8900, 12 - number %% 9, 12,
       'on_sale', 'Küche am Fluss', now()
FROM miomente_partner_portal_courses course, generate_series(1, %(dates)s / 2) number,
     LATERAL (SELECT %(first)s::date + number * 7919 %% %(days)s AS day, make_time(9 + number %% 10, 0, 0) AS clock) at
WHERE course.partner_id = ANY(%(partners)s);
INSERT INTO miomente_partner_portal_seats
    (partner_id, course_date_id, source, source_key, quantity, shop_quantity, created_at)
SELECT partner_id, id, source, 'bench ' || id || ' ' || key, 1 + (id + key) %% 3,
       CASE source WHEN 'booking' THEN 1 + (id + key) %% 3 ELSE 0 END, now()
FROM miomente_partner_portal_course_dates,
     (VALUES (1, 'booking'), (2, 'booking'), (3, 'elsewhere')) AS taken (key, source)
WHERE magento_product_id > 5000000;
VACUUM (ANALYZE) miomente_partner_portal_course_dates;
VACUUM (ANALYZE) miomente_partner_portal_seats;
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--partners", type=int, default=1_000)
    parser.add_argument("--bookings", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=300, help="in each of three rounds")
    arguments = parser.parse_args()
    with TemporaryDirectory(prefix="portal-bench-") as name:
        cluster = Cluster(Path(name) / "postgres")
        cluster.start()
        try:
            servers.set_up(cluster)
            fill(cluster.url(OWNER_ROLE), partners=arguments.partners, bookings=arguments.bookings)
            _measure(cluster, arguments)
        finally:
            cluster.stop()


def _measure(cluster: Cluster, arguments: argparse.Namespace) -> None:
    partners, visitors, _manager = make_visitors(BUSY_PARTNERS, of=arguments.partners)
    first, last = _next_month()
    _fill_month(cluster, partners, first, last)
    postgres = servers.postgres_pid(cluster)
    with servers.web() as web, servers.floor() as floor:
        print(HEAD)
        pages, programs = [each.cookie for each in visitors], [each.bearer for each in visitors]
        for name, path, who, most in (
            ("month page", f"/dashboard/dates?view=month&on={first}", pages, DATES_EACH),
            ("list page", f"/dashboard/dates?view=list&on={first}", pages, LIST_ROWS),
            ("list API", f"/api/partner/dates?from={first}&to={last}&limit={API_ROWS}", programs, API_ROWS),
        ):
            ours = [Request(path, headers=(each,)) for each in who]
            bare = [
                Request(f"/dates?partner={each}&first={first}&last={last}&most={most}") for each in partners
            ]
            shown, floored = in_turns(
                Side(WEB, [web.pid, postgres], drawn(ours, arguments.requests)),
                Side(FLOOR, [floor.pid, postgres], drawn(bare, arguments.requests)),
            )
            print_row(f"floor: {most} of {DATES_EACH} dates with their seats, bare SQL", floored)
            print_row(f"{name}, {most} of {DATES_EACH}", shown, floored)
        overviews = [Request("/dashboard", headers=(each,)) for each in pages]
        [overview] = in_turns(Side(WEB, [web.pid, postgres], drawn(overviews, arguments.requests)))
        print_row("overview: what is nearly full or too empty of all", overview)


def _fill_month(cluster: Cluster, partners: list[int], first: date, last: date) -> None:
    values = {"partners": partners, "dates": DATES_EACH, "first": first, "days": (last - first).days + 1}
    with psycopg.connect(
        cluster.url(OWNER_ROLE), autocommit=True, cursor_factory=psycopg.ClientCursor
    ) as owner:
        for statement in BUSY_MONTH.split(";\n"):
            if statement.strip():
                owner.execute(statement, values)
        found = owner.execute(
            "SELECT count(*) FROM miomente_partner_portal_course_dates "
            "WHERE magento_product_id > 5000000 AND starts_on BETWEEN %s AND %s",
            (first, last),
        ).fetchone()
    assert found == (BUSY_PARTNERS * DATES_EACH,), found


def _next_month() -> tuple[date, date]:
    first = (date.today().replace(day=1) + timedelta(days=32)).replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


if __name__ == "__main__":
    print(f"{datetime.now():%Y-%m-%d %H:%M}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    main()
