"""Orders as an order source tells them, with boring defaults."""

from dataclasses import replace
from datetime import date, time, timedelta

from portal.conftest import NOON
from portal.integrations.shop import LineKind, PaymentStatus, ShopLine, ShopOrder, ShopPerson

PERSON = ShopPerson("Jürgen", "Müller", "juergen@example.com", "0171 39200 01")


def make_line(item_id: int = 11, **values: object) -> ShopLine:
    line = ShopLine(
        item_id=item_id,
        kind=LineKind.COURSE,
        product_id=100,
        course_sku="K1",
        course_name="Sushi-Kurs für Anfänger",
        catalog_name="Sushi-Kurs für Anfänger",
        date_product_id=101,
        date_sku="K1-20300508",
        partner_value="10001",
        ordered=2,
        participants=2,
        price_cents=17800,
        starts_on=date(2030, 5, 8),
        starts_time=time(18, 0),
        ends_time=time(21, 0),
        duration_minutes=180,
        location="Marktplatz 1, München",
        date_price_cents=8900,
        notes="",
        in_catalog=True,
    )
    return replace(line, **values)


def make_order(*lines: ShopLine, order_id: int = 1, **values: object) -> ShopOrder:
    order = ShopOrder(
        order_id=order_id,
        number=f"{order_id:09d}",
        store_id=1,
        language="de",
        state="processing",
        status="processing",
        created_at=NOON - timedelta(minutes=5),
        updated_at=NOON - timedelta(minutes=5),
        currency="EUR",
        payment_status=PaymentStatus.PAID,
        payment_method="paypal_express",
        previous_order_id=None,
        next_order_id=None,
        person=PERSON,
        note="",
        lines=lines or (make_line(),),
    )
    return replace(order, **values)
