"""Partners: list, create, edit, invite."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from portal.core.clock import now
from portal.core.refusals import NotAllowed
from portal.partners import operations, queries
from portal.partners.access import ManagerRequest, manager_required
from portal.partners.forms import InviteForm, PartnerForm
from portal.partners.models import Partner

PAGE_SIZE = 25


@require_GET
@manager_required
def partner_list(request: ManagerRequest) -> HttpResponse:
    search = search_of(request)
    page = Paginator(queries.partner_list(search), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "manage/partner_list.html", {"page": page, "search": search})


def search_of(request: ManagerRequest, name: str = "search") -> str:
    # The database refuses a text with a zero byte in it, and nobody is called that.
    return request.GET.get(name, "").replace("\0", "").strip()


@require_http_methods(["GET", "POST"])
@manager_required
def create(request: ManagerRequest) -> HttpResponse:
    initial = {
        "magento_partner_id": request.GET.get("shop_id", ""),
        "language": Partner.Language.DE,
    }
    form = PartnerForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        partner = operations.save_partner(form.save(commit=False), actor=request.user.actor, at=now())
        messages.success(request, _("The partner is created. Orders that waited for it are matched now."))
        return redirect("manage:partner", pk=partner.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "manage/partner_form.html", {"form": form, "partner": None}, status=status)


@require_http_methods(["GET", "POST"])
@manager_required
def edit(request: ManagerRequest, pk: int) -> HttpResponse:
    partner = get_object_or_404(Partner, pk=pk)
    form = PartnerForm(request.POST or None, instance=partner)
    if request.method == "POST" and form.is_valid():
        operations.save_partner(form.save(commit=False), actor=request.user.actor, at=now())
        messages.success(request, _("Saved."))
        return redirect("manage:partner", pk=pk)
    context = {
        "form": form,
        "partner": get_object_or_404(Partner, pk=pk),
        "members": queries.members_of(partner),
        "invite_form": InviteForm(initial={"email": partner.email, "name": partner.contact}),
    }
    return render(
        request, "manage/partner_form.html", context, status=422 if request.method == "POST" else 200
    )


@require_http_methods(["POST"])
@manager_required
def invite(request: ManagerRequest, pk: int) -> HttpResponse:
    partner = get_object_or_404(Partner, pk=pk)
    form = InviteForm(request.POST)
    if form.is_valid():
        try:
            operations.invite_member(partner, **form.cleaned_data, actor=request.user.actor, at=now())
        except NotAllowed as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("The invitation is on its way."))
        return redirect("manage:partner", pk=pk)
    context = {
        "form": PartnerForm(instance=partner),
        "partner": partner,
        "members": queries.members_of(partner),
        "invite_form": form,
    }
    return render(request, "manage/partner_form.html", context, status=422)
