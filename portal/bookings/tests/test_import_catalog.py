"""Orders and the catalog tell of the same dates: the one truth is the catalog's, as soon as it was read."""

import time as clock
from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from portal.bookings.models import Booking
from portal.bookings.tests.shop_orders import LATER, make_line, make_order
from portal.bookings.tests.shop_orders import take_in as take_in_orders
from portal.conftest import NOON, make_partner
from portal.core import tenancy
from portal.dates import operations
from portal.dates.models import CourseDate
from portal.dates.plans import plan_of
from portal.dates.seats import seats_of
from portal.dates.tests.shop_catalog import make_shop_course, make_shop_date
from portal.dates.tests.shop_catalog import take_in as take_in_catalog
from tests.threads import run_together

TOMORROW = NOON + timedelta(days=1)


def reread_orders(run_jobs) -> list[list[int]]:
    """Orders that were queued to be read again."""
    run_jobs("core.run_subscriber")
    found = ProcrastinateJob.objects.filter(task_name="bookings.import_orders").order_by("id")
    return [job.args["order_ids"] for job in found]


def test_an_order_describes_a_date_until_the_catalog_was_read(adas_partner):
    take_in_orders(make_order())
    first = CourseDate.objects.get()

    take_in_catalog(make_shop_course(make_shop_date(location="Markt 1", salable=6)), at=LATER)

    row = CourseDate.objects.get()
    assert (first.location, first.price_cents, first.capacity) == ("Marktplatz 1, München", 8900, None)
    assert (row.pk, row.location, row.capacity, row.shop_total) == (first.pk, "Markt 1", 8, 8)


def test_the_store_view_of_a_customer_does_not_describe_the_date_anew(adas_partner):
    take_in_catalog(make_shop_course())

    english = make_line(12, location="Market Square 1", starts_time=time(19, 0), date_price_cents=4000)
    take_in_orders(make_order(), make_order(english, order_id=2, language="en"), at=LATER)

    row = CourseDate.objects.get()
    assert (row.location, row.starts_time, row.price_cents) == ("Marktplatz 1, München", time(18), 8900)
    assert (row.sequence, row.shop_read_at) == (0, NOON)
    assert Booking.objects.filter(course_date=row).count() == 2


def test_the_first_sale_tells_the_price_that_a_catalog_without_tax_does_not(adas_partner):
    take_in_catalog(make_shop_course(make_shop_date(price_cents=None)))

    take_in_orders(make_order(), at=LATER)
    take_in_orders(make_order(make_line(12, date_price_cents=4000), order_id=2), at=LATER)
    take_in_catalog(make_shop_course(make_shop_date(price_cents=None)), at=TOMORROW)

    assert CourseDate.objects.get().price_cents == 8900


def test_an_order_takes_seats_of_the_date_and_is_no_drift(adas_partner):
    take_in_catalog(make_shop_course())

    take_in_orders(make_order(), at=LATER)

    row = CourseDate.objects.get()
    seats = seats_of([row], at=LATER)[row.pk]
    assert (seats.booked, seats.shop_sold, seats.free, seats.drift) == (2, 2, 6, 0)


def test_orders_of_a_date_that_the_shop_moves_are_read_again(adas_partner, run_jobs):
    take_in_catalog(make_shop_course())
    take_in_orders(make_order(), make_order(make_line(12), order_id=2), make_order(make_line(13), order_id=3))
    take_in_orders(make_order(make_line(13, participants=0), order_id=3, state="canceled"))

    take_in_catalog(make_shop_course(make_shop_date(starts_on=date(2030, 5, 9))), at=LATER)

    assert reread_orders(run_jobs) == [[1, 2]]


def test_orders_that_came_before_the_shop_followed_the_partners_new_hour_are_read_again(
    adas_partner, run_jobs
):
    take_in_catalog(make_shop_course())
    moved = replace(plan_of(CourseDate.objects.get()), starts_time=time(19, 0), ends_time=None)
    operations.change_date(CourseDate.objects.get(), moved, actor="user:1", at=NOON)
    take_in_orders(make_order())

    take_in_catalog(make_shop_course(make_shop_date(starts_time=time(19, 0))), at=LATER)

    assert reread_orders(run_jobs) == [[1]]


def test_other_changes_of_a_date_read_no_order_again(adas_partner, run_jobs):
    take_in_catalog(make_shop_course())
    take_in_orders(make_order())

    take_in_catalog(make_shop_course(make_shop_date(location="Markt 1", is_on_sale=False)), at=LATER)

    assert reread_orders(run_jobs) == []


def test_a_moved_date_without_bookings_reads_no_order(adas_partner, run_jobs):
    take_in_catalog(make_shop_course())

    take_in_catalog(make_shop_course(make_shop_date(starts_on=date(2030, 5, 9))), at=LATER)

    assert reread_orders(run_jobs) == []


# --- At the same moment


@pytest.fixture
def partner(transactional_db):
    with tenancy.system("tests", actor="test"):
        return make_partner("Kochschule Ada", 1)


@pytest.mark.parametrize("is_order_first", [True, False])
def test_orders_and_catalog_at_once_make_a_date_once(partner, is_order_first):
    calls = [lambda: take_in_orders(make_order()), lambda: take_in_catalog(make_shop_course())]
    first, second = calls if is_order_first else reversed(calls)

    def first_slowly() -> None:
        with tenancy.system("tests"):
            first()
            clock.sleep(0.5)

    def second_meanwhile() -> None:
        clock.sleep(0.2)
        second()

    assert run_together(first_slowly, second_meanwhile) == [None, None]
    with tenancy.system("tests"):
        row = CourseDate.objects.get()
        assert (row.shop_read_at, Booking.objects.get().course_date) == (NOON, row)


@pytest.mark.parametrize("way", ["catalog", "orders"])
def test_what_a_partner_edits_meanwhile_is_not_overwritten(partner, way):
    take_in_orders(make_order(make_line(starts_on=None, starts_time=None)))
    with tenancy.system("tests"):
        row = CourseDate.objects.get()

    def edit() -> None:
        with tenancy.scope(partner_ids=[partner.pk]):
            locked = operations.lock_date(row)
            clock.sleep(0.5)
            locked.location = "Hinterhof"
            locked.save()

    def read() -> None:
        clock.sleep(0.2)
        if way == "catalog":
            day = make_shop_date(starts_on=None, starts_time=None, ends_time=time(22, 0))
            take_in_catalog(make_shop_course(day), at=LATER)
        else:
            line = make_line(starts_on=None, starts_time=None, ends_time=time(22, 0), participants=1)
            take_in_orders(make_order(line), at=LATER)

    assert [each for each in run_together(edit, read) if isinstance(each, Exception)] == []
    with tenancy.system("tests"):
        row.refresh_from_db()
    assert (row.location, row.ends_time) == ("Hinterhof", time(22, 0))
    assert plan_of(row).location == "Hinterhof"
