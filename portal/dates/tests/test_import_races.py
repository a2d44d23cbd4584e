"""Readings of the shop beside each other: real commits, real locks, one thread for each."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from portal.conftest import NOON, make_partner
from portal.core import tenancy
from portal.courses.models import Course
from portal.dates.importing import runs
from portal.dates.importing.page import import_stock_of
from portal.dates.importing.report import CatalogReport
from portal.dates.importing.turn import take_import_turn
from portal.dates.models import CourseDate
from portal.dates.operations import lock_date
from portal.dates.tests.factories import make_date
from portal.dates.tests.shop_catalog import make_shop_course, shelf, take_in  # noqa: F401 -- shelf is a fixture
from portal.partners.models import Partner
from tests.threads import wait_for_waiters

pytestmark = pytest.mark.django_db(transaction=True)

LATER = NOON + timedelta(hours=1)
EARLIER = LATER - timedelta(minutes=5)


@pytest.fixture
def partner() -> Partner:
    with tenancy.system("tests", actor="test"):
        return make_partner("Kochschule Ada", 1)


def test_stock_waits_for_orders_that_lock_dates_as_they_come_upon_them(partner):
    with tenancy.system("tests", actor="test"):
        first, second = make_date(partner), make_date(partner)

    def read_stock() -> None:
        try:
            import_stock_of([first.pk, second.pk], {first.sku: 3, second.sku: 5}, CatalogReport(), at=NOON)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with tenancy.system("tests", actor="shop"):
            take_import_turn()
            lock_date(second)
            stock = pool.submit(read_stock)
            wait_for_waiters(1)
            lock_date(first)
        stock.result(timeout=10)

    with tenancy.system("tests"):
        assert list(CourseDate.objects.order_by("pk").values_list("capacity", flat=True)) == [3, 5]


def test_what_a_newer_reading_has_seen_is_not_gone_because_an_older_one_comes_by_later(
    shelf,  # noqa: F811 -- the fixture imported above
    partner,
):
    course = make_shop_course()
    take_in(course)

    class WithAnOlderOneBeside(type(shelf)):
        """Between the last page and what is withdrawn."""

        def _pages(self, limit, ids=None):
            yield from super()._pages(limit, ids)
            take_in(course, at=EARLIER)

    shelf.__class__, usual = WithAnOlderOneBeside, shelf.__class__
    shelf.courses_offered = [course]
    try:
        report = runs.import_all(at=LATER)
    finally:
        shelf.__class__ = usual

    with tenancy.system("tests"):
        row = CourseDate.objects.get()
        assert (report.gone, row.shop_state, row.shop_read_at) == (0, "on_sale", LATER)
        assert Course.objects.values_list("is_on_sale", "shop_read_at").get() == (True, LATER)
