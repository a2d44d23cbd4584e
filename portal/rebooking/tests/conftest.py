"""A link of a customer of Ada's, and a date that it may lead to."""

import pytest

from portal.bookings.models import Booking
from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON
from portal.core.tests import mail_servers
from portal.courses.models import Course
from portal.dates.models import CourseDate
from portal.rebooking.models import Rebooking
from portal.rebooking.tests.factories import make_free_date, make_rebooking
from portal.rebooking.tests.visiting import date, english_shop, person  # noqa: F401 -- fixtures


@pytest.fixture
def rebooking(adas_partner) -> Rebooking:
    return make_rebooking(adas_partner)


@pytest.fixture
def course(rebooking) -> Course:
    return rebooking.original_booking.course


@pytest.fixture
def free_date(course) -> CourseDate:
    return make_free_date(course, capacity=2)


@pytest.fixture
def noon(time_machine):
    """It is noon until a test says otherwise."""
    time_machine.move_to(NOON, tick=False)
    return time_machine


@pytest.fixture
def mail_server(settings, time_machine) -> None:
    """Takes every mail, at noon."""
    time_machine.move_to(NOON, tick=False)
    mail_servers.taken_mails.clear()
    settings.EMAIL_SENDER = "portal.core.tests.mail_servers.taking"
    settings.PORTAL_URL = "https://portal.example"


@pytest.fixture
def booking(adas_partner) -> Booking:
    return make_booking(adas_partner)
