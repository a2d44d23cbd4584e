"""The customer has chosen: the booking moves, and the link has done what it is for."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from portal.bookings import operations as bookings
from portal.bookings.models import Booking
from portal.core import links
from portal.core.refusals import NotAllowed, guard
from portal.rebooking import policies, queries
from portal.rebooking.models import Rebooking
from portal.rebooking.operations import cases, holds, mails
from portal.rebooking.operations.cases import record
from portal.rebooking.operations.holding import actor_of
from portal.rebooking.operations.locking import lock_rebooking
from portal.rebooking.options import Option, find_option
from portal.rebooking.policies import UseBlocker

Status = Rebooking.Status


@dataclass(frozen=True)
class Rebooked:
    """`is_new` is False when it had been done before: somebody clicked twice, or an answer was lost."""

    rebooking: Rebooking
    is_new: bool


@transaction.atomic
def rebook(rebooking: Rebooking, course_date_id: int, *, at: datetime) -> Rebooked:
    """Move the booking to this date: at once when it was declined, else as soon as the partner confirms it.

    Safe to repeat with the same date. The seats that are held become the booking's; without a hold it works as long
    as there are seats.

    :raises NotAllowed: with the UseBlocker, OptionBlocker or RebookBlocker that stands in the way
    """
    rebooking = lock_rebooking(rebooking, with_dates=[course_date_id])
    if rebooking.status == Status.USED:
        return _again(rebooking, course_date_id)
    guard(policies.use_blocker(rebooking, at=at))
    # First, so that what this very customer holds is free. Should the date be refused, it is held on.
    holds.let_go(rebooking, at=at)
    option = find_option(rebooking.original_booking, course_date_id, at=at)
    actor = actor_of(rebooking)
    new = bookings.rebook_booking(rebooking.original_booking, option.course_date, actor=actor, at=at)
    _keep(rebooking, option, new, at=at)
    mails.owe_confirmed(new, recipient=rebooking.customer_email or "", at=at)
    if link := queries.link_of(rebooking):
        links.mark_used(link, at=at)
    record("rebooking.used", rebooking, {"to": new.pk}, actor=actor, at=at)
    return Rebooked(rebooking, is_new=True)


def _again(rebooking: Rebooking, course_date_id: int) -> Rebooked:
    assert rebooking.new_booking is not None
    if rebooking.new_booking.course_date_id != course_date_id:
        raise NotAllowed(UseBlocker.USED)
    return Rebooked(rebooking, is_new=False)


def _keep(rebooking: Rebooking, option: Option, new: Booking, *, at: datetime) -> None:
    price = option.price
    rebooking.status, rebooking.rebooked_at, rebooking.remind_at = Status.USED, at, None
    rebooking.new_booking, rebooking.new_order_id = new, new.magento_order_id
    rebooking.new_date = new.starts_on
    rebooking.price_policy = price.policy
    rebooking.new_price_cents, rebooking.difference_cents = price.total_cents, price.difference_cents
    # Whatever staff wanted to ask the customer is answered.
    cases.close(rebooking, at=at)
    rebooking.save()
    cases.close_cases(rebooking.original_booking, at=at)
