"""The pages of a customer's link: who opens them, what they show, and the steps of choosing."""

import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from portal.bookings.models import Booking
from portal.bookings.tests.looking import CLICK
from portal.conftest import NOON
from portal.core import tenancy
from portal.core.models import Event
from portal.dates.models import CourseDate
from portal.dates.seats import seats_of
from portal.rebooking.models import Rebooking
from portal.rebooking.tests.factories import make_free_date, now_of, token

MINUTE = timedelta(minutes=1)
EMAIL = "juergen@example.com"


@pytest.fixture
def person(db) -> Client:
    """Somebody who clicks, with an English browser."""
    return Client(headers=CLICK)


@pytest.fixture
def english_shop(rebooking, time_machine) -> None:
    """It is noon, and the order was made in the English store."""
    time_machine.move_to(NOON, tick=False)
    customer = rebooking.original_booking.customer
    customer.language = "en"
    customer.save()


@pytest.fixture
def date(rebooking) -> CourseDate:
    """Two weeks later, with eight free seats: a Wednesday."""
    return make_free_date(rebooking.original_booking.course)


def url(rebooking: Rebooking, step: str = "") -> str:
    with tenancy.system("tests"):
        return f"/rebook/{token(rebooking)}" + (f"/{step}" if step else "")


def hold(person: Client, rebooking: Rebooking, date: CourseDate | int) -> HttpResponse:
    pk = date if isinstance(date, int) else date.pk
    return person.post(url(rebooking, "hold"), {"date": pk})


def choose(person: Client, rebooking: Rebooking, date: CourseDate, *, email: str = EMAIL) -> HttpResponse:
    return person.post(url(rebooking), {"date": date.pk, "email": email})


def row(rebooking: Rebooking) -> Rebooking:
    with tenancy.system("tests"):
        return now_of(rebooking)


def kinds(booking: Booking) -> list[str]:
    """What rebooking has recorded of it."""
    with tenancy.system("tests"):
        found = Event.objects.filter(subject_type="booking", subject_id=booking.pk).order_by("id")
        return [each.kind for each in found if each.kind.startswith("rebooking.")]


def held_seats(date: CourseDate) -> int:
    with tenancy.system("tests"):
        return seats_of([date], at=NOON)[date.pk].held


def words(response: HttpResponse) -> str:
    """What stands on the page, with every gap as one space."""
    body = response.text.partition('id="main" tabindex="-1">')[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())
