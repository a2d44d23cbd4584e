"""The shop page: order as a customer, then change your mind."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.core.clock import now
from portal.core.http import is_fragment
from portal.core.refusals import NotAllowed
from portal.demo import operations, queries
from portal.demo.forms import SAMPLE_CUSTOMER, ChangeForm, OrderForm
from portal.demo.operations import UnknownOrder
from portal.integrations.shop.writing import ShelfDate


@require_http_methods(["GET", "HEAD", "POST"])
def shop(request: HttpRequest) -> HttpResponse:
    dates = queries.dates(at=now())
    if request.method == "POST":
        return _order(request, dates)
    form = OrderForm(dates, initial={**SAMPLE_CUSTOMER, "sku": request.GET.get("sku", "")})
    return _page(request, form, dates)


def _order(request: HttpRequest, dates: list[ShelfDate]) -> HttpResponse:
    form = OrderForm(dates, request.POST)
    if not form.is_valid():
        return _page(request, form, dates, status=422)
    try:
        placed = operations.place_order([form.item()], form.person(), at=now())
    except NotAllowed as refusal:
        form.add_error("participants", refusal.message)
        return _page(request, form, dates, status=422)
    return redirect("demo:ordered", number=placed.number)


def _page(
    request: HttpRequest, form: OrderForm, dates: list[ShelfDate], *, status: int = 200
) -> HttpResponse:
    courses: dict[str, list[ShelfDate]] = {}
    for day in sorted(dates, key=lambda each: (each.course, each.starts_at)):
        courses.setdefault(day.course, []).append(day)
    context = {"form": form, "courses": courses, "orders": queries.recent_orders()}
    return render(request, "demo/shop.html", context, status=status)


@require_safe
def ordered(request: HttpRequest, number: str) -> HttpResponse:
    """What happens next, for the customer who has just ordered."""
    order = queries.order_by_number(number)
    if order is None:
        raise Http404
    context = {
        "order": order,
        "partners": queries.partners_of(order),
        "comments": queries.comments_on(order),
    }
    template = "demo/ordered.html#comments" if is_fragment(request) else "demo/ordered.html"
    return render(request, template, context)


@require_POST
def change(request: HttpRequest, number: str) -> HttpResponse:
    """One of the buttons beside a recent order."""
    form = ChangeForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please say how many participants you mean."))
        return redirect("demo:shop")
    action, item_id, qty = (form.cleaned_data[name] for name in ("action", "item", "qty"))
    try:
        if action == "edit":
            number = operations.edit_order(number, item_id, qty, at=now()).number
        else:
            run = operations.cancel_item if action == "cancel" else operations.refund_item
            run(number, item_id, qty, at=now())
    except UnknownOrder as error:
        raise Http404 from error
    except NotAllowed as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _CHANGED[action]() % {"number": number, "count": qty})
    return redirect("demo:shop")


_CHANGED = {
    "cancel": lambda: _("%(count)s cancelled in order %(number)s. The portal hears of it in a moment."),
    "refund": lambda: _("%(count)s refunded in order %(number)s. The portal hears of it in a moment."),
    "edit": lambda: _("The new order %(number)s has %(count)s participants and replaces the old one."),
}
