"""A generated shop with all its dirt becomes bookings, courses and dates: as many as plain SQL counts."""

import csv
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.shop.count import expected_catalog, expected_counts
from portal.bookings.importing import runs
from portal.bookings.models import Booking, ImportRun, UnmatchedOrder
from portal.core.models import OutboxMail
from portal.courses.models import Course
from portal.dates.importing import runs as catalog_runs
from portal.dates.models import CourseDate
from portal.dates.seats import drifting_dates
from portal.integrations import shop
from portal.integrations.shop import magento
from portal.partners.operations import import_partners
from tests.mariadb import MariaDB, mariadb_server  # noqa: F401 -- a fixture

pytestmark = pytest.mark.mariadb

PRESENT = datetime(2030, 5, 1, 12, 0, tzinfo=UTC)
START_AT = PRESENT - timedelta(days=60)
FOLDER = "benchmarks/shop"


@pytest.fixture(scope="module")
def partners_csv(
    mariadb_server: MariaDB,  # noqa: F811 -- the fixture imported above
    tmp_path_factory,
):
    """A shop of 1,000 orders, and the file of the partners whom the portal knows."""
    folder = tmp_path_factory.mktemp("generated")
    _generate(mariadb_server, folder)
    return folder / "partners.csv"


@pytest.fixture
def known(
    partners_csv,
    mariadb_server: MariaDB,  # noqa: F811 -- the fixture imported above
    settings,
    everything,
):
    """The portal reads this shop and knows these partners by their values."""
    settings.ORDER_SOURCE = "portal.integrations.shop.magento.order_source"
    settings.CATALOG_SOURCE = "portal.integrations.shop.magento.catalog_source"
    settings.MAGENTO_DATABASE_URL = mariadb_server.url("import_test", "import_reader", "reads")
    settings.BOOKINGS_START_AT = START_AT
    _forget_adapters()
    lines = partners_csv.read_text().splitlines()
    import_partners(lines, at=PRESENT)
    yield {row["partner_id"] for row in csv.DictReader(lines)}
    _forget_adapters()


def test_a_generated_shop_of_1000_orders_imports_with_the_counts_of_plain_sql(
    known,
    mariadb_server: MariaDB,  # noqa: F811 -- the fixture imported above
):
    with mariadb_server.connection("import_test") as cursor:
        expected = expected_counts(cursor, known, START_AT)

    report = runs.import_all(at=PRESENT)
    again = runs.import_all(at=PRESENT)

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


def test_its_catalog_comes_in_with_the_seats_that_plain_sql_counts(
    known,
    mariadb_server: MariaDB,  # noqa: F811 -- the fixture imported above
):
    with mariadb_server.connection("import_test") as cursor:
        courses, dates = expected_catalog(cursor, known)
    runs.import_all(at=PRESENT)

    report = catalog_runs.import_all(at=PRESENT + timedelta(hours=1))
    again = catalog_runs.import_all(at=PRESENT + timedelta(hours=2))

    offered = CourseDate.objects.filter(shop_state__in=("on_sale", "off_sale")).select_related("partner")
    key = ("partner__magento_partner_id", "magento_product_id")
    assert set(Course.objects.filter(shop_read_at__isnull=False).values_list(*key)) == courses
    assert {
        (row.partner.magento_partner_id, row.magento_product_id): (row.shop_salable, row.shop_total)
        for row in offered
    } == dates
    assert [row for row in offered if row.capacity != row.shop_total or row.starts_at is None] == []
    # What was sold and has left the catalog since is kept, and nobody waits for it.
    gone = CourseDate.objects.filter(shop_state="gone")
    assert (gone.count(), CourseDate.objects.count()) == (report.gone, len(dates) + report.gone)
    assert report.gone > 0 < report.without_partner
    assert not drifting_dates(at=PRESENT).exists()
    assert (again.made_courses, again.made_dates, again.changed_courses, again.changed_dates, again.gone) == (
        0,
    ) * 5


def _generate(server: MariaDB, folder) -> None:
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
    for module in (shop, magento):
        module.order_source.cache_clear()
        module.catalog_source.cache_clear()
