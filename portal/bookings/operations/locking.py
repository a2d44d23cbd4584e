"""The order of locks, the same everywhere: dates by id, bookings by id, mails by id, then links."""

from collections.abc import Collection
from functools import cache
from typing import cast

from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from portal.bookings.models import Booking
from portal.bookings.querysets import BookingQuerySet
from portal.core.models import OutboxMail
from portal.core.statements import ModelStatement, Slot
from portal.dates.models import CourseDate

# The booking is locked for rows that stand beside the count of the locked dates: not before there is one.
_LOCK = f"""
WITH date AS MATERIALIZED (SELECT id FROM {CourseDate._meta.db_table} WHERE id = %s FOR UPDATE)
SELECT FROM {Booking._meta.db_table} AS booking, (SELECT count(*) FROM date) AS held
WHERE booking.id = %s FOR UPDATE OF booking
"""  # noqa: S608 -- constants
# Who was asked and who decided before, few decisions look at: they are read then.
_LOADED = ("customer", "course", "course_date")


def lock(booking: Booking) -> Booking:
    """The booking as it is now, kept from changing until the transaction ends.

    The date first, always: every change of seats queues on that row, so the last seat is promised once, and one
    fixed order of locks cannot deadlock.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("A lock needs a transaction.")
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [booking.course_date_id, booking.pk])
    # Not in the statement that waits: that one would still see what stood beside the row before.
    found = _whole().load({"pk": booking.pk})
    if not found:
        raise Booking.DoesNotExist
    return cast("Booking", found[0])


def lock_orders(order_ids: Collection[int], *, dates: Collection[int] = ()) -> list[Booking]:
    """All bookings of these orders, kept from changing until the transaction ends.

    For those few who change several bookings in one transaction: they take all of them before they write anything.

    :param dates: ids of others to lock among theirs
    """
    return lock_found(Booking.objects.filter(magento_order_id__in=order_ids), dates=dates)


def lock_found(found: BookingQuerySet, *, dates: Collection[int] = ()) -> list[Booking]:
    """These bookings as they are now, by id, kept from changing with the dates of all until the transaction ends.

    :param dates: ids of others to lock among them
    """
    while True:
        try:
            with transaction.atomic():
                return _lock_found(found, dates)
        except _DateMissed:
            # The savepoint has given all of them back: a booking that has moved meanwhile must not be held before
            # its date is.
            continue


class _DateMissed(Exception):
    pass


def _lock_found(found: BookingQuerySet, dates: Collection[int]) -> list[Booking]:
    wanted = {*dates, *found.values_list("course_date_id", flat=True)} - {None}
    rows = CourseDate.objects.select_for_update().filter(pk__in=wanted).order_by("pk")
    list(rows.values_list("pk"))
    bookings = list(found.select_for_update().order_by("pk"))
    if {each.course_date_id for each in bookings} - wanted - {None}:
        raise _DateMissed
    return bookings


def lock_bookings(found: BookingQuerySet) -> list[Booking]:
    """Those of one date as they are now, by id, with all that belongs to them. Call it with the date locked."""
    ids = list(found.select_for_update().order_by("pk").values_list("pk", flat=True))
    # As above: read anew, once nothing changes any more.
    return list(Booking.objects.with_relations().filter(pk__in=ids).order_by("pk"))


def lock_mails(bookings: Collection[Booking]) -> None:
    """All mails about these bookings, before any link: whoever changes several bookings at once takes them by id."""
    mails = OutboxMail.objects.select_for_update().filter(
        subject_type=Booking.EVENT_SUBJECT, subject_id__in=[each.pk for each in bookings]
    )
    list(mails.order_by("pk").values_list("pk"))


@cache
def _whole() -> ModelStatement:
    return ModelStatement(Booking.objects.filter(pk=Slot("pk")), *_LOADED)
