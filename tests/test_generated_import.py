"""A generated shop with all its dirt becomes bookings: as many per reason as plain SQL counts."""

import csv
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.shop.count import expected_counts
from portal.bookings.importing import runs
from portal.bookings.models import Booking, ImportRun, UnmatchedOrder
from portal.core.models import OutboxMail
from portal.integrations import shop
from portal.integrations.shop import magento
from portal.partners.operations import import_partners
from tests.mariadb import MariaDB, mariadb_server  # noqa: F401 -- a fixture

pytestmark = pytest.mark.mariadb

PRESENT = datetime(2030, 5, 1, 12, 0, tzinfo=UTC)
START_AT = PRESENT - timedelta(days=60)
FOLDER = "benchmarks/shop"


def test_a_generated_shop_of_1000_orders_imports_with_the_counts_of_plain_sql(
    mariadb_server: MariaDB,  # noqa: F811 -- the fixture imported above
    settings,
    everything,
    tmp_path,
):
    partners = _generate(mariadb_server, tmp_path)
    settings.ORDER_SOURCE = "portal.integrations.shop.magento.order_source"
    settings.MAGENTO_DATABASE_URL = mariadb_server.url("import_test", "import_reader", "reads")
    settings.BOOKINGS_START_AT = START_AT
    _forget_adapters()
    import_partners((tmp_path / "partners.csv").read_text().splitlines(), at=PRESENT)
    with mariadb_server.connection("import_test") as cursor:
        expected = expected_counts(cursor, partners, START_AT)

    report = runs.import_all(at=PRESENT)
    again = runs.import_all(at=PRESENT)
    _forget_adapters()

    assert _counts(report) == expected
    made = report.made + report.made_as_history
    assert (again.made, again.made_as_history, again.changed, again.unchanged) == (0, 0, 0, made)
    assert Booking.objects.count() == made
    asked = Booking.objects.filter(asked_at__isnull=False)
    assert (
        OutboxMail.objects.filter(kind="booking_request").count()
        == asked.exclude(partner__email="").count()
        > 0
    )
    assert not asked.filter(confirmed_by="import").exists()
    assert ImportRun.objects.latest("id").report["unchanged"] == made


def _generate(server: MariaDB, folder) -> set[str]:
    server.create_database("import_test")
    options = {
        "--partners": 40,
        "--courses": 60,
        "--orders": 1000,
        "--seed": 11,
        "--dirty": "0.1",
        "--deleted": "0.2",
        "--now": PRESENT.replace(tzinfo=None).isoformat(),
        "--schema": f"{FOLDER}/magento_schema.sql",
        "--load": server.url("import_test"),
        "--partners-csv": folder / "partners.csv",
    }
    command = [
        sys.executable,
        f"{FOLDER}/generate.py",
        *[str(word) for pair in options.items() for word in pair],
    ]
    subprocess.run(command, check=True, capture_output=True)
    server.create_user("import_reader", "reads", ["SELECT ON import_test.*"])
    with (folder / "partners.csv").open() as lines:
        return {row["partner_id"] for row in csv.DictReader(lines)}


def _counts(report) -> dict[str, int]:
    """What the import made of the rows, in the words of the independent count."""
    later = Booking.objects.exclude(confirmed_by="import")
    found = Counter(
        "cancelled" if status == "cancelled" else _kept(state)
        for status, state in later.values_list("status", "shop_state")
    )
    return {
        "rows": report.lines,
        "voucher": report.skipped["voucher"],
        "not_a_course": report.skipped["not_a_course"],
        "unmatched": UnmatchedOrder.objects.count(),
        "history": report.made_as_history,
        **{name: found[name] for name in ("cancelled", "unpaid", "held", "live")},
    }


def _kept(state: str) -> str:
    return {"pending_payment": "unpaid", "payment_review": "unpaid", "holded": "held"}.get(state, "live")


def _forget_adapters() -> None:
    shop.order_source.cache_clear()
    magento.order_source.cache_clear()
