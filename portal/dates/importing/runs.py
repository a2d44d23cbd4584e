"""A run: reads the catalog in one way, takes every page in, and keeps what it found."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q

from portal.core.models import Watermark
from portal.core.tenancy import system
from portal.core.wording import wall_clock
from portal.dates.importing.keeping import kept
from portal.dates.importing.page import CATALOG, import_page, import_stock_of, withdraw_unseen
from portal.dates.importing.report import CatalogReport
from portal.dates.models import CatalogRun, CourseDate, SeatEntry
from portal.integrations.shop import (
    CatalogSource,
    ShopCourse,
    catalog_source,
)

logger = logging.getLogger(__name__)

# How far orders are known: without them, the seats that the shop has sold would look as if they never existed.
ORDERS_MARK = "orders"
CATALOG_MARK = "catalog"
STOCK_MARK = "stock"
# A long transaction appears late with an old stamp, in the shop as here; whatever comes twice changes nothing.
OVERLAP = timedelta(minutes=15)
PAGE = 200
DATES_AT_ONCE = 500


def import_changed(*, at: datetime) -> CatalogReport:
    """What was saved in the shop since the watermark, and the stock of dates of which seats were taken or given back.

    The whole catalog when there is no watermark yet.
    """
    mark, _ = Watermark.objects.get_or_create(name=CATALOG_MARK)
    if mark.at is None:
        return import_all(at=at)
    source = catalog_source()
    with _run("poll", at=at) as report:
        # The shop's clock, not ours: its stamps are compared with it. Taken before reading, so nothing falls between.
        shop_time = source.clock()
        _take_in_all(source.courses_changed_since(mark.at - OVERLAP, limit=PAGE), report, at=at)
        _import_stock(source, report, at=at)
        Watermark.objects.filter(name=CATALOG_MARK).update(at=shop_time)
    return report


def import_all(*, at: datetime) -> CatalogReport:
    """Everything, and what is not in the catalog any more. The first time, nobody is told of it."""
    source = catalog_source()
    is_first = not has_been_read()
    with _run("full", at=at) as report:
        shop_time, here = source.clock(), _database_clock()
        failed = _take_in_all(source.courses(limit=PAGE), report, at=at, is_silent=is_first)
        # A shop that suddenly offers nothing at all is more likely broken than closed.
        if report.courses:
            withdraw_unseen(failed, report, at=at, is_silent=is_first)
        _set_marks({CATALOG_MARK: shop_time, STOCK_MARK: here})
    return report


def import_partner(value: str, *, at: datetime) -> CatalogReport:
    """What is offered under this partner value."""
    with _run("partner", at=at) as report:
        _take_in_all(catalog_source().courses_of_partner(value, limit=PAGE), report, at=at)
    return report


def has_been_read() -> bool:
    return Watermark.objects.filter(name=CATALOG_MARK, at__isnull=False).exists()


@contextmanager
def _run(way: str, *, at: datetime) -> Iterator[CatalogReport]:
    """Keep a report of it.

    :raises ShopUnavailable, ShopUnreadable: what was taken in before stays
    """
    report = CatalogReport()
    with kept(CatalogRun.objects.create(way=way, started_at=at), report, at=at):
        yield report
    if report.courses:
        logger.info("Catalog (%s): %s", way, report)


def _take_in_all(
    pages: Iterable[list[ShopCourse]], report: CatalogReport, *, at: datetime, is_silent: bool = False
) -> list[int]:
    """:returns: products that could not be taken in"""
    failed: list[ShopCourse] = []
    for page in pages:
        failed += _take_in(page, report, at=at, is_silent=is_silent)
    return [course.product_id for course in failed] + [
        day.product_id for course in failed for day in course.dates
    ]


def _take_in(
    page: list[ShopCourse], report: CatalogReport, *, at: datetime, is_silent: bool
) -> list[ShopCourse]:
    """One odd course must not keep the others of its page out: a page that fails is taken in course by course."""
    try:
        import_page(page, report, at=at, is_silent=is_silent)
    except Exception:
        logger.exception("A page of %d courses failed and is taken in one by one", len(page))
        return [course for course in page if not _is_taken_in(course, report, at=at, is_silent=is_silent)]
    return []


def _is_taken_in(course: ShopCourse, report: CatalogReport, *, at: datetime, is_silent: bool) -> bool:
    try:
        import_page([course], report, at=at, is_silent=is_silent)
    except Exception:
        logger.exception("Course %s cannot be taken in", course.product_id)
        report.failed.append(course.sku)
        return False
    return True


def _import_stock(source: CatalogSource, report: CatalogReport, *, at: datetime) -> None:
    """Of dates to come whose ledger was touched since. Sales move the stock and leave no stamp on the product."""
    mark, _ = Watermark.objects.get_or_create(name=STOCK_MARK)
    here = _database_clock()
    dates = _touched_since(mark.at - OVERLAP, at=at) if mark.at else []
    for start in range(0, len(dates), DATES_AT_ONCE):
        some = dict(dates[start : start + DATES_AT_ONCE])
        import_stock_of(some.keys(), source.stock_of(some.values()), report, at=at)
    _set_marks({STOCK_MARK: here})


def _touched_since(since: datetime, *, at: datetime) -> list[tuple[int, str]]:
    to_come = Q(starts_on=None) | Q(starts_on__gte=wall_clock(at).date())
    with system(CATALOG):
        touched = SeatEntry.objects.filter(changed_at__gte=since).values("course_date_id")
        dates = CourseDate.objects.filter(to_come, pk__in=touched, magento_product_id__isnull=False)
        return list(
            dates.exclude(shop_state=CourseDate.ShopState.GONE).order_by("pk").values_list("pk", "sku")
        )


def _database_clock() -> datetime:
    """Entries of the ledger are stamped by it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        (moment,) = cursor.fetchone()
    assert isinstance(moment, datetime)
    return moment


def _set_marks(marks: dict[str, datetime]) -> None:
    for name, moment in marks.items():
        Watermark.objects.update_or_create(name=name, defaults={"at": moment})
