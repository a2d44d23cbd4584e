"""No date fits: the customer says what they want instead, and staff take over."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from portal.core.refusals import guard
from portal.rebooking import policies
from portal.rebooking.models import Choice, Rebooking, TimeOfDay
from portal.rebooking.operations import cases, holds
from portal.rebooking.operations.cases import record
from portal.rebooking.operations.holding import actor_of
from portal.rebooking.operations.locking import lock_rebooking

LONGEST_NOTE = 2000


@dataclass(frozen=True)
class Wish:
    """What a customer wants whom no date fits. Days of the week begin with Monday, which is 0."""

    choice: Choice
    weekdays: tuple[int, ...] = ()
    time: TimeOfDay = TimeOfDay.ANY
    until: date | None = None
    note: str = ""


@transaction.atomic
def note_wish(rebooking: Rebooking, wish: Wish, *, at: datetime) -> Rebooking:
    """Keep the wish, for staff; nobody reminds the customer any more. The link goes on, and the wish may change.

    Safe to repeat: the same wish again is no news.

    :raises NotAllowed: with the UseBlocker that stands in the way
    """
    rebooking = lock_rebooking(rebooking)
    guard(policies.use_blocker(rebooking, at=at))
    new = _columns(wish)
    if all(getattr(rebooking, name) == value for name, value in new.items()):
        return rebooking
    for name, value in new.items():
        setattr(rebooking, name, value)
    rebooking.chosen_at, rebooking.remind_at = at, None
    cases.call_staff(rebooking, Rebooking.NeedsStaff.NONE_FITS, at=at)
    holds.let_go(rebooking, at=at)
    rebooking.save()
    record("rebooking.wish_noted", rebooking, {"choice": rebooking.choice}, actor=actor_of(rebooking), at=at)
    return rebooking


def _columns(wish: Wish) -> dict[str, object]:
    """Days and hours belong to other dates alone."""
    wants_dates = wish.choice == Choice.OTHER_DATES
    return {
        "choice": Choice(wish.choice).value,
        "wish_weekdays": sorted(set(wish.weekdays) & set(range(7))) if wants_dates else [],
        "wish_time": TimeOfDay(wish.time).value if wants_dates else TimeOfDay.ANY.value,
        "wish_until": wish.until if wants_dates else None,
        "wish_note": wish.note.strip()[:LONGEST_NOTE],
    }
