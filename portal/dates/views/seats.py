"""The seats panel of a date: sold elsewhere, blocked, given back, how many there are."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from portal.core.clock import now
from portal.core.http import fragment_or_redirect, is_fragment
from portal.core.refusals import NotAllowed
from portal.dates import operations, seat_policies
from portal.dates.forms import CapacityForm, TakeForm
from portal.dates.models import CourseDate
from portal.dates.seats import BY_HAND
from portal.dates.views.detail import DETAIL, date_or_404, detail_context
from portal.partners.access import PartnerRequest, decider_required


@require_POST
@decider_required
def elsewhere(request: PartnerRequest, pk: int) -> HttpResponse:
    course_date, at = date_or_404(request, pk), now()
    form = TakeForm(request.POST, auto_id="elsewhere_%s")

    def sell() -> str:
        quantity, key = form.cleaned_data["quantity"], str(form.cleaned_data["key"])
        operations.sell_elsewhere(course_date, quantity=quantity, key=key, actor=request.user.actor, at=at)
        text = ngettext(
            "%(count)s seat is entered as sold elsewhere.",
            "%(count)s seats are entered as sold elsewhere.",
            quantity,
        )
        return text % {"count": quantity}

    return _do(request, course_date, sell, at=at, elsewhere_form=form)


@require_POST
@decider_required
def block(request: PartnerRequest, pk: int) -> HttpResponse:
    course_date, at = date_or_404(request, pk), now()
    form = TakeForm(request.POST, auto_id="block_%s")

    def take() -> str:
        values, actor = form.cleaned_data, request.user.actor
        quantity, note, key = values["quantity"], values["note"], str(values["key"])
        operations.block_seats(course_date, quantity=quantity, key=key, note=note, actor=actor, at=at)
        text = ngettext("%(count)s seat is blocked.", "%(count)s seats are blocked.", quantity)
        return text % {"count": quantity}

    return _do(request, course_date, take, at=at, block_form=form)


@require_POST
@decider_required
def give_back(request: PartnerRequest, pk: int, entry_pk: int) -> HttpResponse:
    course_date, at = date_or_404(request, pk), now()
    entry = course_date.seat_entries.filter(pk=entry_pk, source__in=BY_HAND).first()
    if entry is None:
        raise Http404

    def give() -> str:
        operations.give_back(entry, actor=request.user.actor, at=at)
        return _("Given back: these seats are free again.")

    return _do(request, course_date, give, at=at)


@require_POST
@decider_required
def capacity(request: PartnerRequest, pk: int) -> HttpResponse:
    course_date, at = date_or_404(request, pk), now()
    form = CapacityForm(request.POST, course_date=course_date)

    def set_capacity() -> str:
        seats = form.cleaned_data["capacity"]
        operations.set_capacity(course_date, seats, actor=request.user.actor, at=at)
        text = ngettext("This date has %(count)s seat.", "This date has %(count)s seats.", seats)
        return text % {"count": seats}

    return _do(request, course_date, set_capacity, at=at, capacity_form=form)


@require_POST
@decider_required
def take_over(request: PartnerRequest, pk: int) -> HttpResponse:
    """The number of seats that the shop has."""
    course_date, at = date_or_404(request, pk), now()

    def take() -> str:
        operations.take_over_shop_capacity(course_date, actor=request.user.actor, at=at)
        return _("The number of seats is now that of the shop.")

    return _do(request, course_date, take, at=at)


def _do(
    request: PartnerRequest,
    course_date: CourseDate,
    act: Callable[[], str],
    *,
    at: datetime,
    **typed: forms.Form,
) -> HttpResponse:
    """:param act: does it and returns what to say of it
    :param typed: the form that has to be valid first, by its name on the page
    """
    form = next(iter(typed.values()), None)
    # Then the page no longer has the forms to say it at.
    over = seat_policies.date_blocker(course_date, at=at) if form is not None else None
    try:
        if over:
            raise NotAllowed(over)
        if form is not None and not form.is_valid():
            return _show(request, course_date, at=at, status=422, **typed)
        messages.success(request, act())
    except NotAllowed as refusal:
        if form is not None and not over:
            form.add_error(next(iter(form.fields)), refusal.message)
            return _show(request, course_date, at=at, status=200, **typed)
        messages.error(request, refusal.message)
    course_date = date_or_404(request, course_date.pk)
    context: dict[str, Any] = detail_context(request, course_date, at=at)
    url = reverse("dates:detail", args=[course_date.pk])
    return fragment_or_redirect(request, f"{DETAIL}#date-card", context, to=url)


def _show(
    request: PartnerRequest, course_date: CourseDate, *, at: datetime, status: int, **typed: forms.Form
) -> HttpResponse:
    template = f"{DETAIL}#date-card" if is_fragment(request) else DETAIL
    course_date = date_or_404(request, course_date.pk)
    return render(request, template, detail_context(request, course_date, at=at, **typed), status=status)
