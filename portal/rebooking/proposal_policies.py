"""Why a date may not be proposed to a customer: a blocker with a text for the partner, or None."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.bookings.models import Booking, BookingStatus
from portal.dates.models import CourseDate
from portal.dates.seats import Seats
from portal.rebooking.models import PricePolicy
from portal.rebooking.policies import OptionBlocker, option_blocker
from portal.rebooking.prices import price_of


class ProposalBlocker(TextChoices):
    NOT_DECLINED = "not_declined", _("Dates are proposed together with a decline.")
    TWICE = "twice", _("This date is chosen already.")
    OTHER_COURSE = "other_course", _("Please choose a date of the same course.")
    DECLINED_BEFORE = "declined_before", _("This date was declined for this customer.")
    CANCELLED = "cancelled", _("This date is cancelled.")
    STARTED = "started", _("This date has already begun.")
    TOO_SOON = "too_soon", _("This date begins too soon for somebody to move to it.")
    NOT_ON_SALE = "not_on_sale", _("The shop does not sell this date.")
    SEATS_UNKNOWN = "seats_unknown", _("Nobody has said yet how many seats this date has.")
    TOO_FEW = "too_few", _("This date has too few free seats for this booking.")
    TOO_EXPENSIVE = "too_expensive", _("This date costs more than the customer has paid.")


_FOR_PARTNERS = {
    OptionBlocker.CANCELLED: ProposalBlocker.CANCELLED,
    OptionBlocker.STARTED: ProposalBlocker.STARTED,
    OptionBlocker.TOO_SOON: ProposalBlocker.TOO_SOON,
    OptionBlocker.FULL: ProposalBlocker.TOO_FEW,
    OptionBlocker.TOO_FEW: ProposalBlocker.TOO_FEW,
    OptionBlocker.TOO_EXPENSIVE: ProposalBlocker.TOO_EXPENSIVE,
}


@dataclass(frozen=True)
class Proposing:
    """What all dates are held against. `refused` are ids of dates that are out of the question for this booking."""

    booking: Booking
    policy: PricePolicy
    refused: Collection[int]
    at: datetime


def proposals_blocker(booking: Booking, dates: Sequence[CourseDate]) -> ProposalBlocker | None:
    """Why these together may not be proposed now."""
    if booking.status != BookingStatus.DECLINED:
        return ProposalBlocker.NOT_DECLINED
    return ProposalBlocker.TWICE if len({each.pk for each in dates}) < len(dates) else None


def proposal_blocker(proposing: Proposing, course_date: CourseDate, seats: Seats) -> ProposalBlocker | None:
    """What the customer could not choose is not proposed. Needs the course of the date loaded."""
    booking = proposing.booking
    if (course_date.partner_id, course_date.course_id) != (booking.partner_id, booking.course_id):
        return ProposalBlocker.OTHER_COURSE
    blocker = option_blocker(
        booking,
        course_date,
        seats=seats,
        price=price_of(booking, course_date, proposing.policy),
        refused=proposing.refused,
        at=proposing.at,
    )
    if blocker == OptionBlocker.NOT_OFFERED:
        return _why_not_offered(proposing, course_date, seats)
    return _FOR_PARTNERS[blocker] if blocker else None


def _why_not_offered(proposing: Proposing, course_date: CourseDate, seats: Seats) -> ProposalBlocker:
    if course_date.pk in proposing.refused:
        return ProposalBlocker.DECLINED_BEFORE
    return ProposalBlocker.SEATS_UNKNOWN if seats.shown_free is None else ProposalBlocker.NOT_ON_SALE
