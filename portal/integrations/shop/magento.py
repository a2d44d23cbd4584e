"""Magento's own database, read over PyMySQL. The only file that knows the driver."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pymysql
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from pymysql.constants import ER

from portal.integrations.shop import ShopUnavailable, ShopUnreadable
from portal.integrations.shop.database import Obstacle, Row, TableNames
from portal.integrations.shop.found import Zones
from portal.integrations.shop.offering import SqlCatalogSource
from portal.integrations.shop.reading import SqlOrderSource

CONNECT_TIMEOUT_SECONDS = 3
READ_TIMEOUT_SECONDS = 30

_OBSTACLES = {
    ER.NO_SUCH_TABLE: Obstacle.NO_TABLE,
    ER.BAD_FIELD_ERROR: Obstacle.NO_COLUMN,
    ER.TABLEACCESS_DENIED_ERROR: Obstacle.NO_RIGHT,
    ER.COLUMNACCESS_DENIED_ERROR: Obstacle.NO_RIGHT,
}
# Waiting does not help against these.
_REFUSALS = {
    ER.ACCESS_DENIED_ERROR: "The shop's database refuses the user or the password.",
    ER.DBACCESS_DENIED_ERROR: "The shop's database user has no access to this database.",
    ER.BAD_DB_ERROR: "The shop's database server has no database of this name.",
}
_READING = {"SELECT", "USAGE", "SHOW VIEW", "SHOW DATABASES", "PROCESS", "REPLICATION CLIENT"}


@lru_cache(maxsize=1)
def order_source() -> SqlOrderSource:
    """The shop of MAGENTO_DATABASE_URL, or else of MAGENTO_DB_HOST and its neighbors."""
    return SqlOrderSource(
        database_of_settings(), attributes=settings.MAGENTO_ATTRIBUTES, zones=Zones.of_settings()
    )


@lru_cache(maxsize=1)
def catalog_source() -> SqlCatalogSource:
    """The catalog of the same shop."""
    return SqlCatalogSource(
        database_of_settings(), attributes=settings.MAGENTO_ATTRIBUTES, zones=Zones.of_settings()
    )


def database_of_settings() -> "MagentoDatabase":
    options = connection_options(settings.MAGENTO_DATABASE_URL) or dict(settings.MAGENTO_DB)
    return MagentoDatabase(options, prefix=settings.MAGENTO_TABLE_PREFIX)


def connection_options(url: str) -> dict[str, Any]:
    """mysql://user:password@host:3306/name?unix_socket=…&ssl_ca=… in the driver's words; {} for no URL."""
    if not url:
        return {}
    parts = urlsplit(url)
    named = {
        "host": parts.hostname,
        "port": parts.port,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "database": unquote(parts.path.lstrip("/")),
        **{key: value for key, value in parse_qsl(parts.query) if key in ("unix_socket", "ssl_ca")},
    }
    return {key: value for key, value in named.items() if value}


class MagentoDatabase:
    """Implements ShopDatabase."""

    def __init__(self, options: dict[str, Any], *, prefix: str = "") -> None:
        if not re.fullmatch(r"\w*", prefix, re.ASCII):
            raise ImproperlyConfigured("MAGENTO_TABLE_PREFIX may hold letters, digits and underscores.")
        # Over a socket of this machine there is nobody to hide from, and setting up TLS takes longer than
        # reading a page. Over the network the driver encrypts when the server can.
        self._options = {**options, "ssl_disabled": True} if "unix_socket" in options else options
        self._names = TableNames(prefix)

    @contextmanager
    def session(self) -> Iterator["MagentoSession"]:
        with _said_in_our_words():
            connection = pymysql.connect(
                **self._options,
                charset="utf8mb4",
                # In a transaction, REPEATABLE READ would show the page of the first statement for ever.
                autocommit=True,
                connect_timeout=CONNECT_TIMEOUT_SECONDS,
                read_timeout=READ_TIMEOUT_SECONDS,
                write_timeout=READ_TIMEOUT_SECONDS,
                # MySQL converts every timestamp to the zone of the session that reads it.
                init_command="SET time_zone = '+00:00'",
            )
        try:
            session = MagentoSession(connection, self._names)
            session.rows("SET SESSION TRANSACTION READ ONLY")
            yield session
        finally:
            connection.close()

    def rights_beyond_reading(self) -> list[str]:
        with self.session() as session:
            grants = [row[0] for row in session.rows("SHOW GRANTS")]
        return sorted({right for grant in grants for right in _rights(grant)} - _READING)


class MagentoSession:
    """Implements Session."""

    def __init__(self, connection: "pymysql.Connection[Any]", names: TableNames) -> None:
        self._connection = connection
        self._names = names

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        with _said_in_our_words(), self._connection.cursor() as cursor:
            cursor.execute(sql.format_map(self._names), params or None)
            return list(cursor.fetchall())

    def obstacle(self, sql: str) -> Obstacle | None:
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(sql.format_map(self._names))
        except pymysql.MySQLError as error:
            return _OBSTACLES.get(_code(error), Obstacle.OTHER)
        return None


@contextmanager
def _said_in_our_words() -> Iterator[None]:
    try:
        yield
    except pymysql.MySQLError as error:
        code = _code(error)
        if code in _REFUSALS:
            raise ShopUnreadable(_REFUSALS[code]) from error
        # MySQL's message names the table or column, never a value.
        if code in _OBSTACLES:
            raise ShopUnreadable(f"The shop's database cannot be read: {error.args[1]}.") from error
        if isinstance(error, pymysql.ProgrammingError):
            raise ShopUnreadable(f"The shop's database refuses a statement ({code}).") from error
        raise ShopUnavailable(f"The shop's database does not answer ({code}).") from error
    except RuntimeError as error:
        if "cryptography" not in str(error):
            raise
        # The driver's word for a way to sign in that it cannot do: MySQL 8's own needs TLS or a socket.
        raise ShopUnreadable(f"The driver cannot sign in to the shop's database: {error}.") from error


def _code(error: pymysql.MySQLError) -> int:
    return error.args[0] if error.args and isinstance(error.args[0], int) else 0


def _rights(grant: str) -> list[str]:
    """The rights in a line of SHOW GRANTS, without the columns a right may be limited to."""
    match = re.match(r"GRANT (.+?) ON ", grant)
    return [right.strip() for right in re.sub(r"\(.*?\)", "", match[1]).split(",")] if match else []
