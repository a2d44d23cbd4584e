"""Ada's booking, noon, and visitors: somebody who clicks, a mail program, a program of Ada's."""

import pytest
from django.test import Client

from portal.bookings.tests.calling import program_of
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import CLICK, ENGLISH
from portal.bookings.tests.reminding import asked, at_time  # noqa: F401 -- fixtures
from portal.conftest import NOON


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
