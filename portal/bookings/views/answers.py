"""What members of a partner answer: confirm one or several, decline, undo."""

from collections import Counter
from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from portal.bookings import operations, policies, queries, queries_pages, wording
from portal.bookings.forms import ConfirmForm, DeclineForm
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.people import shown_customer
from portal.bookings.views.detail import DETAIL, booking_or_404, detail_context
from portal.bookings.views.listing import LIST, Place, ids_in, list_context, list_url
from portal.core import registry
from portal.core.clock import now
from portal.core.http import fragment_or_redirect, is_fragment, keep_private
from portal.core.refusals import NotAllowed
from portal.partners.access import PartnerRequest, decider_required, enter_scope, partner_required


@require_POST
@decider_required
def confirm(request: PartnerRequest, pk: int) -> HttpResponse:
    at = now()
    booking = booking_or_404(request, pk)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        context = detail_context(request, booking, at=at, form=form)
        return render(
            request, f"{DETAIL}#booking-card" if is_fragment(request) else DETAIL, context, status=422
        )
    try:
        decision = operations.confirm_booking(
            booking, by=_by(request), at=at, notes=form.cleaned_data["notes"]
        )
    except NotAllowed as refusal:
        messages.error(request, refusal.message)
        return _answer(request, booking_or_404(request, pk), at=at)
    (messages.success if decision.is_new else messages.info)(
        request, wording.confirmed(decision.booking, is_new=decision.is_new)
    )
    return _answer(request, decision.booking, at=at)


@require_POST
def confirm_several(request: PartnerRequest) -> HttpResponseBase:
    """The ticked ones, each in a transaction of its own: what stops the work in the middle takes no promise back.

    The middleware therefore opens none for this address.
    """
    with transaction.atomic():
        enter_scope(request)
        checked = _check_ticked(request)
    if checked.status_code != _GO_ON:
        return checked
    outcomes: Counter[str] = Counter()
    pks = ids_in(request.POST.getlist("booking"))
    for pk in pks:
        with transaction.atomic():
            enter_scope(request)
            checked = _confirm_ticked(request, pk, outcomes)
        if checked.status_code != _GO_ON:
            return checked
    with transaction.atomic():
        enter_scope(request)
        return _show_outcomes(request, pks, outcomes)


# Not 204: with that htmx is sent to the login.
_GO_ON = 200


@decider_required
def _check_ticked(request: PartnerRequest) -> HttpResponse:
    """:raises Http404: before anything is confirmed, when one of them is not the partner's"""
    pks = ids_in(request.POST.getlist("booking"))
    if len(queries_pages.with_ids(request.partner, pks)) != len(set(request.POST.getlist("booking"))):
        raise Http404
    return HttpResponse(status=_GO_ON)


@decider_required
def _confirm_ticked(request: PartnerRequest, pk: int, outcomes: Counter[str]) -> HttpResponse:
    """Whoever may decide no longer, since the last one was confirmed, is stopped here."""
    outcomes[_confirm_one(request, pk, at=now())] += 1
    return HttpResponse(status=_GO_ON)


@partner_required
def _show_outcomes(request: PartnerRequest, pks: tuple[int, ...], outcomes: Counter[str]) -> HttpResponse:
    _tell_outcomes(request, outcomes)
    return _show_list(request, pks, at=now())


def _confirm_one(request: PartnerRequest, pk: int, *, at: datetime) -> str:
    try:
        decision = operations.confirm_booking(booking_or_404(request, pk), by=_by(request), at=at)
    except NotAllowed:
        return "refused"
    return "confirmed" if decision.is_new else "repeated"


def _tell_outcomes(request: HttpRequest, outcomes: Counter[str]) -> None:
    """How many; the list says which, and why not."""
    done, repeated, refused = outcomes["confirmed"], outcomes["repeated"], outcomes["refused"]
    if done:
        text = ngettext("%(count)s booking is confirmed.", "%(count)s bookings are confirmed.", done)
        messages.success(request, text % {"count": done})
    if repeated:
        text = ngettext(
            "%(count)s booking was confirmed already.", "%(count)s bookings were confirmed already.", repeated
        )
        messages.info(request, text % {"count": repeated})
    if refused:
        text = ngettext(
            "%(count)s booking could not be confirmed. The list says why.",
            "%(count)s bookings could not be confirmed. The list says why.",
            refused,
        )
        messages.error(request, text % {"count": refused})
    if not outcomes:
        messages.info(request, _("Tick the bookings that you want to confirm."))


@require_http_methods(["GET", "POST"])
@decider_required
def decline(request: PartnerRequest, pk: int) -> HttpResponse:
    at = now()
    booking = booking_or_404(request, pk)
    form = DeclineForm(
        request.POST if request.method == "POST" else None,
        initial={"token": request.GET.get("token", "")},
        parts=registry.form_parts("decline_booking", request, {"booking": booking, "now": at}),
    )
    if form.is_bound and form.is_valid() and _decline(request, booking, form, at=at):
        return keep_private(_to_booking(request, booking))
    context = {
        "booking": booking,
        "customer": shown_customer(booking, at=at),
        "form": form,
        "reasons": queries.decline_reasons(),
        "decline_blocker": policies.decline_blocker(booking, at=at),
        "refusal": wording.decided_by(booking),
        "now": at,
    }
    status = 422 if form.is_bound else 200
    # The address may carry the token of the mail.
    return keep_private(render(request, "bookings/decline.html", context, status=status))


def _decline(request: PartnerRequest, booking: Booking, form: DeclineForm, *, at: datetime) -> bool:
    """Decline it and say so; False when the form has still something to say."""
    by = _by(request, form.way_of(booking))
    try:
        decision = form.send(operations.decline_booking, booking, by=by, at=at)
    except NotAllowed as refusal:
        messages.error(request, refusal.message)
        return True
    if decision is not None:
        # Calm, not cheerful: somebody's evening has just been called off.
        messages.info(request, wording.declined(decision.booking, is_new=decision.is_new))
    return decision is not None


def _to_booking(request: HttpRequest, booking: Booking) -> HttpResponse:
    """To its page, also from the dialog over the list: there stands what is to be done next."""
    url = reverse("bookings:detail", args=[booking.pk])
    if not is_fragment(request):
        return redirect(url)
    response = HttpResponse(status=204)
    response.headers["HX-Redirect"] = url
    return response


@require_POST
@decider_required
def undo(request: PartnerRequest, pk: int) -> HttpResponse:
    at = now()
    booking = booking_or_404(request, pk)
    try:
        booking = operations.undo_decision(booking, by=_by(request), at=at)
    except NotAllowed as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Undone. Nobody outside has been told."))
    return _answer(request, booking, at=at)


def _by(request: PartnerRequest, way: str = "portal") -> By:
    return By(way, user=request.user)


def _answer(request: PartnerRequest, booking: Booking, *, at: datetime) -> HttpResponse:
    """The part of the page that the action changed: the list's, when it was clicked there."""
    if request.POST.get("page") == "list":
        # Beside those that were decided together stays this one.
        together = Place.behind(request).decided
        return _show_list(request, together if booking.pk in together else (booking.pk,), at=at)
    context = detail_context(request, booking, at=at)
    return fragment_or_redirect(
        request, f"{DETAIL}#booking-card", context, to=reverse("bookings:detail", args=[booking.pk])
    )


def _show_list(request: PartnerRequest, decided: tuple[int, ...], *, at: datetime) -> HttpResponse:
    place = Place.behind(request)
    if not is_fragment(request):
        return redirect(list_url(place, decided=decided))
    return render(request, f"{LIST}#bookings", list_context(request, place, at=at, decided=decided))
