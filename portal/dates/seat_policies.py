"""Why seats of a date may not be taken or its number of seats not be changed: a blocker with a text, or None."""

from datetime import datetime

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from portal.dates.clockwork import day_is_over
from portal.dates.models import CourseDate
from portal.dates.seats import Seats

# Nobody takes more at once; more is a slip of the finger.
MOST_AT_ONCE = 500
MOST_SEATS = 10_000


class SeatBlocker(TextChoices):
    QUANTITY = "quantity", _("Please enter how many seats: a number from 1 to 500.")
    DATE_CANCELLED = "date_cancelled", _("This date is cancelled.")
    DATE_STARTED = "date_started", _("This date has already begun.")
    CAPACITY_UNKNOWN = (
        "capacity_unknown",
        _("Nobody has said yet how many seats this date has. Please enter that first."),
    )
    FULL = "full", _("No seat is free any more.")
    TOO_FEW = "too_few", _("There are not that many free seats.")
    KEY_USED = "key_used", _("This form has been used already. Please load the page again.")


class CapacityBlocker(TextChoices):
    OUT_OF_RANGE = "out_of_range", _("Please enter how many seats there are: a number from 0 to 10,000.")
    BELOW_TAKEN = "below_taken", _("More seats than that are taken already.")
    SHOP_UNKNOWN = "shop_unknown", _("We do not know yet how many seats the shop has for this date.")


def take_blocker(date: CourseDate, seats: Seats, quantity: int, *, at: datetime) -> SeatBlocker | None:
    """Why so many seats cannot be held, sold elsewhere or blocked."""
    if not 1 <= quantity <= MOST_AT_ONCE:
        return SeatBlocker.QUANTITY
    if blocker := date_blocker(date, at=at):
        return blocker
    if seats.free is None:
        return SeatBlocker.CAPACITY_UNKNOWN
    if quantity <= seats.free:
        return None
    return SeatBlocker.TOO_FEW if seats.free > 0 else SeatBlocker.FULL


def date_blocker(date: CourseDate, *, at: datetime) -> SeatBlocker | None:
    """Why nobody takes seats of this date, however many are free."""
    if date.cancelled_at is not None:
        return SeatBlocker.DATE_CANCELLED
    return SeatBlocker.DATE_STARTED if has_started(date, at) else None


def capacity_blocker(date: CourseDate, seats: Seats, capacity: int | None) -> CapacityBlocker | None:
    """More seats are always welcome, even where the shop has sold more than there will be."""
    if capacity is None:
        return None
    if not 0 <= capacity <= MOST_SEATS:
        return CapacityBlocker.OUT_OF_RANGE
    is_cut = date.capacity is None or capacity < date.capacity
    return CapacityBlocker.BELOW_TAKEN if is_cut and capacity < seats.taken else None


def has_started(date: CourseDate, at: datetime) -> bool:
    """Known to the minute, or to the day, or (without a day) never."""
    if date.starts_at:
        return at >= date.starts_at
    return date.starts_on is not None and at >= day_is_over(date.starts_on, date.time_zone)


def refusal(blocker: TextChoices, seats: Seats) -> str:
    """What stands in the way, with the number that makes it clear."""
    if blocker == SeatBlocker.TOO_FEW:
        count = seats.free or 0
        text = ngettext("Only %(count)s seat is free.", "Only %(count)s seats are free.", count)
        return text % {"count": count}
    if blocker == CapacityBlocker.BELOW_TAKEN:
        text = ngettext(
            "%(count)s seat is taken already: there must be at least as many.",
            "%(count)s seats are taken already: there must be at least as many.",
            seats.taken,
        )
        return text % {"count": seats.taken}
    return str(blocker.label)
