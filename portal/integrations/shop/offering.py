"""The catalog source over any database that holds Magento's tables."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime

from portal.integrations.shop import ShopCourse, queries
from portal.integrations.shop.catalog import (
    CONTENT_ATTRIBUTES,
    Product,
    ShopFacts,
    add_store_values,
    ask,
    prefer_default,
    read_facts,
    read_products,
)
from portal.integrations.shop.courses import Beside, build_course, dates_of
from portal.integrations.shop.database import Session, ShopDatabase
from portal.integrations.shop.found import Zones
from portal.integrations.shop.parsing import naive, number, utc
from portal.integrations.shop.products import courses_of
from portal.integrations.shop.stock import StockReader

# What a date says of itself; the rest is its course's.
_COURSE_ONLY = ("description", "short_description", "image", "visibility")
_SKUS_AT_ONCE = 1000


class SqlCatalogSource:
    """Implements CatalogSource. Holds no connection: each page opens one and closes it."""

    def __init__(self, database: ShopDatabase, *, attributes: dict[str, str], zones: Zones) -> None:
        """`attributes` are the shop's attribute codes by our names, as in MAGENTO_ATTRIBUTES."""
        self._database = database
        self._attributes = {**CONTENT_ATTRIBUTES, **attributes}
        self._zones = zones

    def clock(self) -> datetime:
        with self._database.session() as session:
            return utc(session.rows(queries.CLOCK)[0][0])

    def courses(self, limit: int = 200, after_id: int = 0) -> Iterator[list[ShopCourse]]:
        return self._pages(queries.COURSE_IDS, (), after_id, limit)

    def courses_changed_since(self, since: datetime, limit: int = 200) -> Iterator[list[ShopCourse]]:
        return self._pages(queries.CHANGED_COURSE_IDS, (naive(since),), 0, limit)

    def courses_of_partner(self, value: str, limit: int = 200) -> Iterator[list[ShopCourse]]:
        with self._database.session() as session:
            partner = read_facts(session, self._attributes).attributes["partner"]
        is_number = partner.table.endswith("_int")
        wanted = number(value) if is_number else value
        if wanted is None:
            return iter(())
        statement = queries.COURSE_IDS_OF_PARTNER.replace("<table>", partner.table)
        statement = statement.replace("<value>", "v.value" if is_number else "TRIM(v.value)")
        return self._pages(statement, (partner.attribute_id, wanted), 0, limit)

    def stock_of(self, skus: Collection[str]) -> dict[str, int]:
        wanted = sorted(set(skus))
        found: dict[str, int] = {}
        with self._database.session() as session:
            stock = StockReader(session, min_stock=read_facts(session, self._attributes).min_stock)
            for start in range(0, len(wanted), _SKUS_AT_ONCE):
                found |= stock.salable(session, wanted[start : start + _SKUS_AT_ONCE])
        return found

    def _pages(
        self, statement: str, params: Sequence[object], after_id: int, limit: int
    ) -> Iterator[list[ShopCourse]]:
        known: tuple[ShopFacts, StockReader] | None = None
        while True:
            with self._database.session() as session:
                known = known or self._begin(session)
                ids = [row[0] for row in session.rows(statement, [*params, after_id, limit])]
                page = self._courses(session, *known, ids)
            # Vouchers and all that is no course leave holes, or nothing, of a page.
            if page:
                yield page
            if len(ids) < limit:
                return
            after_id = ids[-1]

    def _begin(self, session: Session) -> tuple[ShopFacts, StockReader]:
        """Read once at the start of a call, so a change in the shop is seen soon."""
        facts = read_facts(session, self._attributes)
        return facts, StockReader(session, min_stock=facts.min_stock)

    def _courses(
        self, session: Session, facts: ShopFacts, stock: StockReader, ids: list[int]
    ) -> list[ShopCourse]:
        date_ids = [row[0] for row in ask(session, queries.DATES_OF_COURSES, ids)]
        # A date of several courses belongs to the first one, as for orders.
        links = courses_of(session, date_ids)
        courses = read_products(session, facts, ids, without=())
        dates = read_products(session, facts, links.keys(), without=_COURSE_ONLY)
        every = courses | dates
        add_store_values(session, facts, every, facts.languages.keys() - {0})
        prefer_default(every.values())
        by_course: dict[int, list[Product]] = {course_id: [] for course_id in ids}
        for date_id in sorted(dates):
            by_course.get(links[date_id], []).append(dates[date_id])
        found = [
            (courses[each], founds)
            for each in ids
            if each in courses and (founds := dates_of(courses[each], by_course[each])) is not None
        ]
        sold = [each.date for _, founds in found for each in founds if each.date]
        beside = Beside(
            facts, self._zones, _labels(session, sold), stock.salable(session, [each.sku for each in sold])
        )
        return [build_course(product, founds, beside) for product, founds in found]


def _labels(session: Session, dates: list[Product]) -> dict[int, str]:
    """Asked for only where a date does not say by itself when it is."""
    unsaid = [each for each in dates if not (each.value("event_date") and each.value("event_time"))]
    option_ids = {number(each.value("course_date")) for each in unsaid} - {None}
    return dict(ask(session, queries.OPTION_LABELS, sorted(option_ids)))  # type: ignore[type-var]
