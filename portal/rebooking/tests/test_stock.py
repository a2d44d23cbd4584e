"""A booking moves, and the shop's stock follows: read back from the small shop as the portal reads every shop."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from portal.bookings import operations
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.sweeps import settle_decisions
from portal.bookings.tests import recount
from portal.bookings.tests.looking import fresh
from portal.bookings.tests.moving import declined, rebook
from portal.conftest import NOON
from portal.core import jobs
from portal.dates.models import CourseDate
from portal.rebooking.models import StockChange
from portal.rebooking.stock_subscribers import move_stock
from portal.rebooking.tests.stocking import (
    HOUR,
    LATER,
    WRITER,
    correct_stock,
    date,
    drifts,
    move,
    read_shop,
    run_stock,
    shown,
    sold_and_declined,
    sold_on,
    stock,
    told,
)


@pytest.fixture
def booking(adas_partner, settings, time_machine):
    return sold_and_declined(settings, time_machine)


def test_after_a_rebooking_the_shop_sells_more_of_the_one_date_and_fewer_of_the_other(booking, run_jobs):
    move(booking, "SECOND")
    assert (stock(), shown(), drifts()) == ([8, 10, 10], [8, 8, 10], [0, 0, 0])

    assert run_stock(run_jobs) == 2

    assert (stock(), shown(), drifts()) == ([10, 8, 10], [10, 8, 10], [0, 0, 0])
    assert sold_on() == ["SECOND"]
    read_shop()
    assert (stock(), shown(), drifts()) == ([10, 8, 10], [10, 8, 10], [0, 0, 0])
    assert recount.differences() == []


def test_fewer_are_written_before_more(booking):
    move(booking, "SECOND")
    move_stock(told(booking, "booking.rebooked"))

    changes = StockChange.objects.order_by("id")
    assert list(changes.values_list("course_date__sku", "delta")) == [("SECOND", -2), ("FIRST", 2)]
    waiting = ProcrastinateJob.objects.filter(task_name="rebooking.correct_stock").order_by("id")
    assert [job.args["change_id"] for job in waiting] == [change.pk for change in changes]
    assert {job.queue_name for job in waiting} == {"stock"}


def test_what_moved_is_asked_for_once_however_often_the_job_runs(booking, run_jobs):
    move(booking, "SECOND")
    event = told(booking, "booking.rebooked")
    for _again in range(3):
        move_stock(event)

    assert run_stock(run_jobs) == 2
    move_stock(event)

    assert (run_stock(run_jobs), StockChange.objects.count(), stock()) == (0, 2, [10, 8, 10])


def test_half_of_it_is_no_drift_either(booking, run_jobs):
    move(booking, "SECOND")
    move_stock(told(booking, "booking.rebooked"))
    (_fewer, more) = ProcrastinateJob.objects.filter(task_name="rebooking.correct_stock").order_by("id")
    ProcrastinateJob.objects.filter(pk=more.pk).update(status="doing")

    run_jobs("rebooking.correct_stock")

    assert (stock(), sold_on(), drifts()) == ([8, 8, 10], ["FIRST", "SECOND"], [0, 0, 0])
    read_shop()
    assert (drifts(), recount.differences()) == ([0, 0, 0], [])


def test_a_second_move_works_from_where_the_sale_is(booking, run_jobs):
    second = move(booking, "SECOND")
    run_stock(run_jobs)
    declined(second, at=LATER)

    move(second, "THIRD")
    run_stock(run_jobs)

    read_shop()
    assert (stock(), sold_on(), drifts(), shown()) == ([10, 10, 8], ["THIRD"], [0, 0, 0], [10, 10, 8])
    assert recount.differences() == []


def test_a_second_move_before_the_first_was_made_ends_the_same(booking, run_jobs):
    second = move(booking, "SECOND")
    declined(second, at=LATER)
    move(second, "THIRD")

    run_stock(run_jobs)

    read_shop()
    assert (stock(), sold_on(), drifts(), recount.differences()) == ([10, 10, 8], ["THIRD"], [0, 0, 0], [])


@pytest.mark.parametrize("is_turned", [False, True])
def test_two_moves_told_in_either_order_are_not_mixed(booking, run_jobs, is_turned):
    second = move(booking, "SECOND")
    move_stock(told(booking, "booking.rebooked"))
    declined(second, at=LATER)
    move(second, "THIRD")
    move_stock(told(second, "booking.rebooked"))
    changes = list(StockChange.objects.order_by("-id" if is_turned else "id"))

    for change in changes:
        job = ProcrastinateJob.objects.get(task_name="rebooking.correct_stock", args__change_id=change.pk)
        correct_stock(job)

    read_shop()
    assert (stock(), sold_on(), drifts(), recount.differences()) == ([10, 10, 8], ["THIRD"], [0, 0, 0], [])


def test_who_comes_back_to_the_first_date_is_sold_there_again(booking, run_jobs):
    second = move(booking, "SECOND")
    run_stock(run_jobs)
    declined(second, at=LATER)

    move(second, "FIRST")
    run_stock(run_jobs)

    read_shop()
    assert (stock(), sold_on(), drifts(), recount.differences()) == ([8, 10, 10], ["FIRST"], [0, 0, 0], [])


def test_a_candidate_moves_the_stock_once_it_is_the_booking(booking, run_jobs):
    operations.confirm_booking(booking_back(booking), by=By("staff"), at=NOON)
    settle_decisions(LATER)
    candidate = rebook(fresh(booking), date("SECOND"))
    run_stock(run_jobs)
    assert (candidate.is_candidate, stock()) == (True, [8, 10, 10])

    operations.confirm_booking(candidate, by=By("portal"), at=LATER)
    settle_decisions(LATER + HOUR)
    run_stock(run_jobs)

    read_shop()
    assert (fresh(booking).status, fresh(candidate).is_candidate) == ("rebooked", False)
    assert (stock(), sold_on(), drifts(), recount.differences()) == ([10, 8, 10], ["SECOND"], [0, 0, 0], [])


def booking_back(booking):
    """As the partner would have left it by confirming."""
    Booking.objects.filter(pk=booking.pk).update(
        status="pending", declined_at=None, decline_reason="", settles_at=None, settled_at=None
    )
    return fresh(booking)


# --- Where the shop is not to be written, or does not know a date


def test_without_the_right_nothing_is_written_and_the_smaller_number_is_shown(booking, run_jobs, settings):
    settings.STOCK_WRITER = ""
    move(booking, "SECOND")

    assert run_stock(run_jobs) == 0

    read_shop()
    assert (stock(), shown(), drifts()) == ([8, 10, 10], [8, 8, 10], [0, 0, 0])
    assert (sold_on(), StockChange.objects.count(), recount.differences()) == (["FIRST"], 0, [])


def test_what_was_moved_before_the_right_came_is_caught_up_with_the_next_move(booking, run_jobs, settings):
    settings.STOCK_WRITER = ""
    second = move(booking, "SECOND")
    run_stock(run_jobs)
    declined(second, at=LATER)
    settings.STOCK_WRITER = WRITER

    move(second, "THIRD")
    run_stock(run_jobs)

    read_shop()
    assert (stock(), sold_on(), drifts(), recount.differences()) == ([10, 10, 8], ["THIRD"], [0, 0, 0], [])


def test_a_right_that_is_taken_away_holds_what_waits(booking, settings):
    move(booking, "SECOND")
    move_stock(told(booking, "booking.rebooked"))
    settings.STOCK_WRITER = ""

    with pytest.raises(jobs.Hold, match="MAGENTO_STOCK_WRITE"):
        correct_stock(ProcrastinateJob.objects.filter(task_name="rebooking.correct_stock").first())


@pytest.mark.parametrize(
    ("sku", "values", "expected"),
    [
        ("SECOND", {"magento_product_id": None, "sku": "", "made_by": "portal"}, [("FIRST", 2)]),
        ("SECOND", {"shop_state": "gone"}, [("FIRST", 2)]),
        ("FIRST", {"shop_state": "gone"}, [("SECOND", -2)]),
        ("SECOND", {"shop_state": "off_sale"}, [("SECOND", -2), ("FIRST", 2)]),
    ],
)
def test_a_date_that_the_shop_does_not_know_is_left_alone(booking, sku, values, expected):
    target = date("SECOND")
    CourseDate.objects.filter(sku=sku).update(**values)
    rebook(fresh(booking), fresh_date(target))

    move_stock(told(booking, "booking.rebooked"))

    changes = StockChange.objects.order_by("id")
    assert list(changes.values_list("course_date__sku", "delta")) == expected


def fresh_date(target):
    return CourseDate.objects.get(pk=target.pk)
