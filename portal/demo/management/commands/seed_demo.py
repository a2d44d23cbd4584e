"""`portal seed-demo`."""

import logging
from typing import Any

from django.core.management.base import BaseCommand

from portal.core.clock import now
from portal.demo.seeding import seed


class Command(BaseCommand):
    help = "Fill the demo with sample data. Safe to repeat: what is there stays as it is."

    def handle(self, *args: Any, **options: Any) -> None:
        # Each of the sixty orders is an import of its own, which otherwise says so.
        logging.disable(logging.INFO)
        try:
            is_new = seed(at=now())
        finally:
            logging.disable(logging.NOTSET)
        self.stdout.write("The sample data is there now." if is_new else "The sample data was there already.")
