"""Which products a page of rows means: by id, by sku when the product was deleted, by the links above."""

from collections.abc import Collection, Sequence

from portal.integrations.shop import queries
from portal.integrations.shop.catalog import Product, ShopFacts, add_store_values, ask, read_products
from portal.integrations.shop.database import Session
from portal.integrations.shop.found import Found
from portal.integrations.shop.lines import LineRow

_NONE = {0}


def find_products(
    session: Session, facts: ShopFacts, lines: Sequence[LineRow], stores: Collection[int]
) -> list[Found]:
    """Date and course of each line, in a constant number of statements."""
    ids = {line.date_id for line in lines} | {line.course_id for line in lines}
    products = read_products(session, facts, ids - _NONE)
    dates = _date_ids(session, lines, products)
    # A row that names no course, or one that is gone, may belong to the course its date hangs on today.
    orphans = {day for day, line in zip(dates, lines, strict=True) if line.course_id not in products}
    links = courses_of(session, orphans - _NONE)
    products |= read_products(session, facts, {*dates, *links.values()} - _NONE - products.keys())
    add_store_values(session, facts, products, stores)
    return [
        Found(
            _date(products.get(day)),
            products.get(line.course_id) or products.get(links.get(day, 0)),
        )
        for day, line in zip(dates, lines, strict=True)
    ]


def _date_ids(session: Session, lines: Sequence[LineRow], products: dict[int, Product]) -> list[int]:
    skus = sorted({sku for line in lines if line.date_id not in products for sku in line.skus})
    by_sku: dict[str, int] = dict(ask(session, queries.IDS_BY_SKU, skus))
    return [
        line.date_id
        if line.date_id in products
        else next((by_sku[sku] for sku in line.skus if sku in by_sku), 0)
        for line in lines
    ]


def courses_of(session: Session, dates: Collection[int]) -> dict[int, int]:
    """By date."""
    # The lowest course comes last and wins: the same answer every time.
    return dict(ask(session, queries.COURSES_OF_DATES, sorted(dates)))


def _date(product: Product | None) -> Product | None:
    # Under a row's sku there may be a course today; that is no date.
    return None if product is None or product.type_id == "configurable" else product
