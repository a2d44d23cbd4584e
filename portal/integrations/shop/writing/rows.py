"""Single rows in Magento's tables, in either kind of database."""

import json
from datetime import UTC, datetime
from typing import Any

from portal.integrations.shop.database import Row, TableNames
from portal.integrations.shop.tables import Dialect


class RowWriter:
    """Over a cursor of either driver. The transaction is the caller's, and begins later than this object."""

    def __init__(self, cursor: Any, dialect: Dialect, prefix: str = "") -> None:
        self._cursor = cursor
        self._dialect = dialect
        self._names = TableNames(prefix)
        if dialect == "mysql":
            # Who waited for a lock must then see what the one before wrote. PostgreSQL does so by itself.
            cursor.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED")

    def insert(self, table: str, identity: str | None = None, **values: object) -> int:
        """Add a row and return the value the database gave to its column `identity`, else 0."""
        marks = ", ".join(["%s"] * len(values))
        statement = f"INSERT INTO {self._names[table]} ({', '.join(values)}) VALUES ({marks})"  # noqa: S608 -- own names
        if identity is None:
            self._cursor.execute(statement, list(values.values()))
            return 0
        if self._dialect == "mysql":
            self._cursor.execute(statement, list(values.values()))
            return int(self._cursor.lastrowid)
        self._cursor.execute(f"{statement} RETURNING {identity}", list(values.values()))
        return int(self._cursor.fetchone()[0])

    def allow_zero_ids(self) -> None:
        """Magento's admin store has the id 0, which MySQL otherwise takes for "the next one"."""
        if self._dialect == "mysql":
            self._cursor.execute("SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO')")

    def run(self, sql: str, *params: object) -> None:
        """A statement whose tables are written as {sales_order}."""
        self._cursor.execute(sql.format_map(self._names), list(params))

    def rows(self, sql: str, *params: object) -> list[Row]:
        self.run(sql, *params)
        return list(self._cursor.fetchall())

    def next_number(self, sequence: str) -> int:
        """The next value of one of Magento's sequence tables; each value is handed out once."""
        if self._dialect == "mysql":
            self._cursor.execute(f"INSERT INTO {self._names[sequence]} VALUES ()")  # noqa: S608 -- own names
            return int(self._cursor.lastrowid)
        statement = f"INSERT INTO {self._names[sequence]} DEFAULT VALUES RETURNING sequence_value"  # noqa: S608
        self._cursor.execute(statement)
        return int(self._cursor.fetchone()[0])


def stored(moment: datetime) -> datetime:
    """A moment as a timestamp column keeps it: UTC, whole seconds, no zone."""
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def php_json(value: object) -> str:
    """What PHP's json_encode writes: ASCII, no blanks, escaped slashes."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/")
