"""Several workers with the same correction, with several of one product, or while the order is cancelled."""

import pytest
from django.db import connection

from portal.bookings.queries import thread_of
from portal.conftest import NOON, make_partner
from portal.core import tenancy
from portal.core.models import Event
from portal.core.turns import Busy, turn
from portal.dates.models import CourseDate
from portal.integrations.shop.rest.tests.test_contract import configure
from portal.rebooking import stock
from portal.rebooking.models import StockChange
from portal.rebooking.stock_subscribers import move_stock, take_stock_back
from portal.rebooking.tests.correcting import cancelled, correct, in_shop, moved, writes
from tests.magento_rest import MagentoRest
from tests.magento_stock import ALL_RIGHTS
from tests.threads import run_together


@pytest.fixture
def together(request, settings, transactional_db):
    settings.STOCK_WRITER = "portal.integrations.shop.rest.magento.stock_writer"
    with MagentoRest(rights=set(ALL_RIGHTS)) as server:
        configure(settings, server)
        with tenancy.system("tests"):
            partner = make_partner("Kochschule Ada", 21)
            first = moved(server, partner)
            second = moved(server, partner, first.course_date)
        yield server, first, second


def try_to_correct(change):
    def call():
        for _try in range(50):
            try:
                return stock.correct(change.partner_id, change.pk, at=NOON)
            except Busy:
                continue
        raise AssertionError("never had the turn")

    return call


def test_two_workers_with_the_same_correction_write_it_once(together):
    server, first, _second = together

    results = run_together(*[lambda: stock.correct(first.partner_id, first.pk, at=NOON)] * 4)

    assert {type(each) for each in results} <= {type(None), Busy}
    assert (in_shop(server, first), writes(server)) == (8, 1)


def test_workers_with_several_corrections_of_one_product_lose_none(together):
    server, first, second = together

    results = run_together(*[try_to_correct(each) for each in (first, second, first, second)])

    assert [each for each in results if each is not None and not isinstance(each, AssertionError)] == []
    with tenancy.system("tests"):
        done = StockChange.objects.filter(delta__lt=0, done_at__isnull=False).count()
        date = CourseDate.objects.get(pk=first.course_date_id)
    assert (in_shop(server, first), writes(server), done, date.shop_salable) == (6, 2, 2, 6)


def test_workers_that_hear_of_the_same_move_ask_for_it_once(together):
    _server, first, _second = together
    with tenancy.system("tests"):
        StockChange.objects.filter(booking=first.booking).delete()
        event = Event.objects.get(kind="booking.rebooked", subject_id=first.booking_id)

    results = run_together(*[lambda: move_stock(event)] * 4)

    with tenancy.system("tests"):
        changes = StockChange.objects.filter(booking=first.booking).values_list("delta", flat=True)
        assert (results, sorted(changes)) == ([None] * 4, [-2, 2])


def test_a_correction_whose_order_is_cancelled_between_reading_and_writing_is_not_made(together):
    server, first, _second = together
    event = cancelled(first)

    def hear():
        take_stock_back(event)
        connection.close()

    server.store.between = hear
    stock.correct(first.partner_id, first.pk, at=NOON)

    with tenancy.system("tests"):
        assert not StockChange.objects.filter(booking__in=thread_of(first.booking)).exists()
    assert (in_shop(server, first), writes(server)) == (10, 0)


def test_a_correction_and_the_cancellation_of_its_order_at_one_moment_leave_nothing(together):
    server, first, _second = together
    event = cancelled(first)

    results = run_together(
        lambda: stock.correct(first.partner_id, first.pk, at=NOON), lambda: take_stock_back(event)
    )

    assert results == [None, None]
    with tenancy.system("tests"):
        changes = StockChange.objects.filter(booking__in=thread_of(first.booking))
        on_date = list(changes.filter(course_date=first.course_date).order_by("id"))
    assert [each.delta for each in on_date] in ([], [-2, 2])
    for each in on_date:
        correct(each)
    assert in_shop(server, first) == 10


def test_what_the_shop_is_called_with_holds_no_transaction(together):
    server, first, _second = together
    seen = []
    server.store.between = lambda: seen.append(open_transactions())

    stock.correct(first.partner_id, first.pk, at=NOON)

    assert seen == [0]
    with turn(f"stock {first.course_date.sku.lower()}"):
        pass


def open_transactions():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND state = 'idle in transaction'"
        )
        (number,) = cursor.fetchone()
    connection.close()
    return number
