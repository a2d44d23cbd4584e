"""The sheet of a date: who comes, what they must not eat, how to reach them, what is paid."""

from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.bookings.cards import note_lines
from portal.bookings.date_changes import queries
from portal.bookings.date_changes.notes import is_diet
from portal.bookings.models import Booking, BookingStatus
from portal.bookings.people import shown_customer
from portal.core.pdf import typeset
from portal.core.wording import language, say_day, say_when
from portal.dates import wording
from portal.dates.models import CourseDate
from portal.dates.seats import Seats, seats_of

TEMPLATE = Path(__file__).with_name("sheet.typ")


@dataclass(frozen=True)
class Note:
    label: str
    answer: str
    is_diet: bool


@dataclass(frozen=True)
class Line:
    """A booking: one box to tick for each who comes."""

    name: str
    participants: int
    phone: str
    payment: str
    order_number: str
    is_pending: bool
    notes: list[Note]

    @property
    def boxes(self) -> range:
        return range(self.participants)


@dataclass(frozen=True)
class Sheet:
    """:param people: how many come, in words"""

    date: CourseDate
    course_name: str
    day: str
    hours: str
    location: str
    seats: str
    people: str
    is_cancelled: bool
    notes: str
    made: str
    lines: list[Line]


def sheet_of(course_date: CourseDate, *, own_zone: str, at: datetime) -> Sheet:
    bookings = list(queries.expected_guests(course_date))
    seats = seats_of([course_date], at=at)[course_date.pk]
    zone = wording.zone(course_date, own_zone)
    hours = wording.hours(course_date)
    return Sheet(
        date=course_date,
        course_name=course_date.course.name,
        day=say_day(course_date.starts_on) if course_date.starts_on else _("Day not known yet"),
        hours=f"{hours} ({zone})" if zone else hours,
        location=course_date.location,
        seats=wording.taken(seats),
        people=_people(bookings, seats),
        is_cancelled=course_date.cancelled_at is not None,
        notes=course_date.notes,
        made=_("As of %(when)s") % {"when": say_when(at)},
        lines=[_line(booking, at=at) for booking in bookings],
    )


def pdf_of(sheet: Sheet) -> bytes:
    data = asdict(sheet, dict_factory=_without_date)
    return typeset(TEMPLATE, {**data, "words": _words(), "language": language()})


def file_name(sheet: Sheet) -> str:
    day = f"{sheet.date.starts_on:%Y-%m-%d}" if sheet.date.starts_on else ""
    parts = (_("day-sheet"), day, slugify(sheet.course_name)[:60])
    return "-".join(part for part in parts if part) + ".pdf"


def _line(booking: Booking, *, at: datetime) -> Line:
    customer = shown_customer(booking, at=at)
    return Line(
        name=customer.name,
        participants=booking.participants,
        phone=customer.phone,
        payment=booking.get_payment_status_display(),
        order_number=booking.order_number,
        is_pending=booking.status != BookingStatus.CONFIRMED,
        notes=[Note(each.label, each.answer, is_diet(each)) for each in note_lines(customer.notes)],
    )


def _people(bookings: list[Booking], seats: Seats) -> str:
    number = sum(each.participants for each in bookings)
    text = ngettext("%(count)s participant", "%(count)s participants", number) % {"count": number}
    if seats.elsewhere:
        text += " " + _("and %(count)s sold elsewhere") % {"count": seats.elsewhere}
    return text


def _words() -> dict[str, str]:
    return {
        "title": _("Day sheet"),
        "here": _("Here"),
        "name": _("Name"),
        "participants": _("Number"),
        "reach": _("Phone and payment"),
        "notes": _("Notes and allergies"),
        "pending": _("not confirmed yet"),
        "order": _("Order"),
        "nobody": _("Nobody has booked yet."),
        "cancelled": _("This date is cancelled."),
        "team": _("Notes for your team"),
        "diet": _("Please note:"),
        # Typst puts the numbers in.
        "page": _("Page {page} of {pages}"),
    }


def _without_date(pairs: list[tuple[str, object]]) -> dict[str, object]:
    return {name: value for name, value in pairs if name != "date"}
