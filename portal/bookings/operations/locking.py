"""The order of locks, the same everywhere: dates by id, bookings by id, then links."""

from django.db import connection

from portal.bookings.models import Booking
from portal.dates.models import CourseDate

# Any number that nobody else uses for an advisory lock.
_IMPORT_LOCK = 7_216_001


def take_import_turn() -> None:
    """Nothing else takes orders in, and no customer is erased, until the transaction ends. Before all other locks.

    Poll, webhook and a command may read the same order at once. One page at a time decides what is new.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_IMPORT_LOCK])


def lock(booking: Booking) -> Booking:
    """The booking as it is now, kept from changing until the transaction ends.

    The date first, always: every change of seats queues on that row, so the last seat is promised once, and one
    fixed order of locks cannot deadlock.
    """
    if booking.course_date_id:
        CourseDate.objects.select_for_update().filter(pk=booking.course_date_id).first()
    Booking.objects.select_for_update().get(pk=booking.pk)
    return Booking.objects.with_relations().get(pk=booking.pk)
