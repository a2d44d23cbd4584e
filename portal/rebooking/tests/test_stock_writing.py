"""One correction of the shop's stock, with a shop that fails, moves and forgets to answer: never made twice."""

from datetime import timedelta
from decimal import Decimal

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from portal.bookings.models import Booking
from portal.conftest import NOON
from portal.core import jobs, keys, tenancy
from portal.core.turns import Busy
from portal.dates.models import CourseDate, SeatEntry
from portal.dates.tests.seats import seats
from portal.integrations.keys import look_at_key
from portal.integrations.shop.rest import ShopWriteUnavailable
from portal.integrations.shop.rest.tests.test_contract import configure
from portal.rebooking.models import StockChange
from portal.rebooking.stock_subscribers import take_stock_back
from portal.rebooking.tests.correcting import cancelled, correct, in_shop, known, moved, writes
from tests.magento_rest import MagentoRest
from tests.magento_stock import ALL_RIGHTS, Storehouse


@pytest.fixture(params=[True, False], ids=["sources", "stock items"])
def shop(request, settings, adas_partner, time_machine):
    time_machine.move_to(NOON, tick=False)
    with MagentoRest(rights=set(ALL_RIGHTS), store=Storehouse(has_sources=request.param)) as server:
        configure(settings, server)
        settings.STOCK_WRITER = "portal.integrations.shop.rest.magento.stock_writer"
        yield server


@pytest.fixture
def fewer(shop, adas_partner):
    """A booking of two has moved to a date of which the shop has ten in stock: there it should have eight."""
    return moved(shop, adas_partner)


def test_the_number_is_kept_then_written_then_done(shop, fewer):
    correct(fewer)

    assert (in_shop(shop, fewer), known(fewer)) == (8, (10, 8, True))
    date = CourseDate.objects.get(pk=fewer.course_date_id)
    assert (date.shop_salable, date.shop_total, seats(date).drift) == (8, 10, 0)
    assert list(Booking.objects.filter(course_date=date).values_list("is_sold_here", flat=True)) == [True]


def test_what_is_done_is_not_done_again(shop, fewer):
    for _again in range(3):
        correct(fewer)

    assert (in_shop(shop, fewer), writes(shop)) == (8, 1)


@pytest.mark.parametrize(
    ("failure", "is_written"), [("drop_before", False), ("internal", False), ("drop_after", True)]
)
def test_a_kill_between_plan_and_write_or_an_answer_that_is_lost_writes_once(
    shop, fewer, failure, is_written
):
    shop.fail_next(failure, method="POST" if shop.store.has_sources else "PUT")
    with pytest.raises(ShopWriteUnavailable):
        correct(fewer)
    assert (in_shop(shop, fewer), known(fewer)) == (8 if is_written else 10, (10, 8, False))

    correct(fewer)

    assert (in_shop(shop, fewer), known(fewer), writes(shop)) == (8, (10, 8, True), 1)


def test_a_shop_that_does_not_answer_a_question_leaves_nothing_behind(shop, fewer):
    shop.fail_next("drop_before", method="GET")
    with pytest.raises(ShopWriteUnavailable):
        correct(fewer)

    assert known(fewer) == (None, None, False)


@pytest.mark.parametrize("failure", ["bad_request", "forbidden"])
def test_a_correction_that_the_shop_refuses_waits_for_staff_and_is_planned_anew(shop, fewer, failure):
    shop.fail_next(failure, method="POST" if shop.store.has_sources else "PUT")
    with pytest.raises(jobs.GiveUp, match="The shop refuses the new stock: No"):
        correct(fewer)
    assert (in_shop(shop, fewer), known(fewer)) == (10, (None, None, False))

    shop.store.products[fewer.course_date.sku].quantity = 7
    correct(fewer)

    assert (in_shop(shop, fewer), known(fewer)) == (5, (7, 5, True))


def test_a_refusal_after_a_lost_answer_keeps_the_plan(shop, fewer):
    method = "POST" if shop.store.has_sources else "PUT"
    for failure, error in (("drop_before", ShopWriteUnavailable), ("bad_request", jobs.GiveUp)):
        shop.fail_next(failure, method=method)
        with pytest.raises(error):
            correct(fewer)

    assert known(fewer) == (10, 8, False)


def test_what_the_shop_has_refused_is_not_taken_back_when_the_order_is_cancelled(shop, fewer):
    shop.fail_next("bad_request", method="POST" if shop.store.has_sources else "PUT")
    with pytest.raises(jobs.GiveUp):
        correct(fewer)

    take_stock_back(cancelled(fewer))

    assert not StockChange.objects.exists()
    # Started again by staff, who could not know.
    correct(fewer)
    assert (in_shop(shop, fewer), writes(shop)) == (10, 0)


def test_what_may_have_been_made_is_taken_back_when_the_order_is_cancelled(shop, fewer):
    shop.fail_next("drop_after", method="POST" if shop.store.has_sources else "PUT")
    with pytest.raises(ShopWriteUnavailable):
        correct(fewer)

    take_stock_back(cancelled(fewer))

    back = StockChange.objects.get(reason="cancelled")
    assert (back.course_date, back.delta) == (fewer.course_date, 2)
    with pytest.raises(Busy):
        correct(back)
    correct(fewer)
    correct(back)
    assert in_shop(shop, fewer) == 10


def test_a_key_that_is_refused_holds_the_correction_until_it_is_accepted(shop, fewer, time_machine):
    shop.rights.clear()
    for _again in range(2):
        with pytest.raises(jobs.Hold):
            correct(fewer)
    assert (len(shop.calls), keys.refused_since("stock"), keys.refused_since("order comments")) == (
        1,
        NOON,
        None,
    )

    shop.rights |= ALL_RIGHTS
    shop.store.products[fewer.course_date.sku].quantity = 6
    time_machine.move_to(NOON + keys.LOOK_AGAIN_EVERY, tick=False)
    look_at_key("stock")
    correct(fewer)

    assert (in_shop(shop, fewer), known(fewer)) == (4, (6, 4, True))


def test_a_key_that_may_only_read_plans_nothing_for_good(shop, fewer):
    if shop.store.has_sources:
        shop.rights.discard("Magento_InventoryApi::stock_source_item_assign")
    else:
        shop.fail_next("unauthorized", method="PUT")

    with pytest.raises(jobs.Hold):
        correct(fewer)

    assert (in_shop(shop, fewer), known(fewer)) == (10, (None, None, False))


def test_when_nobody_can_tell_whether_it_was_made_it_is_not_made_again(shop, fewer):
    shop.fail_next("drop_after", method="POST" if shop.store.has_sources else "PUT")
    with pytest.raises(ShopWriteUnavailable):
        correct(fewer)
    # Somebody is invoiced meanwhile.
    shop.store.products[fewer.course_date.sku].quantity = 7

    with pytest.raises(jobs.GiveUp, match=r"was to go from 10 to 8, and the shop now says 7: whether"):
        correct(fewer)

    assert (in_shop(shop, fewer), writes(shop), known(fewer)) == (7, 1, (10, 8, True))
    # Started again by staff: there is nothing left to do.
    correct(fewer)
    assert (in_shop(shop, fewer), writes(shop)) == (7, 1)


def test_a_date_whose_stock_the_shop_does_not_keep_is_done_without_a_number(shop, fewer):
    shop.store.products[fewer.course_date.sku].is_managed = False

    correct(fewer)

    assert (known(fewer), writes(shop)) == ((None, None, True), 0)
    assert CourseDate.objects.get(pk=fewer.course_date_id).shop_salable == 10


def test_a_date_that_is_gone_waits_for_staff(shop, fewer):
    del shop.store.products[fewer.course_date.sku]

    with pytest.raises(jobs.GiveUp, match="The date is not in the shop any more"):
        correct(fewer)

    assert known(fewer) == (None, None, False)


def test_two_corrections_of_one_product_never_read_over_each_other(shop, fewer, adas_partner):
    other = moved(shop, adas_partner, fewer.course_date)
    shop.fail_next("drop_after", method="POST" if shop.store.has_sources else "PUT")
    with pytest.raises(ShopWriteUnavailable):
        correct(fewer)

    with pytest.raises(Busy):
        correct(other)
    correct(fewer)
    correct(other)

    assert (in_shop(shop, fewer), known(fewer), known(other)) == (6, (10, 8, True), (8, 6, True))


def test_the_next_reading_of_the_shop_looks_at_both_dates(shop, fewer):
    long_ago = NOON - timedelta(days=1)
    with tenancy.system("tests"):
        SeatEntry.objects.update(changed_at=long_ago)

    for change in StockChange.objects.all():
        correct(change)

    assert SeatEntry.objects.filter(changed_at=long_ago).count() == 0


def test_quantities_with_a_fraction_are_compared_to_the_letter(shop, fewer):
    shop.store.products[fewer.course_date.sku].quantity = 10.1
    shop.fail_next("drop_after", method="POST" if shop.store.has_sources else "PUT")
    with pytest.raises(ShopWriteUnavailable):
        correct(fewer)

    correct(fewer)

    assert known(fewer) == (Decimal("10.1"), Decimal("8.1"), True)


def test_staff_see_the_order_whose_stock_waits(shop, fewer, mona_client):
    ProcrastinateJob.objects.filter(task_name="rebooking.correct_stock").update(status="failed")

    page = mona_client.get("/manage/waiting").content.decode()

    # Apostrophes are escaped.
    assert "Correct the shop&#x27;s stock after a rebooking" in page
    assert fewer.booking.order_number in page
