"""How many seats the shop still sells, as its Multi Source Inventory counts them."""

import math
from collections.abc import Collection, Iterable
from typing import Any

from portal.integrations.shop import queries
from portal.integrations.shop.catalog import ask
from portal.integrations.shop.database import Session, placeholders


class StockReader:
    """Of one call. Where the tables of the stock cannot be read, no stock is known and everything else goes on."""

    def __init__(self, session: Session, *, min_stock: int) -> None:
        self._min_stock = min_stock
        self._is_readable = all(
            session.obstacle(table_probe(table, columns)) is None
            for table, columns in queries.STOCK_COLUMNS.items()
        )
        self._stock_ids = [row[0] for row in session.rows(queries.STOCK_IDS)] if self._is_readable else []

    def salable(self, session: Session, skus: Collection[str]) -> dict[str, int]:
        """By sku, never below 0; left out is what the shop keeps no stock of."""
        # The shop takes upper for lower case in skus.
        wanted = sorted({sku for sku in skus if sku})
        if not self._is_readable or not wanted:
            return {}
        in_stock = _by_sku(ask(session, queries.IN_STOCK, wanted))
        reserved = _by_sku(self._reserved(session, wanted))
        found = {}
        for sku in wanted:
            if (quantity := in_stock.get(sku.lower())) is not None:
                left = quantity + reserved.get(sku.lower(), 0) - self._min_stock
                found[sku] = max(0, math.floor(left))
        return found

    def _reserved(self, session: Session, skus: list[str]) -> Iterable[tuple[Any, ...]]:
        if not self._stock_ids:
            return []
        statement = queries.RESERVED.replace("<stocks>", placeholders(self._stock_ids))
        return session.rows(statement.replace("<ids>", placeholders(skus)), [*self._stock_ids, *skus])


def table_probe(table: str, columns: str) -> str:
    return queries.PROBE.replace("<columns>", ", ".join(columns.split())).replace("<table>", table)


def _by_sku(rows: Iterable[tuple[Any, ...]]) -> dict[str, Any]:
    return {sku.lower(): quantity for sku, quantity in rows}
