"""What every order source must tell, of a shop as Magento leaves it behind."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from portal.integrations.shop import (
    LineKind,
    Mark,
    PaymentStatus,
    ShopLine,
    ShopOrder,
    ShopPerson,
    embedded,
    magento,
)
from portal.integrations.shop.tests.conftest import ADA, NOON, SATURDAY, SUNDAY
from portal.integrations.shop.writing import NewCourse, NewDate, NewProduct, OrderItem

STORED_NOON = NOON.replace(tzinfo=None)
ON_SATURDAY = "SUSHI-20300601-1830"
ON_SUNDAY = "SUSHI-20300602-1000"


def pages(iterator):
    return [[order.order_id for order in page] for page in iterator]


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


# --- What real shops contain


def test_names_fall_back_to_the_billing_address(shop):
    shop.add_sushi()
    placed = shop.order(ON_SATURDAY)
    shop.run(
        "UPDATE {sales_order} SET customer_firstname = NULL, customer_lastname = NULL, customer_email = NULL"
    )

    assert shop.read(placed).person == ADA


def test_a_phone_number_may_stand_on_the_shipping_address_alone(shop):
    shop.add_sushi()
    placed = shop.order(ON_SATURDAY)
    shop.run("UPDATE {sales_order_address} SET telephone = NULL")
    shop.writer.rows.insert(
        "sales_order_address", parent_id=placed.order_id, address_type="shipping", telephone="0171 39200 01"
    )

    assert shop.read(placed).person.phone == "0171 39200 01"


def test_an_order_with_hardly_anything_in_it_is_still_read(shop):
    order_id = shop.writer.rows.insert("sales_order", "entity_id", increment_id="7", updated_at=STORED_NOON)
    shop.writer.rows.insert("sales_order_item", order_id=order_id)

    [order] = shop.source.orders([order_id])

    assert (order.status, order.state, order.payment_method, order.person) == (
        "",
        "",
        "",
        ShopPerson("", "", "", ""),
    )
    [line] = order.lines
    assert (line.kind, line.product_id, line.date_product_id, line.participants, line.price_cents) == (
        LineKind.COURSE,
        None,
        None,
        0,
        0,
    )


def test_a_status_the_shop_lost_is_empty(shop):
    shop.add_sushi()
    placed = shop.order(ON_SATURDAY)
    shop.run("UPDATE {sales_order} SET status = NULL")

    assert (shop.read(placed).status, shop.read(placed).state) == ("", "processing")


@pytest.mark.parametrize(
    ("on_course", "on_date", "expected"),
    [
        ("10001", None, "10001"),
        ("10001", "10002", "10002"),
        (None, "10002", "10002"),
        ("10001", "", "10001"),
        (" 10001 ", "  ", "10001"),
        ("10001 ", None, "10001"),
        ("", "", ""),
        (None, None, ""),
    ],
)
def test_the_partner_is_the_dates_own_else_its_courses(shop, on_course, on_date, expected):
    shop.add_sushi(partner=on_course, dates=[NewDate(SATURDAY, partner=on_date)])

    line = shop.read_line(shop.order(ON_SATURDAY))

    assert (line.partner_value, line.kind) == (expected, LineKind.COURSE)


def test_the_partner_attribute_may_hold_numbers(shop):
    shop.run("UPDATE {eav_attribute} SET backend_type = 'int' WHERE attribute_code = 'partner_id'")
    shop.add_sushi(partner=10001)

    assert shop.read_line(shop.order(ON_SATURDAY)).partner_value == "10001"


def test_a_course_without_choice_is_its_own_date(shop):
    course = shop.add_sushi(is_single=True, dates=[NewDate(SATURDAY)])

    line = shop.read_line(shop.order("SUSHI"))

    assert (line.product_id, line.date_product_id) == (course.product_id, course.product_id)
    assert (line.course_sku, line.date_sku, line.course_name) == ("SUSHI", "SUSHI", "Sushi-Kurs")
    assert (line.partner_value, line.starts_on, line.starts_time) == ("10001", date(2030, 6, 1), time(18, 30))


def test_a_date_sold_alone_belongs_to_its_course(shop):
    course = shop.add_sushi()
    placed = shop.order(ON_SATURDAY)
    shop.run("DELETE FROM {sales_order_item} WHERE parent_item_id IS NOT NULL")
    shop.run(
        "UPDATE {sales_order_item} SET product_type = 'virtual', product_id = %s, name = 'Sushi am Samstag'",
        course.dates[ON_SATURDAY],
    )

    line = shop.read_line(placed)

    assert (line.product_id, line.course_sku, line.course_name) == (course.product_id, "SUSHI", "Sushi-Kurs")
    assert (line.date_product_id, line.partner_value) == (course.dates[ON_SATURDAY], "10001")


def test_the_course_keeps_the_name_it_was_sold_under(shop):
    course = shop.add_sushi()
    placed = shop.order(ON_SATURDAY)
    shop.writer.shelf.put(course.product_id, "name", "Sushi und Sake")

    line = shop.read_line(placed)

    assert (line.course_name, line.catalog_name) == ("Sushi-Kurs", "Sushi und Sake")


def test_a_row_with_several_rows_below_it_is_one_line(shop):
    shop.add_sushi()
    placed = shop.order(ON_SATURDAY)
    shop.writer.rows.insert(
        "sales_order_item", order_id=placed.order_id, parent_item_id=placed.item_ids[0], product_id=99999
    )

    assert [line.date_sku for line in shop.read(placed).lines] == [ON_SATURDAY]


# --- What is a course


def test_a_configurable_without_the_date_attribute_is_not_a_course(shop):
    course = shop.add_sushi(partner=None)
    placed = shop.order(ON_SATURDAY)
    shop.run("DELETE FROM {catalog_product_entity_datetime}")
    shop.run(
        "UPDATE {sales_order_item} SET product_options = %s WHERE parent_item_id IS NULL",
        '{"info_buyRequest":{"super_attribute":{"93":"12"}},"attributes_info":[{"option_id":93,"value":"XL"}]}',
    )

    line = shop.read_line(placed)

    assert (line.kind, line.product_id) == (LineKind.NOT_A_COURSE, course.product_id)


def test_a_configurable_nobody_can_read_the_options_of_is_a_course(shop):
    shop.add_sushi(partner=None)
    placed = shop.order(ON_SATURDAY)
    shop.run("DELETE FROM {catalog_product_entity_datetime}")
    shop.run("UPDATE {sales_order_item} SET product_options = NULL")

    line = shop.read_line(placed)

    assert (line.kind, line.partner_value) == (LineKind.COURSE, "")


def test_a_product_with_an_event_date_is_a_course_without_a_partner(shop):
    shop.add_sushi(is_single=True, partner=None, dates=[NewDate(SATURDAY)])

    line = shop.read_line(shop.order("SUSHI"))

    assert (line.kind, line.partner_value) == (LineKind.COURSE, "")


def test_a_voucher_stays_one_whatever_else_stands_on_it(shop):
    shop.add_sushi()
    product = shop.writer.shelf.add_product(
        NewProduct("GUTSCHEIN", "Gutschein", 5000, is_voucher=True), at=NOON
    )
    shop.writer.shelf.put(product, "partner", "10001")

    assert shop.read_line(shop.order("GUTSCHEIN")).kind == LineKind.VOUCHER


def test_a_product_that_says_it_is_no_voucher_is_none(shop):
    product = shop.writer.shelf.add_product(NewProduct("APRON", "Schürze", 5000), at=NOON)
    shop.writer.shelf.put(product, "voucher", 0)

    assert shop.read_line(shop.order("APRON")).kind == LineKind.NOT_A_COURSE


# --- What is gone from the catalog


def test_a_deleted_date_is_known_by_its_label_and_its_course(shop):
    course = shop.add_sushi()
    placed = shop.order(ON_SATURDAY)
    shop.writer.shelf.delete_product(course.dates[ON_SATURDAY])

    line = shop.read_line(placed)

    assert (line.kind, line.partner_value, line.in_catalog) == (LineKind.COURSE, "10001", True)
    assert (line.product_id, line.date_product_id) == (course.product_id, course.dates[ON_SATURDAY])
    assert (line.starts_on, line.starts_time, line.ends_time) == (date(2030, 6, 1), time(18, 30), None)
    assert line.date_price_cents == 8900


def test_a_date_made_anew_is_found_by_its_sku(shop):
    course = shop.add_sushi()
    placed = shop.order(ON_SATURDAY)
    shop.writer.shelf.delete_product(course.dates[ON_SATURDAY])
    shop.writer.shelf.delete_product(course.product_id)
    again = shop.add_sushi(partner="10002", dates=[NewDate(SUNDAY, sku=ON_SATURDAY + "x")])
    shop.run(
        "UPDATE {catalog_product_entity} SET sku = %s WHERE entity_id = %s",
        *(ON_SATURDAY, again.dates[ON_SATURDAY + "x"]),
    )

    line = shop.read_line(placed)

    assert (line.product_id, line.date_product_id) == (again.product_id, again.dates[ON_SATURDAY + "x"])
    assert (line.partner_value, line.starts_on) == ("10002", date(2030, 6, 2))


def test_a_date_is_found_by_its_simple_sku_when_the_rows_sku_was_changed(shop):
    course = shop.add_sushi()
    placed = shop.order(ON_SATURDAY)
    shop.run("UPDATE {sales_order_item} SET product_id = 99999 WHERE parent_item_id IS NOT NULL")
    shop.run("UPDATE {sales_order_item} SET sku = 'SUSHI-custom'")

    line = shop.read_line(placed)

    assert (line.date_product_id, line.date_sku) == (course.dates[ON_SATURDAY], "SUSHI-custom")


def test_a_course_that_is_gone_with_its_dates_belongs_to_nobody(shop):
    course = shop.add_sushi()
    placed = shop.order(ON_SATURDAY)
    for product_id in (*course.dates.values(), course.product_id):
        shop.writer.shelf.delete_product(product_id)

    line = shop.read_line(placed)

    assert (line.kind, line.partner_value, line.in_catalog) == (LineKind.COURSE, "", False)
    assert (line.product_id, line.date_product_id) == (course.product_id, course.dates[ON_SATURDAY])
    assert (line.course_name, line.catalog_name, line.course_sku) == ("Sushi-Kurs", "", "")
    assert (line.starts_on, line.starts_time) == (date(2030, 6, 1), time(18, 30))


@pytest.mark.parametrize(
    "text",
    [
        'a:2:{s:15:"info_buyRequest";a:1:{s:3:"qty";s:1:"2";}s:10:"simple_sku";s:5:"SUSHI";}',
        '{"info_buyRequest":{"qty":"2"},"attributes_info":[{"label":"Ter',
        "",
        "null",
        "[]",
        '{"options":"none","attributes_info":{"0":{"value":7}}}',
    ],
)
def test_options_that_cannot_be_read_do_not_matter_while_the_product_is_there(shop, text):
    shop.add_sushi()
    placed = shop.order(ON_SATURDAY)
    shop.run("UPDATE {sales_order_item} SET product_options = %s", text)

    line = shop.read_line(placed)

    assert (line.partner_value, line.starts_on, line.starts_time, line.notes) == (
        "10001",
        date(2030, 6, 1),
        time(18, 30),
        "",
    )


# --- When it takes place


@pytest.mark.parametrize(
    ("zone", "stored", "own_time", "expected"),
    [
        # A date is entered without a time: a day on the wall, whatever the zone.
        ("Europe/Berlin", datetime(2030, 6, 1), "18:30", (date(2030, 6, 1), time(18, 30))),
        ("Europe/Berlin", datetime(2030, 6, 1), None, (date(2030, 6, 1), time(18, 30))),
        ("UTC", datetime(2030, 6, 1), "18:30", (date(2030, 6, 1), time(18, 30))),
        # With a time: as it is, or an instant to be shifted by two hours in summer and one in winter.
        ("Europe/Berlin", datetime(2030, 6, 1, 17, 0), None, (date(2030, 6, 1), time(17, 0))),
        ("UTC", datetime(2030, 6, 1, 17, 0), None, (date(2030, 6, 1), time(19, 0))),
        ("UTC", datetime(2030, 12, 1, 17, 0), None, (date(2030, 12, 1), time(18, 0))),
        ("UTC", datetime(2030, 12, 1, 17, 0), "20:00", (date(2030, 12, 1), time(20, 0))),
        # The admin form shifts a day as well: midnight in Berlin is the evening before in UTC.
        ("UTC", datetime(2030, 12, 1, 23, 0), "10:00", (date(2030, 12, 2), time(10, 0))),
        ("UTC", datetime(2030, 12, 1, 23, 0), None, (date(2030, 12, 2), None)),
    ],
)
def test_the_start_follows_the_zone_of_event_dates(shop, settings, zone, stored, own_time, expected):
    settings.MAGENTO_EVENT_DATE_ZONE = zone
    course = shop.add_sushi()
    placed = shop.order(ON_SATURDAY)
    shop.run("UPDATE {catalog_product_entity_datetime} SET value = %s", stored)
    shop.writer.shelf.put(course.dates[ON_SATURDAY], "event_time", own_time)

    [order] = source_with_settings(shop).orders([placed.order_id])

    assert (order.lines[0].starts_on, order.lines[0].starts_time) == expected


def test_a_label_of_another_day_does_not_lend_its_time(shop):
    course = shop.add_sushi()
    placed = shop.order(ON_SATURDAY)
    shop.run("UPDATE {catalog_product_entity_datetime} SET value = %s", datetime(2030, 7, 6))
    shop.writer.shelf.put(course.dates[ON_SATURDAY], "event_time", "")

    line = shop.read_line(placed)

    assert (line.starts_on, line.starts_time) == (date(2030, 7, 6), None)


def test_a_store_views_own_value_wins_and_a_blank_one_hides_the_default(shop):
    course = shop.add_sushi()
    german, english = shop.order(ON_SATURDAY), shop.order(ON_SATURDAY, language="en")
    shop.writer.shelf.put(course.product_id, "location", "Market Square 1, Munich", store_id=2)
    first = [shop.read_line(german).location, shop.read_line(english).location]
    shop.writer.shelf.put(course.product_id, "location", None, store_id=2)

    assert first == ["Marktplatz 1, München", "Market Square 1, Munich"]
    assert shop.read_line(english).location == ""


def test_a_store_views_value_of_a_global_attribute_is_ignored(shop):
    course = shop.add_sushi()
    shop.writer.shelf.put(course.product_id, "partner", "66666", store_id=1)

    assert shop.read_line(shop.order(ON_SATURDAY)).partner_value == "10001"


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


# --- What is wrong with a shop


def test_check_finds_nothing_wrong_with_a_shop_in_order(shop):
    shop.add_sushi()

    assert shop.source.check() == []


def test_check_names_missing_attributes(shop):
    shop.run("DELETE FROM {eav_attribute} WHERE attribute_code IN ('partner_id', 'event_time')")

    assert shop.source.check() == [
        "The shop has no readable product attribute “partner_id”. "
        "Create it, or name the right one in MAGENTO_PARTNER_ATTRIBUTE.",
        "The shop has no readable product attribute “event_time”. "
        "Create it, or name the right one in MAGENTO_EVENT_TIME_ATTRIBUTE.",
    ]


def test_an_attribute_of_another_kind_of_entity_is_not_the_products(shop):
    shop.run("UPDATE {eav_attribute} SET entity_type_id = 3 WHERE attribute_code = 'course_location'")
    shop.add_sushi(location="")

    assert shop.read_line(shop.order(ON_SATURDAY)).location == ""
    assert [problem.split("”")[0] for problem in shop.source.check()] == [
        "The shop has no readable product attribute “course_location"
    ]


def test_check_compares_the_shops_zone(shop):
    shop.run(
        "UPDATE {core_config_data} SET value = 'America/Los_Angeles' WHERE path = 'general/locale/timezone'"
    )

    assert shop.source.check() == [
        "The shop's own time zone is America/Los_Angeles, but the portal shows times in Europe/Berlin."
    ]


def test_check_notices_event_dates_in_another_zone_than_the_settings_say(shop, settings):
    days = [NewDate(SATURDAY + timedelta(days=day)) for day in range(4)]
    shop.add_sushi(dates=days)
    shop.run("UPDATE {catalog_product_entity_datetime} SET value = %s", datetime(2030, 6, 1, 16, 30))

    wrong = shop.source.check()
    settings.MAGENTO_EVENT_DATE_ZONE = "UTC"

    assert wrong == [
        "MAGENTO_EVENT_DATE_ZONE is Europe/Berlin, but most event dates then differ from their own "
        "start times. Compare one date with the shop and correct the setting."
    ]
    assert source_with_settings(shop).check() == []


# --- Writing the small shop


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


def source_with_settings(shop):
    """The shop's source as the settings are now."""
    return (embedded if shop.kind == "embedded" else magento).order_source.__wrapped__()


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
