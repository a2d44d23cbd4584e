"""Jobs of dates: reading the shop's catalog."""

import logging

from portal.core import jobs
from portal.core.clock import now
from portal.dates.importing import runs
from portal.integrations.shop import ShopUnavailable, ShopUnreadable

logger = logging.getLogger(__name__)


@jobs.task("dates.import_changed", queue="shop", is_retried=False)
def import_changed() -> None:
    try:
        runs.import_changed(at=now())
    except (ShopUnavailable, ShopUnreadable) as error:
        # No retry: the next poll comes by itself, and the run says what was wrong.
        logger.warning("The shop's catalog cannot be read: %s", error)


@jobs.task("dates.import_all", queue="shop")
def import_all() -> None:
    runs.import_all(at=now())


@jobs.task("dates.import_partner", queue="shop")
def import_partner(value: str) -> None:
    runs.import_partner(value, at=now())
