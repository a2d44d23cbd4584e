"""The order of locks, the same everywhere: dates by id, bookings by id, mails by id, then links."""

from collections.abc import Collection
from functools import cache
from typing import cast

from django.db import connection
from django.db.transaction import TransactionManagementError

from portal.bookings.models import Booking
from portal.bookings.querysets import RELATIONS
from portal.core.statements import ModelStatement, Slot, Statement
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
    if not connection.in_atomic_block:
        raise TransactionManagementError("A lock needs a transaction.")
    date, row, whole = _statements()
    if booking.course_date_id:
        date.fetch({"pk": booking.course_date_id})
    row.fetch({"pk": booking.pk})
    # Not in the statement that waits: that one would still see what stood beside the row before.
    found = whole.load({"pk": booking.pk})
    if not found:
        raise Booking.DoesNotExist
    return cast("Booking", found[0])


def lock_orders(order_ids: Collection[int]) -> list[Booking]:
    """All bookings of these orders, kept from changing until the transaction ends.

    For those few who change several bookings in one transaction: they take all of them before they write anything.
    """
    found = Booking.objects.filter(magento_order_id__in=order_ids)
    dates = sorted({each for each in found.values_list("course_date_id", flat=True) if each})
    list(CourseDate.objects.select_for_update().filter(pk__in=dates).order_by("pk").values_list("pk"))
    return list(found.select_for_update().order_by("pk"))


@cache
def _statements() -> tuple[Statement, Statement, ModelStatement]:
    """The two locks and the booking with all that belongs to it. Every decision begins with them."""
    pk = Slot("pk")
    return (
        Statement(CourseDate.objects.select_for_update().filter(pk=pk).values_list("pk")),
        Statement(Booking.objects.select_for_update().filter(pk=pk).values_list("pk")),
        ModelStatement(Booking.objects.filter(pk=pk), *RELATIONS),
    )
