"""Orders whose customer asked to be forgotten: they come in like all others, but without the person."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from portal.bookings.models import ErasedOrder
from portal.bookings.operations import erase_orders
from portal.integrations.shop import ShopOrder, ShopPerson

NOBODY = ShopPerson("", "", "", "")


def without_erased(orders: Collection[ShopOrder], *, at: datetime) -> list[ShopOrder]:
    """Whatever way an order comes in, nothing after this sees the person again.

    An edited order names the person anew under an id of its own: it is forgotten with the one it carries on.
    """
    ids = {each for order in orders for each in (order.order_id, order.previous_order_id) if each}
    erased = set(ErasedOrder.objects.filter(pk__in=ids).values_list("pk", flat=True))
    if edited := _edits_of(erased, orders):
        erase_orders(edited, actor="shop", at=at)
    return [_forget(order) if order.order_id in erased | edited else order for order in orders]


def is_erased(order: ShopOrder) -> bool:
    return order.person is NOBODY


def _edits_of(erased: Collection[int], orders: Collection[ShopOrder]) -> set[int]:
    """Orders that carry on an erased one and are not known as erased yet, however often they were edited."""
    found: set[int] = set()
    known = set(erased)
    while more := {each.order_id for each in orders if each.previous_order_id in known} - known:
        found |= more
        known |= more
    return found


def _forget(order: ShopOrder) -> ShopOrder:
    lines = tuple(replace(line, notes="") for line in order.lines)
    return replace(order, person=NOBODY, note="", lines=lines)
