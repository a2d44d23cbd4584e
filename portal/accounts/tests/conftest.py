"""People with and without a second factor, at a moment that stands still."""

import pytest
from django.urls import reverse

from portal.accounts.models import User
from portal.accounts.tests.codes import set_up, sign_in
from portal.conftest import NOON


@pytest.fixture
def clock(time_machine):
    time_machine.move_to(NOON, tick=False)
    return time_machine


@pytest.fixture
def new_manager(everything) -> User:
    return User.objects.create_user("mia@example.org", password="secret", name="Mia", is_manager=True)


@pytest.fixture
def factor(client, ada, clock) -> tuple[str, list[str]]:
    """Ada has a second factor and is signed out; the code she used is over."""
    sign_in(client, "ada@example.org")
    kept = set_up(client)
    client.post(reverse("account_logout"))
    return kept
