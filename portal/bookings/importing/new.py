"""Bookings of order items the portal has not seen before."""

from collections.abc import Collection
from datetime import datetime

from portal.bookings.date_changes.operations import carry_on
from portal.bookings.importing.catalog import Catalog, Matched
from portal.bookings.importing.erased import is_erased
from portal.bookings.importing.heirs import inherit_decisions
from portal.bookings.importing.lines import Item
from portal.bookings.importing.moved import move_along
from portal.bookings.models import Booking, BookingStatus, Customer
from portal.bookings.operations import ask_partners
from portal.core import events
from portal.partners.models import Partner

CustomerKey = tuple[int, int]


def make_bookings(matched: Collection[Matched], catalog: Catalog, *, at: datetime) -> list[Booking]:
    """One booking per item; those that wait for an answer are asked for, with the caller's commit."""
    if not matched:
        return []
    customers = _customers(matched, at=at)
    bookings = []
    for item, partner in matched:
        booking = _new_booking(item, partner, catalog, at=at)
        booking.customer = customers[partner.pk, item.order.order_id]
        _place(booking, item, at=at)
        bookings.append(booking)
    sold = move_along(bookings)
    inherit_decisions(bookings)
    Booking.objects.bulk_create([*sold, *bookings])
    carry_on(bookings)
    _announce([booking for booking in bookings if not booking.is_history], at=at)
    return bookings


def _new_booking(item: Item, partner: Partner, catalog: Catalog, *, at: datetime) -> Booking:
    order, line = item.order, item.line
    return Booking(
        partner=partner,
        customer_number=partner.customer_number,
        magento_order_id=order.order_id,
        magento_order_item_id=line.item_id,
        magento_order_increment_id=order.number[:50],
        course=catalog.course(item, partner),
        course_date=catalog.date(item, partner),
        course_name=line.course_name[:300],
        starts_on=line.starts_on,
        starts_at=item.starts_at,
        participants=item.participants_meant,
        notes="\n".join(text for text in (line.notes, order.note) if text),
        ordered_at=order.created_at,
        created_at=at,
        updated_at=at,
        **item.shop_columns(at),
    )


def _place(booking: Booking, item: Item, *, at: datetime) -> None:
    """The status at first sight."""
    if item.is_cancelled:
        booking.status, booking.cancelled_at = BookingStatus.CANCELLED, at
        booking.confirmed_by = "import" if item.is_history else ""
        booking.released_at = at
    elif item.is_history:
        # History is silent: it counts as promised and settled, and nobody is told.
        booking.status, booking.confirmed_at, booking.confirmed_by = BookingStatus.CONFIRMED, at, "import"
        booking.settles_at = booking.settled_at = at
        booking.released_at = at if item.is_released else None
    elif item.is_released:
        booking.released_at = at
        if booking.has_started(at):
            booking.status, booking.expired_at = BookingStatus.EXPIRED, at


def _customers(matched: Collection[Matched], *, at: datetime) -> dict[CustomerKey, Customer]:
    wanted: dict[CustomerKey, Item] = {(partner.pk, item.order.order_id): item for item, partner in matched}
    rows = Customer.objects.filter(
        partner_id__in={key[0] for key in wanted}, magento_order_id__in={key[1] for key in wanted}
    )
    found = {(row.partner_id, row.magento_order_id): row for row in rows}
    missing = [
        Customer(
            partner_id=key[0],
            magento_order_id=key[1],
            language=item.order.language,
            erased_at=at if is_erased(item.order) else None,
            **item.contact,
        )
        for key, item in wanted.items()
        if key not in found
    ]
    Customer.objects.bulk_create(missing)
    found.update({(row.partner_id, row.magento_order_id): row for row in missing})
    return found


def _announce(bookings: list[Booking], *, at: datetime) -> None:
    about = [(booking, {"status": booking.status}) for booking in bookings]
    events.record_many("booking.created", about, actor="shop", at=at)
    waiting = [each for each in bookings if each.status == BookingStatus.PENDING and each.released_at]
    ask_partners(waiting, at=at)
