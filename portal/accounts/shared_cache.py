"""Django's cache in PostgreSQL: what allauth counts there (wrong passwords, used codes) holds for all processes."""

import json
from collections.abc import Iterable
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connections
from django.utils.crypto import salted_hmac

TABLE = "miomente_partner_portal_attempts"
_PUT = (
    f"INSERT INTO {TABLE} AS kept (key, value, expires_at) "  # noqa: S608 -- a constant
    "VALUES (%s, %s, clock_timestamp() + make_interval(secs => %s::float8)) "
    "ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at"
)
_ADD = f"{_PUT} WHERE kept.expires_at <= clock_timestamp() RETURNING 1"
_GET = f"SELECT value FROM {TABLE} WHERE key = %s AND expires_at > clock_timestamp()"  # noqa: S608
_DELETE = f"DELETE FROM {TABLE} WHERE key = %s RETURNING 1"  # noqa: S608


class SharedCache(BaseCache):
    """Values are JSON and have an end. Each call is one statement, and true at once for everybody.

    It has a connection of its own: a wrong password stays counted when the request that brought it is rolled
    back, and nobody waits at a counter for the end of another's request. It is none of the pool's: requests that
    hold all of those would wait here for each other.
    """

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)
        self._connection: Any = None

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._run(_ADD, [self._key(key, version), json.dumps(value), self._seconds(timeout)]) != []

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        rows = self._run(_GET, [self._key(key, version)])
        return json.loads(rows[0][0]) if rows else default

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._run(_PUT, [self._key(key, version), json.dumps(value), self._seconds(timeout)])

    def delete(self, key: str, version: int | None = None) -> bool:
        return self._run(_DELETE, [self._key(key, version)]) != []

    def clear(self) -> None:
        self._run(f"DELETE FROM {TABLE}")  # noqa: S608

    def close(self, **_kwargs: Any) -> None:
        """At the end of each request, by Django."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _key(self, key: str, version: int | None) -> str:
        """A fingerprint: allauth's keys have the addresses of visitors in them."""
        full = self.make_and_validate_key(key, version=version)
        return salted_hmac("portal.attempts", full, algorithm="sha256").hexdigest()

    def _seconds(self, timeout: Any) -> float:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        if seconds is None:
            raise ValueError("What is kept here has an end.")
        return float(seconds)

    def _run(self, statement: str, values: Iterable[Any] = ()) -> list[Any]:
        if self._connection is None:
            known = connections["default"]
            unpooled = {**known.settings_dict["OPTIONS"], "pool": False}
            self._connection = type(known)({**known.settings_dict, "OPTIONS": unpooled}, known.alias)
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(statement, list(values))
                return list(cursor.fetchall()) if cursor.description else []
        except Exception:
            # Perhaps the database was away: the next call begins with a new connection.
            self.close()
            raise
