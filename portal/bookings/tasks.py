"""Jobs of bookings: reading the shop."""

import logging
from datetime import date

from portal.bookings.importing import runs
from portal.core import jobs
from portal.core.clock import now
from portal.integrations.shop import ShopUnavailable, ShopUnreadable, order_source

logger = logging.getLogger(__name__)

# A hint may arrive before the shop's own commit: look again after these pauses. Then the poll takes over.
HINT_PAUSES_SECONDS = (2, 10, 60)


@jobs.task("bookings.import_changed", queue="shop", is_retried=False)
def import_changed() -> None:
    try:
        runs.import_changed(at=now())
    except (ShopUnavailable, ShopUnreadable) as error:
        # No retry: the next poll comes within a minute, and the run says what was wrong.
        logger.warning("The shop cannot be read: %s", error)


@jobs.task("bookings.import_upcoming", queue="shop")
def import_upcoming(day: str) -> None:
    runs.import_upcoming(today=date.fromisoformat(day), at=now())


@jobs.task("bookings.import_orders", queue="shop")
def import_orders(way: str, order_ids: list[int]) -> None:
    runs.import_order_ids(way, order_ids, at=now())


@jobs.task("bookings.import_hint", queue="shop")
def import_hint(hints: list[str], tries: int = 0) -> None:
    ids = order_source().find_order_ids(hints)
    if ids:
        runs.import_order_ids("hint", ids, at=now())
    elif tries < len(HINT_PAUSES_SECONDS):
        pause = HINT_PAUSES_SECONDS[tries]
        jobs.defer_in(pause, "bookings.import_hint", hints=hints, tries=tries + 1)
