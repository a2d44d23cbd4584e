"""Making a date, changing, cancelling and restoring it."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from portal.core.clock import now
from portal.core.http import fragment_or_redirect
from portal.core.parameters import LARGEST_ID, Problems, read_day, whole_number
from portal.core.refusals import NotAllowed
from portal.courses.models import Course
from portal.courses.queries import courses_to_choose
from portal.dates import operations, policies, queries
from portal.dates.forms import ChangeDateForm, NewDateForm
from portal.dates.models import CourseDate
from portal.dates.plans import DatePlan, plan_for_new, plan_like, plan_of
from portal.dates.views.detail import DETAIL, date_or_404, detail_context
from portal.partners.access import PartnerRequest, decider_required

FORM = "dates/form.html"


@require_http_methods(["GET", "POST"])
@decider_required
def create(request: PartnerRequest) -> HttpResponse:
    """:param like: another date, for one more like it a week later"""
    at = now()
    form = _new_form(request, at=at)
    if form.is_bound and form.is_valid():
        try:
            made = operations.create_date(
                request.partner,
                form.clean_course(),
                form.plan(),
                actor=request.user.actor,
                at=at,
                key=form.once,
            )
        except NotAllowed as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The date is planned."))
            return redirect("dates:detail", made.pk)
    context = {
        "form": form,
        "courses": len(form.fields["course"].queryset),  # type: ignore[attr-defined]
        "back_url": reverse("dates:list"),
        "now": at,
    }
    return render(request, FORM, context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@decider_required
def edit(request: PartnerRequest, pk: int) -> HttpResponse:
    course_date, at = _date_to_change(request, pk), now()
    locked = policies.move_blocker(course_date)
    form = ChangeDateForm(
        request.POST if request.method == "POST" else None, plan=plan_of(course_date), locked=bool(locked)
    )
    if form.is_bound and form.is_valid():
        try:
            operations.change_date(course_date, form.plan(), actor=request.user.actor, at=at)
        except NotAllowed as refusal:
            form.refuse(refusal)
        else:
            messages.success(request, _("The date is saved."))
            return redirect("dates:detail", course_date.pk)
    context = {
        "form": form,
        "date": course_date,
        "locked": locked,
        "is_cancelled": course_date.cancelled_at is not None,
        "back_url": reverse("dates:detail", args=[course_date.pk]),
        "now": at,
    }
    return render(request, FORM, context, status=422 if form.is_bound else 200)


@require_POST
@decider_required
def cancel(request: PartnerRequest, pk: int) -> HttpResponse:
    return _do(request, pk, operations.cancel_date, _("The date is cancelled."))


@require_POST
@decider_required
def restore(request: PartnerRequest, pk: int) -> HttpResponse:
    return _do(request, pk, operations.restore_date, _("The date takes place."))


def _do(request: PartnerRequest, pk: int, operation: Callable[..., CourseDate], text: str) -> HttpResponse:
    """Do it and show the date; `text` is what to say of it."""
    course_date, at = date_or_404(request, pk), now()
    try:
        operation(course_date, actor=request.user.actor, at=at)
    except NotAllowed as refusal:
        messages.error(request, refusal.message)
    else:
        messages.info(request, text)
    context = detail_context(request, date_or_404(request, pk), at=at)
    url = reverse("dates:detail", args=[pk])
    return fragment_or_redirect(request, f"{DETAIL}#date-card", context, to=url)


def _date_to_change(request: PartnerRequest, pk: int) -> CourseDate:
    course_date = date_or_404(request, pk)
    if request.method == "GET":
        return course_date
    # Before its plan is read: what somebody else changes at the same time stays.
    operations.lock_date(course_date)
    return date_or_404(request, pk)


def _new_form(request: PartnerRequest, *, at: datetime) -> NewDateForm:
    courses = courses_to_choose(request.partner.pk)
    today = at.astimezone(ZoneInfo(request.partner.time_zone)).date()
    course, plan = _begin_with(request, courses, today)
    data = request.POST if request.method == "POST" else None
    return NewDateForm(data, plan=plan, courses=courses, course=course)


def _begin_with(
    request: PartnerRequest, courses: "QuerySet[Course]", today: date
) -> tuple[Course | None, DatePlan]:
    """Another date, a course and a day, as the address says them; what it cannot mean is left out."""
    problems: Problems = {}
    own_zone = request.partner.time_zone
    like_pk = whole_number(request.GET, "like", problems, most=LARGEST_ID)
    if like_pk and (like := queries.date_of(request.partner.pk, like_pk)):
        return like.course, plan_like(plan_of(like), today=today)
    course_pk = whole_number(request.GET, "course", problems, most=LARGEST_ID)
    course = courses.filter(pk=course_pk).first() if course_pk else None
    on = read_day(request.GET, "on", problems)
    return course, plan_for_new(course, own_zone=own_zone, starts_on=on if on and on >= today else None)
