"""For whom a request acts: one partner, the staff, or nobody yet."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from portal.accounts.models import User
from portal.accounts.policies import lacks_second_factor
from portal.core.tenancy import enter, scope
from portal.partners.models import Member, Partner
from portal.partners.queries import memberships_of, partner_acted_for

SESSION_KEY = "partner_id"

View = Callable[..., HttpResponseBase]


class PartnerRequest(HttpRequest):
    """A request that acts for a partner. Views get it through `partner_required`."""

    user: User
    member: Member
    partner: Partner
    partners: list[Partner]


class ManagerRequest(HttpRequest):
    user: User


def enter_scope(request: HttpRequest, *, is_new: bool = False) -> None:
    """Give the running transaction the scope of this request and put `partner` and `member` on it.

    `partners` are all the user acts for, to switch between; empty when there is nothing to choose.

    :param is_new: nothing has happened in the transaction yet: it has no scope, and so sees nobody's rows
    """
    request.member = request.partner = None  # type: ignore[attr-defined]
    request.partners = []  # type: ignore[attr-defined]
    user = request.user
    if not isinstance(user, User):
        if not is_new:
            enter()
        return
    # Memberships are read by user; everything else needs the partner.
    enter(user_id=user.pk, actor=user.actor)
    if lacks_second_factor(user):
        return
    members = memberships_of(user)
    member = _chosen(members, request.session.get(SESSION_KEY))
    if len(members) > 1:
        partner_ids = [each.partner_id for each in members]
        enter(partner_ids=partner_ids, user_id=user.pk, actor=user.actor)
        request.partners = list(Partner.objects.filter(pk__in=partner_ids))  # type: ignore[attr-defined]
    if user.is_manager and request.path.startswith("/manage/"):
        enter("all", user_id=user.pk, actor=user.actor)
    elif member:
        enter(partner_ids=[member.partner_id], user_id=user.pk, actor=user.actor)
        request.member = member  # type: ignore[attr-defined]
        request.partner = partner_acted_for(member)  # type: ignore[attr-defined]


def _chosen(members: list[Member], partner_id: object) -> Member | None:
    """The membership of the chosen partner, else the first one."""
    for member in members:
        if member.partner_id == partner_id:
            return member
    return members[0] if members else None


def partner_required(view: View) -> View:
    """Only for members of a partner: others sign in, staff go to their own pages."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _to_login(request)
        if lacks_second_factor(request.user):
            return _leave_for(reverse("mfa_activate_totp"), request)
        if getattr(request, "partner", None) is None:
            if request.user.is_manager:
                return redirect("manage:home")
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return wrapper


def decider_required(view: View) -> View:
    """As `partner_required`, and a viewer may not."""

    @wraps(view)
    def checked(request: PartnerRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.member.may_decide:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return partner_required(checked)


def owner_required(view: View) -> View:
    """As `partner_required`, and only for owners."""

    @wraps(view)
    def checked(request: PartnerRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.member.is_owner:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return partner_required(checked)


def manager_required(view: View) -> View:
    """Only for staff. Others get 404: they need not know what is there."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _to_login(request)
        if not request.user.is_manager:
            raise Http404
        if lacks_second_factor(request.user):
            return _leave_for(reverse("mfa_activate_totp"), request)
        return view(request, *args, **kwargs)

    return wrapper


def _to_login(request: HttpRequest) -> HttpResponse:
    return _leave_for(redirect_to_login(_page_of(request)).url, request)


def _leave_for(url: str, request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=204)
        response.headers["HX-Redirect"] = url
        return response
    return redirect(url)


def _page_of(request: HttpRequest) -> str:
    """Where to go on after signing in. An action is no page: it was posted from one."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    came_from = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(
        came_from, {request.get_host()}, require_https=request.is_secure()
    )
    # Only then is it worth parsing: anybody may send anything here.
    path = urlsplit(came_from)._replace(scheme="", netloc="").geturl() if is_ours else ""
    return path or reverse("home:start")


def audience_of(request: HttpRequest) -> str:
    if isinstance(request.user, User) and lacks_second_factor(request.user):
        return ""
    if request.path.startswith("/manage/") and getattr(request.user, "is_manager", False):
        return "manager"
    if getattr(request, "partner", None):
        return "partner"
    return "manager" if getattr(request.user, "is_manager", False) else ""


def stream_scope(session: Any, user: User) -> frozenset[int] | None:
    """Partners whose events this user's open pages may hear; None is all."""
    if lacks_second_factor(user):
        return frozenset()
    if user.is_manager:
        return None
    with scope(user_id=user.pk):
        return frozenset(member.partner_id for member in memberships_of(user))
