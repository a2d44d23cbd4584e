"""A customer who has not chosen is reminded twice; then staff are asked to call."""

from datetime import datetime

from django.db import transaction

from portal.rebooking import policies, reminders
from portal.rebooking.models import Choice, Rebooking
from portal.rebooking.operations import cases, mails
from portal.rebooking.operations.cases import record
from portal.rebooking.operations.ending import end_link
from portal.rebooking.operations.locking import lock_rebooking
from portal.rebooking.policies import UseBlocker

Status = Rebooking.Status
_KINDS = (mails.REMINDER, mails.LAST_REMINDER)


@transaction.atomic
def remind_customer(rebooking: Rebooking, *, at: datetime) -> bool:
    """Do what is due by now: a reminder, or after the last one let staff know. Safe to repeat."""
    rebooking = lock_rebooking(rebooking)
    if rebooking.status != Status.ACTIVE or rebooking.remind_at is None or at < rebooking.remind_at:
        return False
    blocker = policies.use_blocker(rebooking, at=at)
    if blocker == UseBlocker.NOT_SETTLED:
        # A decline that may be undone: what is true in a few minutes decides.
        return False
    if blocker == UseBlocker.REFUNDED:
        # The shop says so without a word that we would hear by itself.
        end_link(rebooking, Rebooking.Ended.REFUNDED, actor="clock", at=at)
        return False
    if blocker or rebooking.choice != Choice.NONE:
        return _plan(rebooking, None)
    zone = rebooking.partner.time_zone
    if rebooking.reminder_count == reminders.MOST:
        _give_up(rebooking, at=at)
        return True
    if reminders.moved_into_day(at, zone) != at:
        # The clock itself is late: nobody is written to at night for that.
        return _plan(rebooking, reminders.moved_into_day(at, zone))
    mails.owe(_KINDS[rebooking.reminder_count], rebooking, at=at)
    rebooking.reminder_count += 1
    _plan(rebooking, reminders.after(rebooking.reminder_count, zone, at=at))
    record("rebooking.reminded", rebooking, {"number": rebooking.reminder_count}, actor="clock", at=at)
    return True


def _give_up(rebooking: Rebooking, *, at: datetime) -> None:
    # Who still has a date need not answer.
    if policies.has_nothing(rebooking.original_booking):
        cases.call_staff(rebooking, Rebooking.NeedsStaff.UNANSWERED, at=at)
        record("rebooking.unanswered", rebooking, {}, actor="clock", at=at)
    _plan(rebooking, None)


def _plan(rebooking: Rebooking, remind_at: datetime | None) -> bool:
    rebooking.remind_at = remind_at
    rebooking.save()
    return False
