"""`/api/auth`: tokens for programs."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Schema

from portal.accounts import tokens
from portal.accounts.forms import CodeForm
from portal.accounts.models import User
from portal.accounts.policies import lacks_second_factor
from portal.accounts.tokens import TokenPair
from portal.core.api_schemas import ErrorOut, PlainText
from portal.core.clock import now
from portal.core.http import json_data, json_error

router = Router(tags=["auth"])
REFUSED: dict[int, Any] = {400: ErrorOut, 401: ErrorOut, 422: ErrorOut}


class TokenIn(Schema):
    email: PlainText
    password: PlainText
    # The code from the app, or a recovery code, of users who have a second factor.
    otp: PlainText = ""


class RefreshIn(Schema):
    refresh: PlainText


class TokensData(Schema):
    accessToken: str
    refreshToken: str
    expiresIn: int


class TokensOut(Schema):
    data: TokensData
    success: bool = True


@router.post("/token", response={200: TokensOut, **REFUSED, 429: ErrorOut}, auth=None)
def token(request: HttpRequest, body: TokenIn) -> HttpResponse:
    """Sign in with e-mail and password, and `otp` where the user has a second factor (else `mfa_required`).

    The access token lives 15 minutes, the refresh token 30 days.
    """
    try:
        # By allauth, as on the login page: wrong passwords are counted together, by address and by account.
        user = get_adapter().authenticate(request, email=body.email.strip().lower(), password=body.password)
    except ValidationError as error:
        return json_error("too_many_attempts", " ".join(error.messages), status=429)
    # allauth also hands out users who were deactivated; its login page stops them later.
    if not isinstance(user, User) or not user.is_active:
        return json_error("invalid_credentials", _("E-mail or password is wrong."), status=401)
    refusal = _second_factor_refusal(user, body.otp)
    return refusal or _answer(tokens.issue_pair(user, at=now()))


def _second_factor_refusal(user: User, otp: str) -> HttpResponse | None:
    if lacks_second_factor(user):
        return json_error(
            "mfa_required", _("Please set up your second factor in the portal first."), status=401
        )
    if user.second_factor_at is None:
        return None
    if not otp:
        return json_error("mfa_required", _("Please send the code of your second factor as otp."), status=401)
    form = CodeForm(user=user, data={"code": otp})
    if form.is_valid():
        form.authenticator.record_usage()
        return None
    error = form.errors.as_data()["code"][0]
    if error.code == "too_many_login_attempts":
        return json_error("too_many_attempts", " ".join(error.messages), status=429)
    return json_error("invalid_otp", " ".join(error.messages), status=401)


@router.post("/refresh", response={200: TokensOut, **REFUSED}, auth=None)
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
