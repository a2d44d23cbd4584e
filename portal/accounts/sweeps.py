from datetime import datetime

from django.db import connection

from portal.accounts.shared_cache import TABLE
from portal.core.sweeps import sweep


@sweep("attempts")
def forget_attempts(at: datetime) -> int:
    """Counted attempts that count no longer."""
    with connection.cursor() as cursor:
        # By the database's clock, as they were written.
        cursor.execute(f"DELETE FROM {TABLE} WHERE expires_at < clock_timestamp()")  # noqa: S608 -- a constant
        return int(cursor.rowcount)
