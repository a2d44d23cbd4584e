"""Bookings with boring defaults; later states are reached by operations."""

from datetime import datetime
from itertools import count

from portal.bookings.models import Booking, Customer, UnmatchedOrder
from portal.conftest import NOON
from portal.dates.tests.factories import A_WEEK_LATER, make_date
from portal.partners.models import Partner

_numbers = count(1)


def make_booking(partner: Partner, *, starts_at: datetime | None = A_WEEK_LATER, **values: object) -> Booking:
    number = next(_numbers)
    date = make_date(partner, starts_at=starts_at)
    customer = Customer.objects.create(
        partner=partner,
        magento_order_id=number,
        first_name="Jürgen",
        last_name="Müller",
        email="juergen@example.com",
        phone="0171 39200 01",
    )
    defaults = {
        "customer_number": partner.customer_number,
        "magento_order_id": number,
        "magento_order_item_id": 9000 + number,
        "magento_order_increment_id": f"{number:09d}",
        "customer": customer,
        "course": date.course,
        "course_date": date,
        "course_name": "Sushi-Kurs für Anfänger",
        "starts_on": date.starts_on,
        "starts_at": starts_at,
        "participants": 2,
        "ordered_at": NOON,
        "shop_state": "processing",
        "shop_participants": 2,
        "shop_price_cents": 17800,
        "shop_payment_status": "paid",
        "shop_hash": "",
        "shop_read_at": NOON,
        "released_at": NOON,
        "asked_at": NOON,
        "created_at": NOON,
    }
    return Booking.objects.create(partner=partner, **{**defaults, **values})


def make_unmatched_order(number: int = 1, **values: object) -> UnmatchedOrder:
    defaults = {
        "magento_order_item_id": 100 + number,
        "magento_order_id": number,
        "magento_order_increment_id": f"{number:09d}",
        "partner_value": "10007",
        "course_name": "Sushi-Kurs für Anfänger",
        "sku": "K1-20300508",
        "starts_on": NOON.date(),
        "participants": 2,
        "reason": UnmatchedOrder.Reason.UNKNOWN_PARTNER,
        "ordered_at": NOON,
        "created_at": NOON,
    }
    return UnmatchedOrder.objects.create(**{**defaults, **values})
