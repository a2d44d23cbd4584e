"""The order source over any database that holds Magento's tables."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from portal.integrations.shop import Mark, ShopOrder, queries
from portal.integrations.shop.catalog import ShopFacts, ask, read_facts
from portal.integrations.shop.checks import find_problems
from portal.integrations.shop.database import Row, Session, ShopDatabase
from portal.integrations.shop.found import Zones
from portal.integrations.shop.lines import LineRow, build_line
from portal.integrations.shop.orders import build_order
from portal.integrations.shop.parsing import naive, number, utc
from portal.integrations.shop.products import find_products

# An id that no order has yet: Magento's ids are unsigned 32 bit.
_LARGEST_ID = 2**32 - 1
_LONGEST_NUMBER = 50
_IDS_AT_ONCE = 500

Read = Callable[[Session], list[Row]]


class SqlOrderSource:
    """Implements OrderSource. Holds no connection: each page opens one and closes it."""

    def __init__(self, database: ShopDatabase, *, attributes: dict[str, str], zones: Zones) -> None:
        """`attributes` are the shop's attribute codes by our names, as in MAGENTO_ATTRIBUTES."""
        self._database = database
        self._attributes = attributes
        self._zones = zones

    def clock(self) -> datetime:
        with self._database.session() as session:
            return utc(session.rows(queries.CLOCK)[0][0])

    def changed_since(self, since: datetime | Mark, limit: int = 500) -> Iterator[list[ShopOrder]]:
        mark = since if isinstance(since, Mark) else Mark(since, 0)
        started_at = mark.updated_at
        facts = None
        while True:
            moment = naive(mark.updated_at)
            read = _reader(queries.CHANGED, [moment, moment, mark.order_id, limit])
            facts, page = self._page(read, facts)
            if page:
                mark = Mark.behind(page[-1])
                yield page
            if len(page) < limit:
                break
        yield from self._touched_beside(started_at, limit, facts)

    def all_orders(self, limit: int = 500, after_id: int = 0) -> Iterator[list[ShopOrder]]:
        facts = None
        while True:
            facts, page = self._page(_reader(queries.AFTER_ID, [after_id, limit]), facts)
            if page:
                after_id = page[-1].order_id
                yield page
            if len(page) < limit:
                return

    def orders(self, ids: Collection[int]) -> list[ShopOrder]:
        found: list[ShopOrder] = []
        facts = None
        wanted = sorted({order_id for order_id in ids if 0 < order_id <= _LARGEST_ID})
        for start in range(0, len(wanted), _IDS_AT_ONCE):
            facts, page = self._page(_reader_of_ids(wanted[start : start + _IDS_AT_ONCE]), facts)
            found += page
        return found

    def find_order_ids(self, hints: Collection[str | int], store_id: int | None = None) -> list[int]:
        texts = {str(hint).strip() for hint in hints}
        numbers = sorted(hint for hint in texts if _may_be_number(hint))
        ids = sorted({value for hint in texts if (value := _order_id(hint)) is not None})
        with self._database.session() as session:
            found = {row[0] for row in ask(session, queries.EXISTING, ids)}
            for order_id, name, store in ask(session, queries.NUMBERS, numbers):
                # The shop's collation takes upper for lower case and ignores blanks at the end.
                if name in texts and store_id in (None, store):
                    found.add(order_id)
        return sorted(found)

    def check(self) -> list[str]:
        return find_problems(self._database, self._attributes, self._zones)

    def _touched_beside(
        self, since: datetime, limit: int, facts: ShopFacts | None
    ) -> Iterator[list[ShopOrder]]:
        moment, after_id = naive(since), 0
        while True:
            with self._database.session() as session:
                rows = session.rows(queries.TOUCHED, [moment, moment, moment, moment, after_id, limit])
            if rows:
                after_id = rows[-1][0]
                facts, page = self._page(_reader_of_ids([row[0] for row in rows]), facts)
                yield page
            if len(rows) < limit:
                return

    def _page(self, read: Read, facts: ShopFacts | None) -> tuple[ShopFacts, list[ShopOrder]]:
        with self._database.session() as session:
            facts = facts or read_facts(session, self._attributes)
            return facts, self._orders(session, facts, read(session))

    def _orders(self, session: Session, facts: ShopFacts, rows: list[Row]) -> list[ShopOrder]:
        ids = [row[0] for row in rows]
        stores = {row[0]: row[2] or 0 for row in rows}
        addresses = {(row[0], row[1]): row[2:] for row in ask(session, queries.ADDRESSES, ids)}
        methods = dict(ask(session, queries.PAYMENTS, ids))
        lines = _first_of_each(ask(session, queries.LINES, ids))
        found = find_products(session, facts, lines, set(stores.values()))
        by_order: dict[int, list[Any]] = {order_id: [] for order_id in ids}
        for line, products in zip(lines, found, strict=True):
            by_order[line.order_id].append(
                build_line(line, products, facts, self._zones, stores[line.order_id])
            )
        return [build_order(row, addresses, methods, facts, by_order[row[0]]) for row in rows]


def _reader(statement: str, params: Sequence[object]) -> Read:
    return lambda session: session.rows(statement, params)


def _reader_of_ids(ids: Sequence[int]) -> Read:
    return lambda session: list(ask(session, queries.BY_ID, ids))


def _order_id(hint: str) -> int | None:
    value = number(hint)
    # 000000123 is a number of the shop and nothing else.
    return value if value and value <= _LARGEST_ID and not hint.startswith("0") else None


def _may_be_number(hint: str) -> bool:
    # Anything may come in a webhook; what is not plain text would make the database refuse the statement.
    return 0 < len(hint) <= _LONGEST_NUMBER and hint.isascii() and hint.isprintable()


def _first_of_each(rows: Iterable[Row]) -> list[LineRow]:
    """One per item: a bundle has several rows below it."""
    return list({row[1]: LineRow(row) for row in reversed(list(rows))}.values())[::-1]
