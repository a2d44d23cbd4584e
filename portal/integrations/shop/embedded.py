"""The small shop: Magento's tables in a schema of the portal's own PostgreSQL. For the demo and for tests."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import psycopg.errors
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction

from portal.integrations.shop import ShopUnavailable, ShopUnreadable
from portal.integrations.shop.database import Obstacle, Row, TableNames
from portal.integrations.shop.found import Zones
from portal.integrations.shop.offering import SqlCatalogSource
from portal.integrations.shop.reading import SqlOrderSource
from portal.integrations.shop.tables import create_tables
from portal.integrations.shop.writing import ShopWriter

SCHEMA = "portal_shop"
PREFIX = f"{SCHEMA}."


@lru_cache(maxsize=1)
def order_source() -> SqlOrderSource:
    return SqlOrderSource(
        EmbeddedDatabase(), attributes=settings.MAGENTO_ATTRIBUTES, zones=Zones.of_settings()
    )


@lru_cache(maxsize=1)
def catalog_source() -> SqlCatalogSource:
    return SqlCatalogSource(
        EmbeddedDatabase(), attributes=settings.MAGENTO_ATTRIBUTES, zones=Zones.of_settings()
    )


class EmbeddedDatabase:
    """Implements ShopDatabase over the connection of Django, so it sees what the same transaction wrote."""

    @contextmanager
    def session(self) -> Iterator["EmbeddedSession"]:
        yield EmbeddedSession()

    def rights_beyond_reading(self) -> list[str]:
        # The demo orders in this shop: its writes are no mistake.
        return []


class EmbeddedSession:
    """Implements Session."""

    _names = TableNames(PREFIX)

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        values: Any = params
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql.format_map(self._names), values)
                return list(cursor.fetchall())
        except (InterfaceError, OperationalError) as error:
            raise ShopUnavailable("The database of the small shop does not answer.") from error
        except DatabaseError as error:
            raise ShopUnreadable(f"The small shop cannot be read: {error}") from error

    def obstacle(self, sql: str) -> Obstacle | None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql.format_map(self._names))
        except DatabaseError as error:
            return _obstacle(error.__cause__)
        return None


def _obstacle(cause: BaseException | None) -> Obstacle:
    if isinstance(cause, (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName)):
        return Obstacle.NO_TABLE
    if isinstance(cause, psycopg.errors.UndefinedColumn):
        return Obstacle.NO_COLUMN
    if isinstance(cause, psycopg.errors.InsufficientPrivilege):
        return Obstacle.NO_RIGHT
    return Obstacle.OTHER


def create_small_shop(cursor: Any, role: str) -> None:
    """Create the schema with its empty tables, writable by the role of the processes. For a migration."""
    cursor.execute(f"CREATE SCHEMA {SCHEMA}")
    create_tables(cursor, "postgresql", PREFIX)
    cursor.execute(f'GRANT USAGE ON SCHEMA {SCHEMA} TO "{role}"')
    cursor.execute(f'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {SCHEMA} TO "{role}"')


def drop_small_shop(cursor: Any) -> None:
    cursor.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


def shop_writer(cursor: Any) -> ShopWriter:
    """Writes into the small shop over a cursor of Django's connection."""
    return ShopWriter(
        cursor,
        "postgresql",
        prefix=PREFIX,
        codes=settings.MAGENTO_ATTRIBUTES,
        zone=ZoneInfo(settings.TIME_ZONE),
    )
