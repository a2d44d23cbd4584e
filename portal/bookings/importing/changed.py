"""Bookings whose order item has changed in the shop."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from portal.bookings.importing.catalog import Catalog
from portal.bookings.importing.lines import Item
from portal.bookings.models import Booking, BookingStatus, Customer
from portal.bookings.operations import ShopFacts, apply_shop_change, follow_contact, follow_sale
from portal.dates.models import CourseDate


def follow_changes(changed: Mapping[int, Item], *, at: datetime) -> None:
    """:param changed: items by order item id; all bookings of their orders are locked"""
    bookings = _bookings_of(changed)
    catalog = Catalog([(changed[each.magento_order_item_id], each.partner) for each in bookings], at=at)
    renewed = _renewed_customers(changed, bookings)
    for booking in bookings:
        item = changed[booking.magento_order_item_id]
        facts = _facts(item, catalog.date(item, booking.partner), booking.customer_id in renewed, at=at)
        if booking.status == BookingStatus.REBOOKED:
            follow_sale(booking, facts)
        else:
            apply_shop_change(booking, facts, at=at)


def _bookings_of(changed: Collection[int]) -> list[Booking]:
    """The live ones, what is asked for beside them, and last those that were rebooked: they say which date the shop
    has meant so far."""
    found = Booking.objects.filter(magento_order_item_id__in=list(changed)).select_related("partner")
    following = [each for each in found.order_by("pk") if not each.is_candidate or each.is_open_candidate]
    return sorted(following, key=lambda each: each.status == BookingStatus.REBOOKED)


def _renewed_customers(changed: Mapping[int, Item], bookings: list[Booking]) -> set[int]:
    """Customers whose contact data are new: once per order, however many of its items are bookings."""
    contacts = {each.customer_id: changed[each.magento_order_item_id].contact for each in bookings}
    customers = Customer.objects.select_for_update().filter(pk__in=contacts).order_by("pk")
    _follow_language(customers, {each.customer_id: changed[each.magento_order_item_id] for each in bookings})
    return {customer.pk for customer in customers if follow_contact(customer, contacts[customer.pk])}


def _follow_language(customers: Iterable[Customer], items: Mapping[int, Item]) -> None:
    """No news for a partner: only the next mail to the customer is written in it."""
    moved = [each for each in customers if each.language != items[each.pk].order.language]
    for customer in moved:
        customer.language = items[customer.pk].order.language
    Customer.objects.bulk_update(moved, ["language"])


def _facts(item: Item, date: CourseDate | None, has_new_contact: bool, *, at: datetime) -> ShopFacts:
    return ShopFacts(
        participants=item.participants,
        is_cancelled=item.is_cancelled,
        is_released=item.is_released,
        course_date=date,
        starts_on=item.line.starts_on,
        starts_at=item.starts_at,
        has_new_contact=has_new_contact,
        columns=item.shop_columns(at),
    )
