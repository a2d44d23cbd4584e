"""The rows of one order item as one story: on which dates it was, where it stands, and what became of its last link."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.bookings import queries as booking_queries
from portal.bookings.models import Booking, BookingStatus
from portal.core.registry import Text
from portal.core.wording import say_day, wall_clock
from portal.rebooking import queries
from portal.rebooking.models import Choice, Rebooking
from portal.rebooking.wording import wish_text

Status, NeedsStaff = Rebooking.Status, Rebooking.NeedsStaff
_OUTCOMES: dict[str, Text] = {
    BookingStatus.PENDING: gettext_lazy("waits for an answer"),
    BookingStatus.CONFIRMED: gettext_lazy("confirmed"),
    BookingStatus.DECLINED: gettext_lazy("declined"),
    BookingStatus.CANCELLED: gettext_lazy("cancelled by the customer"),
    BookingStatus.EXPIRED: gettext_lazy("not answered"),
    BookingStatus.REBOOKED: gettext_lazy("moved"),
}


@dataclass(frozen=True)
class Step:
    """A date that the order item was on, or is asked for.

    :param other_course: said where it is not the one of the page
    :param outcome: what became of it, in a word or two
    """

    booking: Booking
    number: int
    other_course: str
    outcome: Text
    is_current: bool


@dataclass(frozen=True)
class LinkState:
    """What became of the last link, as a sentence. `is_wanting` when a new date of the partner's would help."""

    text: Text
    icon: str
    detail: Text = ""
    tone: str = "info"
    is_wanting: bool = False


@dataclass(frozen=True)
class ThreadCard:
    """:param steps: none while there is only one
    :param state: none once the steps say all
    """

    booking: Booking
    steps: list[Step]
    state: LinkState | None


def thread_card(booking: Booking, *, at: datetime) -> ThreadCard | None:
    """For pages of partners and of staff alike; none for a booking that nobody thought of moving."""
    links = list(queries.rebookings_of_thread(booking))
    if not links:
        return None
    thread = booking_queries.thread_of(booking)
    candidate = booking_queries.candidate_of(thread)
    steps = [_step(each, number, booking) for number, each in enumerate(thread, start=1)]
    state = _asked_for(candidate, booking, at=at) if candidate else _state(links[-1], at=at)
    return ThreadCard(booking, steps if len(steps) > 1 else [], state)


def _step(booking: Booking, number: int, current: Booking) -> Step:
    status = BookingStatus(booking.status)
    if status == BookingStatus.REBOOKED and booking.declined_at is not None:
        # What has moved on was declined before: that is why.
        status = BookingStatus.DECLINED
    other_course = "" if booking.course_name == current.course_name else booking.course_name
    return Step(booking, number, other_course, _OUTCOMES[status], booking.pk == current.pk)


def _state(link: Rebooking, *, at: datetime) -> LinkState | None:
    if link.status == Status.USED:
        return None
    if link.status == Status.CANCELLED:
        return LinkState(link.get_ended_display() or _("The link was withdrawn."), "unlink")
    if link.choice:
        text = _("None of the dates fits the customer.")
        wish = _("Wish: %(wish)s") % {"wish": wish_text(link)}
        return LinkState(text, "message-circle", wish, "warn", is_wanting=link.choice == Choice.OTHER_DATES)
    if link.status == Status.EXPIRED or at >= link.token_expires_at:
        text = _("The customer did not choose a new date in time. Our team takes care of it.")
        return LinkState(text, "hourglass")
    return _waiting(link, at=at)


def _waiting(link: Rebooking, *, at: datetime) -> LinkState:
    if link.needs_staff == NeedsStaff.NO_DATES:
        text = _("There was no date to offer to the customer.")
        return LinkState(text, "calendar-x", tone="warn", is_wanting=True)
    until = _("The link works until %(day)s.") % {
        "day": say_day(wall_clock(link.token_expires_at).date(), at)
    }
    if link.is_held(at):
        text = _("The customer is choosing a new date right now: its seats are held.")
        return LinkState(text, "calendar-clock", until)
    return LinkState(_("The customer can choose a new date."), "calendar-clock", until)


def _asked_for(candidate: Booking, booking: Booking, *, at: datetime) -> LinkState:
    if candidate.pk == booking.pk:
        text = _("The customer would rather come on this date.")
        detail = _("The previous date stays booked until you confirm this one.")
    else:
        day = say_day(candidate.starts_on, at) if candidate.starts_on else _("another date")
        text = _("The customer would rather come on %(day)s.") % {"day": day}
        detail = _("Until the new date is confirmed, the booking stays where it is.")
    return LinkState(text, "calendar-clock", detail, "warn")
