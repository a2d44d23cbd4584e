"""`portal import-catalog [--full]`."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from portal.core.clock import now
from portal.dates.importing import runs
from portal.integrations.shop import ShopUnavailable, ShopUnreadable


class Command(BaseCommand):
    help = "Read courses, dates and seats from the shop: what changed since the last reading, or everything."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--full", action="store_true", help="read the whole catalog")

    def handle(self, *args: Any, full: bool, **options: Any) -> None:
        if not settings.HAS_SHOP:
            raise CommandError(
                "There is no shop to read: MAGENTO_DATABASE_URL is not set (docs/settings.md)."
            )
        run = runs.import_all if full else runs.import_changed
        try:
            report = run(at=now())
        except (ShopUnavailable, ShopUnreadable) as error:
            raise CommandError(f"The shop cannot be read: {error}") from error
        self.stdout.write(str(report))
