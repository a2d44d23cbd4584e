"""What the clock does with the catalog."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q

from portal.core import jobs
from portal.core.models import Watermark
from portal.core.sweeps import sweep
from portal.core.tenancy import scope
from portal.dates.importing.runs import ORDERS_MARK
from portal.dates.models import CatalogRun

POLL_EVERY = timedelta(minutes=10)
# Before orders are read again: those then find the dates as they are today.
NIGHTLY_HOUR = 2
KEEP_RUNS = timedelta(days=14)


@sweep("poll the catalog")
def poll_catalog(at: datetime) -> int:
    """Queue one reading every ten minutes, whoever asks: the row's UPDATE lets only one through."""
    if not settings.HAS_SHOP or not _are_orders_known():
        return 0
    Watermark.objects.get_or_create(name="catalog_poll")
    due = Q(checked_at=None) | Q(checked_at__lte=at - POLL_EVERY)
    return _claim("catalog_poll", due, "dates.import_changed", at=at)


@sweep("nightly reading of the catalog")
def reread_catalog(at: datetime) -> int:
    local = at.astimezone(ZoneInfo(settings.TIME_ZONE))
    if local.hour < NIGHTLY_HOUR or not settings.HAS_SHOP or not _are_orders_known():
        return 0
    Watermark.objects.get_or_create(name="catalog_nightly", defaults={"checked_at": at})
    begun = local.replace(hour=NIGHTLY_HOUR, minute=0, second=0, microsecond=0)
    return _claim("catalog_nightly", Q(checked_at__lt=begun), "dates.import_all", at=at)


@sweep("forget old readings of the catalog")
def forget_old_runs(at: datetime) -> int:
    return CatalogRun.objects.filter(started_at__lt=at - KEEP_RUNS).delete()[0]


def _are_orders_known() -> bool:
    """How many seats a date has is what the shop still sells and what it has sold."""
    return Watermark.objects.filter(name=ORDERS_MARK, at__isnull=False).exists()


def _claim(name: str, due: Q, task: str, *, at: datetime) -> int:
    # The claim and the job are one transaction: a kill between them would skip a turn.
    with scope():
        claimed = Watermark.objects.filter(due, name=name).update(checked_at=at)
        if claimed:
            jobs.defer_alone(task)
    return claimed
