"""The columns that say when the clock reminds and escalates next. Whoever changes what they follow from plans anew."""

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction

from portal.bookings import ladder
from portal.bookings.models import Booking, BookingStatus
from portal.bookings.operations.locking import lock


def begin_ladder(booking: Booking, *, at: datetime) -> None:
    """The partner is asked, for the first time or anew: nothing of an older question counts. Saves nothing."""
    booking.ladder_from, booking.ladder_rung, booking.reminder_count = at, 0, 0
    booking.last_reminder_at = booking.escalated_at = booking.reopened_at = None
    plan(booking, at=at)


def climb_again(booking: Booking, *, at: datetime) -> None:
    """A decision was undone: the ladder goes on where it stood, after a while. Call it with the lock."""
    booking.reopened_at = at
    plan(booking, at=at)
    booking.save()


def reminder_leaves_at(booking: Booking, rung: int, *, owed_at: datetime, at: datetime) -> datetime:
    """When a reminder may leave that was owed a while ago and has waited, perhaps for a mail server that was down."""
    return ladder.leaves_at(ladder_of(booking), rung, owed_at=owed_at.astimezone(UTC), at=at.astimezone(UTC))


def plan(booking: Booking, *, at: datetime, last_mail_at: datetime | None = None) -> ladder.Step:
    """Set the next steps by all that is known now. Saves nothing."""
    step = _next_step(booking, last_mail_at, at=at)
    if step is not ladder.NO_STEP:
        booking.ladder_rung = step.rung - 1
    booking.remind_at, booking.escalate_at = step.remind_at, step.escalate_at
    return step


def keep_plan(booking: Booking, *, at: datetime) -> bool:
    """Plan anew and save what has changed. Call it with the lock."""
    before = booking.remind_at, booking.escalate_at
    plan(booking, at=at)
    if (booking.remind_at, booking.escalate_at) == before:
        return False
    booking.save(update_fields=["ladder_rung", "remind_at", "escalate_at", "updated_at"])
    return True


@transaction.atomic
def follow_quiet_hours(booking: Booking, *, at: datetime) -> bool:
    """Plan by the partner's settings of today. Safe to repeat."""
    return keep_plan(lock(booking), at=at)


def ladder_of(booking: Booking, last_mail_at: datetime | None = None) -> ladder.Ladder:
    """:param last_mail_at: when the newest mail really left; else the request is taken to have left at once"""
    assert booking.ladder_from is not None
    partner = booking.partner
    sent_at = last_mail_at or booking.last_reminder_at or booking.asked_at or booking.ladder_from
    return ladder.Ladder(
        begun_at=booking.ladder_from.astimezone(UTC),
        starts_at=booking.starts_at and booking.starts_at.astimezone(UTC),
        quiet=ladder.QuietHours(partner.time_zone, partner.quiet_from, partner.quiet_until),
        first_after=timedelta(hours=settings.REMINDER_FIRST_HOURS),
        last_after=timedelta(hours=settings.REMINDER_SECOND_HOURS),
        last_mail_at=sent_at.astimezone(UTC),
        rung=booking.ladder_rung,
        reopened_at=booking.reopened_at and booking.reopened_at.astimezone(UTC),
        is_escalated=booking.escalated_at is not None,
        is_asked=booking.confirmation_token is not None,
    )


def _next_step(booking: Booking, last_mail_at: datetime | None, *, at: datetime) -> ladder.Step:
    is_open = booking.status == BookingStatus.PENDING and booking.released_at is not None
    if not is_open or booking.ladder_from is None or booking.is_on_hold:
        return ladder.NO_STEP
    return ladder.next_step(ladder_of(booking, last_mail_at), at=at.astimezone(UTC))
