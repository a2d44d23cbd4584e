"""What another date would cost, beside what was paid. Nobody pays more than before."""

from dataclasses import dataclass

from django.conf import settings

from portal.bookings.models import Booking
from portal.courses.models import Course
from portal.dates.models import CourseDate
from portal.partners.models import Partner
from portal.rebooking.models import PricePolicy, RebookingTerms


@dataclass(frozen=True)
class Price:
    """What a date costs with tax, each seat and all of them, and how much more that is than the booked one (or how much
    less than was paid).

    None where nobody has said it; the difference also where two currencies cannot be held against each other.
    """

    policy: PricePolicy
    per_seat_cents: int | None
    total_cents: int | None
    difference_cents: int | None
    currency: str

    @property
    def is_allowed(self) -> bool:
        if self.policy == PricePolicy.KEEP:
            return True
        return self.difference_cents is not None and self.difference_cents <= 0


def policy_of(partner: Partner | int) -> PricePolicy:
    """The partner's own, or else the marketplace's."""
    return own_policy(partner) or PricePolicy(settings.REBOOK_PRICE_POLICY)


def own_policy(partner: Partner | int) -> PricePolicy | None:
    """What the partner has said; None while the marketplace's rule holds."""
    said = RebookingTerms.objects.filter(partner=partner).values_list("price_policy", flat=True).first()
    return PricePolicy(said) if said else None


def price_of(booking: Booking, course_date: CourseDate, policy: PricePolicy) -> Price:
    """Needs the course of the date and that of the booking loaded."""
    per_seat, currency = _per_seat(course_date, course_date.course)
    total = None if per_seat is None else per_seat * booking.participants
    is_comparable = total is not None and currency == booking.currency
    difference = _difference(booking, total) if total is not None and is_comparable else None
    return Price(policy, per_seat, total, difference, currency)


def _per_seat(course_date: CourseDate, course: Course) -> tuple[int | None, str]:
    if course_date.price_cents is not None:
        return course_date.price_cents, course_date.currency
    return course.price_cents, course.currency


def _difference(booking: Booking, total: int) -> int:
    """More than the booked date costs, or less than was paid. A discount on the order makes no other date dearer."""
    paid = listed = booking.price_cents
    if booking.course_date is not None:
        per_seat, currency = _per_seat(booking.course_date, booking.course)
        if per_seat is not None and currency == booking.currency:
            listed = max(paid, per_seat * booking.participants)
    return max(0, total - listed) + min(0, total - paid)
