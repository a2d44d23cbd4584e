"""Reads of the bookings that take the seats of dates."""

from collections.abc import Collection

from portal.bookings.models import Booking, BookingStatus

_TAKES = (BookingStatus.PENDING, BookingStatus.CONFIRMED, BookingStatus.EXPIRED)


def newest_bookings(date_ids: Collection[int]) -> dict[int, Booking]:
    """The live booking of each date that was ordered last, by the date's id. With one query."""
    live = Booking.objects.filter(course_date__in=date_ids, status__in=_TAKES)
    newest = live.order_by("course_date", "-ordered_at", "-pk").distinct("course_date")
    return {each.course_date_id: each for each in newest if each.course_date_id is not None}
