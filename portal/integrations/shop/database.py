"""What the reader needs of a database, so that the same SQL runs on Magento's and on the portal's own."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Any, Protocol

Row = tuple[Any, ...]


class Obstacle(StrEnum):
    """Why a statement cannot run."""

    NO_TABLE = "no table"
    NO_COLUMN = "no column"
    NO_RIGHT = "no right"
    OTHER = "other"


class Session(Protocol):
    """One connection in autocommit mode, its clock in UTC."""

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        """All rows of a statement whose tables are written as {sales_order}.

        :raises ShopUnavailable: the connection broke or took too long
        :raises ShopUnreadable: a table, column or right is missing
        """

    def obstacle(self, sql: str) -> Obstacle | None:
        """What keeps this statement from running; None when it runs."""


class ShopDatabase(Protocol):
    def session(self) -> AbstractContextManager[Session]:
        """:raises ShopUnavailable: nobody answers"""

    def rights_beyond_reading(self) -> list[str]:
        """What the database user may do besides reading, like INSERT."""


class TableNames(dict[str, str]):
    """Fills {sales_order} in a statement with the table's real name: prefixed, or in a schema."""

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self._prefix = prefix

    def __missing__(self, table: str) -> str:
        return f"{self._prefix}{table}"


def placeholders(values: Sequence[object]) -> str:
    """As many %s as values, for IN (…). Never call it with none: IN () is no SQL."""
    return ",".join(["%s"] * len(values))
