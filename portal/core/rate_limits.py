"""So many calls in a while and no more, counted in PostgreSQL for all processes together.

A caller may use its whole allowance at once and gets it back evenly: 100 a minute is one more every 0.6 seconds.
Each call is one statement. It must be committed before the work of the request: otherwise one caller's requests would
wait for each other at its row, and a request that fails would give its call back.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse

from portal.core.sweeps import sweep

TABLE = "miomente_partner_portal_rate_limits"
MINUTE = 60.0
# By the database's clock, the same for all processes.
_HIT = f"""
INSERT INTO {TABLE} AS kept (key, tat) VALUES (%(key)s, clock_timestamp() + %(step)s * interval '1 second')
ON CONFLICT (key) DO UPDATE SET tat = greatest(kept.tat, clock_timestamp()) + %(step)s * interval '1 second'
WHERE greatest(kept.tat, clock_timestamp()) + %(step)s * interval '1 second'
    <= clock_timestamp() + %(whole)s * interval '1 second'
RETURNING extract(epoch FROM tat - clock_timestamp())::float8
"""  # noqa: S608 -- a constant
_WAIT = f"SELECT extract(epoch FROM tat - clock_timestamp())::float8 FROM {TABLE} WHERE key = %s"  # noqa: S608


@dataclass(frozen=True)
class Limit:
    """:param name: stands in the headers"""

    name: str
    calls: int
    seconds: float = MINUTE


@dataclass(frozen=True)
class Count:
    """How a caller stands after a call. `used_seconds`: until its allowance is whole again."""

    limit: Limit
    is_allowed: bool
    used_seconds: float

    @property
    def remaining(self) -> int:
        free = (self.limit.seconds - self.used_seconds) * self.limit.calls / self.limit.seconds
        # A moment has passed since it was counted, which gives nothing whole back.
        return max(0, min(self.limit.calls - 1, int(free + 0.5))) if self.is_allowed else 0

    @property
    def retry_after_seconds(self) -> int:
        """Until the next call is allowed."""
        return max(1, ceil(self.used_seconds + self.limit.seconds / self.limit.calls - self.limit.seconds))


class TooManyCalls(Exception):
    def __init__(self, count: Count) -> None:
        super().__init__()
        self.count = count


def hit(key: str, limit: Limit) -> Count | None:
    """Count one call; None when the limit is off."""
    if limit.calls <= 0:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_HIT, {"key": key, "step": limit.seconds / limit.calls, "whole": limit.seconds})
        if row := cursor.fetchone():
            return Count(limit, is_allowed=True, used_seconds=row[0])
        cursor.execute(_WAIT, [key])
        row = cursor.fetchone()
        return Count(limit, is_allowed=False, used_seconds=row[0] if row else limit.seconds)


def forget(key: str) -> None:
    """Give the caller its whole allowance back."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {TABLE} WHERE key = %s", [key])  # noqa: S608 -- a constant


def commit_and_go_on() -> None:
    """Keep a call counted whatever becomes of the request, and let the caller's next one count at once.

    The request's transaction ends here and another begins, for which a scope has to be entered again. For where a
    caller is known only after some reading; nothing may have been written or locked yet.
    """
    with connection.cursor() as cursor:
        cursor.execute("COMMIT AND CHAIN")


def link_key(request: HttpRequest, link: str) -> str:
    """Of a link and who calls it. A fingerprint: neither token nor address is kept."""
    return "link:" + hashlib.sha256(f"{link} {client_address(request)}".encode()).hexdigest()[:32]


def client_address(request: HttpRequest) -> str:
    """Where the request comes from, behind as many proxies of ours as TRUSTED_PROXY_COUNT says."""
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    told = [each.strip() for each in request.headers.get("X-Forwarded-For", "").split(",")]
    # Only what our own proxies wrote counts: anybody may send the entries before.
    if proxies > 0 and len(told) >= proxies and told[-proxies]:
        return told[-proxies]
    return str(request.META.get("REMOTE_ADDR", ""))


def add_headers(response: HttpResponse, count: Count) -> HttpResponse:
    """What the draft "RateLimit header fields for HTTP" names."""
    name = count.limit.name
    response.headers["RateLimit-Policy"] = f'"{name}";q={count.limit.calls};w={int(count.limit.seconds)}'
    seconds = ceil(count.used_seconds) if count.is_allowed else count.retry_after_seconds
    response.headers["RateLimit"] = f'"{name}";r={count.remaining};t={seconds}'
    if not count.is_allowed:
        response.headers["Retry-After"] = str(count.retry_after_seconds)
    return response


@sweep("rate limits")
def forget_whole_allowances(_at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {TABLE} WHERE tat < clock_timestamp()")  # noqa: S608 -- a constant
        return int(cursor.rowcount)
