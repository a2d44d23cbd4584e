"""A date that falls through, as staff see it, and cancelled by them in the partner's place."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.bookings.date_changes import operations, queries
from portal.bookings.date_changes.answers import cancel, entry_or_404, take_back
from portal.bookings.date_changes.forms import FallThroughForm
from portal.bookings.date_changes.pages import EMERGENCY, STATUS, emergency_context, status_context
from portal.bookings.operations import By
from portal.core.clock import now
from portal.core.http import fragment_or_redirect
from portal.dates.models import CourseDate
from portal.manage.queries_dates import all_dates
from portal.manage.views.answers import page_or_part
from portal.partners.access import ManagerRequest, manager_required


@require_http_methods(["GET", "POST"])
@manager_required
def emergency(request: ManagerRequest, pk: int) -> HttpResponse:
    course_date, at = _date(pk), now()
    if queries.standing_cancellation(course_date):
        return redirect("manage:fallen_date", pk)
    form = FallThroughForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and cancel(request, course_date, form, by=_by(request), at=at):
        return redirect("manage:fallen_date", pk)
    context = emergency_context(course_date, at=at, by_staff=True)
    context |= {"form": form, "partner": course_date.partner}
    return render(request, EMERGENCY, context, status=422 if form.is_bound else 200)


@require_GET
@manager_required
def fallen_date(request: ManagerRequest, pk: int) -> HttpResponse:
    return page_or_part(request, f"{STATUS}#fallen", _context(_date(pk), at=now()))


@require_POST
@manager_required
def undo(request: ManagerRequest, pk: int) -> HttpResponse:
    is_undone = take_back(request, _date(pk), by=_by(request), at=now())
    return redirect("manage:dates") if is_undone else redirect("manage:fallen_date", pk)


@require_POST
@manager_required
def customer_reached(request: ManagerRequest, pk: int, entry_pk: int) -> HttpResponse:
    course_date, at = _date(pk), now()
    operations.note_reached(entry_or_404(course_date, entry_pk), user=request.user, at=at)
    return _answer(request, course_date, at=at)


@require_POST
@manager_required
def customer_not_reached(request: ManagerRequest, pk: int, entry_pk: int) -> HttpResponse:
    course_date, at = _date(pk), now()
    operations.take_back_reached(entry_or_404(course_date, entry_pk), user=request.user, at=at)
    return _answer(request, course_date, at=at)


def _date(pk: int) -> CourseDate:
    return get_object_or_404(all_dates().select_related("partner", "course"), pk=pk)


def _by(request: ManagerRequest) -> By:
    return By("staff", user=request.user)


def _context(course_date: CourseDate, *, at: datetime) -> dict[str, Any]:
    """:raises Http404: unless it has fallen through"""
    cancellation = queries.standing_cancellation(course_date)
    if cancellation is None:
        raise Http404
    context = status_context(cancellation, course_date, at=at, by_staff=True)
    return context | {"may_decide": True, "partner": course_date.partner}


def _answer(request: ManagerRequest, course_date: CourseDate, *, at: datetime) -> HttpResponse:
    url = reverse("manage:fallen_date", args=[course_date.pk])
    return fragment_or_redirect(request, f"{STATUS}#fallen", _context(course_date, at=at), to=url)
