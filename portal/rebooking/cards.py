"""Dates as the pages of customers show them: what is worth saying beside the booking as it was."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from portal.bookings.models import Booking, BookingStatus
from portal.dates.models import CourseDate
from portal.rebooking.models import Rebooking
from portal.rebooking.options import Kind, Option, find_option, options_of


@dataclass(frozen=True)
class DateCard:
    """`other_course` and `place` are said only where they differ from the booking's."""

    option: Option
    booking: Booking

    @property
    def date(self) -> CourseDate:
        return self.option.course_date

    @property
    def free(self) -> int:
        return self.option.free

    @property
    def is_proposed(self) -> bool:
        return self.option.kind == Kind.PROPOSED

    @property
    def other_course(self) -> str:
        is_same = self.date.course_id == self.booking.course_id
        return "" if is_same else self.date.course.name

    @property
    def place(self) -> str:
        before = self.booking.course_date.location if self.booking.course_date else ""
        return "" if self.date.location == before else self.date.location

    @property
    def per_seat_cents(self) -> int | None:
        return self.option.price.per_seat_cents

    @property
    def currency(self) -> str:
        return self.option.price.currency

    @property
    def is_dearer(self) -> bool:
        return (self.option.price.difference_cents or 0) > 0

    @property
    def saved_cents(self) -> int:
        return max(0, -(self.option.price.difference_cents or 0))


@dataclass(frozen=True)
class Cards:
    """Dates to choose from, the best first."""

    all: list[DateCard]

    def __bool__(self) -> bool:
        return bool(self.all)

    @property
    def same(self) -> list[DateCard]:
        return [each for each in self.all if not each.other_course]

    @property
    def similar(self) -> list[DateCard]:
        return [each for each in self.all if each.other_course]


def cards_of(rebooking: Rebooking, *, at: datetime, most: int = 20) -> Cards:
    return Cards(_cards(rebooking, options_of(rebooking, at=at, most=most)))


def held_card(rebooking: Rebooking, *, at: datetime) -> DateCard | None:
    """The date whose seats are held for this customer, as long as it can be had.

    :raises NotAllowed: with the OptionBlocker that has come up meanwhile
    """
    if rebooking.held_date_id is None or not rebooking.is_held(at):
        return None
    booking, held = rebooking.original_booking, rebooking.held_date_id
    return DateCard(find_option(booking, held, at=at, held_date_id=held), booking)


def is_standing(booking: Booking) -> bool:
    """Whether the booking stays as it is until a new date is confirmed."""
    return booking.status in (BookingStatus.PENDING, BookingStatus.CONFIRMED)


def _cards(rebooking: Rebooking, options: Iterable[Option]) -> list[DateCard]:
    return [DateCard(each, rebooking.original_booking) for each in options]
