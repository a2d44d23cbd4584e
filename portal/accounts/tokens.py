"""Tokens of programs: a short access token (a JWT) and a refresh token that is replaced at every use."""

import hashlib
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt
from django.conf import settings
from django.db import transaction
from django.utils.crypto import constant_time_compare

from portal.accounts.models import RefreshToken, User
from portal.accounts.policies import lacks_second_factor

ACCESS_MINUTES = 15
REFRESH_DAYS = 30
_ALGORITHM = "HS256"
_AUDIENCE = "partner-portal-api"


class TokenRefused(Exception):
    """The token is unknown, expired, used before or revoked."""


@dataclass(frozen=True)
class TokenPair:
    access: str
    refresh: str
    expires_in_seconds: int


@dataclass(frozen=True)
class AccessToken:
    """:param made_under: of the password and the second factor, as they were"""

    user_id: int
    made_under: str


def issue_pair(user: User, *, at: datetime) -> TokenPair:
    return _pair(user, family=uuid.uuid4(), at=at)


def refresh_pair(refresh: str, *, at: datetime) -> TokenPair:
    """Replace a refresh token by its successor.

    :raises TokenRefused: also when it was used before; then its whole family is revoked, since one of the two
        who hold it should not
    """
    with transaction.atomic():
        digest = _hash(refresh)
        # One UPDATE decides: of two that come with the same token, only one finds it unused. It must not ask for
        # the user as well: Django would make that a subquery, and PostgreSQL does not look at `used_at` in there
        # again after it has waited for the other one. Both would be served.
        usable = RefreshToken.objects.filter(
            token_hash=digest, used_at=None, revoked_at=None, expires_at__gt=at
        )
        if usable.update(used_at=at):
            token = RefreshToken.objects.select_related("user").get(token_hash=digest)
            if token.user.is_active and token.auth_hash == token.user.get_session_auth_hash():
                return _pair(token.user, family=token.family, at=at)
        known = RefreshToken.objects.filter(token_hash=digest).first()
        if known is not None:
            RefreshToken.objects.filter(family=known.family, revoked_at=None).update(revoked_at=at)
    raise TokenRefused


def may_call(user: User | None, token: AccessToken) -> User:
    """:raises TokenRefused: there is none, or one who may no longer sign in, or not without a second factor, or who
    has another password or second factor by now"""
    if user is None or not user.is_active or lacks_second_factor(user):
        raise TokenRefused
    if not constant_time_compare(token.made_under, _made_under(user)):
        raise TokenRefused
    return user


def read_access_token(access: str, *, at: datetime) -> AccessToken:
    """A token that is ours and not over; who it is for may be gone by now.

    :raises TokenRefused:
    """
    try:
        # The expiry is checked against `at` below, so that tests need no clock of their own.
        claims = jwt.decode(
            access,
            settings.SECRET_KEY,
            algorithms=[_ALGORITHM],
            audience=_AUDIENCE,
            options={"verify_exp": False, "verify_iat": False, "require": ["exp", "sub", "auth"]},
        )
        token = AccessToken(int(claims["sub"]), str(claims["auth"]))
    except (jwt.InvalidTokenError, ValueError) as error:
        raise TokenRefused from error
    if claims["exp"] <= at.timestamp():
        raise TokenRefused
    return token


def _pair(user: User, *, family: uuid.UUID, at: datetime) -> TokenPair:
    refresh = secrets.token_urlsafe(48)
    RefreshToken.objects.create(
        token_hash=_hash(refresh),
        family=family,
        user=user,
        auth_hash=user.get_session_auth_hash(),
        created_at=at,
        expires_at=at + timedelta(days=REFRESH_DAYS),
    )
    lifetime = timedelta(minutes=ACCESS_MINUTES)
    claims = {
        "sub": str(user.pk),
        "aud": _AUDIENCE,
        "auth": _made_under(user),
        "iat": int(at.timestamp()),
        "exp": int((at + lifetime).timestamp()),
    }
    access = jwt.encode(claims, settings.SECRET_KEY, algorithm=_ALGORITHM)
    return TokenPair(access, refresh, int(lifetime.total_seconds()))


def _made_under(user: User) -> str:
    """A part is enough to see a change, and tells nobody the whole."""
    return user.get_session_auth_hash()[:16]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
