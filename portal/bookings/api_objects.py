"""The spec's Booking object, built in one place."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from portal.bookings.people import shown_customer
from portal.bookings.queries_lists import BookingRow


def booking_out(booking: BookingRow, *, at: datetime) -> dict[str, Any]:
    """Missing phone and time are empty strings; the price is the row's, with tax; the time that of the place."""
    customer, starts_at = shown_customer(booking, at=at), booking.starts_at
    zone = ZoneInfo(booking.time_zone or settings.TIME_ZONE)
    return {
        "id": booking.id,
        "magentoOrderId": booking.magento_order_id,
        "magentoOrderItemId": booking.magento_order_item_id,
        "orderNumber": booking.order_number,
        "customer": {
            "firstName": customer.first_name,
            "lastName": customer.last_name,
            "email": customer.email,
            "phone": customer.phone,
        },
        "course": {
            "id": booking.course_id,
            "name": booking.course_name,
            "sku": booking.sku,
        },
        "eventDate": booking.starts_on.isoformat() if booking.starts_on else "",
        "eventTime": f"{starts_at.astimezone(zone):%H:%M}" if starts_at else "",
        "participants": booking.participants,
        "price": booking.price_cents / 100,
        "currency": booking.currency,
        "status": booking.status,
        "confirmationStatus": _confirmation_status(booking),
        "orderDate": booking.ordered_at.isoformat(),
        "paymentStatus": booking.payment_status,
    }


def _confirmation_status(booking: BookingRow) -> dict[str, str]:
    values = {
        "confirmedAt": booking.confirmed_at and booking.confirmed_at.isoformat(),
        "declinedAt": booking.declined_at and booking.declined_at.isoformat(),
        "declineReason": booking.decline_reason,
    }
    return {name: value for name, value in values.items() if value}
