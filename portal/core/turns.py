"""One job at a time about one thing outside, whichever worker runs it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


class Busy(Exception):
    """Another job is at it. The next try comes in a moment."""


@contextmanager
def turn(name: str) -> Iterator[None]:
    """Hold the turn called `name` until the block ends; a process that dies gives it back.

    It belongs to the connection and needs no transaction, so an outside call may take its time inside.

    :raises Busy: when another one holds it
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name])
        (is_mine,) = cursor.fetchone()
    if not is_mine:
        raise Busy(f"Another job is at {name}.")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])
