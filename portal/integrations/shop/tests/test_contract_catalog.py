"""What every order source must find out about the courses and dates that were sold, dirt included."""

from datetime import date, datetime, time

import pytest

from portal.integrations.shop import LineKind, ShopPerson
from portal.integrations.shop.tests.conftest import ADA, NOON, ON_SATURDAY, SATURDAY, STORED_NOON, SUNDAY
from portal.integrations.shop.writing import NewDate, NewProduct

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

    [order] = shop.source_of_settings().orders([placed.order_id])

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
