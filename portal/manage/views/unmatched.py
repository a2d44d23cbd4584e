"""Orders whose partner nobody knows: give them one, or create it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from portal.bookings import operations
from portal.bookings.models import UnmatchedOrder
from portal.bookings.queries import unmatched_orders
from portal.core.clock import now
from portal.core.parameters import LARGEST_ID, whole_number
from portal.manage.views.answers import page_or_part
from portal.manage.views.partners import search_of
from portal.partners.access import ManagerRequest, manager_required
from portal.partners.queries import partner_list

# As many as one looks through; the search finds the others.
MOST_PARTNERS = 10


@require_GET
@manager_required
def unmatched(request: ManagerRequest) -> HttpResponse:
    context = {"orders": unmatched_orders(), "now": now()}
    return page_or_part(request, "manage/unmatched.html#orders", context)


@require_http_methods(["GET", "POST"])
@manager_required
def assign(request: ManagerRequest, pk: int) -> HttpResponse:
    """Choose the partner on a page of its own: ten thousand of them fit into no list beside each order."""
    row = get_object_or_404(UnmatchedOrder, pk=pk, matched_at=None)
    at = now()
    if request.method == "POST":
        wanted = whole_number(request.POST.dict(), "partner", {}, most=LARGEST_ID)
        partner = partner_list().filter(pk=wanted).first() if wanted else None
        if partner is None:
            messages.error(request, _("Please choose a partner."))
            return redirect("manage:assign", pk=pk)
        operations.assign_order(row, partner, actor=request.user.actor, at=at)
        messages.success(request, _("Assigned. The booking appears in a moment."))
        return redirect("manage:unmatched")
    search = search_of(request)
    found = partner_list(search)
    context = {"order": row, "partners": found[:MOST_PARTNERS], "search": search, "now": at}
    context["has_more"] = found.count() > MOST_PARTNERS
    return render(request, "manage/assign.html", context)
