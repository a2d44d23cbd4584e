"""The order of locks, the same everywhere: dates by id, bookings by id, then links."""

from portal.bookings.models import Booking
from portal.dates.models import CourseDate


def lock(booking: Booking) -> Booking:
    """The booking as it is now, kept from changing until the transaction ends.

    The date first, always: every change of seats queues on that row, so the last seat is promised once, and one
    fixed order of locks cannot deadlock.
    """
    if booking.course_date_id:
        CourseDate.objects.select_for_update().filter(pk=booking.course_date_id).first()
    Booking.objects.select_for_update().get(pk=booking.pk)
    return Booking.objects.with_relations().get(pk=booking.pk)
