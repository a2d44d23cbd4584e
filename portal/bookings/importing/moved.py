"""Edited orders of which a booking was rebooked here: the shop names the date that it sold, the portal knows better."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from copy import copy
from itertools import groupby

from portal.bookings import queries
from portal.bookings.models import Booking, BookingStatus, StaffQuestion

_OPEN = (BookingStatus.PENDING, BookingStatus.EXPIRED)
_DATE = ("course_id", "course_date", "course_name", "starts_on", "starts_at", "generation")
_Sale = tuple[object, ...]


def move_along(bookings: Collection[Booking]) -> list[Booking]:
    """Give each the date that its former order was rebooked to. What is only asked for is not carried on.

    Call it with the bookings of the former orders locked, before decisions are inherited. Returns rows to save beside
    them: the sale, on the date where the shop counts it.
    """
    heirs = [each for each in bookings if each.shop_previous_order_id and each.status in _OPEN]
    rebooked = _rebooked({each.shop_previous_order_id or 0 for each in heirs}) if heirs else {}
    sold, left = [], []
    for heir in heirs:
        found = rebooked.get(_sale(heir, heir.shop_previous_order_id, heir.participants))
        if found:
            sold.append(_sold_row(heir))
            _move(heir, found.pop())
        else:
            left.append(heir)
    _ask_about(left, rebooked)
    return sold


def _rebooked(order_ids: Collection[int]) -> dict[_Sale, list[Booking]]:
    """The live bookings by what the shop sold, the last one first."""
    found: dict[_Sale, list[Booking]] = defaultdict(list)
    for thread in _threads(order_ids):
        live = queries.live_booking_of(thread)
        if live is not None and live.is_rebooked_here:
            found[_sale(thread[0], live.magento_order_id, live.participants)].insert(0, live)
    return found


def _threads(order_ids: Collection[int]) -> Iterator[list[Booking]]:
    rows = Booking.objects.filter(magento_order_id__in=order_ids).select_related("course_date")
    by_thread = groupby(
        rows.order_by("magento_order_item_id", "part", "generation"),
        key=lambda each: (each.magento_order_item_id, each.part),
    )
    return (list(thread) for _, thread in by_thread)


def _sale(sold: Booking, order_id: int | None, participants: int) -> _Sale:
    return sold.partner_id, order_id, sold.course_date_id, sold.starts_at, participants


def _sold_row(heir: Booking) -> Booking:
    row = copy(heir)
    row.status, row.expired_at = BookingStatus.REBOOKED, None
    return row


def _move(heir: Booking, live: Booking) -> None:
    for name in _DATE:
        setattr(heir, name, getattr(live, name))
    heir.is_sold_here = False
    has_started = heir.released_at is not None and heir.has_started(heir.created_at)
    heir.status = BookingStatus.EXPIRED if has_started else BookingStatus.PENDING
    heir.expired_at = heir.created_at if has_started else None


def _ask_about(left: Collection[Booking], rebooked: dict[_Sale, list[Booking]]) -> None:
    """Those of other participants than were rebooked: staff know whether they come on the date that the shop says."""
    lost = {sale[:-1] for sale, lives in rebooked.items() if lives}
    for heir in left:
        if _sale(heir, heir.shop_previous_order_id, heir.participants)[:-1] in lost:
            heir.staff_question = StaffQuestion.DATE_MOVED_AFTER_REBOOKING
