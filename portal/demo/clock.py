"""The demo's clock: what is due in two days can be seen now, by moving the clock of the worker forward."""

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError

from portal.core.clock import now
from portal.demo.models import DemoClock

logger = logging.getLogger(__name__)


def shifted_now() -> datetime:
    """What time the worker's sweeps believe it is."""
    try:
        return shifted(now())
    except DatabaseError:
        # The clock must not end the worker; the sweeps notice by themselves that the database is away.
        logger.exception("The demo's clock cannot be read")
        return now()


def shifted(at: datetime) -> datetime:
    return at + timedelta(hours=offset_hours())


def offset_hours() -> float:
    return DemoClock.objects.filter(pk=1).values_list("offset_hours", flat=True).first() or 0
