"""The head of an order with its addresses and payment becomes a ShopOrder."""

from typing import Any

from portal.integrations.shop import PaymentStatus, ShopLine, ShopOrder, ShopPerson
from portal.integrations.shop.catalog import ShopFacts
from portal.integrations.shop.database import Row
from portal.integrations.shop.parsing import number, text, utc

# First and last name, mail, phone, by order and type of address.
Addresses = dict[tuple[int, Any], Row]
_NOBODY = (None, None, None, None)


def build_order(
    row: Row, addresses: Addresses, methods: dict[int, Any], facts: ShopFacts, lines: list[ShopLine]
) -> ShopOrder:
    order_id, store_id = row[0], row[2] or 0
    return ShopOrder(
        order_id=order_id,
        number=text(row[1]),
        store_id=store_id,
        language=facts.languages.get(store_id, "de"),
        state=text(row[3]),
        status=text(row[4]),
        created_at=utc(row[5]),
        updated_at=utc(row[6]),
        currency=text(row[7]),
        payment_status=payment_status(int(row[8]), int(row[9]), int(row[10])),
        payment_method=text(methods.get(order_id)),
        previous_order_id=number(row[11]),
        next_order_id=number(row[12]),
        person=_person(row, addresses),
        note=text(row[16]),
        lines=tuple(lines),
    )


def payment_status(total_cents: int, paid_cents: int, refunded_cents: int) -> PaymentStatus:
    """An order that costs nothing is paid. Refunded is what gave everything back that had been paid."""
    if refunded_cents > 0:
        given = min(total_cents, paid_cents) if paid_cents > 0 else total_cents
        return PaymentStatus.REFUNDED if refunded_cents >= given else PaymentStatus.PARTIALLY_REFUNDED
    if paid_cents >= total_cents:
        return PaymentStatus.PAID
    return PaymentStatus.PARTIAL if paid_cents > 0 else PaymentStatus.OPEN


def _person(row: Row, addresses: Addresses) -> ShopPerson:
    """Older orders of guests have no name of their own; the billing address has."""
    billing = addresses.get((row[0], "billing"), _NOBODY)
    shipping = addresses.get((row[0], "shipping"), _NOBODY)
    first_name, last_name = text(row[13]), text(row[14])
    if not (first_name or last_name):
        first_name, last_name = text(billing[0]), text(billing[1])
    return ShopPerson(
        first_name=first_name,
        last_name=last_name,
        email=text(row[15]) or text(billing[2]) or text(shipping[2]),
        phone=text(billing[3]) or text(shipping[3]),
    )
