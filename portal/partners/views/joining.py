"""Choosing the partner one acts for, and accepting an invitation."""

from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from portal.accounts import sessions
from portal.accounts.models import User
from portal.core import links
from portal.core.clock import now
from portal.core.http import keep_private
from portal.partners import operations, queries
from portal.partners.access import SESSION_KEY
from portal.partners.forms import JoinForm
from portal.partners.models import Member

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Act for another partner of one's own from now on."""
    if not isinstance(request.user, User):
        raise Http404
    own = {str(member.partner_id): member for member in queries.memberships_of(request.user)}
    member = own.get(request.POST.get("partner", ""))
    if member is None:
        raise Http404
    request.session[SESSION_KEY] = member.partner_id
    return redirect("home:start")


@require_http_methods(["GET", "POST"])
def accept_invitation(request: HttpRequest, token: str) -> HttpResponse:
    at = now()
    opened = links.open_link(token, purpose=operations.INVITATION)
    if opened is None:
        raise Http404
    link = opened.link
    if opened.is_outdated or link.used_at or at >= link.expires_at:
        return keep_private(render(request, "partners/invitation_over.html", status=410))
    member = queries.member_by_id(link.subject_id)
    if member is None:
        return keep_private(render(request, "partners/invitation_over.html", status=410))
    return keep_private(_accept(request, member, opened))


def _accept(request: HttpRequest, member: Member, opened: links.OpenedLink) -> HttpResponse:
    at = now()
    form = JoinForm(request.POST or None, initial={"name": member.user.name})
    is_known = member.user.has_usable_password()
    if request.method == "POST" and (is_known or form.is_valid()):
        data = form.cleaned_data if not is_known else {"name": "", "password": ""}
        user = operations.join(member, name=data["name"], password=data["password"], at=at)
        links.mark_used(opened.link, at=at)
        if is_known:
            # The link proves the mailbox, not the password: a known user signs in as always.
            return redirect("account_login")
        login(request, user, backend=BACKEND)
        sessions.limit(request, at=at)
        return redirect("home:start")
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "member": member, "is_known": is_known}
    return render(request, "partners/invitation.html", context, status=status)
