"""Ada's booking and date, noon, and visitors: somebody who clicks, a mail program, a program of Ada's."""

import pytest
from django.test import Client

from portal.bookings.models import Booking
from portal.bookings.tests.calling import program_of
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.falling import book, fall_through, settle
from portal.bookings.tests.looking import CLICK, ENGLISH, fresh
from portal.bookings.tests.reminding import asked, at_time  # noqa: F401 -- fixtures
from portal.conftest import NOON
from portal.core.tests import mail_servers
from portal.dates.models import CourseDate
from portal.dates.tests.factories import make_date
from portal.integrations.email import OutgoingEmail


@pytest.fixture
def noon(time_machine, settings):
    """It is noon until a test says otherwise, and a decision can be undone for ten minutes."""
    time_machine.move_to(NOON, tick=False)
    settings.UNDO_SECONDS = 600


@pytest.fixture
def booking(adas_partner):
    return make_booking(adas_partner)


@pytest.fixture
def program(ada) -> Client:
    return program_of(ada)


@pytest.fixture
def person(db) -> Client:
    return Client(headers=CLICK)


@pytest.fixture
def mail_program(db) -> Client:
    return Client(headers={"Accept": "*/*", **ENGLISH})


@pytest.fixture
def taken_mails(settings) -> list[OutgoingEmail]:
    """What a mail server has taken: it takes everything."""
    mail_servers.taken_mails.clear()
    settings.EMAIL_SENDER = "portal.core.tests.mail_servers.taking"
    return mail_servers.taken_mails


@pytest.fixture
def date(adas_partner) -> CourseDate:
    return make_date(adas_partner, capacity=12, location="Küchengasse 3")


@pytest.fixture
def fallen(date, run_jobs) -> list[Booking]:
    """Two bookings whose date fell through, final, and everybody told."""
    bookings = [book(date), book(date)]
    fall_through(date)
    settle()
    run_jobs()
    return [fresh(each) for each in bookings]
