"""What members of a partner see and do."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.bookings import operations, policies, queries, wording
from portal.bookings.forms import DeclineForm
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.timeline import timeline_entries
from portal.core.clock import now
from portal.core.http import fragment_or_redirect, is_fragment, keep_private
from portal.core.refusals import NotAllowed
from portal.partners.access import PartnerRequest, decider_required, partner_required

PAGE_SIZE = 20
MOST_PENDING = 50
LIST, DETAIL = "bookings/list.html", "bookings/detail.html"


@require_GET
@partner_required
def booking_list(request: PartnerRequest) -> HttpResponse:
    template = f"{LIST}#bookings" if is_fragment(request) else LIST
    return render(request, template, _list_context(request, at=now()))


@require_GET
@partner_required
def detail(request: PartnerRequest, pk: int) -> HttpResponse:
    booking = _booking(request, pk)
    template = f"{DETAIL}#booking-card" if is_fragment(request) else DETAIL
    return render(request, template, _detail_context(request, booking, at=now()))


@require_POST
@decider_required
def confirm(request: PartnerRequest, pk: int) -> HttpResponse:
    at = now()
    booking = _booking(request, pk)
    try:
        decision = operations.confirm_booking(booking, by=_by(request), at=at)
    except NotAllowed as refusal:
        messages.error(request, refusal.message)
        return _answer(request, _booking(request, pk), at=at)
    (messages.success if decision.is_new else messages.info)(
        request, wording.confirmed(decision.booking, is_new=decision.is_new)
    )
    return _answer(request, decision.booking, at=at)


@require_http_methods(["GET", "POST"])
@decider_required
def decline(request: PartnerRequest, pk: int) -> HttpResponse:
    at = now()
    booking = _booking(request, pk)
    form = DeclineForm(
        request.POST if request.method == "POST" else None, initial={"token": request.GET.get("token", "")}
    )
    if request.method == "POST" and form.is_valid():
        try:
            decision = operations.decline_booking(
                booking,
                reason=form.chosen_reason,
                notes=form.cleaned_data["notes"],
                by=_by(request, form.way_of(booking)),
                at=at,
            )
        except NotAllowed as refusal:
            messages.error(request, refusal.message)
        else:
            # Calm, not cheerful: somebody's evening has just been called off.
            messages.info(request, wording.declined(decision.booking, is_new=decision.is_new))
        return keep_private(redirect("bookings:detail", pk=pk))
    context = {
        "booking": booking,
        "form": form,
        "reasons": queries.decline_reasons(),
        "decline_blocker": policies.decline_blocker(booking, at=at),
        "refusal": wording.decided_by(booking),
    }
    status = 422 if request.method == "POST" else 200
    # The address may carry the token of the mail.
    return keep_private(render(request, "bookings/decline.html", context, status=status))


@require_POST
@decider_required
def undo(request: PartnerRequest, pk: int) -> HttpResponse:
    at = now()
    booking = _booking(request, pk)
    try:
        booking = operations.undo_decision(booking, by=_by(request), at=at)
    except NotAllowed as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Undone. Nobody outside has been told."))
    return _answer(request, booking, at=at)


def _booking(request: PartnerRequest, pk: int) -> Booking:
    return get_object_or_404(queries.bookings_for(request.partner), pk=pk)


def _by(request: PartnerRequest, way: str = "portal") -> By:
    return By(way, user=request.user)


def _answer(request: PartnerRequest, booking: Booking, *, at: datetime) -> HttpResponse:
    """The part of the page that the action changed: the list's, when it was clicked there."""
    if request.POST.get("page") == "list":
        if not is_fragment(request):
            return redirect(_list_url(request, decided=booking))
        return render(request, f"{LIST}#bookings", _list_context(request, at=at, decided=booking))
    context = _detail_context(request, booking, at=at)
    return fragment_or_redirect(
        request, f"{DETAIL}#booking-card", context, to=reverse("bookings:detail", args=[booking.pk])
    )


def _list_url(request: PartnerRequest, *, decided: Booking) -> str:
    """The page of the list that the button stood on."""
    number = _number(request.POST.get("number", ""))
    query = {"page": number} if number and number > 1 else {}
    return f"{reverse('bookings:list')}?{urlencode({**query, 'decided': decided.pk})}"


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch("[0-9]{1,18}", text) else None


def _list_context(request: PartnerRequest, *, at: datetime, decided: Booking | None = None) -> dict[str, Any]:
    bookings = queries.booking_list(request.partner)
    page = Paginator(bookings, PAGE_SIZE).get_page(request.POST.get("number") or request.GET.get("page"))
    decided_pk = _number(request.GET.get("decided", ""))
    if decided is None and decided_pk is not None:
        decided = queries.bookings_for(request.partner).filter(pk=decided_pk).first()
    _add_reason_labels(page.object_list)
    return {
        "pending": list(queries.pending_for(request.partner)[:MOST_PENDING]),
        "pending_count": (pending_count := queries.count_pending(request.partner)),
        "has_more_pending": pending_count > MOST_PENDING,
        "page": page,
        "may_decide": request.member.may_decide,
        "decided": decided if decided and policies.undo_blocker(decided, at=at) is None else None,
        "now": at,
    }


def _add_reason_labels(bookings: Iterable[Booking]) -> None:
    labels = queries.reason_labels()
    for booking in bookings:
        booking.decline_reason_label = labels.get(booking.decline_reason, booking.decline_reason)


def _detail_context(request: PartnerRequest, booking: Booking, *, at: datetime) -> dict[str, Any]:
    can_undo = request.member.may_decide and policies.undo_blocker(booking, at=at) is None
    return {
        "booking": booking,
        "may_decide": request.member.may_decide,
        "confirm_blocker": policies.confirm_blocker(booking, at=at),
        "decline_blocker": policies.decline_blocker(booking, at=at),
        "decided_by": wording.decided_by(booking),
        "decline_reason_label": queries.reason_label(booking.decline_reason)
        if booking.decline_reason
        else "",
        "undo_until": booking.settles_at if can_undo else None,
        "timeline": timeline_entries(booking),
        "now": at,
    }
