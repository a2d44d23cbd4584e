"""Who acts for the partner: the list, and what owners may do with it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.core.clock import now
from portal.core.refusals import NotAllowed
from portal.partners import operations, policies, queries
from portal.partners.access import PartnerRequest, owner_required, partner_required
from portal.partners.forms import InviteForm, RoleForm
from portal.partners.models import Member


@require_GET
@partner_required
def member_list(request: PartnerRequest) -> HttpResponse:
    return _page(request)


@require_POST
@owner_required
def invite(request: PartnerRequest) -> HttpResponse:
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _page(request, invite_form=form)
    return _invite(request, **form.cleaned_data)


@require_POST
@owner_required
def invite_again(request: PartnerRequest, pk: int) -> HttpResponse:
    member = _member(request, pk)
    return _invite(request, email=member.user.email, name="", role=member.role)


@require_POST
@owner_required
def change_role(request: PartnerRequest, pk: int) -> HttpResponse:
    member, form = _member(request, pk), RoleForm(request.POST)
    if not form.is_valid():
        return _page(request, status=422)
    try:
        operations.change_role(member, role=form.cleaned_data["role"], by=request.member, at=now())
    except NotAllowed as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The role is changed. It holds from now on."))
    return redirect("partners:members")


@require_http_methods(["GET", "POST"])
@owner_required
def remove(request: PartnerRequest, pk: int) -> HttpResponse:
    member = _member(request, pk)
    if request.method == "GET":
        members = list(queries.members_of(request.partner))
        blocker = policies.removal_blocker(member, by=request.member, members=members)
        return render(request, "partners/remove_member.html", {"member": member, "blocker": blocker})
    try:
        operations.remove_member(member, by=request.member, at=now())
    except NotAllowed as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Removed. This person no longer sees or answers your bookings."))
    return redirect("partners:members")


def _invite(request: PartnerRequest, **values: str) -> HttpResponse:
    try:
        operations.invite_member(request.partner, **values, actor=request.user.actor, at=now())
    except NotAllowed as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The invitation is on its way."))
    return redirect("partners:members")


def _member(request: PartnerRequest, pk: int) -> Member:
    return get_object_or_404(queries.members_of(request.partner).select_related("partner"), pk=pk)


def _page(request: PartnerRequest, *, status: int = 200, **forms: Any) -> HttpResponse:
    members = list(queries.members_of(request.partner))
    own = policies.role_blocker(request.member, role=Member.Role.VIEWER, by=request.member, members=members)
    context = {
        "partner": request.partner,
        "members": members,
        "roles": Member.Role.choices,
        "is_owner": request.member.is_owner,
        "own_blocker": own,
        "invite_form": InviteForm(initial={"role": Member.Role.STAFF}),
        **forms,
    }
    return render(request, "partners/members.html", context, status=422 if forms else status)
