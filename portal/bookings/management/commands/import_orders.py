"""`portal import-orders [--since …] [--full]`."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.bookings.importing import runs
from portal.core.clock import now
from portal.integrations.shop import ShopUnavailable, ShopUnreadable


class Command(BaseCommand):
    help = "Read orders from the shop: what changed since the last reading, since a moment, or all of them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--since", help="a moment like 2026-01-31 or 2026-01-31T08:00")
        parser.add_argument("--full", action="store_true", help="read all orders")

    def handle(self, *args: Any, since: str | None, full: bool, **options: Any) -> None:
        if not settings.HAS_SHOP:
            raise CommandError(
                "There is no shop to read: MAGENTO_DATABASE_URL is not set (docs/settings.md)."
            )
        at = now()
        try:
            if full:
                report = runs.import_all(at=at)
            elif since:
                report = runs.import_since(_moment(since), at=at)
            else:
                report = runs.import_changed(at=at)
        except (ShopUnavailable, ShopUnreadable) as error:
            raise CommandError(f"The shop cannot be read: {error}") from error
        self.stdout.write(str(report))


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError("--since must be a moment like 2026-01-31 or 2026-01-31T08:00.") from error
    # Without a zone the marketplace's own is meant.
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(settings.TIME_ZONE))
