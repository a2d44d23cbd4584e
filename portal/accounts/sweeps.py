from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models.functions import Now

from portal.accounts.models import RefreshToken
from portal.accounts.shared_cache import TABLE
from portal.core.sweeps import sweep


@sweep("attempts")
def forget_attempts(at: datetime) -> int:
    """Counted attempts that count no longer."""
    with connection.cursor() as cursor:
        # By the database's clock, as they were written.
        cursor.execute(f"DELETE FROM {TABLE} WHERE expires_at < clock_timestamp()")  # noqa: S608 -- a constant
        return int(cursor.rowcount)


# Of refresh tokens, at one look.
_AT_ONCE = 100


@sweep("sign-ins")
def forget_sign_ins(_at: datetime) -> int:
    """Sessions and refresh tokens that nobody can use any more.

    By the database's clock: the demo's worker runs ahead of those who sign in.
    """
    sessions, _ = Session.objects.filter(expire_date__lte=Now()).delete()
    # All live equally long, so that the next to go are the oldest, which need no index of their own.
    oldest = RefreshToken.objects.order_by("pk").values("pk")[:_AT_ONCE]
    over, _ = RefreshToken.objects.filter(pk__in=oldest, expires_at__lte=Now()).delete()
    return sessions + over
