"""`/api/auth`: tokens for programs."""

from allauth.account.adapter import get_adapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Schema

from portal.accounts import tokens
from portal.accounts.models import User
from portal.accounts.tokens import TokenPair
from portal.core.api_schemas import ErrorOut, PlainText
from portal.core.clock import now
from portal.core.http import json_data, json_error

router = Router(tags=["auth"])


class TokenIn(Schema):
    email: PlainText
    password: PlainText


class RefreshIn(Schema):
    refresh: str


class TokensData(Schema):
    accessToken: str
    refreshToken: str
    expiresIn: int


class TokensOut(Schema):
    data: TokensData
    success: bool = True


@router.post("/token", response={200: TokensOut, 401: ErrorOut, 422: ErrorOut, 429: ErrorOut}, auth=None)
def token(request: HttpRequest, body: TokenIn) -> HttpResponse:
    """Sign in with e-mail and password. The access token lives 15 minutes, the refresh token 30 days."""
    try:
        # By allauth, as on the login page: wrong passwords are counted together, by address and by account.
        user = get_adapter().authenticate(request, email=body.email.strip().lower(), password=body.password)
    except ValidationError as error:
        return json_error("too_many_attempts", " ".join(error.messages), status=429)
    # allauth also hands out users who were deactivated; its login page stops them later.
    if not isinstance(user, User) or not user.is_active:
        return json_error("invalid_credentials", _("E-mail or password is wrong."), status=401)
    return _answer(tokens.issue_pair(user, at=now()))


@router.post("/refresh", response={200: TokensOut, 401: ErrorOut, 422: ErrorOut}, auth=None)
def refresh(request: HttpRequest, body: RefreshIn) -> HttpResponse:
    """Exchange a refresh token for a new pair. Each works once; a second use ends its whole family."""
    try:
        pair = tokens.refresh_pair(body.refresh, at=now())
    except tokens.TokenRefused:
        return json_error("invalid_token", _("This refresh token is unknown, used or expired."), status=401)
    return _answer(pair)


def _answer(pair: TokenPair) -> HttpResponse:
    return json_data(
        {"accessToken": pair.access, "refreshToken": pair.refresh, "expiresIn": pair.expires_in_seconds}
    )
