"""A member's pages about a date that falls through."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.bookings.date_changes import operations, queries
from portal.bookings.date_changes.answers import cancel, entry_or_404, take_back
from portal.bookings.date_changes.forms import FallThroughForm
from portal.bookings.date_changes.pages import EMERGENCY, STATUS, emergency_context, status_context
from portal.bookings.models import DateCancellation
from portal.bookings.operations import By
from portal.core.clock import now
from portal.core.http import fragment_or_redirect, is_fragment
from portal.dates.models import CourseDate
from portal.dates.queries import date_of
from portal.partners.access import PartnerRequest, decider_required, partner_required


@require_http_methods(["GET", "POST"])
@decider_required
def emergency(request: PartnerRequest, pk: int) -> HttpResponse:
    course_date, at = date_or_404(request, pk), now()
    if queries.standing_cancellation(course_date):
        return redirect("date_changes:status", pk)
    form = FallThroughForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        by = By("portal", user=request.user)
        if cancel(request, course_date, form, by=by, at=at):
            return redirect("date_changes:status", pk)
    context = emergency_context(course_date, at=at) | {"form": form, "partner": request.partner}
    return render(request, EMERGENCY, context, status=422 if form.is_bound else 200)


@require_GET
@partner_required
def status(request: PartnerRequest, pk: int) -> HttpResponse:
    course_date = date_or_404(request, pk)
    cancellation = queries.standing_cancellation(course_date)
    if cancellation is None:
        return redirect("dates:detail", pk)
    template = f"{STATUS}#fallen" if is_fragment(request) else STATUS
    return render(request, template, _status(request, cancellation, course_date, at=now()))


@require_POST
@decider_required
def undo(request: PartnerRequest, pk: int) -> HttpResponse:
    course_date = date_or_404(request, pk)
    by = By("portal", user=request.user)
    is_undone = take_back(request, course_date, by=by, at=now())
    return redirect("dates:detail" if is_undone else "date_changes:status", pk)


@require_POST
@decider_required
def reached(request: PartnerRequest, pk: int, entry_pk: int) -> HttpResponse:
    course_date, at = date_or_404(request, pk), now()
    operations.note_reached(entry_or_404(course_date, entry_pk), user=request.user, at=at)
    return _answer(request, course_date, at=at)


@require_POST
@decider_required
def not_reached(request: PartnerRequest, pk: int, entry_pk: int) -> HttpResponse:
    course_date, at = date_or_404(request, pk), now()
    operations.take_back_reached(entry_or_404(course_date, entry_pk), user=request.user, at=at)
    return _answer(request, course_date, at=at)


def date_or_404(request: PartnerRequest, pk: int) -> CourseDate:
    course_date = date_of(request.partner.pk, pk)
    if course_date is None:
        raise Http404
    return course_date


def _status(
    request: PartnerRequest, cancellation: DateCancellation, course_date: CourseDate, *, at: datetime
) -> dict[str, Any]:
    may_decide = request.member.may_decide
    context = status_context(cancellation, course_date, at=at)
    return context | {"may_decide": may_decide, "partner": request.partner}


def _answer(request: PartnerRequest, course_date: CourseDate, *, at: datetime) -> HttpResponse:
    cancellation = queries.standing_cancellation(course_date)
    assert cancellation is not None
    context = _status(request, cancellation, course_date, at=at)
    url = reverse("date_changes:status", args=[course_date.pk])
    return fragment_or_redirect(request, f"{STATUS}#fallen", context, to=url)
