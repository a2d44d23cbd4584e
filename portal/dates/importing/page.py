"""One page of the catalog taken in, and what is left over when all pages were."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from portal.core import events
from portal.core.tenancy import register_system_reason, system
from portal.core.wording import wall_clock
from portal.courses.models import Course
from portal.dates.importing.courses import take_courses
from portal.dates.importing.dates import take_dates, withdraw
from portal.dates.importing.offers import offers_of
from portal.dates.importing.report import CatalogReport
from portal.dates.importing.saving import note_reading, save_all
from portal.dates.importing.seats import follow_stock, sold_by_shop
from portal.dates.importing.turn import take_import_turn
from portal.dates.models import CourseDate
from portal.integrations.shop import ShopCourse

CATALOG = register_system_reason("import of the catalog")
ShopState = CourseDate.ShopState


def import_page(
    courses: Collection[ShopCourse], report: CatalogReport, *, at: datetime, is_silent: bool = False
) -> None:
    """Take one page in, in one transaction. Safe to repeat.

    :param is_silent: nobody is told of what was there all the time
    """
    page = CatalogReport(courses=len(courses), dates=sum(len(each.dates) for each in courses))
    with system(CATALOG, actor="shop"):
        take_import_turn()
        offers = offers_of(courses, page)
        rows = take_courses(courses, offers, page, at=at)
        take_dates(courses, offers, rows, page, at=at, is_silent=is_silent)
    report.add(page)


def import_stock_of(
    date_ids: Collection[int], stock: dict[str, int], report: CatalogReport, *, at: datetime
) -> None:
    """Keep what the shop still sells of these dates. The catalog itself may not have been read of them yet."""
    with system(CATALOG, actor="shop"):
        # Orders lock dates one after the other, as they come upon them: two of these at once would wait in a circle.
        take_import_turn()
        rows = list(CourseDate.objects.select_for_update().filter(pk__in=date_ids).order_by("pk"))
        sold = sold_by_shop([row.pk for row in rows])
        columns: set[str] = set()
        for row in rows:
            columns |= follow_stock(row, stock.get(row.sku), sold=sold.get(row.pk, 0))
        save_all(rows, columns)
        note_reading(CourseDate.objects.filter(pk__in=date_ids, shop_read_at__isnull=False), at=at)
    report.stock += len(rows)


def withdraw_unseen(failed: Collection[int], report: CatalogReport, *, at: datetime, is_silent: bool) -> None:
    """After all pages were read at `at`: what none of them offered has left the catalog.

    :param failed: products that could not be taken in; nothing is known of them
    """
    unseen = (Q(shop_read_at=None) | Q(shop_read_at__lt=at)) & Q(created_at__lt=at)
    with system(CATALOG, actor="shop"):
        take_import_turn()
        Course.objects.filter(unseen, is_on_sale=True).exclude(magento_product_id__in=failed).update(
            is_on_sale=False
        )
        dates = CourseDate.objects.filter(unseen, made_by=CourseDate.MadeBy.SHOP).exclude(
            shop_state=ShopState.GONE
        )
        # Those that had left the catalog before we saw them have no product at all.
        dates = dates.filter(Q(magento_product_id=None) | ~Q(magento_product_id__in=failed))
        rows = list(dates.select_for_update().order_by("pk"))
        columns = {name for row in rows for name in withdraw(row, ShopState.GONE)}
        save_all(rows, columns)
        if not is_silent:
            today = wall_clock(at).date()
            told = [row for row in rows if row.starts_on is None or row.starts_on >= today]
            about = [(row, {"fields": ["shop_state"]}) for row in told]
            events.record_many("date.changed", about, actor="shop", at=at)
    report.gone += len(rows)
