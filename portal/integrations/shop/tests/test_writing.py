"""The shop that is written is one that Magento might have written."""

from portal.integrations.shop import PaymentStatus
from portal.integrations.shop.tests.conftest import NOON, ON_SATURDAY, ON_SUNDAY, SATURDAY, SUNDAY
from portal.integrations.shop.writing import NewCourse, NewDate


def test_dates_tell_the_free_spots(shop):
    shop.add_sushi()
    placed = shop.order(ON_SATURDAY)
    shop.order(ON_SUNDAY)
    shop.writer.cancel(placed.order_id, qty=1, at=NOON)

    found = [
        (day.sku, day.course, day.starts_at, day.spots_available) for day in shop.writer.stock.dates(at=NOON)
    ]

    assert found == [(ON_SATURDAY, "Sushi-Kurs", SATURDAY, 9), (ON_SUNDAY, "Sushi-Kurs", SUNDAY, 0)]
    assert [day.sku for day in shop.writer.stock.dates(at=SATURDAY)] == [ON_SUNDAY]


def test_dates_include_courses_without_choice(shop):
    shop.writer.shelf.add_course(
        NewCourse("GIN", "Gin-Tasting", "10002", 5990, [NewDate(SATURDAY)], is_single=True), at=NOON
    )

    [day] = shop.writer.stock.dates(at=NOON)

    assert (day.sku, day.course, day.partner, day.price_cents) == ("GIN", "Gin-Tasting", "10002", 5990)


def test_a_whole_cancelled_order_changes_its_state(shop):
    shop.add_sushi()
    placed = shop.order(ON_SATURDAY, ON_SUNDAY)

    shop.writer.cancel(placed.order_id, at=NOON)

    order = shop.read(placed)
    assert (order.state, [line.participants for line in order.lines]) == ("canceled", [0, 0])


def test_a_whole_refunded_order_is_closed(shop):
    shop.add_sushi()
    placed = shop.order(ON_SATURDAY)

    shop.writer.refund(placed.order_id, placed.item_ids[0], 2, at=NOON)

    order = shop.read(placed)
    assert (order.state, order.payment_status) == ("closed", PaymentStatus.REFUNDED)


def test_the_row_below_keeps_a_cancelled_quantity_of_zero(shop):
    shop.add_sushi()
    placed = shop.order(ON_SATURDAY)

    shop.writer.cancel(placed.order_id, at=NOON)

    rows = shop.writer.rows.rows(
        "SELECT sku, qty_ordered, qty_canceled FROM {sales_order_item} ORDER BY item_id"
    )
    assert rows == [(ON_SATURDAY, 2, 2), (ON_SATURDAY, 2, 0)]
