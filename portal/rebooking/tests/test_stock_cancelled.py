"""The order of a booking that has moved is cancelled, refunded or edited, whole or in part: the stock of both dates."""

import pytest
from django.db import connection

from portal.bookings.importing import runs as orders
from portal.bookings.models import Booking
from portal.bookings.tests import recount
from portal.bookings.tests.looking import fresh
from portal.bookings.tests.moving import declined, promised, rebook
from portal.core.models import Event
from portal.integrations.shop.embedded import shop_writer
from portal.integrations.shop.writing import OrderItem
from portal.rebooking.models import StockChange
from portal.rebooking.stock_subscribers import move_stock, take_stock_back
from portal.rebooking.tests.stocking import (
    HOUR,
    LATER,
    cancel,
    date,
    drifts,
    move,
    read_shop,
    refund,
    run_stock,
    run_stock_twice,
    shown,
    sold_and_declined,
    sold_on,
    stock,
    told,
)


@pytest.fixture
def booking(adas_partner, settings, time_machine):
    return sold_and_declined(settings, time_machine)


def test_an_order_cancelled_after_the_correction_is_corrected_back(booking, run_jobs):
    second = move(booking, "SECOND")
    run_stock(run_jobs)

    cancel(second)
    assert (fresh(second).status, stock()) == ("cancelled", [12, 8, 10])
    assert run_stock(run_jobs) == 2

    assert (drifts(), shown()) == ([0, 0, 0], [10, 10, 10])
    read_shop()
    assert (stock(), sold_on(), drifts(), shown()) == ([10, 10, 10], [], [0, 0, 0], [10, 10, 10])
    assert recount.differences() == []


def test_an_order_cancelled_before_the_correction_was_made_ends_where_it_began(booking, run_jobs):
    second = move(booking, "SECOND")
    move_stock(told(booking, "booking.rebooked"))
    cancel(second)

    run_stock(run_jobs)

    read_shop()
    assert (stock(), sold_on(), drifts(), recount.differences()) == ([10, 10, 10], [], [0, 0, 0], [])


def test_an_edited_order_is_corrected_for_the_booking_that_carries_on(booking, run_jobs):
    second = move(booking, "SECOND")
    run_stock(run_jobs)
    with connection.cursor() as cursor:
        shop_writer(cursor).edit_order(second.magento_order_id, [OrderItem("FIRST", 2)], at=LATER + HOUR)
    orders.import_all(at=LATER + HOUR)
    run_stock(run_jobs)

    read_shop()
    assert (stock(), sold_on(), drifts(), shown()) == ([10, 8, 10], ["SECOND"], [0, 0, 0], [10, 8, 10])
    heir = Booking.objects.get(is_sold_here=True)
    assert (heir.magento_order_id != second.magento_order_id, recount.differences()) == (True, [])


def test_an_order_cancelled_before_anybody_heard_of_the_move_needs_no_correction(booking, run_jobs):
    second = move(booking, "SECOND")
    cancel(second)

    take_stock_back(told(second, "booking.cancelled"))
    move_stock(told(booking, "booking.rebooked"))

    assert (run_stock(run_jobs), StockChange.objects.count()) == (0, 0)
    read_shop()
    assert (stock(), sold_on(), drifts()) == ([10, 10, 10], [], [0, 0, 0])


def test_without_the_right_a_cancellation_leaves_no_drift(booking, run_jobs, settings):
    settings.STOCK_WRITER = ""
    second = move(booking, "SECOND")
    cancel(second)

    run_stock(run_jobs)

    read_shop()
    assert (stock(), sold_on(), drifts(), shown()) == ([10, 10, 10], [], [0, 0, 0], [10, 10, 10])
    assert recount.differences() == []


@pytest.mark.parametrize("qty", [1, None])
def test_nobody_moved_and_nothing_happens(booking, run_jobs, qty):
    cancel(booking, qty=qty)

    assert (run_stock(run_jobs), StockChange.objects.count()) == (0, 0)
    assert Event.objects.filter(kind="booking.sale_changed").count() == 0


# --- A part of it


PARTS = {"cancelled": cancel, "refunded": refund}


@pytest.mark.parametrize("way", PARTS)
def test_a_part_that_goes_after_the_move_is_corrected_on_both_dates(booking, run_jobs, way):
    second = move(booking, "SECOND")
    run_stock(run_jobs)

    PARTS[way](second, qty=1)
    assert stock() == [11, 8, 10]
    assert run_stock_twice(run_jobs) == 2

    assert (stock(), drifts(), shown()) == ([10, 9, 10], [0, 0, 0], [10, 9, 10])
    read_shop()
    assert (stock(), sold_on(), drifts(), shown()) == ([10, 9, 10], ["SECOND"], [0, 0, 0], [10, 9, 10])
    changes = StockChange.objects.filter(reason="changed").order_by("id")
    assert list(changes.values_list("course_date__sku", "delta")) == [("FIRST", -1), ("SECOND", 1)]
    assert recount.differences() == []


@pytest.mark.parametrize("way", PARTS)
def test_the_rest_that_goes_after_a_part_leaves_nothing(booking, run_jobs, way):
    second = move(booking, "SECOND")
    run_stock(run_jobs)

    for _part in range(2):
        PARTS[way](second, qty=1)
        assert run_stock_twice(run_jobs) == 2

    read_shop()
    assert (fresh(second).status, stock(), sold_on()) == ("cancelled", [10, 10, 10], [])
    assert (drifts(), shown(), recount.differences()) == ([0, 0, 0], [10, 10, 10], [])


def test_a_part_that_goes_after_the_new_date_was_declined_is_corrected_too(booking, run_jobs):
    second = declined(move(booking, "SECOND"), at=LATER)
    run_stock(run_jobs)

    cancel(second, qty=1)
    assert run_stock_twice(run_jobs) == 2

    read_shop()
    assert (stock(), drifts(), shown()) == ([10, 9, 10], [0, 0, 0], [10, 9, 10])
    assert (fresh(second).staff_question, recount.differences()) == ("changed_after_decline", [])


def test_a_part_that_goes_before_the_move_was_corrected_is_corrected_with_it(booking, run_jobs):
    second = move(booking, "SECOND")
    move_stock(told(booking, "booking.rebooked"))
    cancel(second, qty=1)

    run_stock_twice(run_jobs)

    assert list(StockChange.objects.order_by("id").values_list("delta", flat=True)) == [-1, 1]
    read_shop()
    assert (stock(), sold_on(), drifts(), recount.differences()) == ([10, 9, 10], ["SECOND"], [0, 0, 0], [])


def test_a_part_that_goes_before_the_move_is_not_part_of_it(booking, run_jobs):
    cancel(booking, qty=1)
    move(booking, "SECOND")

    assert run_stock_twice(run_jobs) == 2

    read_shop()
    assert (stock(), sold_on(), drifts(), recount.differences()) == ([10, 9, 10], ["SECOND"], [0, 0, 0], [])


def test_a_part_that_goes_while_another_date_is_only_asked_for_needs_no_correction(booking, run_jobs):
    second = move(booking, "SECOND")
    run_stock(run_jobs)
    promised(second, at=LATER)
    rebook(fresh(second), date("THIRD"))

    cancel(second, qty=1)
    assert run_stock_twice(run_jobs) == 2

    read_shop()
    assert (stock(), sold_on(), drifts(), recount.differences()) == ([10, 9, 10], ["SECOND"], [0, 0, 0], [])


def test_a_part_that_goes_without_the_right_leaves_no_drift(booking, run_jobs, settings):
    settings.STOCK_WRITER = ""
    second = move(booking, "SECOND")

    cancel(second, qty=1)

    assert run_stock(run_jobs) == 0
    read_shop()
    assert (stock(), sold_on(), drifts(), recount.differences()) == ([9, 10, 10], ["FIRST"], [0, 0, 0], [])
