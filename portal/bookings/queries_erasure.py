"""Whose data are to go: the orders of one person, over all partners. For staff alone."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from portal.bookings.models import Booking, Customer, ErasedOrder, UnmatchedOrder
from portal.bookings.search import booking_ids

MOST_ORDERS = 500


@dataclass(frozen=True)
class FoundOrder:
    """An order of the person. `bookings` may be none: an order that waits for its partner names nobody here yet."""

    order_id: int
    number: str
    bookings: list[Booking]
    erased_at: datetime | None

    @property
    def customer(self) -> Customer | None:
        return self.bookings[0].customer if self.bookings else None


def find_orders(text: str, *, at: datetime) -> list[FoundOrder]:
    """By the whole e-mail address, or the whole number of an order; the newest first."""
    text = text.strip().lstrip("#")
    if "@" in text:
        customers = Customer.objects.filter(email__iexact=text).values_list("magento_order_id", flat=True)
        return orders_by_id(set(customers.distinct()[:MOST_ORDERS]))
    found = Booking.objects.with_ids(booking_ids(text, at=at)).filter(magento_order_increment_id=text)
    waiting = UnmatchedOrder.objects.filter(magento_order_increment_id=text)
    numbers = (*found.values_list("magento_order_id"), *waiting.values_list("magento_order_id"))
    return orders_by_id({order_id for (order_id,) in numbers})


def orders_by_id(order_ids: Collection[int]) -> list[FoundOrder]:
    """Those the portal knows, the newest first."""
    bookings: dict[int, list[Booking]] = {}
    numbers: dict[int, str] = {}
    rows = Booking.objects.with_relations().filter(magento_order_id__in=order_ids)
    for booking in rows.order_by("magento_order_id", "pk"):
        bookings.setdefault(booking.magento_order_id, []).append(booking)
        numbers[booking.magento_order_id] = booking.order_number
    for row in UnmatchedOrder.objects.filter(magento_order_id__in=order_ids):
        numbers.setdefault(row.magento_order_id, row.magento_order_increment_id)
    erased = dict(ErasedOrder.objects.filter(pk__in=order_ids).values_list("pk", "erased_at"))
    return [
        FoundOrder(each, numbers[each], bookings.get(each, []), erased.get(each))
        for each in sorted(numbers, reverse=True)
    ]
