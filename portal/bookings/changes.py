"""What changed since a program last asked: bookings in the order in which their transactions came.

A booking carries the id of the transaction that last wrote it. Handed out is only what was written before the oldest
one that still runs; so whoever reads on from a cursor never misses a booking, however late its transaction ended.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, Q
from django.db.models.expressions import RawSQL

from portal.bookings.models import Booking
from portal.bookings.querysets import BookingQuerySet

_CHANGED_IN = f"{Booking._meta.db_table}.changed_in"
# Transactions are numbered for all databases of a server together. One that is known to run in another database writes
# none of our bookings; else a neighbour's long work would hide all changes here until it ends.
_HORIZON = """
SELECT coalesce((
    SELECT min(running.id) FROM (SELECT pg_snapshot_xip(now_is)::text::bigint AS id) AS running
    WHERE NOT EXISTS (
        SELECT FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock'
            AND transactionid = (running.id % 4294967296)::text::xid
            AND datname <> current_database()
    )
), pg_snapshot_xmax(now_is)::text::bigint), pg_snapshot_xmax(now_is)::text::bigint
FROM pg_current_snapshot() AS now_is
"""


@dataclass(frozen=True)
class Cursor:
    """Up to where a program has read: a transaction, and a booking in it."""

    transaction: int
    booking_id: int = 0

    def __str__(self) -> str:
        return f"{self.transaction}-{self.booking_id}"

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        parts = re.fullmatch("([0-9]{1,18})-([0-9]{1,18})", text)
        return cls(int(parts[1]), int(parts[2])) if parts else None


class UnknownCursor(Exception):
    """It comes from another database: this one was restored from a copy."""


def changes_since(
    since: Cursor | datetime, bookings: BookingQuerySet, *, limit: int
) -> tuple[list[Booking], Cursor]:
    """The next `limit` of `bookings` that changed since, the oldest change first, and from where to read on.

    :raises UnknownCursor: the program has to begin with a moment again
    """
    # Before the bookings, by a statement of its own: what has ended by now is visible to the next one.
    with connection.cursor() as cursor:
        cursor.execute(_HORIZON)
        oldest_running, next_one = cursor.fetchone()
    changed_in: Any = RawSQL(_CHANGED_IN, (), output_field=BigIntegerField())  # noqa: S611 -- a constant
    found = bookings.annotate(changed_in=changed_in).filter(changed_in__lt=oldest_running)
    if isinstance(since, Cursor):
        if since.transaction > next_one:
            raise UnknownCursor
        later = Q(changed_in=since.transaction, id__gt=since.booking_id)
        found = found.filter(later | Q(changed_in__gt=since.transaction))
    else:
        found = found.filter(updated_at__gte=since)
    page = list(found.order_by("changed_in", "id")[:limit])
    if len(page) < limit:
        return page, Cursor(oldest_running)
    return page, Cursor(page[-1].changed_in, page[-1].pk)  # type: ignore[attr-defined]


def forget_other_database(**_kwargs: object) -> None:
    """After the migrations: what a copy of another server's database brings along counts as changed just now.

    There the numbers of transactions may have been higher; such bookings would stay hidden until ours catch up.
    """
    table = Booking._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attname = 'changed_in'", [table]
        )
        if cursor.fetchone():  # Not after going back to before it was there.
            condition = "changed_in > pg_current_xact_id()::text::bigint"
            cursor.execute(f"UPDATE {table} SET updated_at = now() WHERE {condition}")  # noqa: S608 -- constants
