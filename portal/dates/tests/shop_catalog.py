"""Courses as a catalog source tells them, with boring defaults, and a source that tells them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time

import pytest

from portal.conftest import NOON
from portal.dates.importing.page import import_page
from portal.dates.importing.report import CatalogReport
from portal.integrations import shop
from portal.integrations.shop import ShopCourse, ShopDate


def make_shop_date(product_id: int = 101, **values: object) -> ShopDate:
    day = ShopDate(
        product_id=product_id,
        sku=f"K1-{product_id}",
        partner_value="10001",
        starts_on=date(2030, 5, 8),
        starts_time=time(18, 0),
        ends_time=time(21, 0),
        duration_minutes=180,
        location="Marktplatz 1, München",
        price_cents=8900,
        salable=8,
        is_on_sale=True,
    )
    return replace(day, **values)


def make_shop_course(*dates: ShopDate, product_id: int = 100, **values: object) -> ShopCourse:
    course = ShopCourse(
        product_id=product_id,
        sku=f"K{product_id}",
        name="Sushi-Kurs für Anfänger",
        description="Rollen und formen.",
        partner_value="10001",
        price_cents=8900,
        images=("/s/u/sushi.jpg",),
        duration_minutes=180,
        location="Marktplatz 1, München",
        is_on_sale=True,
        dates=dates or (make_shop_date(),),
    )
    return replace(course, **values)


def take_in(*courses: ShopCourse, at: datetime = NOON, **how: bool) -> CatalogReport:
    report = CatalogReport()
    import_page(courses, report, at=at, **how)
    return report


class Shelf:
    """Implements CatalogSource over a list of courses. What was changed is what `changed` says."""

    def __init__(self) -> None:
        self.courses_offered: list[ShopCourse] = []
        self.changed: set[int] = set()
        self.time = NOON
        self.asked: list[object] = []

    def clock(self) -> datetime:
        return self.time

    def courses(self, limit: int = 200, after_id: int = 0) -> Iterator[list[ShopCourse]]:
        self.asked.append("all")
        return self._pages(limit)

    def courses_changed_since(self, since: datetime, limit: int = 200) -> Iterator[list[ShopCourse]]:
        self.asked.append(since)
        return self._pages(limit, self.changed)

    def courses_of_partner(self, value: str, limit: int = 200) -> Iterator[list[ShopCourse]]:
        self.asked.append(value)
        return self._pages(
            limit, {each.product_id for each in self.courses_offered if each.partner_value == value}
        )

    def stock_of(self, skus: object) -> dict[str, int]:
        wanted = set(skus)
        self.asked.append(wanted)
        days = (day for course in self.courses_offered for day in course.dates)
        return {day.sku: day.salable for day in days if day.sku in wanted and day.salable is not None}

    def _pages(self, limit: int, ids: set[int] | None = None) -> Iterator[list[ShopCourse]]:
        found = [each for each in self.courses_offered if ids is None or each.product_id in ids]
        return (found[start : start + limit] for start in range(0, len(found), limit))


_shelf = Shelf()


def the_shelf() -> Shelf:
    return _shelf


@pytest.fixture
def shelf(settings) -> Iterator[Shelf]:
    """What the shop of the settings offers."""
    settings.CATALOG_SOURCE = "portal.dates.tests.shop_catalog.the_shelf"
    shop.catalog_source.cache_clear()
    _shelf.__init__()
    yield _shelf
    shop.catalog_source.cache_clear()
