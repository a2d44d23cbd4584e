"""What everybody promises who writes on orders: the embedded shop, and Magento in all dialects of its releases."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from django.db import connection

from portal.conftest import NOON
from portal.integrations.shop import ShopPerson
from portal.integrations.shop.embedded import shop_writer
from portal.integrations.shop.rest import OrderComment, OrderWriter, ShopWriteRejected, order_writer
from portal.integrations.shop.rest.embedded import comments_on
from portal.integrations.shop.writing import NewCourse, NewDate, OrderItem
from tests.magento_rest import KEYS, MagentoRest

REFERENCE = "[partner.example.org 12]"


@dataclass
class Outside:
    """:param seen: comment and status of each entry at an order"""

    writer: OrderWriter
    order_id: int
    seen: Callable[[], list[tuple[str, str]]]
    status: Callable[[], str | None]

    def comment(self, **values: object) -> OrderComment:
        given = {"order_id": self.order_id, "text": "Bestätigt: Sushi & „mehr“", "reference": REFERENCE}
        return OrderComment(**{**given, **values})


@pytest.fixture(params=["embedded", "2.4.6", "2.4.7", "2.4.8", "bearer"])
def outside(request, settings, db):
    if request.param == "embedded":
        settings.ORDER_WRITER = "portal.integrations.shop.rest.embedded.order_writer"
        yield _embedded()
        return
    is_bearer = request.param == "bearer"
    release = "2.4.8" if is_bearer else request.param
    with MagentoRest(release=release, accepts_bearer=is_bearer, orders={7: "processing"}) as server:
        configure(settings, server, is_bearer=is_bearer)
        yield Outside(
            order_writer(),
            7,
            lambda: [(each["comment"], each.get("status")) for each in server.comments],
            lambda: server.orders[7],
        )


def configure(settings, server, *, is_bearer=False):
    settings.ORDER_WRITER = "portal.integrations.shop.rest.magento.order_writer"
    settings.MAGENTO_API_URL = server.url
    if is_bearer:
        settings.MAGENTO_API_TOKEN = KEYS["token"]
        return
    settings.MAGENTO_CONSUMER_KEY, settings.MAGENTO_CONSUMER_SECRET = (
        KEYS["consumer_key"],
        KEYS["consumer_secret"],
    )
    settings.MAGENTO_ACCESS_TOKEN, settings.MAGENTO_ACCESS_SECRET = KEYS["token"], KEYS["token_secret"]


def _embedded():
    with connection.cursor() as cursor:
        shop = shop_writer(cursor)
        shop.shelf.set_up(at=NOON)
        date = NewDate(NOON.replace(month=6), sku="SUSHI-1")
        shop.shelf.add_course(NewCourse("SUSHI", "Sushi-Kurs", "10001", 8900, [date]), at=NOON)
        order_id = shop.place_order(
            [OrderItem("SUSHI-1", 1)], ShopPerson("A", "B", "a@example.com", ""), at=NOON
        ).order_id
    return Outside(
        order_writer(),
        order_id,
        lambda: [(each.text, each.status) for each in comments_on(order_id)],
        lambda: _embedded_status(order_id),
    )


def _embedded_status(order_id):
    with connection.cursor() as cursor:
        found = shop_writer(cursor).rows.rows(
            "SELECT status FROM {sales_order} WHERE entity_id = %s", order_id
        )
    return found[0][0]


def test_a_comment_stands_at_the_order_and_the_status_stays(outside):
    outside.writer.add_comment(outside.comment())

    assert outside.seen() == [(f"Bestätigt: Sushi & „mehr“ {REFERENCE}", "processing")]
    assert outside.status() == "processing"


def test_one_reference_is_one_comment(outside):
    for _again in range(3):
        outside.writer.add_comment(outside.comment())
    outside.writer.add_comment(outside.comment(reference="[partner.example.org 1]"))

    assert [text.rpartition(" [")[2] for text, _status in outside.seen()] == [
        "partner.example.org 12]",
        "partner.example.org 1]",
    ]


def test_a_status_that_is_wanted_is_set_where_the_shop_takes_it(outside, request):
    outside.writer.add_comment(outside.comment(status="partner_confirmed"))

    takes_none = "2.4.7" in request.node.name
    assert outside.status() == ("processing" if takes_none else "partner_confirmed")
    assert len(outside.seen()) == 1


def test_a_comment_on_an_order_that_is_gone_is_given_up(outside):
    with pytest.raises(ShopWriteRejected, match="The order is not in the shop any more"):
        outside.writer.add_comment(outside.comment(order_id=424242))

    assert outside.seen() == []


def test_check_finds_nothing_wrong_and_writes_nothing(outside):
    outside.writer.look()

    assert outside.writer.check() == []
    assert outside.seen() == []


@pytest.mark.parametrize("reference", ["", "12", "[]", "[a]b", "[a\nb]"])
def test_a_comment_without_a_proper_reference_is_none(reference):
    with pytest.raises(ValueError, match="reference of a comment"):
        replace(OrderComment(1, "x", REFERENCE), reference=reference)
