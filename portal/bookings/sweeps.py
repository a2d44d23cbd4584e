"""What the clock does with bookings. Every sweep finds its rows by an index and takes each in a transaction."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q

from portal.bookings import operations
from portal.bookings.models import Booking, BookingStatus, ImportRun
from portal.core import jobs
from portal.core.models import Watermark
from portal.core.sweeps import sweep
from portal.core.tenancy import register_system_reason, scope, system

logger = logging.getLogger(__name__)

DUE = register_system_reason("finding bookings that are due")
AT_ONCE = 500
POLL_EVERY = timedelta(minutes=1)
NIGHTLY_HOUR = 3
# The decline mail waits that long for the ticket's number.
TICKET_PATIENCE = timedelta(minutes=15)
KEEP_RUNS = timedelta(days=14)


@sweep("settle decisions")
def settle_decisions(at: datetime) -> int:
    return _each(Booking.objects.to_settle(at), lambda booking: operations.settle_decision(booking, at=at))


@sweep("remind partners")
def remind_partners(at: datetime) -> int:
    due = Booking.objects.pending().filter(remind_at__lte=at)
    return _each(due.order_by("remind_at"), lambda booking: operations.remind(booking, at=at))


# After the reminders: the last one tells staff in the same transaction.
@sweep("escalate bookings")
def escalate_bookings(at: datetime) -> int:
    due = Booking.objects.pending().filter(escalate_at__lte=at, escalated_at=None)
    return _each(due.order_by("escalate_at"), lambda booking: operations.escalate(booking, at=at))


@sweep("expire bookings")
def expire_bookings(at: datetime) -> int:
    today = at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    started = Q(starts_at__lte=at) | Q(starts_at=None, starts_on__lt=today)
    due = Booking.objects.shown().filter(started, status=BookingStatus.PENDING, starts_on__lte=today)
    return _each(due, lambda booking: operations.expire_booking(booking, at=at))


@sweep("decline mails without a ticket")
def tell_declines_without_ticket(at: datetime) -> int:
    due = Booking.objects.filter(
        status=BookingStatus.DECLINED, settled_at__lte=at - TICKET_PATIENCE, decline_told_at=None
    )
    return _each(due, lambda booking: operations.tell_declined(booking, at=at))


@sweep("poll the shop")
def poll_shop(at: datetime) -> int:
    """Queue one reading a minute, whoever asks: the row's UPDATE lets only one through."""
    if not settings.HAS_SHOP:
        return 0
    Watermark.objects.get_or_create(name="poll")
    return _claim(
        "poll", Q(checked_at=None) | Q(checked_at__lte=at - POLL_EVERY), "bookings.import_changed", at=at
    )


@sweep("nightly re-read")
def reread_upcoming(at: datetime) -> int:
    local = at.astimezone(ZoneInfo(settings.TIME_ZONE))
    if local.hour < NIGHTLY_HOUR or not settings.HAS_SHOP:
        return 0
    Watermark.objects.get_or_create(name="nightly", defaults={"checked_at": at})
    begun = local.replace(hour=NIGHTLY_HOUR, minute=0, second=0, microsecond=0)
    return _claim(
        "nightly", Q(checked_at__lt=begun), "bookings.import_upcoming", at=at, day=local.date().isoformat()
    )


@sweep("forget old import runs")
def forget_old_runs(at: datetime) -> int:
    return ImportRun.objects.filter(started_at__lt=at - KEEP_RUNS).delete()[0]


def _claim(name: str, condition: Q, task: str, *, at: datetime, **arguments: str) -> int:
    # The claim and the job are one transaction: a kill between them would skip a night.
    with scope():
        claimed = Watermark.objects.filter(condition, name=name).update(checked_at=at)
        if claimed:
            jobs.defer_alone(task, **arguments)
    return claimed


def _each(due: Iterable[Booking], do: Callable[[Booking], bool]) -> int:
    with system(DUE):
        found = list(due.only("pk", "partner_id", "course_date_id")[:AT_ONCE])  # type: ignore[attr-defined]
    done = 0
    for booking in found:
        # One transaction each, in the scope of its partner: one that fails holds up no other.
        try:
            with scope(partner_ids=[booking.partner_id], actor="clock"):
                done += do(booking)
        except Exception:
            logger.exception("Booking %s stays due and is taken again with the next tick", booking.pk)
    return done
