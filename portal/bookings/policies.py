"""Why something may not happen to a booking: a blocker with a text, or None."""

from datetime import datetime

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.bookings import queries
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


class RebookBlocker(TextChoices):
    CANCELLED = "cancelled", _("The customer has cancelled this booking.")
    REBOOKED = "rebooked", _("This booking has already been moved to another date.")
    EXPIRED = "expired", _("Nobody answered before the date. Please decline the booking first.")
    NOT_SETTLED = "not_settled", _("The decline can still be undone. Please wait until it is final.")
    UNPAID = "unpaid", _("The customer has not paid yet.")
    HISTORY = "history", _("This booking is older than the portal. Please take care of it in the shop.")
    ERASED = "erased", _("The customer's data was erased.")
    IS_CANDIDATE = "is_candidate", _("This date was only asked for. Please move the booking itself.")
    HAS_CANDIDATE = "has_candidate", _("Another date is already asked for. The partner has not answered yet.")


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
    if booking.is_candidate and booking.status == BookingStatus.EXPIRED:
        # Its date has begun while the customer relied on the other booking; another one may be asked for by now.
        return DecideBlocker.EXPIRED
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


def rebook_blocker(booking: Booking, *, at: datetime) -> RebookBlocker | None:
    """Whether the booking may move to another date, be it replaced at once or only asked for."""
    if blocker := _REBOOK_BLOCKER_OF_STATUS.get(BookingStatus(booking.status)):
        return blocker
    if booking.status == BookingStatus.DECLINED and booking.settled_at is None:
        return RebookBlocker.NOT_SETTLED
    if booking.released_at is None:
        return RebookBlocker.UNPAID
    if booking.is_history and booking.declined_at is None:
        return RebookBlocker.HISTORY
    if booking.customer.erased_at is not None:
        return RebookBlocker.ERASED
    if booking.is_candidate:
        return RebookBlocker.IS_CANDIDATE
    has_candidate = queries.candidate_of(Booking.objects.thread_of(booking)) is not None
    return RebookBlocker.HAS_CANDIDATE if has_candidate else None


_REBOOK_BLOCKER_OF_STATUS = {
    BookingStatus.CANCELLED: RebookBlocker.CANCELLED,
    BookingStatus.REBOOKED: RebookBlocker.REBOOKED,
    BookingStatus.EXPIRED: RebookBlocker.EXPIRED,
}
