"""Noon, and a program of Ada's."""

import pytest
from django.test import Client

from portal.bookings.tests.calling import program_of
from portal.conftest import NOON


@pytest.fixture
def noon(time_machine):
    """It is noon until a test says otherwise."""
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def program(ada) -> Client:
    return program_of(ada)
