"""What nobody can sign in with any more is forgotten."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session

from portal.accounts import tokens
from portal.accounts.models import RefreshToken
from portal.core import sweeps
from portal.core.clock import now

pytestmark = pytest.mark.django_db


MINUTE = timedelta(minutes=1)
A_MONTH = timedelta(days=tokens.REFRESH_DAYS)
# The demo's worker runs ahead: its clock must not sign anybody out.
AHEAD = timedelta(days=400)


@pytest.mark.parametrize(("left", "count"), [(MINUTE, 0), (-MINUTE, 1)])
def test_a_session_is_forgotten_when_it_is_over_by_the_databases_clock(left, count):
    Session.objects.create(session_key="a" * 32, session_data="", expire_date=now() + left)

    done = sweeps.tick(now() + AHEAD)["sign-ins"]

    assert (done, Session.objects.count()) == (count, 1 - count)


@pytest.mark.parametrize(("left", "count"), [(MINUTE, 0), (-MINUTE, 1)])
def test_a_refresh_token_is_forgotten_when_it_is_over_by_the_databases_clock(ada, left, count):
    tokens.issue_pair(ada, at=now() - A_MONTH + left)
    tokens.issue_pair(ada, at=now())

    done = sweeps.tick(now() + AHEAD)["sign-ins"]

    assert (done, RefreshToken.objects.count()) == (count, 2 - count)


def test_a_used_token_is_kept_so_that_its_second_use_is_noticed(ada):
    first = tokens.issue_pair(ada, at=now() - timedelta(days=29))
    tokens.refresh_pair(first.refresh, at=now())

    assert sweeps.tick(now())["sign-ins"] == 0
