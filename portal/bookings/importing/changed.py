"""Bookings whose order item has changed in the shop."""

from collections.abc import Mapping
from datetime import datetime

from portal.bookings.importing.catalog import Catalog
from portal.bookings.importing.lines import Item
from portal.bookings.models import Booking
from portal.bookings.operations import ShopFacts, apply_shop_change


def follow_changes(changed: Mapping[int, Item], bookings: list[Booking], *, at: datetime) -> None:
    """:param changed: items by order item id; `bookings` are their live rows"""
    catalog = Catalog([(changed[each.magento_order_item_id], each.partner) for each in bookings], at=at)
    # By date, then booking: the one order of locks.
    for booking in sorted(bookings, key=lambda each: (each.course_date_id or 0, each.pk)):
        item = changed[booking.magento_order_item_id]
        apply_shop_change(booking, _facts(item, booking, catalog, at=at), at=at)


def _facts(item: Item, booking: Booking, catalog: Catalog, *, at: datetime) -> ShopFacts:
    person = item.order.person
    return ShopFacts(
        participants=item.line.participants,
        is_cancelled=item.is_cancelled,
        is_released=item.is_released,
        course_date=catalog.date(item, booking.partner),
        starts_on=item.line.starts_on,
        starts_at=item.starts_at,
        first_name=person.first_name,
        last_name=person.last_name,
        email=person.email,
        phone=person.phone,
        columns=item.shop_columns(at),
    )
