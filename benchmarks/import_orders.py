"""How fast, and with how much memory, a whole shop comes in.

    make bench   (or: python -m benchmarks.import_orders --orders 100000)

The floor is taken in the same run: plain SQL reads the same order rows and writes as many bare rows into
PostgreSQL, without any of the portal's rules. Machines differ, ratios less.
"""

import argparse
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pymysql

from benchmarks.shop.count import expected_counts
from benchmarks.shops import environment_of, fill_shop
from portal.runtime.postgres import OWNER_ROLE, Cluster
from tests.mariadb import MariaDB, throwaway_server

HISTORY_DAYS = 30


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--partners", type=int, default=10_000)
    parser.add_argument("--courses", type=int, default=15_000)
    arguments = parser.parse_args()
    with TemporaryDirectory(prefix="portal-bench-") as name, throwaway_server() as shop:
        folder = Path(name)
        fill_shop(shop, folder, arguments)
        cluster = Cluster(folder / "postgres")
        cluster.start()
        try:
            _measure(shop, cluster, folder, arguments.orders)
        finally:
            cluster.stop()


def _measure(shop: MariaDB, cluster: Cluster, folder: Path, orders: int) -> None:
    start_at = datetime.now(UTC) - timedelta(days=HISTORY_DAYS)
    environment = environment_of(shop, cluster, start_at=start_at)
    _portal(environment, "migrate")
    partners_seconds, _ = _portal(environment, "import-partners", str(folder / "partners.csv"))
    floor_seconds = _floor(shop, cluster)
    seconds, peak = _portal(environment, "import-orders", "--full")
    again_seconds, _ = _portal(environment, "import-orders", "--full")
    _compare(shop, cluster, folder, start_at)
    print(
        f"\n| what | result |\n|---|---|\n"
        f"| orders | {orders:,} |\n"
        f"| partners imported | {partners_seconds:.1f} s |\n"
        f"| import of all orders | {seconds:.1f} s = {orders / seconds:,.0f} orders/s |\n"
        f"| the same again, nothing new | {again_seconds:.1f} s = {orders / again_seconds:,.0f} orders/s |\n"
        f"| floor: bare SQL copies the rows | {floor_seconds:.1f} s; ratio {floor_seconds / seconds:.2f} |\n"
        f"| peak memory of the importing process | {peak:,.0f} MB |"
    )


def _portal(environment: dict[str, str], *arguments: str) -> tuple[float, float]:
    """Seconds, and the peak memory in MB of the largest process so far."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "portal.runtime.cli", *arguments], check=True, env=environment)
    seconds = time.perf_counter() - began
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def _floor(shop: MariaDB, cluster: Cluster) -> float:
    """The same rows over the same wires, with no rule at all."""
    began = time.perf_counter()
    source = pymysql.connect(unix_socket=str(shop.path), user="reader", password="reads", database="bench")
    with (
        psycopg.connect(cluster.url(OWNER_ROLE)) as target,
        source.cursor(pymysql.cursors.SSCursor) as cursor,
    ):
        target.execute(
            "CREATE TEMP TABLE floor (order_id bigint, item_id bigint, number text, name text, qty int)"
        )
        cursor.execute(
            "SELECT o.entity_id, i.item_id, o.increment_id, i.name, i.qty_ordered, i.product_options, i.row_total, "
            "a.firstname, a.lastname, a.telephone, p.method FROM sales_order o "
            "JOIN sales_order_item i ON i.order_id = o.entity_id AND i.parent_item_id IS NULL "
            "JOIN sales_order_address a ON a.parent_id = o.entity_id AND a.address_type = 'billing' "
            "JOIN sales_order_payment p ON p.parent_id = o.entity_id"
        )
        with target.cursor() as writer:
            while rows := cursor.fetchmany(500):
                writer.executemany("INSERT INTO floor VALUES (%s, %s, %s, %s, %s)", [row[:5] for row in rows])
    source.close()
    return time.perf_counter() - began


def _compare(shop: MariaDB, cluster: Cluster, folder: Path, start_at: datetime) -> None:
    """No number counts when rows are missing."""
    lines = (folder / "partners.csv").read_text().splitlines()[1:]
    with shop.connection("bench") as cursor:
        expected = expected_counts(cursor, {line.split(",")[0] for line in lines}, start_at)
    with psycopg.connect(cluster.url(OWNER_ROLE)) as connection:
        table = "miomente_partner_portal_booking_confirmations"
        bookings = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    wanted = sum(expected[name] for name in ("history", "cancelled", "unpaid", "held", "live"))
    assert bookings == (wanted,), f"{bookings} bookings, but plain SQL counts {wanted}"
    print(f"{wanted:,} bookings, as plain SQL counts; {expected['live']:,} of them asked for.")


if __name__ == "__main__":
    main()
