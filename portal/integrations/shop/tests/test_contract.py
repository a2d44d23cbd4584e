"""What every order source must tell of a shop as Magento leaves it behind: orders, and which changed."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from portal.integrations.shop import LineKind, Mark, PaymentStatus, ShopLine, ShopOrder
from portal.integrations.shop.tests.conftest import (
    ADA,
    NOON,
    ON_SATURDAY,
    ON_SUNDAY,
    SATURDAY,
)
from portal.integrations.shop.writing import NewDate, NewProduct, OrderItem

# --- What an order tells


def test_an_order_of_a_date_is_read_whole(shop):
    course = shop.add_sushi()

    placed = shop.writer.place_order([OrderItem(ON_SATURDAY, 2, note="Nussallergie")], ADA, at=NOON)

    line = ShopLine(
        item_id=placed.item_ids[0],
        kind=LineKind.COURSE,
        product_id=course.product_id,
        course_sku="SUSHI",
        course_name="Sushi-Kurs",
        catalog_name="Sushi-Kurs",
        date_product_id=course.dates[ON_SATURDAY],
        date_sku=ON_SATURDAY,
        partner_value="10001",
        ordered=2,
        participants=2,
        price_cents=17800,
        starts_on=date(2030, 6, 1),
        starts_time=time(18, 30),
        ends_time=time(21, 30),
        duration_minutes=180,
        location="Marktplatz 1, München",
        date_price_cents=8900,
        notes="Hinweise an den Veranstalter: Nussallergie",
        in_catalog=True,
    )
    assert shop.read(placed) == ShopOrder(
        order_id=placed.order_id,
        number=placed.number,
        store_id=1,
        language="de",
        state="processing",
        status="processing",
        created_at=NOON,
        updated_at=NOON,
        currency="EUR",
        payment_status=PaymentStatus.PAID,
        payment_method="paypal_express",
        previous_order_id=None,
        next_order_id=None,
        person=ADA,
        note="",
        lines=(line,),
    )


def test_an_order_may_hold_dates_vouchers_and_goods(shop):
    shop.add_sushi()
    shop.writer.shelf.add_product(
        NewProduct("GUTSCHEIN-50", "Wertgutschein 50 €", 5000, is_voucher=True), at=NOON
    )
    shop.writer.shelf.add_product(NewProduct("APRON", "Schürze", 2500, kind="simple"), at=NOON)

    order = shop.read(shop.order(ON_SATURDAY, "GUTSCHEIN-50", "APRON", ON_SUNDAY))

    assert [(line.kind, line.date_sku, line.partner_value, line.price_cents) for line in order.lines] == [
        (LineKind.COURSE, ON_SATURDAY, "10001", 17800),
        (LineKind.VOUCHER, "GUTSCHEIN-50", "", 10000),
        (LineKind.NOT_A_COURSE, "APRON", "", 5000),
        (LineKind.COURSE, ON_SUNDAY, "10001", 17800),
    ]


def test_the_amount_of_a_row_is_with_tax_and_after_discount(shop):
    shop.add_sushi()

    placed = shop.writer.place_order([OrderItem(ON_SATURDAY, 3, discount_percent=10)], ADA, at=NOON)

    line = shop.read_line(placed)
    assert (line.price_cents, line.date_price_cents) == (24030, 8900)


def test_the_amount_of_a_row_counts_fixed_product_tax(shop):
    shop.add_sushi()
    placed = shop.order(ON_SATURDAY)
    shop.run("UPDATE {sales_order_item} SET weee_tax_applied_row_amount = 1.50 WHERE parent_item_id IS NULL")

    assert shop.read_line(placed).price_cents == 17950


def test_participants_are_ordered_less_cancelled_less_refunded(shop):
    shop.add_sushi()
    placed = shop.writer.place_order([OrderItem(ON_SATURDAY, 5)], ADA, at=NOON)
    [item_id] = placed.item_ids
    later = NOON + timedelta(hours=1)

    shop.writer.cancel(placed.order_id, item_id=item_id, qty=1, at=later)
    shop.writer.refund(placed.order_id, item_id, 2, at=later)

    order = shop.read(placed)
    [line] = order.lines
    assert (line.ordered, line.participants, line.price_cents) == (5, 2, 44500)
    assert (order.state, order.payment_status, order.updated_at) == (
        "processing",
        PaymentStatus.PARTIALLY_REFUNDED,
        later,
    )


def test_an_order_may_have_no_participants_left_without_being_cancelled(shop):
    shop.add_sushi()
    placed = shop.order(ON_SATURDAY)
    shop.run("UPDATE {sales_order_item} SET qty_refunded = 2.0000 WHERE parent_item_id IS NULL")

    order = shop.read(placed)

    assert (order.state, [line.participants for line in order.lines]) == ("processing", [0])


def test_a_refund_of_money_alone_leaves_the_participants(shop):
    shop.add_sushi()
    placed = shop.order(ON_SATURDAY)

    shop.writer.refund_amount(placed.order_id, 1000, at=NOON)

    order = shop.read(placed)
    assert (order.lines[0].participants, order.payment_status) == (2, PaymentStatus.PARTIALLY_REFUNDED)


@pytest.mark.parametrize(
    ("total", "paid", "refunded", "expected"),
    [
        ("178", None, None, PaymentStatus.OPEN),
        ("178", "0", "0", PaymentStatus.OPEN),
        ("178", "100", None, PaymentStatus.PARTIAL),
        ("178", "177.9960", None, PaymentStatus.PAID),
        ("178", "178", None, PaymentStatus.PAID),
        ("0", None, None, PaymentStatus.PAID),
        ("178", "178", "10", PaymentStatus.PARTIALLY_REFUNDED),
        ("178", "178", "178", PaymentStatus.REFUNDED),
        ("178", "100", "100", PaymentStatus.REFUNDED),
    ],
)
def test_the_payment_status_comes_from_the_totals(shop, total, paid, refunded, expected):
    shop.add_sushi()
    placed = shop.order(ON_SATURDAY, state="new", method="banktransfer")
    shop.run(
        "UPDATE {sales_order} SET grand_total = %s, total_paid = %s, total_refunded = %s, total_due = NULL",
        *(total, paid, refunded),
    )

    assert shop.read(placed).payment_status == expected


def test_a_virtual_order_is_complete_as_soon_as_it_is_paid(shop):
    shop.add_sushi()
    placed = shop.order(ON_SATURDAY, state="new", method="banktransfer")
    before = shop.read(placed)

    shop.writer.pay(placed.order_id, at=NOON)

    after = shop.read(placed)
    assert (before.state, before.status, before.payment_status) == ("new", "pending", PaymentStatus.OPEN)
    assert (after.state, after.payment_status) == ("complete", PaymentStatus.PAID)


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_language_is_that_of_the_store_view(shop, language):
    shop.add_sushi()

    order = shop.read(shop.order(ON_SATURDAY, language=language))

    assert (order.language, order.store_id) == (language, {"de": 1, "en": 2}[language])


def test_the_language_of_the_website_counts_when_the_store_view_says_none(shop):
    shop.add_sushi()
    shop.run("UPDATE {core_config_data} SET scope = 'websites', scope_id = 1 WHERE scope = 'stores'")

    assert shop.read(shop.order(ON_SATURDAY, language="de")).language == "en"


def test_an_edited_order_and_its_successor_know_each_other(shop):
    shop.add_sushi()
    placed = shop.order(ON_SATURDAY)

    edited = shop.writer.edit_order(placed.order_id, [OrderItem(ON_SUNDAY, 1)], at=NOON)

    old, new = shop.source.orders([placed.order_id, edited.order_id])
    assert (old.state, old.previous_order_id, old.next_order_id) == ("canceled", None, edited.order_id)
    assert (new.number, new.previous_order_id, new.next_order_id) == (
        f"{placed.number}-1",
        placed.order_id,
        None,
    )


# --- Finding what changed


def test_changed_since_pages_through_orders_of_the_same_second(shop):
    shop.add_sushi(dates=[NewDate(SATURDAY, seats=100)])
    placed = [shop.order(ON_SATURDAY).order_id for _ in range(5)]
    later = shop.order(ON_SATURDAY, at=NOON + timedelta(seconds=1)).order_id

    assert pages(shop.source.changed_since(NOON, limit=2)) == [placed[:2], placed[2:4], [placed[4], later]]
    assert pages(shop.source.changed_since(NOON + timedelta(seconds=1))) == [[later]]
    assert pages(shop.source.changed_since(NOON + timedelta(seconds=2))) == []


def test_changed_since_goes_on_behind_a_mark(shop):
    shop.add_sushi(dates=[NewDate(SATURDAY, seats=100)])
    first, second, third = (shop.order(ON_SATURDAY) for _ in range(3))

    mark = Mark.behind(shop.read(first))

    assert pages(shop.source.changed_since(mark)) == [[second.order_id, third.order_id]]


def test_changed_since_sees_what_moved_the_order(shop):
    shop.add_sushi()
    placed, untouched = shop.order(ON_SATURDAY), shop.order(ON_SATURDAY)
    later = NOON + timedelta(hours=1)

    shop.writer.cancel(placed.order_id, qty=1, at=later)

    assert pages(shop.source.changed_since(NOON)) == [[untouched.order_id, placed.order_id]]
    assert pages(shop.source.changed_since(later)) == [[placed.order_id]]


@pytest.mark.parametrize(
    ("table", "column", "parent"),
    [
        ("sales_order_status_history", "created_at", "parent_id"),
        ("sales_invoice", "updated_at", "order_id"),
        ("sales_creditmemo", "updated_at", "order_id"),
    ],
)
def test_changed_since_sees_what_was_written_beside_the_order(shop, table, column, parent):
    shop.add_sushi(dates=[NewDate(SATURDAY, seats=100)])
    placed = [shop.order(ON_SATURDAY).order_id for _ in range(4)]
    later = NOON + timedelta(hours=1)
    for order_id in placed[:3]:
        shop.writer.rows.insert(table, **{parent: order_id, column: later.replace(tzinfo=None)})
        shop.writer.rows.insert(table, **{parent: order_id, column: later.replace(tzinfo=None)})
    fresh = shop.order(ON_SATURDAY, at=later).order_id

    assert pages(shop.source.changed_since(later, limit=2)) == [[fresh], placed[:2], placed[2:3]]


def test_changed_since_cannot_see_a_change_of_an_item_alone(shop):
    shop.add_sushi()
    placed = shop.order(ON_SATURDAY)
    shop.run(
        "UPDATE {sales_order_item} SET qty_canceled = 1, updated_at = %s WHERE parent_item_id IS NULL",
        (NOON + timedelta(hours=1)).replace(tzinfo=None),
    )

    assert pages(shop.source.changed_since(NOON + timedelta(minutes=1))) == []
    assert shop.read_line(placed).participants == 1


def test_all_orders_come_by_id(shop):
    shop.add_sushi(dates=[NewDate(SATURDAY, seats=100)])
    placed = [shop.order(ON_SATURDAY, at=NOON - timedelta(days=day)).order_id for day in range(5)]

    assert pages(shop.source.all_orders(limit=2)) == [placed[:2], placed[2:4], placed[4:]]
    assert pages(shop.source.all_orders(limit=10, after_id=placed[2])) == [placed[3:]]


def test_orders_leaves_out_what_does_not_exist(shop):
    shop.add_sushi()
    placed = shop.order(ON_SATURDAY)

    found = shop.source.orders([placed.order_id, 2**40, -1, 0, 4_000_000_000])

    assert [order.order_id for order in found] == [placed.order_id]
    assert shop.source.orders([]) == []


def test_find_order_ids_takes_ids_and_exact_numbers(shop):
    shop.add_sushi()
    german, english = shop.order(ON_SATURDAY), shop.order(ON_SATURDAY, language="en")
    shop.run("UPDATE {sales_order} SET increment_id = 'K-17a' WHERE entity_id = %s", german.order_id)

    find = shop.source.find_order_ids

    assert find([german.order_id, str(english.order_id)]) == [german.order_id, english.order_id]
    assert find(["K-17a"]) == find(["K-17a"], store_id=1) == [german.order_id]
    assert find(["k-17a"]) == find(["K-17a"], store_id=2) == find(["K-17"]) == []
    assert find([english.number], store_id=2) == [english.order_id]


def test_find_order_ids_finds_both_meanings_of_a_hint(shop):
    shop.add_sushi()
    one, other = shop.order(ON_SATURDAY), shop.order(ON_SATURDAY)
    shop.run(
        "UPDATE {sales_order} SET increment_id = %s WHERE entity_id = %s", str(one.order_id), other.order_id
    )

    assert shop.source.find_order_ids([one.order_id]) == [one.order_id, other.order_id]


@pytest.mark.parametrize(
    "hint",
    ["", "  ", "\0", "\ud800", "9" * 30, "x" * 500, "'; DROP TABLE sales_order; --", -5, 10**30, "%s", "١"],
)
def test_find_order_ids_ignores_nonsense(shop, hint):
    shop.add_sushi()
    shop.order(ON_SATURDAY)

    assert shop.source.find_order_ids([hint]) == []


def test_the_clock_is_the_database_servers(shop):
    moment = shop.source.clock()

    assert moment.utcoffset() == timedelta(0)
    assert abs(moment - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_page_costs_as_many_statements_whatever_its_size(shop):
    shop.add_sushi(dates=[NewDate(SATURDAY, seats=1000)])
    placed = [shop.order(ON_SATURDAY).order_id]
    statements = count_statements(shop.source)

    shop.source.orders(placed)
    for_one, statements[:] = len(statements), []
    placed += [shop.order(ON_SATURDAY).order_id for _ in range(6)]
    statements[:] = []
    shop.source.orders(placed)

    assert len(statements) == for_one


def pages(iterator):
    return [[order.order_id for order in page] for page in iterator]


def count_statements(source):
    """Every statement the source sends from now on, in a list."""
    sent = []
    open_session = source._database.session

    class Counting:
        def __init__(self):
            self._context = open_session()

        def __enter__(self):
            self._session = self._context.__enter__()
            return self

        def __exit__(self, *error):
            return self._context.__exit__(*error)

        def rows(self, sql, params=()):
            sent.append(sql)
            return self._session.rows(sql, params)

    source._database.session = Counting
    return sent
