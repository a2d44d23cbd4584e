"""What everybody promises who writes stock, and what Magento does to us: with sources, and without."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import httpx
import pytest
from django.db import connection

from portal.conftest import NOON
from portal.integrations.calls import Caller
from portal.integrations.shop import ShopPerson, embedded
from portal.integrations.shop.embedded import shop_writer
from portal.integrations.shop.rest import (
    ShopWriteAuthFailed,
    ShopWriteError,
    ShopWriteRejected,
    ShopWriteUnavailable,
    StockLevel,
    StockWriter,
    stock_writer,
)
from portal.integrations.shop.rest.magento.calling import Interface, RestSettings
from portal.integrations.shop.rest.magento.stock import STOCK_WORDS, MagentoStockWriter
from portal.integrations.shop.rest.oauth import OAuthKeys
from portal.integrations.shop.rest.tests.test_contract import configure
from portal.integrations.shop.writing import NewCourse, NewDate, NewProduct, OrderItem
from tests.magento_rest import KEYS, MagentoRest
from tests.magento_stock import ALL_RIGHTS, Product, Storehouse

# A blank and an umlaut, as shops have them.
SKU = "SUSHI 1/ü"


@dataclass
class Outside:
    """:param salable: what the shop still sells of SKU; two of its ten seats are sold"""

    writer: StockWriter
    salable: Callable[[], float]
    switch_off: Callable[[], None]


@pytest.fixture(params=["embedded", "sources", "stock items"])
def outside(request, settings, db):
    if request.param == "embedded":
        settings.STOCK_WRITER = "portal.integrations.shop.rest.embedded.stock_writer"
        yield _embedded()
        return
    products = {SKU: Product(10, reserved=-2), "VOUCHER": Product(0, is_managed=False)}
    store = Storehouse(products, has_sources=request.param == "sources")
    with MagentoRest(rights=set(ALL_RIGHTS), store=store) as server:
        configure(settings, server)
        settings.STOCK_WRITER = "portal.integrations.shop.rest.magento.stock_writer"
        product = server.store.products[SKU]
        yield Outside(stock_writer(), lambda: product.salable, lambda: setattr(product, "is_in_stock", False))


def _embedded():
    with connection.cursor() as cursor:
        shop = shop_writer(cursor)
        shop.shelf.set_up(at=NOON)
        date = NewDate(NOON.replace(month=6), seats=10, sku=SKU)
        shop.shelf.add_course(NewCourse("SUSHI", "Sushi-Kurs", "10001", 8900, [date]), at=NOON)
        shop.shelf.add_product(NewProduct("VOUCHER", "Gutschein", 5000, is_voucher=True), at=NOON)
        shop.place_order([OrderItem(SKU, 2)], ShopPerson("A", "B", "a@example.com", ""), at=NOON)
    return Outside(stock_writer(), lambda: embedded.catalog_source().stock_of([SKU])[SKU], _switch_off)


def _switch_off():
    with connection.cursor() as cursor:
        shop_writer(cursor).stock.set_quantity(SKU, Decimal(10), is_in_stock=False)


def test_what_is_read_counts_the_seats_that_orders_have_reserved(outside):
    level = outside.writer.read(SKU)

    assert (level.sku, level.quantity, level.is_in_stock) == (SKU, 10, True)
    assert outside.salable() == 8


@pytest.mark.parametrize("quantity", [13, 7, 2])
def test_the_shop_sells_so_many_more_or_fewer_as_are_written(outside, quantity):
    for _again in range(2):
        outside.writer.write(outside.writer.read(SKU), Decimal(quantity))

    assert outside.writer.read(SKU).quantity == quantity
    assert outside.salable() == quantity - 2


def test_what_staff_have_switched_off_stays_off(outside):
    outside.switch_off()

    outside.writer.write(outside.writer.read(SKU), Decimal(12))

    level = outside.writer.read(SKU)
    assert (level.quantity, level.is_in_stock, outside.salable()) == (12, False, 0)


def test_what_was_out_of_stock_because_nothing_was_left_is_sold_again(outside):
    outside.switch_off()
    outside.writer.write(outside.writer.read(SKU), Decimal(0))

    outside.writer.write(outside.writer.read(SKU), Decimal(3))

    assert outside.writer.read(SKU).is_in_stock
    assert outside.salable() == 1


def test_a_product_without_a_stock_of_its_own_has_nothing_to_write(outside):
    assert outside.writer.read("VOUCHER") is None


def test_a_product_that_is_gone_is_given_up(outside):
    with pytest.raises(ShopWriteRejected, match=r"The date is not in the shop any more\."):
        outside.writer.read("GONE")


def test_check_finds_nothing_wrong_and_writes_nothing(outside):
    outside.writer.look()

    assert outside.writer.check() == []
    assert outside.salable() == 8


# --- Magento alone


@pytest.fixture
def server():
    with MagentoRest(rights=set(ALL_RIGHTS), store=Storehouse({SKU: Product(10)})) as server:
        yield server


def writer_at(server, *, url=None, seconds=10.0, **keys):
    rest = RestSettings(url or server.url, "", OAuthKeys(**{**KEYS, **keys}))
    caller = Caller(rest.base, timeout=httpx.Timeout(seconds), total_seconds=seconds)
    return MagentoStockWriter(Interface(rest, caller, STOCK_WORDS))


def one_more(writer):
    level = writer.read(SKU)
    writer.write(level, level.quantity + 1)


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        ("unauthorized", ShopWriteAuthFailed),
        ("internal", ShopWriteUnavailable),
        ("maintenance", ShopWriteUnavailable),
        ("firewall", ShopWriteUnavailable),
        ("not_json", ShopWriteUnavailable),
        ("forbidden", ShopWriteRejected),
        ("bad_request", ShopWriteRejected),
        ("drop_before", ShopWriteUnavailable),
        ("drop_after", ShopWriteUnavailable),
        ("slow", ShopWriteUnavailable),
    ],
)
@pytest.mark.parametrize(("has_sources", "method"), [(True, "GET"), (True, "POST"), (False, "PUT")])
def test_each_failure_has_its_class_and_names_nothing_private(server, failure, error, has_sources, method):
    server.store.has_sources = has_sources
    server.fail_next(failure, method=method)

    with pytest.raises(ShopWriteError) as raised:
        one_more(writer_at(server, seconds=0.4 if failure == "slow" else 10))

    assert raised.type is error
    assert [word for word in [*KEYS.values(), SKU, "oauth_signature"] if word in str(raised.value)] == []


def test_an_interface_without_the_address_for_products_is_only_out_of_order(server):
    server.fail_next("no_route")

    with pytest.raises(ShopWriteUnavailable):
        writer_at(server).read(SKU)


def test_a_product_of_another_source_is_given_up(server):
    server.store.products[SKU].has_source = False

    with pytest.raises(ShopWriteRejected, match="in its source “default”"):
        writer_at(server).read(SKU)


def test_the_shop_calls_a_product_empty_from_its_own_threshold_on(server):
    server.store.products[SKU] = Product(2, is_in_stock=False, min_qty=2)

    one_more(writer_at(server))

    assert server.store.products[SKU].salable == 1


@pytest.mark.parametrize("right", sorted(ALL_RIGHTS))
def test_check_names_the_right_that_the_integration_lacks(server, right):
    server.rights.discard(right)

    assert writer_at(server).check() == [f"The shop's integration lacks the right {right}."]
    assert server.store.written == []


def test_check_without_sources_asks_for_no_right_of_theirs(server):
    server.store.has_sources, server.rights = False, {"Magento_CatalogInventory::cataloginventory"}

    assert writer_at(server).check() == []


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("shop.example", "MAGENTO_API_URL must begin with https://."),
        ("http://127.0.0.1:1", "The shop's interface does not answer."),
    ],
)
def test_check_says_what_is_wrong_with_the_address(server, url, problem):
    assert writer_at(server, url=url).check() == [problem]


@pytest.mark.parametrize(
    ("level", "quantity", "expected"),
    [
        (StockLevel("A", Decimal(0), False), 1, True),
        (StockLevel("A", Decimal(0), False), 0, False),
        (StockLevel("A", Decimal(-1), False), 1, True),
        (StockLevel("A", Decimal(1), False), 2, False),
        (StockLevel("A", Decimal(1), True), 0, True),
    ],
)
def test_only_what_was_empty_is_put_on_sale(level, quantity, expected):
    assert level.is_in_stock_with(Decimal(quantity)) is expected
