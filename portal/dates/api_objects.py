"""Courses and dates as programs see them, each built in one place."""

from typing import Any
from urllib.parse import urljoin

from django.conf import settings

from portal.courses.models import Course
from portal.courses.pictures import picture_urls
from portal.dates.models import CourseDate
from portal.dates.seats import Seats


def course_out(course: Course) -> dict[str, Any]:
    return {
        "id": course.magento_product_id,
        "name": course.name,
        "sku": course.sku,
        "description": course.description,
        "price": _amount(course.price_cents),
        "currency": course.currency,
        "durationMinutes": course.duration_minutes,
        "location": course.location,
        "images": [urljoin(settings.PORTAL_URL, url) for url in picture_urls(course)],
        "isOnSale": course.is_on_sale,
    }


def date_out(course_date: CourseDate, seats: Seats) -> dict[str, Any]:
    course, starts, ends = course_date.course, course_date.starts_time, course_date.ends_time
    return {
        "id": course_date.pk,
        "magentoProductId": course_date.magento_product_id,
        "course": {"id": course.magento_product_id, "name": course.name, "sku": course.sku},
        "status": "planned" if course_date.cancelled_at is None else "cancelled",
        "eventDate": course_date.starts_on.isoformat() if course_date.starts_on else "",
        "eventTime": f"{starts:%H:%M}" if starts else "",
        "eventEndTime": f"{ends:%H:%M}" if ends else "",
        "durationMinutes": course_date.duration_minutes,
        "timeZone": course_date.time_zone,
        "location": course_date.location,
        "price": _amount(course_date.price_cents),
        "currency": course_date.currency,
        "minParticipants": course_date.min_participants,
        "bookingDeadlineHours": course_date.booking_deadline_hours,
        "notes": course_date.notes,
        "madeBy": course_date.made_by,
        "shopState": course_date.shop_state or "not_read",
        "seats": _seats_out(seats),
        "updatedAt": (course_date.updated_at or course_date.created_at).isoformat(),
    }


def _seats_out(seats: Seats) -> dict[str, int | None]:
    return {
        "capacity": seats.capacity,
        "booked": seats.booked,
        "held": seats.held,
        "soldElsewhere": seats.elsewhere,
        "blocked": seats.blocked,
        "free": seats.shown_free,
        "inShop": seats.shop_salable,
    }


def _amount(cents: int | None) -> float | None:
    return None if cents is None else cents / 100
