"""The form that declines a booking, with dates proposed in it: what is sent, and what is found afterwards."""

import re
from datetime import datetime

from portal.bookings.models import Booking
from portal.bookings.tests.looking import fresh
from portal.dates.models import CourseDate
from portal.dates.tests.factories import BERLIN, make_date
from portal.rebooking.models import ProposedDate

REASON = {"reason": "date_unavailable"}
KEY = "7f0c9d7e-4f0e-4a53-a5c6-0f6f5d0d2f11"
NEW = {
    "proposal-starts_on": "2030-05-20",
    "proposal-starts_time": "18:00",
    "proposal-ends_time": "21:00",
    "proposal-capacity": "8",
    "proposal-key": KEY,
}


def evening(day: int) -> datetime:
    return datetime(2030, 5, day, 18, tzinfo=BERLIN)


def other_date(booking: Booking, day: int, **values: object) -> CourseDate:
    values = {"course": booking.course, "capacity": 10, **values}
    return make_date(booking.partner, starts_at=evening(day), **values)


def proposed(booking: Booking) -> list[tuple[int, int]]:
    """Rank and date of what counts: what was proposed with the decline that stands."""
    booking = fresh(booking)
    found = ProposedDate.objects.filter(booking=booking, proposed_at=booking.declined_at)
    return list(found.values_list("rank", "course_date_id"))


def choices(text: str) -> list[tuple[str, bool]]:
    """The lines of the first select, and whether they can be chosen."""
    select = re.search(r'<select name="proposal-first".*?</select>', text, re.S)
    if select is None:
        return []
    options = re.findall(r'<option value="\d+"([^>]*)>(.*?)</option>', select[0], re.S)
    return [(line, "disabled" not in attributes) for attributes, line in options]


def errors(response) -> dict[str, list[str]]:
    (part,) = response.context["form"].parts
    return {name: [str(each) for each in found] for name, found in part.errors.items()}
