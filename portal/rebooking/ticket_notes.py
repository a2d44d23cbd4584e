"""What the help desk reads about a rebooking: a note each on the case of the booking. Staff read German.

Every value is escaped: what a customer wrote must not become markup at the desk.
"""

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from portal.bookings.models import Booking, BookingStatus
from portal.core.wording import say_when
from portal.rebooking import policies
from portal.rebooking.models import Choice, Rebooking
from portal.rebooking.wording import difference_text, wish_text

Status = Rebooking.Status
_GONE = (BookingStatus.CANCELLED, BookingStatus.REBOOKED)


def moved(old: Booking, new: Booking, rebooking: Rebooking | None) -> str:
    """Where the booking has gone, or is to go once the partner confirms. Empty when the order is gone."""
    if new.status == BookingStatus.CANCELLED:
        return ""
    title = _("Asked for another date") if new.is_candidate else _("Moved to another date")
    return _note(
        title,
        [
            (_("Order"), f"#{new.order_number}"),
            (_("Previous date"), _place_in_time(old)),
            (_("New date"), _place_in_time(new)),
            (_("Participants"), str(new.participants)),
            (_("Partner"), _answer(new)),
            (_("Price"), difference_text(rebooking) if rebooking else ""),
        ],
    )


def no_dates(rebooking: Rebooking) -> str:
    if rebooking.status != Status.ACTIVE or rebooking.original_booking.status in _GONE:
        return ""
    return _sentence(
        _("There is no other date to offer. The customer was asked for a wish: please look for a date, too.")
    )


def wish(rebooking: Rebooking) -> str:
    """What the customer wants by now. Empty once they have chosen a date after all, or the order is gone."""
    is_over = rebooking.status == Status.USED or rebooking.original_booking.status in _GONE
    if is_over or rebooking.choice == Choice.NONE:
        return ""
    rows = [(_("Wanted instead"), wish_text(rebooking)), (_("Note of the customer"), rebooking.wish_note)]
    return _note(_("None of the dates fits the customer"), rows)


def unanswered(rebooking: Rebooking) -> str:
    if rebooking.status != Status.ACTIVE or not _waits(rebooking):
        return ""
    text = _(
        "The customer has not chosen a new date in spite of two reminders: please call. The link works until %(when)s."
    )
    return _sentence(text % {"when": say_when(rebooking.token_expires_at)})


def expired(rebooking: Rebooking) -> str:
    if rebooking.status != Status.EXPIRED or not _waits(rebooking):
        return ""
    return _sentence(
        _("The link to choose a new date has expired unused: please call the customer, or send a new link.")
    )


def exhausted(booking: Booking) -> str:
    if booking.status in _GONE:
        return ""
    return _sentence(
        _(
            "Date after date was declined, and no further link is sent by itself: please call the customer or send one."
        )
    )


def no_address(booking: Booking) -> str:
    if not policies.has_nothing(booking) or booking.customer.email:
        return ""
    return _sentence(
        _(
            "The customer has no e-mail address, so nobody could be sent a link to choose a new date: please call."
        )
    )


def _waits(rebooking: Rebooking) -> bool:
    return policies.has_nothing(rebooking.original_booking) and rebooking.choice == Choice.NONE


def _answer(new: Booking) -> str:
    if new.status == BookingStatus.CONFIRMED and new.settled_at is not None:
        return _("has confirmed the new date")
    if new.is_candidate:
        return _("was asked to confirm; until then the previous date stands")
    return _("was asked to confirm")


def _place_in_time(booking: Booking) -> str:
    moment = booking.starts_at or booking.starts_on
    return f"{booking.course_name}, {say_when(moment)}" if moment else booking.course_name


def _sentence(text: str) -> str:
    return format_html("<p>{}</p>", text)


def _note(title: str, rows: list[tuple[str, str]]) -> str:
    facts = format_html_join("", "<p><b>{}:</b> {}</p>", [row for row in rows if row[1]])
    return format_html("<p><b>{}</b></p>{}", title, facts)
