"""Who takes something of the shop in, one after the other."""

from django.db import connection

# Any number that nobody else uses for an advisory lock.
_IMPORT_LOCK = 7_216_001


def take_import_turn() -> None:
    """Nothing else takes orders or the catalog in until the transaction ends. Before all other locks.

    Poll, webhook and a command may read the same order at once, and the catalog its date. One page at a time decides
    what is new.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_IMPORT_LOCK])
