"""Why something may not happen to a booking: a blocker with a text, or None."""

from datetime import datetime

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.bookings.models import Booking, BookingStatus, DeclineReason


class DecideBlocker(TextChoices):
    ALREADY_CONFIRMED = "already_confirmed", _("This booking is already confirmed.")
    ALREADY_DECLINED = "already_declined", _("This booking is already declined.")
    CANCELLED = "cancelled", _("The customer has cancelled this booking.")
    REBOOKED = "rebooked", _("The customer has moved to another date.")
    EXPIRED = "expired", _("Nobody answered before the date. Please call us.")
    DATE_STARTED = "date_started", _("The course date has already started.")
    AWAITING_PAYMENT = "awaiting_payment", _("The customer has not paid yet.")
    NOT_CONFIRMED = "not_confirmed", _("This booking is not confirmed.")
    DATE_CANCELLED = (
        "date_cancelled",
        _(
            "This date is cancelled. Please decline the booking: our team helps the customer to find another one."
        ),
    )


class DeclineFormBlocker(TextChoices):
    UNKNOWN_REASON = "unknown_reason", _("Please choose one of the reasons.")
    NOTES_REQUIRED = (
        "notes_required",
        _("Please say in a few words why. Our team needs it to help the customer."),
    )


class UndoBlocker(TextChoices):
    NOT_DECIDED = "not_decided", _("There is nothing to undo.")
    BY_STAFF = "by_staff", _("Our team has decided this for you. Please call us if it is not right.")
    SETTLED = "settled", _("This can no longer be undone, others have been told. Please call us.")
    DATE_CANCELLED = (
        "date_cancelled",
        _("The whole date is cancelled. Undo that on the page of the date: then this booking is back, too."),
    )


_BLOCKER_OF_STATUS = {
    BookingStatus.CONFIRMED: DecideBlocker.ALREADY_CONFIRMED,
    BookingStatus.DECLINED: DecideBlocker.ALREADY_DECLINED,
    BookingStatus.CANCELLED: DecideBlocker.CANCELLED,
    BookingStatus.REBOOKED: DecideBlocker.REBOOKED,
    BookingStatus.EXPIRED: DecideBlocker.EXPIRED,
}


def decide_blocker(booking: Booking, *, at: datetime, by_staff: bool = False) -> DecideBlocker | None:
    """What confirming and declining have in common.

    A partner decides what is pending, until the start. Staff decide in the partner's place, and also what nobody
    answered in time: the customer must hear something.
    """
    is_open = booking.status == BookingStatus.PENDING or (
        by_staff and booking.status == BookingStatus.EXPIRED
    )
    if not is_open:
        return _BLOCKER_OF_STATUS[BookingStatus(booking.status)]
    if booking.released_at is None:
        return DecideBlocker.AWAITING_PAYMENT
    if booking.has_started(at) and not by_staff:
        return DecideBlocker.DATE_STARTED
    return None


# Who may confirm may decline. The action still has its own name to search for.
decline_blocker = decide_blocker


def confirm_blocker(booking: Booking, *, at: datetime, by_staff: bool = False) -> DecideBlocker | None:
    """As for a decline; and nobody is promised a date that does not take place."""
    if blocker := decide_blocker(booking, at=at, by_staff=by_staff):
        return blocker
    return DecideBlocker.DATE_CANCELLED if booking.has_cancelled_date else None


def emergency_decline_blocker(
    booking: Booking, *, at: datetime, by_staff: bool, with_date: bool = False
) -> DecideBlocker | None:
    """A promise is broken only before the start, whether others have heard of it or not.

    A single one by staff alone. A partner breaks all promises of a date together or none.

    :param with_date: the whole date falls through: what still waits for an answer goes with it
    """
    if booking.status == BookingStatus.PENDING and not with_date:
        return DecideBlocker.NOT_CONFIRMED
    is_live = booking.status in (BookingStatus.PENDING, BookingStatus.CONFIRMED)
    if not is_live or not (by_staff or with_date):
        return _BLOCKER_OF_STATUS[BookingStatus(booking.status)]
    if booking.released_at is None:
        return DecideBlocker.AWAITING_PAYMENT
    return DecideBlocker.DATE_STARTED if booking.has_started(at) else None


def decline_form_blocker(
    reason: DeclineReason | None, notes: str, *, needs_notes: bool = False
) -> DeclineFormBlocker | None:
    if reason is None:
        return DeclineFormBlocker.UNKNOWN_REASON
    if (needs_notes or reason.requires_notes) and not notes.strip():
        return DeclineFormBlocker.NOTES_REQUIRED
    return None


def undo_blocker(
    booking: Booking, *, at: datetime, by_staff: bool = False, with_date: bool = False
) -> UndoBlocker | None:
    """Inside the window each side takes back what it has said; staff also what the partner has.

    :param with_date: the date itself is taken back, and all its bookings with it
    """
    if booking.status not in (BookingStatus.CONFIRMED, BookingStatus.DECLINED):
        return UndoBlocker.NOT_DECIDED
    if booking.settled_at is not None or booking.settles_at is None or at >= booking.settles_at:
        return UndoBlocker.SETTLED
    if booking.status == BookingStatus.DECLINED and booking.has_cancelled_date and not with_date:
        return UndoBlocker.DATE_CANCELLED
    return UndoBlocker.BY_STAFF if booking.decided_way == "staff" and not by_staff else None
