"""A link comes to an end: nobody used it, staff withdraw it, or there is nothing left to rebook."""

from datetime import datetime

from django.db import transaction

from portal.accounts.models import User
from portal.bookings.models import Booking
from portal.core.refusals import NotAllowed
from portal.rebooking import policies, queries
from portal.rebooking.models import Choice, Rebooking
from portal.rebooking.operations import cases
from portal.rebooking.operations.cases import record
from portal.rebooking.operations.holds import let_go
from portal.rebooking.operations.locking import lock_booking, lock_rebooking
from portal.rebooking.policies import UseBlocker

Status = Rebooking.Status
Ended = Rebooking.Ended
NeedsStaff = Rebooking.NeedsStaff


@transaction.atomic
def end_link(rebooking: Rebooking, ended: Ended, *, actor: str, at: datetime) -> bool:
    """It follows what has become of the order. Safe to repeat: False when it had come to an end before."""
    rebooking = lock_rebooking(rebooking)
    if rebooking.status != Status.ACTIVE:
        return False
    _cancel(rebooking, ended, at=at)
    record("rebooking.link_ended", rebooking, {"ended": ended.value}, actor=actor, at=at)
    return True


@transaction.atomic
def end_links(booking: Booking, ended: Ended, *, actor: str, at: datetime) -> int:
    """As `end_link`, for all links of the order item; what staff had to look at is no case any more."""
    booking = lock_booking(booking)
    active = queries.rebookings_of_thread(booking).filter(status=Status.ACTIVE)
    count = sum(end_link(each, ended, actor=actor, at=at) for each in active)
    cases.close_cases(booking, at=at)
    return count


@transaction.atomic
def end_replaced_links(booking: Booking, *, at: datetime) -> int:
    """The booking has moved on: other links to it lead nowhere. Safe to repeat."""
    booking = lock_booking(booking)
    moved = queries.rebookings_of_thread(booking).filter(
        status=Status.ACTIVE, original_booking__status="rebooked"
    )
    return sum(end_link(each, Ended.REPLACED, actor="clock", at=at) for each in moved)


@transaction.atomic
def revoke_link(rebooking: Rebooking, *, user: User, at: datetime) -> bool:
    """Staff withdraw it. Safe to repeat.

    :raises NotAllowed: when the customer was faster
    """
    rebooking = lock_rebooking(rebooking)
    if rebooking.status == Status.USED:
        raise NotAllowed(UseBlocker.USED)
    if rebooking.status == Status.CANCELLED:
        return False
    _cancel(rebooking, Ended.STAFF, at=at)
    record("rebooking.link_revoked", rebooking, {}, actor=user.actor, at=at)
    return True


@transaction.atomic
def expire_link(rebooking: Rebooking, *, at: datetime) -> bool:
    """Nobody used it in time. Safe to repeat."""
    rebooking = lock_rebooking(rebooking)
    if rebooking.status != Status.ACTIVE or at < rebooking.token_expires_at:
        return False
    expire(rebooking, at=at)
    return True


def expire(rebooking: Rebooking, *, at: datetime) -> None:
    """Call it with the turn, for a link that is over."""
    let_go(rebooking, at=at)
    rebooking.status, rebooking.remind_at = Status.EXPIRED, None
    # Who has said what they want is on the list for that, as is who has no address; who has a date misses nothing.
    is_silent = rebooking.choice == Choice.NONE and rebooking.customer_email
    if is_silent and policies.has_nothing(rebooking.original_booking):
        cases.call_staff(rebooking, NeedsStaff.EXPIRED, at=at)
    rebooking.save()
    record("rebooking.expired", rebooking, {}, actor="clock", at=at)


def _cancel(rebooking: Rebooking, ended: Ended, *, at: datetime) -> None:
    let_go(rebooking, at=at)
    rebooking.status, rebooking.ended, rebooking.remind_at = Status.CANCELLED, ended, None
    cases.close(rebooking, at=at)
    rebooking.save()
