"""What a customer or the shop's staff do in the small shop. Each queues the hint that a real shop would send."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction

from portal.core import jobs
from portal.core.models import Watermark
from portal.core.refusals import NotAllowed
from portal.demo import policies, queries
from portal.demo.clock import shifted
from portal.demo.models import DemoClock
from portal.demo.policies import OrderBlocker
from portal.integrations.shop import ShopLine, ShopOrder, ShopPerson
from portal.integrations.shop.embedded import shop_writer
from portal.integrations.shop.writing import NotSalable, OrderItem, PlacedOrder, ShopWriter


class UnknownOrder(LookupError):
    """The shop has no such order, or the order no such item."""


@transaction.atomic
def place_order(items: Sequence[OrderItem], customer: ShopPerson, *, at: datetime) -> PlacedOrder:
    """Order and pay.

    :raises NotAllowed: with the OrderBlocker of the first item that cannot be sold; then nothing is ordered
    """
    with connection.cursor() as cursor:
        shop = shop_writer(cursor)
        for item in items:
            if blocker := _sale_blocker(shop, item.sku, at=at):
                raise NotAllowed(blocker, f"{blocker.label} ({item.sku})")
        placed = _claimed(lambda: shop.place_order(items, customer, at=at))
    _hint(placed.order_id)
    return placed


@transaction.atomic
def cancel_item(number: str, item_id: int, qty: int, *, at: datetime) -> None:
    """:raises UnknownOrder:, NotAllowed: with the ChangeBlocker that stands in the way"""
    order, line = _locked(number, item_id)
    if blocker := policies.cancel_blocker(line, qty):
        raise NotAllowed(blocker)
    with connection.cursor() as cursor:
        shop_writer(cursor).cancel(order.order_id, item_id=item_id, qty=qty, at=at)
    _hint(order.order_id)


@transaction.atomic
def refund_item(number: str, item_id: int, qty: int, *, at: datetime) -> None:
    """:raises UnknownOrder:, NotAllowed: with the ChangeBlocker that stands in the way"""
    order, line = _locked(number, item_id)
    if blocker := policies.refund_blocker(order, line, qty):
        raise NotAllowed(blocker)
    with connection.cursor() as cursor:
        shop_writer(cursor).refund(order.order_id, item_id, qty, at=at)
    _hint(order.order_id)


@transaction.atomic
def edit_order(number: str, item_id: int, qty: int, *, at: datetime) -> PlacedOrder:
    """Another number of participants. As in Magento, a new order replaces the old one, which is cancelled.

    :raises UnknownOrder:, NotAllowed: with the ChangeBlocker or OrderBlocker that stands in the way
    """
    order, line = _locked(number, item_id)
    if blocker := policies.edit_blocker(line, qty):
        raise NotAllowed(blocker)
    wanted = [
        OrderItem(each.date_sku, qty if each is line else each.participants, note=_answer(each.notes))
        for each in order.lines
        if each.participants
    ]
    with connection.cursor() as cursor:
        shop = shop_writer(cursor)
        placed = _claimed(lambda: shop.edit_order(order.order_id, wanted, at=at))
    _hint(order.order_id, placed.order_id)
    return placed


def _sale_blocker(shop: ShopWriter, sku: str, *, at: datetime) -> OrderBlocker | None:
    if not queries.is_shop_set_up():
        return OrderBlocker.UNKNOWN_SKU
    found = shop.rows.rows("SELECT entity_id, type_id FROM {catalog_product_entity} WHERE sku = %s", sku)
    if not found:
        return policies.sale_blocker("", None, at=at)
    product_id, kind = found[0]
    return policies.sale_blocker(kind, _starts_at(shop, product_id), at=shifted(at))


def _starts_at(shop: ShopWriter, product_id: int) -> datetime | None:
    """None for what has no date, such as a voucher."""
    day, clock = (shop.shelf.value(product_id, name) for name in ("event_date", "event_time"))
    if day is None:
        return None
    hour, minute = (int(part) for part in str(clock or "0:00").split(":")[:2])
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=shop.shelf.zone)


def _claimed(order: Callable[[], PlacedOrder]) -> PlacedOrder:
    try:
        return order()
    except NotSalable as refusal:
        # Everything else was ruled out before, so somebody took the last spots.
        raise NotAllowed(OrderBlocker.NOT_ENOUGH_SPOTS) from refusal


def _locked(number: str, item_id: int) -> tuple[ShopOrder, ShopLine]:
    """The order as it is now, kept from changing until the transaction ends."""
    order = queries.order_by_number(number)
    if order is None:
        raise UnknownOrder(number)
    with connection.cursor() as cursor:
        shop_writer(cursor).rows.rows(
            "SELECT 1 FROM {sales_order} WHERE entity_id = %s FOR UPDATE", order.order_id
        )
    order = queries.order_by_number(number)
    lines = [line for line in order.lines if line.item_id == item_id] if order else []
    if order is None or not lines:
        raise UnknownOrder(number)
    return order, lines[0]


def _answer(notes: str) -> str:
    """The customer's own words of "Hinweise an den Veranstalter: keine Nüsse"."""
    return notes.partition(": ")[2]


def _hint(*order_ids: int) -> None:
    # With the order's own commit: an order that is rolled back is never hinted at.
    jobs.defer("bookings.import_hint", hints=[str(each) for each in order_ids])


@transaction.atomic
def shift_clock(hours: float, *, at: datetime) -> float:
    """Move the demo's clock by so many hours more and return by how many it is ahead in all.

    :raises NotAllowed: when it would fall behind the real time, or go further ahead than courses are planned
    """
    DemoClock.objects.get_or_create(pk=1)
    clock = DemoClock.objects.select_for_update().get(pk=1)
    if blocker := policies.shift_blocker(clock.offset_hours + hours):
        raise NotAllowed(blocker)
    clock.offset_hours += hours
    clock.save()
    if hours < 0:
        # Otherwise the poll would wait until its own last run, which now lies ahead.
        ahead = at + timedelta(hours=clock.offset_hours)
        Watermark.objects.filter(checked_at__gt=ahead).update(checked_at=ahead)
    return clock.offset_hours
