"""How fast, and with how much memory, the catalog of a whole shop comes in.

    python -m benchmarks.import_catalog --partners 10000

The floor is taken in the same run: plain SQL reads the same products with their values and their stock and writes as
many bare rows into PostgreSQL, without any of the portal's rules. Machines differ, ratios less.
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pymysql

from benchmarks.shop.count import expected_catalog
from benchmarks.shops import environment_of, fill_shop
from portal.runtime.postgres import OWNER_ROLE, Cluster
from tests.mariadb import MariaDB, throwaway_server

_VALUES = (
    ("varchar", "name"),
    ("varchar", "partner_id"),
    ("varchar", "event_time"),
    ("varchar", "event_end"),
    ("varchar", "course_location"),
    ("decimal", "price"),
    ("datetime", "event_date"),
    ("int", "status"),
    ("int", "course_duration"),
)


@dataclass(frozen=True)
class Cost:
    seconds: float
    cpu_seconds: float
    peak_mb: float

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s, {self.cpu_seconds:.1f} s of CPU"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--partners", type=int, default=10_000)
    parser.add_argument("--courses", type=int, default=15_000)
    parser.add_argument("--orders", type=int, default=10_000)
    arguments = parser.parse_args()
    with TemporaryDirectory(prefix="portal-bench-") as name, throwaway_server() as shop:
        folder = Path(name)
        fill_shop(shop, folder, arguments)
        cluster = Cluster(folder / "postgres")
        cluster.start()
        try:
            _measure(shop, cluster, folder)
        finally:
            cluster.stop()


def _measure(shop: MariaDB, cluster: Cluster, folder: Path) -> None:
    environment = environment_of(shop, cluster, start_at=datetime.now(UTC))
    for arguments in (
        ["migrate"],
        ["import-partners", str(folder / "partners.csv")],
        ["import-orders", "--full"],
    ):
        _portal(environment, *arguments)
    floor, products = _floor(shop, cluster)
    first = _portal(environment, "import-catalog", "--full")
    again = _portal(environment, "import-catalog", "--full")
    poll = _portal(environment, "import-catalog")
    courses, dates = _compare(shop, cluster, folder)
    ratio = floor.cpu_seconds / first.cpu_seconds
    print(
        f"\n| what | result |\n|---|---|\n"
        f"| products, of which courses and dates of partners | {products:,}: {courses:,} and {dates:,} |\n"
        f"| the whole catalog for the first time | {first} = {products / first.seconds:,.0f} products/s |\n"
        f"| the same again, nothing new (each night) | {again} |\n"
        f"| what changed, when nothing did (every ten minutes) | {poll} |\n"
        f"| floor: bare SQL copies products, values and stock | {floor}; ratio {ratio:.2f} |\n"
        f"| peak memory of the importing process | {first.peak_mb:,.0f} MB |"
    )


def _portal(environment: dict[str, str], *arguments: str) -> Cost:
    began = time.perf_counter()
    command = [sys.executable, "-m", "portal.runtime.cli", *arguments]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    # The usage of this process alone, and not of the largest one so far.
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}.")
    return Cost(time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def _own_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _floor(shop: MariaDB, cluster: Cluster) -> tuple[Cost, int]:
    """The same values over the same wires, with no rule at all."""
    began, used, count = time.perf_counter(), _own_cpu(), 0
    source = pymysql.connect(unix_socket=str(shop.path), user="reader", password="reads", database="bench")
    columns = "".join(f", v{place}.value" for place in range(len(_VALUES)))
    joins = "".join(
        f" LEFT JOIN catalog_product_entity_{kind} v{place}"
        f" ON v{place}.entity_id = e.entity_id AND v{place}.store_id = 0"
        f" AND v{place}.attribute_id = (SELECT attribute_id FROM eav_attribute WHERE attribute_code = '{code}'"
        " AND entity_type_id = 4)"
        for place, (kind, code) in enumerate(_VALUES)
    )
    with (
        psycopg.connect(cluster.url(OWNER_ROLE)) as target,
        source.cursor(pymysql.cursors.SSCursor) as cursor,
        target.cursor() as writer,
    ):
        writer.execute(
            "CREATE TEMP TABLE floor (id bigint, sku text, name text, location text, day date, stock int)"
        )
        cursor.execute(
            f"SELECT e.entity_id, e.sku, s.quantity, r.open{columns} FROM catalog_product_entity e"
            " LEFT JOIN inventory_source_item s ON s.sku = e.sku"
            " LEFT JOIN (SELECT sku, SUM(quantity) AS open FROM inventory_reservation GROUP BY sku) r ON r.sku = e.sku"
            f"{joins} ORDER BY e.entity_id"
        )
        while rows := cursor.fetchmany(1000):
            count += len(rows)
            values = [
                (row[0], row[1], row[4], row[8], row[10], (row[2] or 0) + (row[3] or 0)) for row in rows
            ]
            writer.executemany("INSERT INTO floor VALUES (%s, %s, %s, %s, %s, %s)", values)
    source.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Cost(time.perf_counter() - began, _own_cpu() - used, peak), count


def _compare(shop: MariaDB, cluster: Cluster, folder: Path) -> tuple[int, int]:
    """No number counts when rows are missing."""
    lines = (folder / "partners.csv").read_text().splitlines()[1:]
    with shop.connection("bench") as cursor:
        courses, dates = expected_catalog(cursor, {line.split(",")[0] for line in lines})
    with psycopg.connect(cluster.url(OWNER_ROLE)) as connection:
        found = connection.execute(
            "SELECT p.magento_partner_id, d.magento_product_id, d.shop_salable, d.shop_total "
            "FROM miomente_partner_portal_course_dates d "
            "JOIN miomente_partner_portal_partners p ON p.id = d.partner_id "
            "WHERE d.shop_state IN ('on_sale', 'off_sale')"
        ).fetchall()
        counted = connection.execute(
            "SELECT count(*) FROM miomente_partner_portal_courses WHERE shop_read_at IS NOT NULL"
        ).fetchone()
    assert {(row[0], row[1]): (row[2], row[3]) for row in found} == dates, "dates differ from plain SQL"
    assert counted == (len(courses),), f"{counted} courses, but plain SQL counts {len(courses)}"
    return len(courses), len(dates)


if __name__ == "__main__":
    main()
