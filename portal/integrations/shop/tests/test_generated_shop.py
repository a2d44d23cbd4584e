"""A whole shop with its dirt, as the generator makes it: what the reader finds is what plain SQL counts."""

import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.shop.count import GONE_STATES, LIVE_STATES, UNPAID_STATES, expected_catalog, expected_counts
from portal.integrations.shop import LineKind, magento
from portal.integrations.shop.tests.conftest import PASSWORD

pytestmark = pytest.mark.mariadb
PRESENT = datetime(2030, 5, 1, 12, 0, tzinfo=UTC)
START_AT = PRESENT - timedelta(days=90)
ORDERS = 1000
FOLDER = "benchmarks/shop"


@pytest.fixture(scope="module", params=["date", "datetime-utc"])
def generated(request, mariadb_server):
    """The name of a database that holds the shop, and how its event dates are stored."""
    name = f"generated_{request.param.replace('-', '_')}"
    mariadb_server.create_database(name)
    options = {
        "--partners": 40,
        "--courses": 60,
        "--orders": ORDERS,
        "--seed": 7,
        "--dirty": "0.1",
        "--deleted": "0.2",
        "--now": PRESENT.replace(tzinfo=None).isoformat(),
        "--event-date-mode": request.param,
        "--schema": f"{FOLDER}/magento_schema.sql",
        "--load": mariadb_server.url(name),
    }
    command = [
        sys.executable,
        f"{FOLDER}/generate.py",
        *[str(word) for pair in options.items() for word in pair],
    ]
    subprocess.run([*command, "--check"], check=True, capture_output=True, cwd=request.config.rootpath)
    mariadb_server.create_user(f"{name}_reader", PASSWORD, [f"SELECT ON {name}.*"])
    return name


@pytest.fixture
def source(generated, mariadb_server, settings):
    settings.MAGENTO_DATABASE_URL = mariadb_server.url(generated, f"{generated}_reader", PASSWORD)
    settings.MAGENTO_EVENT_DATE_ZONE = "UTC" if generated.endswith("utc") else "Europe/Berlin"
    return magento.order_source.__wrapped__()


def test_every_row_is_read_as_what_plain_sql_takes_it_for(generated, source, mariadb_server):
    partners = {str(10001 + number) for number in range(40)}
    with mariadb_server.connection(generated) as cursor:
        expected = expected_counts(cursor, partners, START_AT)

    found = Counter(dict.fromkeys(expected, 0))
    for page in source.all_orders(limit=300):
        for order in page:
            for line in order.lines:
                found["rows"] += 1
                found[reason(order, line, partners)] += 1

    assert dict(found) == expected
    assert {name for name, count in expected.items() if not count} == {"not_a_course"}


def test_every_order_is_read_once_either_way(source):
    by_id = [order.order_id for page in source.all_orders(limit=333) for order in page]
    by_change = [
        order.order_id
        for page in source.changed_since(datetime(2000, 1, 1, tzinfo=UTC), limit=7)
        for order in page
    ]

    assert (by_id, sorted(by_change)) == (list(range(1, ORDERS + 1)), by_id)


def test_every_date_of_a_course_is_known(source):
    unknown = [
        line
        for page in source.all_orders()
        for order in page
        for line in order.lines
        if line.kind == LineKind.COURSE and (line.starts_on is None or line.starts_time is None)
    ]

    # A single date that was deleted leaves neither a label nor a product.
    assert [line for line in unknown if line.in_catalog] == []


@pytest.mark.usefixtures("source")
def test_the_catalog_offers_what_plain_sql_counts_and_says_when_it_is(generated, mariadb_server):
    partners = {str(10001 + number) for number in range(40)}
    with mariadb_server.connection(generated) as cursor:
        courses, dates = expected_catalog(cursor, partners)

    offered = [course for page in magento.catalog_source.__wrapped__().courses(limit=33) for course in page]
    found = [(course, day) for course in offered for day in course.dates if day.partner_value in partners]

    own = {
        (course.partner_value, course.product_id) for course in offered if course.partner_value in partners
    }
    assert own | {(day.partner_value, course.product_id) for course, day in found} == courses
    left = {(day.partner_value, day.product_id): day.salable for _, day in found}
    assert left == {key: salable for key, (salable, _) in dates.items()}
    assert [day for _, day in found if day.starts_on is None or day.starts_time is None] == []
    assert [course for course in offered if not course.description and len(course.dates) != 1] == []


def test_a_generated_shop_has_nothing_to_complain_about(source):
    assert source.check() == []


def test_event_dates_read_in_the_wrong_zone_are_noticed(generated, source, settings):
    settings.MAGENTO_EVENT_DATE_ZONE = "Europe/Berlin"

    problems = [sentence.split(",")[0] for sentence in magento.order_source.__wrapped__().check()]

    assert problems == (["MAGENTO_EVENT_DATE_ZONE is Europe/Berlin"] if generated.endswith("utc") else [])


def reason(order, line, partners):
    if line.kind != LineKind.COURSE:
        return line.kind.value
    if line.partner_value not in partners:
        return "unmatched"
    if order.created_at < START_AT:
        return "history"
    if order.state in GONE_STATES or line.participants == 0:
        return "cancelled"
    if order.state in UNPAID_STATES:
        return "unpaid"
    return "live" if order.state in LIVE_STATES else "held"
