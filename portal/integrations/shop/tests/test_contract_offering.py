"""What every catalog source must say of the courses that the shop offers, dirt included."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.integrations.shop import ShopCourse, ShopDate
from portal.integrations.shop.tests.conftest import (
    ADA,
    NOON,
    ON_SATURDAY,
    ON_SUNDAY,
    SATURDAY,
    STORED_NOON,
    SUNDAY,
)
from portal.integrations.shop.writing import NewDate, NewProduct, OrderItem

HTML = """
<style>#html-body [data-pb-style=X1]{display:flex}</style><div data-content-type="row"><p>Rollen &amp; formen.</p>
<script>alert("1 < 2")</script><ul><li>Reis</li><li>Fisch {{media url="wysiwyg/a.jpg"}}</li></ul></div>
"""


def changed_since(shop, moment, **how) -> list[str]:
    return [course.sku for page in shop.catalog.courses_changed_since(moment, **how) for course in page]


def test_a_course_comes_with_its_dates(shop):
    ids = shop.add_sushi(description=HTML, image="/s/u/sushi.jpg")

    [course] = shop.offered()

    sunday = ShopDate(
        product_id=ids.dates[ON_SUNDAY],
        sku=ON_SUNDAY,
        partner_value="10001",
        starts_on=date(2030, 6, 2),
        starts_time=time(10, 0),
        ends_time=time(13, 0),
        duration_minutes=180,
        location="Marktplatz 1, München",
        price_cents=8900,
        salable=2,
        is_on_sale=True,
    )
    saturday = replace(
        sunday,
        product_id=ids.dates[ON_SATURDAY],
        sku=ON_SATURDAY,
        starts_on=date(2030, 6, 1),
        starts_time=time(18, 30),
        ends_time=time(21, 30),
        salable=10,
    )
    assert course == ShopCourse(
        product_id=ids.product_id,
        sku="SUSHI",
        name="Sushi-Kurs",
        description="Rollen & formen.\nReis\nFisch",
        partner_value="10001",
        price_cents=8900,
        images=("/s/u/sushi.jpg",),
        duration_minutes=180,
        location="Marktplatz 1, München",
        is_on_sale=True,
        dates=(saturday, sunday),
    )


def test_the_catalog_and_an_order_say_the_same_of_a_date(shop):
    shop.add_sushi()
    line = shop.read_line(shop.order(ON_SATURDAY))

    [[course]] = shop.catalog.courses()
    day = course.dates[0]

    assert (course.product_id, course.sku, course.name) == (
        line.product_id,
        line.course_sku,
        line.catalog_name,
    )
    assert (day.product_id, day.sku, day.partner_value, day.price_cents) == (
        line.date_product_id,
        line.date_sku,
        line.partner_value,
        line.date_price_cents,
    )
    for name in ("starts_on", "starts_time", "ends_time", "duration_minutes", "location"):
        assert getattr(day, name) == getattr(line, name)


# --- What is a course


def test_a_course_without_choice_is_its_own_only_date(shop):
    ids = shop.add_sushi(is_single=True, dates=[NewDate(SATURDAY, seats=7)])

    [course] = shop.offered()

    assert [(each.product_id, each.sku, each.salable) for each in course.dates] == [
        (ids.product_id, "SUSHI", 7)
    ]
    assert (course.partner_value, course.price_cents) == ("10001", 8900)


def test_vouchers_and_what_is_no_course_are_left_out(shop):
    shop.writer.shelf.add_product(NewProduct("GUTSCHEIN", "Gutschein", 5000, is_voucher=True), at=NOON)
    shop.writer.shelf.add_product(NewProduct("APRON", "Schürze", 2500), at=NOON)
    shirt = shop.add_sushi(sku="SHIRT", partner=None, dates=[NewDate(SATURDAY, sku="SHIRT-XL")])
    shop.run("DELETE FROM {catalog_product_entity_datetime}")
    shop.writer.shelf.put(shirt.dates["SHIRT-XL"], "course_date", None)
    gift = shop.add_sushi(sku="GIFT")
    shop.writer.shelf.put(gift.product_id, "voucher", 1)

    assert shop.offered() == []


@pytest.mark.parametrize("is_single", [False, True])
def test_a_course_without_a_partner_is_one_and_says_so(shop, is_single):
    shop.add_sushi(partner=" ", is_single=is_single, dates=[NewDate(SATURDAY)])

    [course] = shop.offered()

    assert (course.partner_value, [each.partner_value for each in course.dates]) == ("", [""])


def test_a_date_taken_off_its_course_is_no_course_of_its_own(shop):
    ids = shop.add_sushi()
    shop.run("DELETE FROM {catalog_product_super_link} WHERE product_id = %s", ids.dates[ON_SATURDAY])

    [course] = shop.offered()

    assert [each.sku for each in course.dates] == [ON_SUNDAY]


def test_a_course_may_have_no_dates_yet(shop):
    shop.add_sushi(dates=[])

    [course] = shop.offered()

    assert (course.dates, course.price_cents, course.is_on_sale) == ((), None, True)


def test_each_date_says_whose_it_is(shop):
    shop.add_sushi(dates=[NewDate(SATURDAY, partner="10002 "), NewDate(SUNDAY, partner=" ")])

    [course] = shop.offered()

    assert (course.partner_value, [each.partner_value for each in course.dates]) == (
        "10001",
        ["10002", "10001"],
    )


def test_a_date_of_two_courses_belongs_to_the_first(shop):
    first = shop.add_sushi()
    second = shop.add_sushi(sku="BOTH", dates=[])
    shop.writer.rows.insert(
        "catalog_product_super_link", product_id=first.dates[ON_SUNDAY], parent_id=second.product_id
    )

    assert [(course.sku, len(course.dates)) for course in shop.offered()] == [("SUSHI", 2), ("BOTH", 0)]


# --- How it is described


def test_the_default_store_view_describes_it_and_others_fill_what_it_leaves_empty(shop):
    ids = shop.add_sushi(english_name="Sushi class")
    shop.writer.shelf.put(ids.product_id, "location", "Market Square 1, Munich", store_id=2)
    [first] = shop.offered()
    shop.writer.shelf.put(ids.product_id, "location", None)

    [second] = shop.offered()

    assert (first.name, first.location, first.dates[0].location) == (
        "Sushi-Kurs",
        "Marktplatz 1, München",
        "Marktplatz 1, München",
    )
    assert (second.location, second.dates[0].location) == ("Market Square 1, Munich",) * 2


def test_the_short_description_stands_in_and_no_picture_is_none(shop):
    ids = shop.add_sushi(image="no_selection")
    shop.writer.shelf.put(ids.product_id, "short_description", "<p>Kurz &lt;b&gt; gut</p>")

    [course] = shop.offered()

    assert (course.description, course.images) == ("Kurz <b> gut", ())


def test_the_label_says_when_a_date_is_that_does_not_say_it_itself(shop):
    shop.add_sushi(dates=[NewDate(SATURDAY)])
    shop.run("DELETE FROM {catalog_product_entity_datetime}")
    [[course]] = shop.catalog.courses()
    shop.run("UPDATE {eav_attribute_option_value} SET value = 'nach Absprache'")
    shop.run("DELETE FROM {catalog_product_entity_varchar} WHERE value = '18:30'")

    [[vague]] = shop.catalog.courses()

    assert (course.dates[0].starts_on, course.dates[0].starts_time) == (date(2030, 6, 1), time(18, 30))
    assert (vague.dates[0].starts_on, vague.dates[0].starts_time) == (None, None)


def test_prices_without_tax_are_no_prices(shop):
    shop.add_sushi()
    shop.run("UPDATE {core_config_data} SET value = '0' WHERE path = 'tax/calculation/price_includes_tax'")

    [course] = shop.offered()

    assert (course.price_cents, [each.price_cents for each in course.dates]) == (None, [None, None])


def test_the_lowest_price_that_can_be_paid_is_the_courses(shop):
    ids = shop.add_sushi()
    shop.writer.shelf.put(ids.dates[ON_SATURDAY], "price", 59)
    shop.writer.shelf.put(ids.dates[ON_SATURDAY], "status", 2)
    [course] = shop.offered()
    shop.writer.shelf.put(ids.dates[ON_SATURDAY], "status", 1)

    assert (course.price_cents, shop.offered()[0].price_cents) == (8900, 5900)


@pytest.mark.parametrize(("name", "value"), [("status", 2), ("visibility", 1)])
def test_a_course_that_cannot_be_bought_takes_its_dates_along(shop, name, value):
    ids = shop.add_sushi()
    shop.writer.shelf.put(ids.product_id, name, value)

    [course] = shop.offered()

    assert (course.is_on_sale, [each.is_on_sale for each in course.dates]) == (False, [False, False])


def test_a_date_is_switched_off_alone(shop):
    ids = shop.add_sushi()
    shop.writer.shelf.put(ids.dates[ON_SUNDAY], "status", 2)

    [course] = shop.offered()

    assert (course.is_on_sale, [each.is_on_sale for each in course.dates]) == (True, [True, False])


# --- Seats


def test_what_is_sold_cancelled_and_refunded_changes_what_is_left(shop):
    shop.add_sushi()
    placed = shop.order(ON_SATURDAY)
    left = [shop.catalog.stock_of([ON_SATURDAY])]
    shop.writer.refund(placed.order_id, placed.item_ids[0], 1, at=NOON)
    left.append(shop.catalog.stock_of([ON_SATURDAY]))
    shop.writer.place_order([OrderItem(ON_SATURDAY, 9)], ADA, at=NOON)
    left.append(shop.catalog.stock_of([ON_SATURDAY]))

    assert left == [{ON_SATURDAY: 8}, {ON_SATURDAY: 9}, {ON_SATURDAY: 0}]
    assert [each.salable for each in shop.offered()[0].dates] == [0, 2]


def test_all_sources_and_stocks_are_added_up_and_what_is_out_of_stock_does_not_count(shop):
    shop.add_sushi()
    insert = shop.writer.rows.insert
    insert("inventory_source_item", source_code="hall", sku=ON_SATURDAY.lower(), quantity=5, status=1)
    insert("inventory_source_item", source_code="closed", sku=ON_SATURDAY, quantity=50, status=0)
    insert("inventory_reservation", stock_id=2, sku=ON_SATURDAY, quantity=-3)
    insert("inventory_reservation", stock_id=1, sku=ON_SATURDAY, quantity=-0.5)
    extra = 5 if shop.kind != "embedded" else 0  # only MySQL takes upper for lower case

    assert shop.catalog.stock_of([ON_SATURDAY]) == {ON_SATURDAY: 10 + extra - 4}


def test_no_stock_is_not_the_same_as_nothing_left(shop):
    shop.add_sushi()
    shop.run("DELETE FROM {inventory_source_item} WHERE sku = %s", ON_SATURDAY)
    shop.run("UPDATE {inventory_source_item} SET quantity = -4")

    assert shop.catalog.stock_of([ON_SATURDAY, ON_SUNDAY, "", "unknown"]) == {ON_SUNDAY: 0}
    assert [each.salable for each in shop.offered()[0].dates] == [None, 0]


def test_what_the_shop_keeps_back_is_not_salable(shop):
    shop.add_sushi()
    shop.writer.rows.insert(
        "core_config_data",
        scope="default",
        scope_id=0,
        path="cataloginventory/item_options/min_qty",
        value="3",
        updated_at=STORED_NOON,
    )

    assert shop.catalog.stock_of([ON_SATURDAY, ON_SUNDAY]) == {ON_SATURDAY: 7, ON_SUNDAY: 0}


# --- Pages


def test_every_course_comes_once_whatever_the_size_of_the_pages(shop):
    shop.writer.shelf.add_product(NewProduct("GUTSCHEIN", "Gutschein", 5000, is_voucher=True), at=NOON)
    courses = [shop.add_sushi(sku=f"K{number}").product_id for number in range(5)]

    pages = [[course.product_id for course in page] for page in shop.catalog.courses(limit=2)]
    rest = [course.product_id for page in shop.catalog.courses(after_id=courses[1]) for course in page]

    assert [each for page in pages for each in page] == courses
    assert max(map(len, pages)) <= 2
    assert rest == courses[2:]


def test_a_course_is_read_again_when_it_or_one_of_its_dates_was_saved(shop):
    first, second, third = (shop.add_sushi(sku=f"K{number}") for number in range(3))
    later = NOON + timedelta(minutes=1)
    shop.writer.shelf.touch(first.product_id, at=later)
    shop.writer.shelf.touch(next(iter(third.dates.values())), at=later)

    assert changed_since(shop, later) == ["K0", "K2"]
    assert changed_since(shop, later, limit=1) == ["K0", "K2"]
    assert changed_since(shop, NOON) == ["K0", "K1", "K2"]
    assert changed_since(shop, later + timedelta(seconds=1)) == []
    assert second.product_id > first.product_id


def test_the_courses_of_one_partner_are_found_by_their_own_value_or_by_that_of_a_date(shop):
    shop.add_sushi(sku="HERS", partner=" 10001")
    shop.add_sushi(sku="OTHERS", partner="100010", dates=[NewDate(SATURDAY, sku="O1")])
    shop.add_sushi(
        sku="SHARED", partner=None, dates=[NewDate(SATURDAY, sku="S1", partner="10001"), NewDate(SUNDAY)]
    )
    shop.add_sushi(sku="SINGLE", is_single=True, dates=[NewDate(SATURDAY)])

    pages = [[course.sku for course in page] for page in shop.catalog.courses_of_partner("10001", limit=2)]

    assert pages == [["HERS", "SHARED"], ["SINGLE"]]
    assert list(shop.catalog.courses_of_partner("10009")) == []


def test_the_courses_of_a_partner_are_found_where_the_attribute_holds_numbers(shop):
    shop.run("UPDATE {eav_attribute} SET backend_type = 'int' WHERE attribute_code = 'partner_id'")
    shop.add_sushi(partner=10001)

    assert [[each.sku for each in page] for page in shop.catalog.courses_of_partner("10001")] == [["SUSHI"]]
    assert list(shop.catalog.courses_of_partner("K-10001")) == []


def test_a_page_costs_the_same_statements_whatever_its_size(embedded_shop):
    embedded_shop.writer.shelf.set_up(at=NOON)

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            embedded_shop.offered()
        return len(queries)

    embedded_shop.add_sushi()
    one = statements()
    for number in range(20):
        embedded_shop.add_sushi(sku=f"K{number}")

    assert statements() == one


def test_the_clock_is_the_shops(shop):
    assert abs(shop.catalog.clock() - shop.source.clock()) < timedelta(seconds=5)


# --- Dirt


def test_odd_values_keep_no_course_out(shop):
    ids = shop.add_sushi()
    day = ids.dates[ON_SATURDAY]
    for name, value in (("event_time", "abends"), ("event_end", "?"), ("duration", None), ("price", None)):
        shop.writer.shelf.put(day, name, value)
    shop.run("DELETE FROM {catalog_product_entity_int} WHERE entity_id IN (%s, %s)", day, ids.product_id)
    shop.run("UPDATE {catalog_product_entity_datetime} SET value = %s", datetime(2030, 6, 1))
    shop.run("DELETE FROM {catalog_product_entity_varchar} WHERE value = 'Sushi-Kurs'")

    [course] = shop.offered()

    assert course.name == ""
    assert (course.is_on_sale, course.duration_minutes) == (True, None)
    saturday = course.dates[0]
    assert (saturday.starts_on, saturday.starts_time, saturday.ends_time) == (date(2030, 6, 1), None, None)
    assert (saturday.duration_minutes, saturday.price_cents, saturday.is_on_sale) == (None, None, True)
