"""Orders whose partner nobody knows: give them one, or create it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.bookings import operations
from portal.bookings.models import UnmatchedOrder
from portal.bookings.queries import unmatched_orders
from portal.core.clock import now
from portal.partners.access import ManagerRequest, manager_required
from portal.partners.queries import partner_list


@require_GET
@manager_required
def unmatched(request: ManagerRequest) -> HttpResponse:
    context = {"orders": unmatched_orders(), "partners": partner_list().filter(is_active=True), "now": now()}
    return render(request, "manage/unmatched.html", context)


@require_POST
@manager_required
def assign(request: ManagerRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(UnmatchedOrder, pk=pk, matched_at=None)
    wanted = request.POST.get("partner", "")
    partner = partner_list().filter(pk=int(wanted)).first() if wanted.isdigit() else None
    if partner is None:
        messages.error(request, _("Please choose a partner."))
    else:
        operations.assign_order(row, partner, actor=request.user.actor, at=now())
        messages.success(request, _("Assigned. The booking appears in a moment."))
    return redirect("manage:unmatched")
