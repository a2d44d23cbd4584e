"""Visitors without a login: somebody who clicks, and a program."""

import pytest
from django.test import Client

from portal.bookings.tests.looking import CLICK, ENGLISH


@pytest.fixture
def person(db) -> Client:
    return Client(headers=CLICK)


@pytest.fixture
def mail_program(db) -> Client:
    return Client(headers={"Accept": "*/*", **ENGLISH})
