"""Why a link cannot be made or used, and a date not be chosen: a blocker with a text, or None."""

from collections.abc import Collection
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.bookings.models import Booking, BookingStatus, PaymentStatus
from portal.bookings.policies import RebookBlocker, rebook_blocker
from portal.dates.models import CourseDate
from portal.dates.seat_policies import has_started
from portal.dates.seats import Seats
from portal.rebooking.models import Rebooking
from portal.rebooking.prices import Price

Status = Rebooking.Status
# What the shop does not sell any more nobody moves to.
_OFF_SALE = (CourseDate.ShopState.OFF_SALE, CourseDate.ShopState.GONE)


class LinkBlocker(TextChoices):
    """Why no link is sent. Said to staff."""

    ERASED = "erased", _("The customer's data was erased: there is nobody to write to.")
    ORDER_CANCELLED = "order_cancelled", _("The customer has cancelled this booking.")
    REFUNDED = "refunded", _("The money has gone back to the customer.")
    REBOOKED = "rebooked", _("This booking has already been moved to another date.")
    EXPIRED = "expired", _("Nobody answered before the date. Please decline the booking first.")
    NOT_SETTLED = "not_settled", _("The decline can still be undone. Please wait until it is final.")
    UNPAID = "unpaid", _("The customer has not paid yet.")
    HISTORY = "history", _("This booking is older than the portal. Please take care of it in the shop.")
    IS_CANDIDATE = "is_candidate", _("This date was only asked for. Please move the booking itself.")
    HAS_CANDIDATE = "has_candidate", _("Another date is already asked for. The partner has not answered yet.")
    TOOK_PLACE = "took_place", _("The date of this booking is already over.")
    NO_ADDRESS = "no_address", _("There is no e-mail address to write to.")
    HAS_LINK = "has_link", _("A newer link for this booking is already on its way.")


class UseBlocker(TextChoices):
    """Why a link leads to no choice of dates. Said to the customer."""

    USED = "used", _("You have already chosen a new date with this link.")
    EXPIRED = "expired", _("This link has expired. Please write to us: we gladly find a new date with you.")
    WITHDRAWN = "withdrawn", _("This link is no longer valid. Please use the link in our latest e-mail.")
    ORDER_CANCELLED = "order_cancelled", _("Your order was cancelled, so there is nothing left to rebook.")
    REFUNDED = "refunded", _("Your money has been refunded, so there is nothing left to rebook.")
    ERASED = "erased", _("The data of this order was erased, so the link leads nowhere any more.")
    NOT_SETTLED = (
        "not_settled",
        _("Something about your booking is changing right now. Please try again in a few minutes."),
    )
    REBOOKED = "rebooked", _("Your booking has already moved to another date.")
    TOOK_PLACE = (
        "took_place",
        _("Your date has already begun. Please write to us if something went wrong: we gladly help."),
    )


class OptionBlocker(TextChoices):
    """Why a date cannot be chosen. Said to the customer."""

    NOT_OFFERED = "not_offered", _("This date is not offered. Please choose one of the dates below.")
    CANCELLED = "cancelled", _("This date has just been cancelled. Please choose another one.")
    STARTED = "started", _("This date has already begun. Please choose another one.")
    TOO_SOON = "too_soon", _("It is too late to book this date. Please choose another one.")
    FULL = "full", _("The last seats of this date have just been taken. Please choose another one.")
    TOO_FEW = "too_few", _("This date no longer has a seat for each of you. Please choose another one.")
    TOO_EXPENSIVE = (
        "too_expensive",
        _("This date costs more than the one you paid for. Please choose another one."),
    )


_LINK_BLOCKER_OF = {
    RebookBlocker.CANCELLED: LinkBlocker.ORDER_CANCELLED,
    RebookBlocker.REBOOKED: LinkBlocker.REBOOKED,
    RebookBlocker.EXPIRED: LinkBlocker.EXPIRED,
    RebookBlocker.NOT_SETTLED: LinkBlocker.NOT_SETTLED,
    RebookBlocker.UNPAID: LinkBlocker.UNPAID,
    RebookBlocker.HISTORY: LinkBlocker.HISTORY,
    RebookBlocker.ERASED: LinkBlocker.ERASED,
    RebookBlocker.IS_CANDIDATE: LinkBlocker.IS_CANDIDATE,
    RebookBlocker.HAS_CANDIDATE: LinkBlocker.HAS_CANDIDATE,
}


def link_blocker(booking: Booking, *, at: datetime) -> LinkBlocker | None:
    """Needs the customer loaded."""
    if blocker := rebook_blocker(booking, at=at):
        return _LINK_BLOCKER_OF[blocker]
    if is_refunded(booking):
        return LinkBlocker.REFUNDED
    if _has_taken_place(booking, at):
        return LinkBlocker.TOOK_PLACE
    return None if booking.customer.email else LinkBlocker.NO_ADDRESS


def extend_blocker(rebooking: Rebooking, *, at: datetime, has_other: bool) -> LinkBlocker | UseBlocker | None:
    """:param has_other: whether another link of the same booking is active"""
    if rebooking.status == Status.USED:
        return UseBlocker.USED
    if rebooking.status == Status.CANCELLED:
        return UseBlocker.WITHDRAWN
    if has_other:
        return LinkBlocker.HAS_LINK
    return link_blocker(rebooking.original_booking, at=at)


def use_blocker(rebooking: Rebooking, *, at: datetime) -> UseBlocker | None:
    """Needs the booking and its customer loaded. What became of the order is told before what became of the link."""
    if rebooking.status == Status.USED:
        return UseBlocker.USED
    if blocker := _order_blocker(rebooking):
        return blocker
    booking = rebooking.original_booking
    if booking.status == BookingStatus.REBOOKED:
        return UseBlocker.REBOOKED
    if rebooking.status == Status.CANCELLED:
        return UseBlocker.WITHDRAWN
    if rebooking.status == Status.EXPIRED or at >= rebooking.token_expires_at:
        return UseBlocker.EXPIRED
    if booking.status == BookingStatus.DECLINED and booking.settled_at is None:
        return UseBlocker.NOT_SETTLED
    is_over = booking.status == BookingStatus.EXPIRED or _has_taken_place(booking, at)
    return UseBlocker.TOOK_PLACE if is_over else None


def option_blocker(
    booking: Booking,
    course_date: CourseDate,
    *,
    seats: Seats,
    price: Price,
    refused: Collection[int],
    at: datetime,
) -> OptionBlocker | None:
    """Why the customer cannot choose the date.

    :param seats: without those that this very customer holds
    :param refused: ids of dates that are out of the question for this booking
    """
    if course_date.pk in refused or course_date.starts_on is None or course_date.shop_state in _OFF_SALE:
        return OptionBlocker.NOT_OFFERED
    if course_date.cancelled_at is not None:
        return OptionBlocker.CANCELLED
    if has_started(course_date, at):
        return OptionBlocker.STARTED
    if starting(course_date) <= at + lead_of(course_date):
        return OptionBlocker.TOO_SOON
    # While nobody has said how many seats there are, none can be held.
    if seats.free is None or seats.shown_free is None:
        return OptionBlocker.NOT_OFFERED
    if seats.shown_free < booking.participants:
        return OptionBlocker.TOO_FEW if seats.shown_free else OptionBlocker.FULL
    return None if price.is_allowed else OptionBlocker.TOO_EXPENSIVE


def starting(course_date: CourseDate) -> datetime:
    """When it begins; of a date whose hour nobody knows, when its day begins."""
    assert course_date.starts_on is not None
    return course_date.starts_at or datetime.combine(
        course_date.starts_on, time(), tzinfo=ZoneInfo(course_date.time_zone)
    )


def lead_of(course_date: CourseDate) -> timedelta:
    """So long before its start a date is not offered any more."""
    return timedelta(hours=max(settings.REBOOK_LEAD_HOURS, course_date.booking_deadline_hours))


def is_refunded(booking: Booking) -> bool:
    return booking.shop_payment_status == PaymentStatus.REFUNDED


def has_nothing(booking: Booking) -> bool:
    """Whether its customer has paid and has no date: then a link that nobody uses is a case for staff."""
    return booking.status == BookingStatus.DECLINED and not is_refunded(booking)


def was_declined_since(rebooking: Rebooking, booking: Booking) -> bool:
    """Whether the booking was declined only after its customer had asked for another date: no mail 1 has said so."""
    chosen_at, declined_at = rebooking.rebooked_at, booking.declined_at
    return chosen_at is not None and declined_at is not None and chosen_at < declined_at


def _order_blocker(rebooking: Rebooking) -> UseBlocker | None:
    booking = rebooking.original_booking
    if booking.customer.erased_at is not None:
        return UseBlocker.ERASED
    if booking.status == BookingStatus.CANCELLED:
        return UseBlocker.WITHDRAWN if _has_heir(booking) else UseBlocker.ORDER_CANCELLED
    return UseBlocker.REFUNDED if is_refunded(booking) else None


def _has_heir(booking: Booking) -> bool:
    """Whether the shop has only edited the order: the booking that carries the decline on has a link of its own."""
    heirs = booking.next_generations.exclude(magento_order_item_id=booking.magento_order_item_id)
    return heirs.filter(status=BookingStatus.DECLINED).exists()


def _has_taken_place(booking: Booking, at: datetime) -> bool:
    """One that was declined has not, whatever the day."""
    is_standing = booking.status in (BookingStatus.PENDING, BookingStatus.CONFIRMED)
    return is_standing and booking.has_started(at)
