"""Keeping seats for the customer who is about to choose."""

from datetime import datetime

from django.db import transaction

from portal.core.refusals import guard
from portal.rebooking import policies, queries
from portal.rebooking.models import Rebooking
from portal.rebooking.operations import holds
from portal.rebooking.operations.locking import lock_rebooking
from portal.rebooking.options import find_option

_HELD = ["held_date", "held_until", "updated_at"]


@transaction.atomic
def hold_date(rebooking: Rebooking, course_date_id: int, *, at: datetime) -> Rebooking:
    """Keep the seats of this date for a few minutes, instead of those of another one.

    Safe to repeat: what is held already is kept as long as it was, and not longer.

    :raises NotAllowed: with the UseBlocker or OptionBlocker; what was held before is then held on
    """
    rebooking = lock_rebooking(rebooking, with_dates=[course_date_id])
    guard(policies.use_blocker(rebooking, at=at))
    if rebooking.held_date_id == course_date_id and rebooking.is_held(at):
        return rebooking
    option = find_option(rebooking.original_booking, course_date_id, at=at)
    holds.let_go(rebooking, at=at)
    holds.take(rebooking, option.course_date, actor=actor_of(rebooking), at=at)
    rebooking.save(update_fields=_HELD)
    return rebooking


@transaction.atomic
def release_date(rebooking: Rebooking, *, at: datetime) -> Rebooking:
    """The customer looks on: the seats are free for others. Safe to repeat."""
    rebooking = lock_rebooking(rebooking)
    if holds.let_go(rebooking, at=at):
        rebooking.save(update_fields=_HELD)
    return rebooking


def actor_of(rebooking: Rebooking) -> str:
    """Who has the link, as an id."""
    link = queries.link_of(rebooking)
    return f"link:{link.pk}" if link else "link"
