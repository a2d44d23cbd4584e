"""The demo's clock: what is due in two days can be seen now, by moving the clock of the worker forward."""

import logging
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction

from portal.core.clock import now
from portal.core.models import Watermark
from portal.core.refusals import NotAllowed
from portal.demo.models import DemoClock
from portal.demo.policies import shift_blocker

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


@transaction.atomic
def shift(hours: float, *, at: datetime) -> float:
    """Move the clock by so many hours more and return by how many it is ahead in all.

    :raises NotAllowed: when it would fall behind the real time, or go further ahead than courses are planned
    """
    DemoClock.objects.get_or_create(pk=1)
    clock = DemoClock.objects.select_for_update().get(pk=1)
    if blocker := shift_blocker(clock.offset_hours + hours):
        raise NotAllowed(blocker)
    clock.offset_hours += hours
    clock.save()
    if hours < 0:
        # Otherwise the poll would wait until its own last run, which now lies ahead.
        ahead = at + timedelta(hours=clock.offset_hours)
        Watermark.objects.filter(checked_at__gt=ahead).update(checked_at=ahead)
    return clock.offset_hours
