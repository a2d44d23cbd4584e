"""What needs somebody of the staff, and that somebody has looked at it."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from portal.accounts.models import User
from portal.bookings.models import Booking
from portal.core import events
from portal.rebooking import queries
from portal.rebooking.models import Rebooking
from portal.rebooking.operations.locking import lock_rebooking

NeedsStaff = Rebooking.NeedsStaff


@transaction.atomic
def settle_case(rebooking: Rebooking, *, user: User, at: datetime) -> None:
    """Staff have looked at it; nobody reminds the customer any more. Safe to repeat."""
    rebooking = lock_rebooking(rebooking)
    if is_open(rebooking):
        rebooking.settled_at, rebooking.remind_at = at, None
        rebooking.save(update_fields=["settled_at", "remind_at", "updated_at"])
        record("rebooking.case_settled", rebooking, {"why": rebooking.needs_staff}, actor=user.actor, at=at)


@transaction.atomic
def reopen_case(rebooking: Rebooking, *, user: User, at: datetime) -> None:
    """It was ticked off by mistake. Safe to repeat."""
    rebooking = lock_rebooking(rebooking)
    if rebooking.needs_staff and rebooking.settled_at is not None:
        rebooking.settled_at = None
        rebooking.save(update_fields=["settled_at", "updated_at"])
        record("rebooking.case_reopened", rebooking, {"why": rebooking.needs_staff}, actor=user.actor, at=at)


def call_staff(rebooking: Rebooking, why: NeedsStaff, *, at: datetime) -> None:
    """From now on it is an open case. One that is open already keeps its age. Saves nothing."""
    if not is_open(rebooking):
        rebooking.needs_staff_at, rebooking.settled_at = at, None
    rebooking.needs_staff = why


def is_open(rebooking: Rebooking) -> bool:
    return rebooking.needs_staff != NeedsStaff.NOT and rebooking.settled_at is None


def close(rebooking: Rebooking, *, at: datetime) -> None:
    """What was open about it has come to an end. Saves nothing."""
    if is_open(rebooking):
        rebooking.settled_at = at


def close_cases(booking: Booking, *, at: datetime) -> None:
    """Whatever was open about the order item has come to an end. Call it with the turn."""
    ids = queries.rebookings_of_thread(booking).values_list("pk", flat=True)
    rows = Rebooking.objects.filter(~Q(needs_staff=NeedsStaff.NOT), pk__in=list(ids), settled_at=None)
    rows.update(settled_at=at)


def record(kind: str, rebooking: Rebooking, data: dict[str, object], *, actor: str, at: datetime) -> None:
    """Every event of a link is about its booking: there people look for it."""
    booking, data = rebooking.original_booking, {"rebooking": rebooking.pk, **data}
    events.record(kind, subject=booking, actor=actor, at=at, data=data)
