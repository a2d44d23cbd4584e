"""A run: reads the shop in one way, takes every page in, and keeps what it found."""

import logging
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from itertools import chain

from django.db.models import Q

from portal.bookings.importing.page import IMPORT, import_page
from portal.bookings.importing.report import Report
from portal.bookings.models import Booking, FailedOrder, ImportRun, UnmatchedOrder
from portal.core.models import Watermark
from portal.core.tenancy import system
from portal.dates.importing.keeping import kept
from portal.dates.importing.runs import ORDERS_MARK
from portal.integrations.shop import OrderSource, ShopOrder, ShopUnavailable, ShopUnreadable, order_source

logger = logging.getLogger(__name__)

# A long transaction in the shop appears late with an old stamp; whatever comes twice changes nothing.
OVERLAP = timedelta(minutes=15)
PAGE = 500
LOOK_BACK = timedelta(days=7)


def import_changed(*, at: datetime) -> Report:
    """Everything that changed since the watermark; the whole shop when there is none yet."""
    source = order_source()
    mark, _ = Watermark.objects.get_or_create(name=ORDERS_MARK)
    # The shop's clock, not ours: its stamps are compared with it. Taken before reading, so nothing falls between.
    shop_time = _clock(source, at=at)
    since = mark.at - OVERLAP if mark.at else None
    failed = list(FailedOrder.objects.values_list("magento_order_id", flat=True)[:PAGE])
    pages = chain(_pages(source, since), _pages_of(source, failed))
    report = run("poll" if since else "full", pages, at=at)
    Watermark.objects.filter(name=ORDERS_MARK).update(at=shop_time)
    return report


def import_all(*, at: datetime) -> Report:
    source = order_source()
    shop_time = source.clock()
    report = run("full", source.all_orders(limit=PAGE), at=at)
    Watermark.objects.update_or_create(name=ORDERS_MARK, defaults={"at": shop_time})
    return report


def import_since(since: datetime, *, at: datetime) -> Report:
    return run("since", order_source().changed_since(since, limit=PAGE), at=at)


def import_order_ids(way: str, order_ids: Collection[int], *, at: datetime) -> Report:
    return run(way, _pages_of(order_source(), order_ids), at=at)


def import_upcoming(*, today: date, at: datetime) -> Report:
    """Read all orders with future dates again: changes of items, addresses and the catalog leave no stamp."""
    with system(IMPORT):
        upcoming = Booking.objects.filter(Q(starts_on__gte=today) | Q(starts_on=None)).exclude(
            status="cancelled"
        )
        waiting = UnmatchedOrder.objects.filter(matched_at=None).filter(
            Q(starts_on__gte=today) | Q(starts_on=None)
        )
        ids = set(upcoming.values_list("magento_order_id", flat=True)) | set(
            waiting.values_list("magento_order_id", flat=True)
        )
    source = order_source()
    # What a watermark may have missed in the last days, and then what no stamp shows.
    recent = source.changed_since(source.clock() - LOOK_BACK, limit=PAGE)
    return run("nightly", chain(recent, _pages_of(source, ids)), at=at)


def run(way: str, pages: Iterable[list[ShopOrder]], *, at: datetime) -> Report:
    """Take all pages in and keep a report of it.

    :raises ShopUnavailable, ShopUnreadable: what was taken in before stays
    """
    report = Report()
    with kept(ImportRun.objects.create(way=way, started_at=at), report, at=at):
        for page in pages:
            _take_in(page, report, at=at)
    if report.orders:
        logger.info("Import (%s): %s", way, report)
    return report


def _take_in(page: list[ShopOrder], report: Report, *, at: datetime) -> None:
    """One odd order must not keep the other 499 of its page out: a page that fails is taken in order by order."""
    try:
        _take_in_whole(page, report, at=at)
    except Exception:
        logger.exception("A page of %d orders failed and is taken in one by one", len(page))
        for order in page:
            _take_in_alone(order, report, at=at)


def _take_in_whole(page: list[ShopOrder], report: Report, *, at: datetime) -> None:
    import_page(page, report, at=at)
    FailedOrder.objects.filter(magento_order_id__in=[order.order_id for order in page]).delete()


def _take_in_alone(order: ShopOrder, report: Report, *, at: datetime) -> None:
    try:
        _take_in_whole([order], report, at=at)
    except Exception:
        logger.exception("Order %s cannot be taken in", order.order_id)
        report.failed.append(order.number)
        values = {"number": order.number[:50], "failed_at": at}
        FailedOrder.objects.get_or_create(magento_order_id=order.order_id, defaults=values)


def _clock(source: OrderSource, *, at: datetime) -> datetime:
    try:
        return source.clock()
    except (ShopUnavailable, ShopUnreadable) as error:
        ImportRun.objects.create(way="poll", started_at=at, finished_at=at, problem=str(error)[:200])
        raise


def _pages_of(source: OrderSource, order_ids: Collection[int]) -> Iterable[list[ShopOrder]]:
    ids = sorted(set(order_ids))
    return (source.orders(ids[start : start + PAGE]) for start in range(0, len(ids), PAGE))


def _pages(source: OrderSource, since: datetime | None) -> Iterable[list[ShopOrder]]:
    return source.changed_since(since, limit=PAGE) if since else source.all_orders(limit=PAGE)
