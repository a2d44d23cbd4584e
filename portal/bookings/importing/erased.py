"""Orders whose customer asked to be forgotten: they come in like all others, but without the person."""

from collections.abc import Collection
from dataclasses import replace

from portal.bookings.models import ErasedOrder
from portal.integrations.shop import ShopOrder, ShopPerson

NOBODY = ShopPerson("", "", "", "")


def without_erased(orders: Collection[ShopOrder]) -> list[ShopOrder]:
    """Whatever way an order comes in, nothing after this sees the person again."""
    ids = [order.order_id for order in orders]
    erased = set(ErasedOrder.objects.filter(pk__in=ids).values_list("pk", flat=True))
    return [_forget(order) if order.order_id in erased else order for order in orders]


def is_erased(order: ShopOrder) -> bool:
    return order.person is NOBODY


def _forget(order: ShopOrder) -> ShopOrder:
    lines = tuple(replace(line, notes="") for line in order.lines)
    return replace(order, person=NOBODY, note="", lines=lines)
