"""Tokens of programs."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import jwt
import pytest
from django.conf import settings
from django.db import connection

from portal.accounts import tokens
from portal.accounts.models import RefreshToken, User
from portal.accounts.tests.callers import caller_of
from portal.conftest import NOON

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def user() -> User:
    return User.objects.create_user("program@example.org", password="secret")


def is_usable(refresh: str, *, at=NOON) -> bool:
    """Whether a refresh token would be taken, without using it."""
    digest = tokens._hash(refresh)
    return RefreshToken.objects.filter(
        token_hash=digest, used_at=None, revoked_at=None, expires_at__gt=at
    ).exists()


def test_issue_pair_gives_an_access_token_of_fifteen_minutes(user):
    pair = tokens.issue_pair(user, at=NOON)

    assert pair.expires_in_seconds == 15 * 60
    assert caller_of(pair.access, at=NOON) == user
    assert caller_of(pair.access, at=NOON + 15 * MINUTE - timedelta(seconds=1)) == user


def test_an_expired_access_token_is_refused(user):
    pair = tokens.issue_pair(user, at=NOON)

    with pytest.raises(tokens.TokenRefused):
        caller_of(pair.access, at=NOON + 15 * MINUTE)


def test_an_access_token_of_an_inactive_user_is_refused(user):
    pair = tokens.issue_pair(user, at=NOON)
    User.objects.update(is_active=False)

    with pytest.raises(tokens.TokenRefused):
        caller_of(pair.access, at=NOON)


@pytest.mark.parametrize(
    "change",
    [
        {"password": "another"},
        {"second_factor_at": NOON},
        {"is_manager": True, "second_factor_at": NOON},
    ],
    ids=["password", "second factor", "manager"],
)
def test_what_ends_a_session_ends_an_access_token_at_once(user, change):
    pair = tokens.issue_pair(user, at=NOON)
    User.objects.update(**change)

    with pytest.raises(tokens.TokenRefused):
        caller_of(pair.access, at=NOON)


def signed(claims: dict[str, object], *, key: str = "", algorithm: str = "HS256") -> str:
    return jwt.encode(claims, key or settings.SECRET_KEY, algorithm=algorithm)


GOOD = {
    "sub": "1",
    "aud": "partner-portal-api",
    "auth": "0" * 16,
    "iat": 0,
    "exp": int(NOON.timestamp()) + 60,
}


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        signed(GOOD, key="another-secret-key-that-is-long-enough-0123"),
        signed({**GOOD, "aud": "somebody-else"}),
        signed({**GOOD, "sub": "nobody"}),
        signed({**GOOD, "sub": "99999999999999999999"}),
        signed({name: value for name, value in GOOD.items() if name != "exp"}),
        signed({name: value for name, value in GOOD.items() if name != "aud"}),
        signed({name: value for name, value in GOOD.items() if name != "auth"}),
        signed({**GOOD, "auth": None}),
        signed({**GOOD, "exp": 10**18}),
        jwt.encode(GOOD, None, algorithm="none"),
    ],
    ids=[
        "empty",
        "nonsense",
        "key",
        "audience",
        "subject",
        "number",
        "exp",
        "no audience",
        "no password",
        "null for a password",
        "far",
        "unsigned",
    ],
)
def test_a_token_that_is_not_ours_is_refused(db, token):
    with pytest.raises(tokens.TokenRefused):
        caller_of(token, at=NOON)


def test_refresh_pair_replaces_the_token(user):
    first = tokens.issue_pair(user, at=NOON)

    second = tokens.refresh_pair(first.refresh, at=NOON + MINUTE)

    assert second.refresh != first.refresh
    assert caller_of(second.access, at=NOON + 15 * MINUTE) == user
    assert (is_usable(first.refresh), is_usable(second.refresh)) == (False, True)


def test_refresh_pair_with_a_used_token_ends_its_whole_family_and_no_other(user):
    first, other = tokens.issue_pair(user, at=NOON), tokens.issue_pair(user, at=NOON)
    second = tokens.refresh_pair(first.refresh, at=NOON)

    with pytest.raises(tokens.TokenRefused):
        tokens.refresh_pair(first.refresh, at=NOON)

    with pytest.raises(tokens.TokenRefused):
        tokens.refresh_pair(second.refresh, at=NOON)
    assert tokens.refresh_pair(other.refresh, at=NOON).expires_in_seconds == 15 * 60


@pytest.mark.parametrize(("seconds", "is_taken"), [(-1, True), (0, False)])
def test_a_refresh_token_works_for_thirty_days(user, seconds, is_taken):
    pair = tokens.issue_pair(user, at=NOON)

    assert taken(pair.refresh, at=NOON + timedelta(days=30, seconds=seconds)) is is_taken


def taken(refresh: str, *, at=NOON) -> bool:
    try:
        tokens.refresh_pair(refresh, at=at)
    except tokens.TokenRefused:
        return False
    return True


def test_a_refresh_token_of_an_inactive_user_is_refused(user):
    pair = tokens.issue_pair(user, at=NOON)
    User.objects.update(is_active=False)

    assert taken(pair.refresh) is False


@pytest.mark.parametrize("token", ["", "nonsense", "\0"])
def test_an_unknown_refresh_token_is_refused(db, token):
    assert taken(token) is False


def test_only_the_hash_of_a_refresh_token_is_kept(user):
    pair = tokens.issue_pair(user, at=NOON)

    (row,) = RefreshToken.objects.values()
    assert pair.refresh not in map(str, row.values())


@pytest.mark.django_db(transaction=True)
def test_of_two_who_come_with_the_same_token_one_is_served():
    user = User.objects.create_user("program@example.org", password="secret")
    pair = tokens.issue_pair(user, at=NOON)
    barrier = Barrier(2)

    def come(_number: int) -> bool:
        try:
            barrier.wait(timeout=10)
            return taken(pair.refresh)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        served = list(pool.map(come, range(2)))

    assert sorted(served) == [False, True]
    # One of the two should not have it, and nobody knows which: all tokens of the family end.
    assert list(RefreshToken.objects.filter(revoked_at=None)) == []
