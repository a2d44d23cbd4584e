"""How urgent an unanswered booking is, in words: what a partner reads before anything else."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.bookings.models import Booking, BookingStatus
from portal.core.wording import wall_clock

HOUR = timedelta(hours=1)
# From then on the deadline is named: before that, the date itself says enough.
NEAR = timedelta(hours=24)


@dataclass(frozen=True)
class Urgency:
    text: str
    is_high: bool


def urgency(booking: Booking, *, at: datetime) -> Urgency | None:
    """None while nothing presses. The date comes first: what is today is urgent whoever was reminded."""
    if booking.status != BookingStatus.PENDING or booking.has_started(at):
        return None
    return _of_date(booking, at) or _of_deadline(booking, at)


def _of_date(booking: Booking, at: datetime) -> Urgency | None:
    today = wall_clock(at).date()
    if booking.starts_on == today:
        if booking.starts_at is None:
            return Urgency(_("Today"), is_high=True)
        left = {"left": time_left(booking.starts_at - at)}
        return Urgency(_("Today, %(left)s left") % left, is_high=True)
    if booking.starts_on == today + timedelta(days=1):
        return Urgency(_("Tomorrow"), is_high=True)
    return None


def _of_deadline(booking: Booking, at: datetime) -> Urgency | None:
    if booking.escalated_at is not None:
        return Urgency(_("Overdue: our team will call you"), is_high=True)
    if booking.escalate_at is not None and booking.escalate_at <= at:
        return Urgency(_("Overdue"), is_high=True)
    if booking.escalate_at is not None and booking.escalate_at - at <= NEAR:
        left = {"left": time_left(booking.escalate_at - at)}
        return Urgency(_("%(left)s left to answer") % left, is_high=False)
    if booking.reminder_count:
        return Urgency(_("We have reminded you"), is_high=False)
    return None


def time_left(left: timedelta) -> str:
    """ "3 hours", rounded down: nobody should believe in time that is not there; below one hour in minutes."""
    if left >= HOUR:
        hours = left // HOUR
        return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
    minutes = max(1, left // timedelta(minutes=1))
    return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": minutes}
