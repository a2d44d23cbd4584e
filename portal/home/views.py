from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from portal.core.clock import now
from portal.core.http import is_fragment
from portal.home.overview import overview
from portal.partners.access import PartnerRequest, partner_required


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Members to their overview, staff to theirs, everybody else to the login."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    if getattr(request, "partner", None):
        return redirect("home:dashboard")
    if request.user.is_manager:
        return redirect("manage:home")
    return render(request, "home/no_partner.html", status=403)


@require_safe
@partner_required
def dashboard(request: PartnerRequest) -> HttpResponse:
    at = now()
    context = {
        "overview": overview(request.partner, at=at),
        "may_decide": request.member.may_decide,
        "now": at,
    }
    template = "home/dashboard.html"
    return render(request, f"{template}#overview" if is_fragment(request) else template, context)
