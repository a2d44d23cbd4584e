"""What programs see of a rebooking, each built in one place."""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from portal.bookings.people import shown_customer
from portal.rebooking.models import Rebooking
from portal.rebooking.options import Kind, Option
from portal.rebooking.wording import rebooked


def link_out(rebooking: Rebooking, options: Iterable[Option], *, token: str, at: datetime) -> dict[str, Any]:
    """For the customer. Needs `original_booking` loaded."""
    booking, is_held = rebooking.original_booking, rebooking.is_held(at)
    return {
        "token": token,
        "originalBooking": {
            "orderNumber": booking.order_number,
            "courseName": booking.course_name,
            "originalDate": _day(booking.starts_on),
            "participants": booking.participants,
            "customerName": booking.customer.name,
        },
        "availableDates": [option_out(each) for each in options],
        "expiresAt": rebooking.token_expires_at.isoformat(),
        "heldDateId": rebooking.held_date_id if is_held else None,
        "heldUntil": rebooking.held_until.isoformat() if is_held and rebooking.held_until else None,
    }


def option_out(option: Option) -> dict[str, Any]:
    """Prices are those of the shop: what was paid stays paid."""
    course_date, price = option.course_date, option.price
    return {
        "id": course_date.pk,
        "date": _day(course_date.starts_on),
        "time": _clock(course_date.starts_time),
        "endTime": _clock(course_date.ends_time),
        "spotsAvailable": option.free,
        "price": _amount(price.per_seat_cents),
        "currency": price.currency,
        "priceDifference": _amount(price.difference_cents),
        "courseName": course_date.course.name,
        "location": course_date.location,
        "isProposed": option.kind is Kind.PROPOSED,
    }


def rebooked_out(rebooking: Rebooking) -> dict[str, Any]:
    """For the customer, once the link was used. The order keeps its number."""
    assert rebooking.new_date is not None
    return {
        "success": True,
        "newOrderNumber": rebooking.original_booking.order_number,
        "newDate": rebooking.new_date.isoformat(),
        "message": rebooked(rebooking),
    }


def rebooking_out(rebooking: Rebooking, *, at: datetime) -> dict[str, Any]:
    """For the partner. Needs `original_booking__customer` loaded. The order keeps its number."""
    booking = rebooking.original_booking
    is_used = rebooking.status == Rebooking.Status.USED
    return {
        "id": rebooking.pk,
        "originalOrderNumber": booking.order_number,
        "originalDate": _day(booking.starts_on),
        "newOrderNumber": booking.order_number if is_used else None,
        "newDate": rebooking.new_date.isoformat() if rebooking.new_date else None,
        "customerName": shown_customer(booking, at=at).name,
        "status": rebooking.status,
        "rebooked_at": rebooking.rebooked_at.isoformat() if rebooking.rebooked_at else None,
    }


def _day(on: date | None) -> str:
    return on.isoformat() if on else ""


def _clock(moment: time | None) -> str:
    return f"{moment:%H:%M}" if moment else ""


def _amount(cents: int | None) -> float | None:
    return None if cents is None else cents / 100
