"""The order of locks: the turn of the order item, dates by id, its bookings by id, its row here, mails, then links."""

from collections.abc import Collection

from django.db import connection
from django.db.transaction import TransactionManagementError

from portal.bookings import operations as bookings
from portal.bookings.models import Booking
from portal.dates.models import CourseDate
from portal.rebooking.models import Rebooking


def take_turn(order_item_id: int) -> None:
    """One at a time moves what belongs to an order item, until its transaction ends. Before any other lock.

    So what is read behind it names all that has to be locked, and a second click waits instead of failing.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("A turn needs a transaction.")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"rebooking:{order_item_id}"]
        )


def lock_booking(booking: Booking) -> Booking:
    """The booking as it is now; nothing of its order item changes until the transaction ends."""
    take_turn(booking.magento_order_item_id)
    return bookings.lock_thread(booking)


def lock_rebooking(rebooking: Rebooking, *, with_dates: Collection[int] = ()) -> Rebooking:
    """The link as it is now, with its booking; nothing of both, nor of these dates, changes until the transaction ends.

    :param with_dates: ids of dates whose seats are about to be taken. What the link holds is locked anyway.
    """
    take_turn(rebooking.original_order_item_id)
    seen = Rebooking.objects.select_related("original_booking").get(pk=rebooking.pk)
    ids = {*with_dates, *([seen.held_date_id] if seen.held_date_id else [])}
    booking = bookings.lock_thread(seen.original_booking, CourseDate.objects.filter(pk__in=ids))
    locked = Rebooking.objects.select_for_update().get(pk=rebooking.pk)
    # Others wait for the date meanwhile: what has been read is not read again.
    locked.original_booking = booking
    return locked
