"""The dates that a customer may move to: first what the partner proposes, then the same course, then similar ones."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import QuerySet

from portal.bookings.models import Booking
from portal.core.refusals import NotAllowed
from portal.courses.models import Course
from portal.dates.clockwork import day_at
from portal.dates.models import CourseDate
from portal.dates.seats import Seats, seats_of
from portal.rebooking import queries
from portal.rebooking.models import PricePolicy, Rebooking
from portal.rebooking.policies import OptionBlocker, option_blocker
from portal.rebooking.prices import Price, policy_of, price_of

MOST = 20
# With so many dates of the same course nobody is shown another course.
ENOUGH = 3
# Looked at: more dates than are shown, since many may be full.
_LOOKED_AT = 200
_SIMILAR_COURSES = 10
# No zone is farther from UTC: what the calendar says of `at` elsewhere is sorted out date by date.
_A_DAY = timedelta(days=1)


class Kind(StrEnum):
    PROPOSED = "proposed"
    SAME_COURSE = "same_course"
    SIMILAR = "similar"


@dataclass(frozen=True)
class Option:
    """A date that can be chosen now. `free` counts seats that this customer holds already; `rank` begins with 1."""

    course_date: CourseDate
    free: int
    price: Price
    kind: Kind
    rank: int = 1

    @property
    def pk(self) -> int:
        return self.course_date.pk


@dataclass(frozen=True)
class _Asked:
    """What all dates are held against."""

    booking: Booking
    at: datetime
    held_date_id: int | None
    policy: PricePolicy
    refused: set[int]


def options_for(
    booking: Booking, *, at: datetime, most: int = MOST, held_date_id: int | None = None
) -> list[Option]:
    """The best first, with a constant number of queries.

    :param held_date_id: the date that this customer holds seats of: for them these are free
    """
    asked = _asked(booking, at=at, held_date_id=held_date_id)
    proposed = [each.course_date for each in queries.proposals_for(booking)]
    same = list(_to_come(booking, at).filter(course=booking.course_id)[:_LOOKED_AT])
    options = _options(
        asked, [(Kind.PROPOSED, each) for each in proposed] + [(Kind.SAME_COURSE, each) for each in same]
    )
    if sum(each.course_date.course_id == booking.course_id for each in options) < ENOUGH:
        known = {each.pk for each in options}
        similar = [each for each in _similar_dates(booking, at) if each.pk not in known]
        options += _options(asked, [(Kind.SIMILAR, each) for each in similar])
    return [replace(each, rank=number) for number, each in enumerate(options[:most], start=1)]


def options_of(rebooking: Rebooking, *, at: datetime, most: int = MOST) -> list[Option]:
    """As `options_for`, for whoever has this link."""
    held = rebooking.held_date_id if rebooking.is_held(at) else None
    return options_for(rebooking.original_booking, at=at, most=most, held_date_id=held)


def find_option(
    booking: Booking, course_date_id: int, *, at: datetime, held_date_id: int | None = None
) -> Option:
    """The date, if it can be chosen. Exact when its row is locked.

    :raises NotAllowed: with the OptionBlocker
    """
    course_date = CourseDate.objects.select_related("course").filter(pk=course_date_id).first()
    kind = _kind_of(booking, course_date) if course_date else None
    if course_date is None or kind is None:
        raise NotAllowed(OptionBlocker.NOT_OFFERED)
    asked = _asked(booking, at=at, held_date_id=held_date_id)
    seats = _without_own(asked, course_date, seats_of([course_date], at=at)[course_date.pk])
    price = price_of(booking, course_date, asked.policy)
    blocker = option_blocker(booking, course_date, seats=seats, price=price, refused=asked.refused, at=at)
    if blocker:
        raise NotAllowed(blocker)
    return Option(course_date, seats.shown_free or 0, price, kind)


def _asked(booking: Booking, *, at: datetime, held_date_id: int | None) -> _Asked:
    return _Asked(booking, at, held_date_id, policy_of(booking.partner_id), queries.refused_date_ids(booking))


def _options(asked: _Asked, dates: Iterable[tuple[Kind, CourseDate]]) -> list[Option]:
    # What is proposed comes first and is not shown again.
    kinds: dict[CourseDate, Kind] = {}
    for kind, course_date in dates:
        kinds.setdefault(course_date, kind)
    seats = seats_of(kinds, at=asked.at)
    found = (_option(asked, each, kind, seats[each.pk]) for each, kind in kinds.items())
    return [each for each in found if each]


def _option(asked: _Asked, course_date: CourseDate, kind: Kind, seats: Seats) -> Option | None:
    seats = _without_own(asked, course_date, seats)
    price = price_of(asked.booking, course_date, asked.policy)
    blocker = option_blocker(
        asked.booking, course_date, seats=seats, price=price, refused=asked.refused, at=asked.at
    )
    return None if blocker else Option(course_date, seats.shown_free or 0, price, kind)


def _without_own(asked: _Asked, course_date: CourseDate, seats: Seats) -> Seats:
    if course_date.pk != asked.held_date_id:
        return seats
    return replace(seats, held=max(0, seats.held - asked.booking.participants))


def _kind_of(booking: Booking, course_date: CourseDate) -> Kind | None:
    """Whatever the partner sells may be chosen: nothing that was shown is refused for its place in the list."""
    if course_date.pk in {each.course_date_id for each in queries.proposals_for(booking)}:
        return Kind.PROPOSED
    if course_date.course_id == booking.course_id:
        return Kind.SAME_COURSE
    is_similar = course_date.partner_id == booking.partner_id and course_date.course.is_on_sale
    return Kind.SIMILAR if is_similar else None


def _to_come(booking: Booking, at: datetime) -> "QuerySet[CourseDate]":
    earliest = day_at(at, "UTC") - _A_DAY
    found = CourseDate.objects.filter(
        partner=booking.partner_id, starts_on__gte=earliest, cancelled_at=None
    ).select_related("course")
    return found.order_by("starts_on", "starts_time", "pk")


def _similar_dates(booking: Booking, at: datetime) -> list[CourseDate]:
    """Of the partner's other courses, the one with the most similar name first."""
    others = Course.objects.filter(partner=booking.partner_id, is_on_sale=True).exclude(pk=booking.course_id)
    by_name = others.order_by(TrigramSimilarity("name", booking.course.name).desc(), "pk")
    place = {pk: number for number, pk in enumerate(by_name.values_list("pk", flat=True)[:_SIMILAR_COURSES])}
    dates = _to_come(booking, at).filter(course__in=list(place))[:_LOOKED_AT]
    # Sorting keeps the order in time.
    return sorted(dates, key=lambda each: place[each.course_id])
