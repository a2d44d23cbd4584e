"""The partner proposes dates instead of the one that is declined."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from portal.bookings.models import Booking
from portal.core import events
from portal.core.refusals import NotAllowed, guard
from portal.core.wording import say_short_day
from portal.dates.models import CourseDate
from portal.dates.seats import seats_of
from portal.rebooking import queries
from portal.rebooking.models import ProposedDate
from portal.rebooking.prices import policy_of
from portal.rebooking.proposal_policies import Proposing, proposal_blocker, proposals_blocker


def lock_dates(booking: Booking, date_ids: Sequence[int]) -> list[CourseDate]:
    """Those dates as they are now, in the order of `date_ids`; without what is not there any more.

    They are locked with the booking's own date, by id. Call it before the booking is declined, as that locks it.
    """
    ids = [*date_ids, *([booking.course_date_id] if booking.course_date_id else [])]
    locked = CourseDate.objects.select_for_update(of=("self",)).select_related("course")
    by_id = {each.pk: each for each in locked.filter(pk__in=ids).order_by("pk")} if date_ids else {}
    return [by_id[pk] for pk in date_ids if pk in by_id]


@transaction.atomic
def propose_dates(
    booking: Booking, dates: Sequence[CourseDate], *, actor: str, at: datetime
) -> list[ProposedDate]:
    """Offer the customer these dates first, the best at the top. Safe to repeat: what goes with a decline stays.

    Call it in the transaction of the decline, with the dates from `lock_dates`.

    :raises NotAllowed: with the ProposalBlocker that stands in the way
    """
    guard(proposals_blocker(booking, dates))
    assert booking.declined_at is not None
    if proposed := list(booking.proposed_dates.filter(proposed_at=booking.declined_at)):
        return proposed
    _check(booking, dates, at=at)
    made = ProposedDate.objects.bulk_create(
        ProposedDate(
            partner_id=booking.partner_id,
            booking=booking,
            course_date=each,
            rank=rank,
            proposed_at=booking.declined_at,
        )
        for rank, each in enumerate(dates, start=1)
    )
    data = {"dates": len(made)}
    events.record("rebooking.dates_proposed", subject=booking, actor=actor, at=at, data=data)
    return made


def _check(booking: Booking, dates: Sequence[CourseDate], *, at: datetime) -> None:
    refused = queries.refused_date_ids(booking)
    proposing = Proposing(booking, policy_of(booking.partner_id), refused, at)
    seats = seats_of(dates, at=at)
    for each in dates:
        if blocker := proposal_blocker(proposing, each, seats[each.pk]):
            day = say_short_day(each.starts_on, at) if each.starts_on else ""
            raise NotAllowed(blocker, f"{day}: {blocker.label}".removeprefix(": "))
