"""A booking as staff see it, the search over all of them, and decisions in the partner's place."""

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.bookings import operations, wording
from portal.bookings.forms import DeclineForm, EmergencyDeclineForm
from portal.bookings.models import Booking
from portal.bookings.operations import By, Decision
from portal.bookings.queries import all_bookings, decline_reasons
from portal.core import outbox, registry
from portal.core.clock import now
from portal.core.http import is_fragment
from portal.core.refusals import NotAllowed
from portal.manage import booking_page, calls
from portal.manage.mails import booking_mails
from portal.manage.views.answers import page_number_of, page_or_part
from portal.partners.access import ManagerRequest, manager_required

BOOKING, CALLS = "manage/booking.html#booking", "manage/calls.html#calls"
Decline = Callable[..., Decision]


@require_GET
@manager_required
def booking(request: ManagerRequest, pk: int) -> HttpResponse:
    at = now()
    return page_or_part(request, BOOKING, booking_page.context(_booking(pk), at=at))


@require_POST
@manager_required
def confirm(request: ManagerRequest, pk: int) -> HttpResponse:
    at = now()
    try:
        decision = operations.confirm_booking(_booking(pk), by=_by(request), at=at)
    except NotAllowed as refusal:
        messages.error(request, refusal.message)
    else:
        say = messages.success if decision.is_new else messages.info
        say(request, wording.confirmed(decision.booking, is_new=decision.is_new))
    return _answer(request, pk, at=at)


@require_http_methods(["GET", "POST"])
@manager_required
def decline(request: ManagerRequest, pk: int) -> HttpResponse:
    return _decline(request, pk, DeclineForm, operations.decline_booking, "manage/decline.html")


@require_http_methods(["GET", "POST"])
@manager_required
def emergency_decline(request: ManagerRequest, pk: int) -> HttpResponse:
    template = "manage/emergency_decline.html"
    return _decline(request, pk, EmergencyDeclineForm, operations.emergency_decline_booking, template)


@require_POST
@manager_required
def undo(request: ManagerRequest, pk: int) -> HttpResponse:
    at = now()
    try:
        operations.undo_decision(_booking(pk), by=_by(request), at=at)
    except NotAllowed as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Undone. Nobody outside has been told."))
    return _answer(request, pk, at=at)


@require_POST
@manager_required
def resend_mail(request: ManagerRequest, pk: int) -> HttpResponse:
    """Any mail about a booking once more; the outbox says what that means for one that has left."""
    mail = get_object_or_404(booking_mails(), pk=pk)
    outbox.resend(mail, at=now())
    messages.success(request, _("The e-mail is on its way."))
    return redirect("manage:booking", pk=mail.subject_id)


def _decline(
    request: ManagerRequest, pk: int, form_class: type[DeclineForm], decline_it: Decline, template: str
) -> HttpResponse:
    at = now()
    booking = _booking(pk)
    form = form_class(
        request.POST if request.method == "POST" else None,
        parts=registry.form_parts("decline_booking", request, {"booking": booking, "now": at}),
    )
    if form.is_bound and form.is_valid() and _is_sent(request, form, decline_it, booking, at=at):
        return redirect(_url_after(request, booking))
    context = booking_page.decline_context(booking, at=at) | {
        "form": form,
        "reasons": decline_reasons(),
        "came_from": request.POST.get("page") or request.GET.get("page", ""),
    }
    return render(request, template, context, status=422 if form.is_bound else 200)


def _is_sent(
    request: ManagerRequest, form: DeclineForm, decline_it: Decline, booking: Booking, *, at: datetime
) -> bool:
    """Decline it and say so; False when the form has still something to say."""
    try:
        decision = form.send(decline_it, booking, by=_by(request), at=at)
    except NotAllowed as refusal:
        messages.error(request, refusal.message)
        return True
    if decision is not None:
        messages.info(request, wording.declined(decision.booking, is_new=decision.is_new))
    return decision is not None


def _booking(pk: int) -> Booking:
    return get_object_or_404(all_bookings(), pk=pk)


def _by(request: ManagerRequest) -> By:
    return By("staff", user=request.user)


def _answer(request: ManagerRequest, pk: int, *, at: datetime) -> HttpResponse:
    """The part of the page that the action changed: the call list, when it was clicked there."""
    booking = _booking(pk)
    if not is_fragment(request):
        return redirect(_url_after(request, booking))
    if _is_from_calls(request):
        return render(request, CALLS, calls.context(page_number_of(request), decided=booking, at=at))
    return render(request, BOOKING, booking_page.context(booking, at=at))


def _url_after(request: ManagerRequest, booking: Booking) -> str:
    if _is_from_calls(request):
        return f"{reverse('manage:calls')}?{urlencode({'decided': booking.pk})}"
    return reverse("manage:booking", args=[booking.pk])


def _is_from_calls(request: ManagerRequest) -> bool:
    return request.POST.get("page") == "calls"
