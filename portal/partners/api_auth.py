"""Who calls the API, and for which partner: a token of a program, or the session of a page."""

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from ninja.errors import HttpError
from ninja.security import APIKeyCookie, HttpBearer

from portal.accounts.models import User
from portal.accounts.queries import user_by_id
from portal.accounts.tokens import TokenRefused, may_call, read_access_token
from portal.core.clock import now
from portal.core.rate_limits import Limit, TooManyCalls, commit_and_go_on, hit
from portal.core.tenancy import enter
from portal.partners import queries
from portal.partners.models import Member


class TokenAuth(HttpBearer):
    """`Authorization: Bearer <access token>`; `X-Partner` chooses among several partners of one user."""

    def __init__(self, *, for_deciders: bool = False) -> None:
        super().__init__()
        self.for_deciders = for_deciders

    def authenticate(self, request: HttpRequest, token: str) -> Member | None:
        try:
            read = read_access_token(token, at=now())
            user_id = read.user_id
            enter(user_id=user_id, actor=User(pk=user_id).actor)
            members = queries.memberships_with_user(user_id)
            user = may_call(members[0].user if members else user_by_id(user_id), read)
        except TokenRefused:
            return None
        if not members:
            # Not 401: on that a program renews its token, which would change nothing.
            raise HttpError(403, _("You do not act for any partner."))
        member = _choose(members, request.headers.get("X-Partner", ""))
        _count_call(request, member)
        enter(partner_ids=[member.partner_id], user_id=user.pk, actor=user.actor)
        request.user = user
        request.member = member  # type: ignore[attr-defined]
        if self.for_deciders:
            require_decider(request)
        return member


class SessionAuth(APIKeyCookie):
    """The session of a signed-in member, with CSRF for what changes something."""

    param_name = "sessionid"

    def __init__(self, *, for_deciders: bool = False) -> None:
        super().__init__()
        self.for_deciders = for_deciders

    def __call__(self, request: HttpRequest) -> Member | None:
        # Before the check of the CSRF token: a program without a session must hear 401, on which it renews its
        # access token, and not that a cookie is missing.
        if "Authorization" in request.headers:
            return None
        if getattr(request, "member", None) is None:
            if request.user.is_authenticated:
                raise HttpError(403, _("You do not act for any partner."))
            return None
        member: Member | None = super().__call__(request)
        return member

    def authenticate(self, request: HttpRequest, key: str | None) -> Member | None:
        member: Member = request.member  # type: ignore[attr-defined]
        user: User = request.user  # type: ignore[assignment]
        _count_call(request, member)
        enter(partner_ids=[member.partner_id], user_id=user.pk, actor=user.actor)
        if self.for_deciders:
            require_decider(request)
        return member


def _count_call(request: HttpRequest, member: Member) -> None:
    """Ends the transaction so far, which has only read, and with it the scope.

    :raises TooManyCalls: the partner has used up its calls of this minute
    """
    count = hit(f"partner:{member.partner_id}", Limit("partner", settings.RATE_LIMIT_PER_MINUTE))
    if count is None:
        return
    request.rate_count = count  # type: ignore[attr-defined]
    commit_and_go_on()
    if not count.is_allowed:
        raise TooManyCalls(count)


def _choose(members: list[Member], wanted: str) -> Member:
    """:raises Http404: for a partner the user does not act for"""
    if not wanted:
        return members[0]
    for member in members:
        if str(member.partner_id) == wanted:
            return member
    raise Http404


def partner_id_of(request: HttpRequest) -> int:
    """For whom the call acts."""
    partner_id: int = request.member.partner_id  # type: ignore[attr-defined]
    return partner_id


def require_decider(request: HttpRequest) -> None:
    """:raises PermissionDenied: for a viewer"""
    if not request.member.may_decide:  # type: ignore[attr-defined]
        raise PermissionDenied


partner_auth: list[Any] = [TokenAuth(), SessionAuth()]
# Nothing for viewers, who hear that before anything is said about what they sent.
decider_auth: list[Any] = [TokenAuth(for_deciders=True), SessionAuth(for_deciders=True)]
