"""Forgetting a customer on request: find the orders, look at what will go, one button."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from portal.bookings.operations import erase_orders
from portal.bookings.queries_erasure import MOST_ORDERS, FoundOrder, find_orders, orders_by_id
from portal.core.clock import now
from portal.core.http import keep_private
from portal.core.parameters import LARGEST_ID, Problems, whole_number
from portal.partners.access import ManagerRequest, manager_required


@require_http_methods(["GET", "POST"])
@manager_required
def erasure(request: ManagerRequest) -> HttpResponse:
    """Searching posts: an address in the URL would stay in logs and in the browser's history."""
    if request.method == "GET":
        return _page(request, orders_by_id(_ids(request.GET.getlist("orders"))))
    search = request.POST.get("search", "").replace("\0", "").strip()
    found = find_orders(search, at=now()) if search else []
    return _page(request, found, search=search, status=200 if search else 422)


@require_POST
@manager_required
def erase(request: ManagerRequest) -> HttpResponse:
    ids = _ids(request.POST.getlist("orders"))
    known = [order.order_id for order in orders_by_id(ids)]
    if not known:
        messages.error(request, _("Choose at least one order."))
        return redirect("manage:erasure")
    done = erase_orders(known, actor=request.user.actor, at=now())
    text = ngettext(
        "The person of %(count)s order is erased.", "The person of %(count)s orders is erased.", done.orders
    )
    messages.success(request, text % {"count": done.orders})
    return redirect(f"{reverse('manage:erasure')}?{urlencode({'orders': known}, doseq=True)}")


def _ids(values: list[str]) -> set[int]:
    problems: Problems = {}
    numbers = (
        whole_number({"order": each}, "order", problems, most=LARGEST_ID) for each in values[:MOST_ORDERS]
    )
    return {each for each in numbers if each is not None}


def _page(
    request: HttpRequest, orders: list[FoundOrder], *, search: str = "", status: int = 200
) -> HttpResponse:
    bookings = [booking for order in orders for booking in order.bookings]
    context = {
        "search": search,
        "has_searched": request.method == "POST",
        "to_erase": [order for order in orders if order.erased_at is None],
        "erased": [order for order in orders if order.erased_at is not None],
        "tickets": sorted({each.odoo_ticket_number or each.odoo_ticket_id for each in bookings} - {""}),
    }
    return keep_private(render(request, "manage/erasure.html", context, status=status))
