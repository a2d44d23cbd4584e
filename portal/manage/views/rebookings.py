"""Links to rebook: which need somebody, and what staff do with them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from portal.bookings.queries import all_bookings
from portal.core.clock import now
from portal.core.http import is_fragment
from portal.core.refusals import NotAllowed
from portal.core.registry import Text
from portal.manage import booking_page, queries_rebookings
from portal.manage.queries_rebookings import (
    RebookingFilter,
    all_rebookings,
    rebookings_by_id,
    settled_case,
)
from portal.manage.rebookings import headings, line_of, lines, read_query, saved_lines
from portal.manage.views.answers import page_or_part
from portal.manage.wording import refusal_text
from portal.partners.access import ManagerRequest, manager_required
from portal.rebooking import operations
from portal.rebooking.models import Rebooking

LIST, BOOKING = "manage/rebookings.html#cases", "manage/booking.html#booking"
PAGE_SIZE = 25


@require_GET
@manager_required
def rebookings(request: ManagerRequest) -> HttpResponse:
    at = now()
    context = _list_context(request.GET, at=at)
    if not is_fragment(request):
        # Of a whole year: not anew with every change of any case.
        context["saved"] = saved_lines(queries_rebookings.saved(at=at))
    return page_or_part(request, LIST, context)


@require_POST
@manager_required
def settle(request: ManagerRequest, pk: int) -> HttpResponse:
    return _do(request, pk, operations.settle_case, _("Done. The case is closed."))


@require_POST
@manager_required
def reopen(request: ManagerRequest, pk: int) -> HttpResponse:
    return _do(request, pk, operations.reopen_case, _("The case is open again."))


@require_POST
@manager_required
def extend(request: ManagerRequest, pk: int) -> HttpResponse:
    return _do(request, pk, operations.extend_link, _("The link works longer now. No e-mail was sent."))


@require_POST
@manager_required
def revoke(request: ManagerRequest, pk: int) -> HttpResponse:
    return _do(
        request, pk, operations.revoke_link, _("The link is withdrawn. Nothing can be chosen there any more.")
    )


@require_POST
@manager_required
def send_link(request: ManagerRequest, pk: int) -> HttpResponse:
    """To the customer of this booking, once more where one works already."""
    at = now()
    booking = get_object_or_404(all_bookings(), pk=pk)
    try:
        operations.send_link(booking, user=request.user, at=at)
    except NotAllowed as refusal:
        messages.error(request, refusal_text(refusal))
    else:
        messages.success(request, _("The e-mail with the link is on its way to the customer."))
    return _answer_booking(request, pk, at=at)


def _do(request: ManagerRequest, pk: int, operation: Callable[..., Any], said: Text) -> HttpResponse:
    at = now()
    rebooking = get_object_or_404(all_rebookings(), pk=pk)
    try:
        operation(rebooking, user=request.user, at=at)
    except NotAllowed as refusal:
        messages.error(request, refusal_text(refusal))
    else:
        messages.success(request, str(said))
    if request.POST.get("page") == "rebookings":
        return _answer_list(request, rebooking, at=at)
    return _answer_booking(request, rebooking.original_booking_id, at=at)


def _answer_list(request: ManagerRequest, rebooking: Rebooking, *, at: datetime) -> HttpResponse:
    """The list that the button stood on, with what was just closed in it, so that it can be opened again."""
    asked = QueryDict(request.POST.get("back", ""), mutable=True)
    asked["done"] = str(rebooking.pk)
    if is_fragment(request):
        return render(request, LIST, _list_context(asked, at=at))
    return redirect(f"{reverse('manage:rebookings')}?{asked.urlencode()}")


def _answer_booking(request: ManagerRequest, pk: int, *, at: datetime) -> HttpResponse:
    if not is_fragment(request):
        return redirect("manage:booking", pk=pk)
    booking = get_object_or_404(all_bookings(), pk=pk)
    return render(request, BOOKING, booking_page.context(booking, at=at))


def _list_context(values: QueryDict, *, at: datetime) -> dict[str, Any]:
    query, problems = read_query(values)
    page: Page[Any] = Paginator(query.ids(), PAGE_SIZE).get_page(values.get("page"))
    page.object_list = lines(rebookings_by_id(list(page.object_list)), at=at)
    number = {"page": str(page.number)} if page.number > 1 else {}
    settled = settled_case(values.get("done", ""))
    done = {"done": str(settled.pk)} if settled else {}
    return {
        "query": query,
        "kinds": list(RebookingFilter),
        "problems": problems,
        "headings": headings(query),
        "page": page,
        "back": query.query(**number),
        "done": settled and line_of(settled, at=at),
        "live_url": f"{reverse('manage:rebookings')}?{query.query(**number, **done)}",
        "now": at,
    }
