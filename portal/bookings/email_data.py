"""What a template of the mail provider's own is filled with: the names are the spec's BookingConfirmationEmailData."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.bookings.models import Booking
from portal.bookings.people import shown_customer
from portal.bookings.wording import moved_from
from portal.core.wording import say_day, say_money, say_when, wall_clock

# What the settings SENDGRID_TEMPLATE_… call our mails.
TEMPLATE_OF = {
    "booking_request": "booking_confirmation",
    "booking_reminder": "booking_reminder",
    "booking_reminder_final": "booking_reminder",
    "booking_declined": "booking_declined",
}


def email_data(booking: Booking, values: Mapping[str, Any], *, at: datetime) -> dict[str, Any]:
    """Texts in the language that is active. A mail without one of the values has "" there.

    :param values: what else the portal's own template is rendered with
    """
    customer, expires_at = shown_customer(booking, at=at), values.get("expires_at")
    return {
        "partnerName": booking.partner.greeting_name,
        "partnerEmail": booking.partner.email,
        "orderNumber": booking.order_number,
        "customer": {"name": customer.name, "email": customer.email, "phone": customer.phone},
        "course": {
            "name": booking.course_name,
            "date": say_day(booking.starts_on) if booking.starts_on else "",
            "time": f"{wall_clock(booking.starts_at):%H:%M}" if booking.starts_at else "",
        },
        "previousDate": moved_from(booking),
        "participants": booking.participants,
        "price": say_money(booking.price_cents, booking.currency),
        "notes": customer.notes,
        "confirmUrl": values.get("confirm_url", ""),
        "declineUrl": values.get("decline_url", ""),
        "bookingUrl": values.get("booking_url", ""),
        "expiresAt": say_when(expires_at) if isinstance(expires_at, datetime) else "",
        "declineReason": values.get("reason", ""),
        "odooTicketId": booking.odoo_ticket_number,
        "isLastReminder": "hours" in values,
        "language": booking.partner.language,
    }
