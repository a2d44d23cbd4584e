"""`/api/partner/dates`: what the pages do, for a partner's own software. The rules are those of the pages."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Router

from portal.core.api_schemas import NO_ACCESS, REFUSALS, ErrorOut, described, pagination_out
from portal.core.clock import now
from portal.core.http import json_data, json_error, json_wrong
from portal.core.parameters import Problems
from portal.core.refusals import NotAllowed
from portal.courses.queries import courses_of
from portal.dates import operations, queries
from portal.dates.api_objects import date_out
from portal.dates.api_parameters import changed_plan, field_problem, once, read_dates
from portal.dates.api_schemas import (
    CREATE_PARAMETERS,
    DATE_PARAMETERS,
    ChangeDateIn,
    CreateDateIn,
    DateAnswer,
    DateListAnswer,
)
from portal.dates.models import CourseDate
from portal.dates.plans import plan_for_new, plan_of
from portal.dates.policies import CancelBlocker, ChangeBlocker, PlanBlocker
from portal.dates.seat_policies import CapacityBlocker
from portal.dates.seats import seats_of
from portal.partners.api_auth import decider_auth, partner_auth, partner_id_of

router = Router(tags=["dates"], auth=partner_auth)
_LIST = {200: DateListAnswer, **NO_ACCESS, 422: ErrorOut}
_ONE = {200: DateAnswer, **NO_ACCESS}
_CREATE = {201: DateAnswer, **{status: each for status, each in REFUSALS.items() if status != 409}}
_CHANGE = {200: DateAnswer, **REFUSALS}
_CANCEL = {200: DateAnswer, **NO_ACCESS, 409: ErrorOut}
_CHANGE_BLOCKERS = f"`code` is one of {', '.join((*ChangeBlocker.values, CapacityBlocker.BELOW_TAKEN))}."
_CANCEL_BLOCKERS = f"`code` is one of {', '.join(CancelBlocker.values)}."


@router.get("/dates", response=_LIST, openapi_extra=DATE_PARAMETERS | described(_LIST, "A page of dates."))
def list_dates(request: HttpRequest) -> HttpResponse:
    """All dates of the partner in the order they take place; what has no day yet comes last."""
    asked = read_dates(request.GET)
    if asked.problems:
        return json_wrong(asked.problems)
    found = asked.narrow(queries.dates_of(partner_id_of(request)))
    start = (asked.page - 1) * asked.limit
    total = found.count()
    dates = list(found[start : start + asked.limit]) if start < total else []
    seats = seats_of(dates, at=now())
    return json_data(
        {
            "dates": [date_out(each, seats[each.pk]) for each in dates],
            "pagination": pagination_out(page=asked.page, limit=asked.limit, total=total),
        }
    )


@router.post(
    "/dates",
    auth=decider_auth,
    response=_CREATE,
    openapi_extra=CREATE_PARAMETERS | described(_CREATE, "The date, made by this call or an earlier one."),
)
def create_date(request: HttpRequest, body: CreateDateIn) -> HttpResponse:
    """Plan a date of a course. The shop does not know it until it is put on sale there."""
    at, problems = now(), Problems()
    key = once(request.headers.get("Idempotency-Key"), body, problems)
    course = courses_of(partner_id_of(request)).filter(magento_product_id=body.courseId).first()
    if course is None:
        problems["courseId"] = _("None of your courses has this id.")
    if problems or course is None:
        return json_wrong(problems)
    partner = request.member.partner  # type: ignore[attr-defined]
    plan = changed_plan(plan_for_new(course, own_zone=partner.time_zone), body)
    try:
        created = operations.create_date(partner, course, plan, actor=_actor(request), at=at, key=key)
    except NotAllowed as refusal:
        return _refusal(refusal)
    return _answer(request, created.pk, at=at, status=201)


@router.get("/dates/{int:date_id}", response=_ONE, openapi_extra=described(_ONE, "The date."))
def get_date(request: HttpRequest, date_id: int) -> HttpResponse:
    """One date."""
    return _answer(request, date_id, at=now())


@router.patch(
    "/dates/{int:date_id}",
    auth=decider_auth,
    response=_CHANGE,
    openapi_extra=described(_CHANGE, "The date as it stands now.", conflict=_CHANGE_BLOCKERS),
)
def change_date(request: HttpRequest, date_id: int, body: ChangeDateIn) -> HttpResponse:
    """Change a date: only what is sent. Safe to repeat.

    While somebody has booked it, its day, times and time zone stay as they are.
    """
    at = now()
    # Locked before its plan is read: what somebody else changes at the same time stays.
    course_date = operations.lock_date(_date(request, date_id))
    plan = changed_plan(plan_of(course_date), body)
    try:
        operations.change_date(course_date, plan, actor=_actor(request), at=at)
    except NotAllowed as refusal:
        return _refusal(refusal)
    return _answer(request, date_id, at=at)


@router.post(
    "/dates/{int:date_id}/cancel",
    auth=decider_auth,
    response=_CANCEL,
    openapi_extra=described(_CANCEL, "The date, cancelled.", conflict=_CANCEL_BLOCKERS),
)
def cancel_date(request: HttpRequest, date_id: int) -> HttpResponse:
    """Call a date off that nobody has booked. Safe to repeat."""
    at = now()
    try:
        operations.cancel_date(_date(request, date_id), actor=_actor(request), at=at)
    except NotAllowed as refusal:
        return _refusal(refusal)
    return _answer(request, date_id, at=at)


def _answer(request: HttpRequest, date_id: int, *, at: datetime, status: int = 200) -> HttpResponse:
    course_date = _date(request, date_id)
    seats = seats_of([course_date], at=at)[course_date.pk]
    return json_data({"date": date_out(course_date, seats)}, status=status)


def _date(request: HttpRequest, date_id: int) -> CourseDate:
    """:raises Http404: also for a date of another partner"""
    return get_object_or_404(queries.dates_of(partner_id_of(request)), pk=date_id)


def _actor(request: HttpRequest) -> str:
    actor: str = request.user.actor  # type: ignore[union-attr]
    return actor


def _refusal(refusal: NotAllowed) -> HttpResponse:
    """409 says the date stands otherwise, 422 that what was sent cannot be meant."""
    if isinstance(refusal.blocker, PlanBlocker):
        code, fields = refusal.blocker.value, field_problem(refusal.blocker)
        return json_error(code, refusal.message, status=422, fields=fields)
    return json_error(refusal.blocker.value, refusal.message, status=409)
