"""What nobody can sign in with any more is forgotten."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from portal.accounts import tokens
from portal.accounts.models import RefreshToken
from portal.conftest import NOON
from portal.core import sweeps

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("seconds", "count"), [(-1, 0), (0, 1)])
def test_a_session_is_forgotten_when_it_is_over(seconds, count):
    Session.objects.create(session_key="a" * 32, session_data="", expire_date=NOON)

    done = sweeps.tick(NOON + timedelta(seconds=seconds))["sign-ins"]

    assert (done, Session.objects.count()) == (count, 1 - count)


@pytest.mark.parametrize(("seconds", "count"), [(-1, 0), (0, 1)])
def test_a_refresh_token_is_forgotten_when_it_is_over(ada, seconds, count):
    tokens.issue_pair(ada, at=NOON)
    tokens.issue_pair(ada, at=NOON + timedelta(days=1))

    done = sweeps.tick(NOON + timedelta(days=tokens.REFRESH_DAYS, seconds=seconds))["sign-ins"]

    assert (done, RefreshToken.objects.count()) == (count, 2 - count)


def test_a_used_token_is_kept_so_that_its_second_use_is_noticed(ada):
    first = tokens.issue_pair(ada, at=NOON)
    tokens.refresh_pair(first.refresh, at=NOON + timedelta(days=29))

    assert sweeps.tick(NOON + timedelta(days=29))["sign-ins"] == 0
