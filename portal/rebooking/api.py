"""`/api/rebook/{token}`: a customer's link as data, by the rules of the pages. The token in the address is the proof.

And `/api/partner/rebookings`: what a partner sees of it.
"""

from datetime import datetime
from typing import Any

from django.db.models import TextChoices
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from ninja import Router

from portal.core.api_schemas import NO_ACCESS, ErrorOut, described, pagination_out
from portal.core.clock import now
from portal.core.http import json_data, json_error, json_wrong
from portal.core.refusals import NotAllowed
from portal.partners.api_auth import partner_auth, partner_id_of
from portal.rebooking import operations, queries
from portal.rebooking.api_objects import link_out, option_out, rebooked_out, rebooking_out
from portal.rebooking.api_parameters import read_list
from portal.rebooking.api_schemas import (
    LIST_PARAMETERS,
    HeldAnswer,
    HoldIn,
    LinkAnswer,
    NotPossible,
    RebookedAnswer,
    RebookIn,
    RebookingListAnswer,
    link_described,
)
from portal.rebooking.email_check import EmailBlocker, check_email
from portal.rebooking.models import Rebooking
from portal.rebooking.opening import open_rebooking
from portal.rebooking.options import options_of
from portal.rebooking.policies import OptionBlocker, UseBlocker, use_blocker


def find_link(request: HttpRequest) -> Rebooking:
    """The link of the address, before anything else is looked at. From here on its customer is spoken to.

    :raises Http404: for a token that nobody was sent
    """
    assert request.resolver_match is not None
    rebooking = open_rebooking(request.resolver_match.kwargs["token"])
    if rebooking is None:
        raise Http404
    translation.activate(rebooking.original_booking.customer.language)
    return rebooking


public_router = Router(tags=["rebooking"], auth=find_link)
partner_router = Router(tags=["rebooking"], auth=partner_auth)

_OPEN: dict[int, Any] = {200: LinkAnswer, 404: ErrorOut, 410: ErrorOut, 429: ErrorOut}
_CHANGE: dict[int, Any] = {**_OPEN, 400: ErrorOut, 409: NotPossible, 422: ErrorOut}
_HOLD: dict[int, Any] = {**_CHANGE, 200: HeldAnswer}
_REBOOK: dict[int, Any] = {**_CHANGE, 200: RebookedAnswer, 403: ErrorOut}
_LIST: dict[int, Any] = {200: RebookingListAnswer, **NO_ACCESS, 422: ErrorOut}


@public_router.get("/{token}", response=_OPEN, openapi_extra=link_described(_OPEN, "What may be chosen."))
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """The booking of a link, and the dates that it may be moved to, the best first. Looking changes nothing."""
    rebooking, at = _link(request), now()
    if blocker := use_blocker(rebooking, at=at):
        return _gone(blocker)
    return json_data(link_out(rebooking, options_of(rebooking, at=at), token=token, at=at))


@public_router.post(
    "/{token}/hold", response=_HOLD, openapi_extra=link_described(_HOLD, "The seats are held.")
)
def hold_date(request: HttpRequest, token: str, body: HoldIn) -> HttpResponse:
    """Keep the seats of a date while the customer decides. A link holds one date: another one frees the first."""
    rebooking, at = _link(request), now()
    if blocker := use_blocker(rebooking, at=at):
        return _gone(blocker)
    try:
        held = operations.hold_date(rebooking, body.selectedDateId, at=at)
    except NotAllowed as refusal:
        return _refusal(refusal, rebooking, at=at)
    assert held.held_until is not None
    return json_data({"selectedDateId": held.held_date_id, "heldUntil": held.held_until.isoformat()})


@public_router.post(
    "/{token}", response=_REBOOK, openapi_extra=link_described(_REBOOK, "The booking has moved.")
)
def rebook(request: HttpRequest, token: str, body: RebookIn) -> HttpResponse:
    """Move the booking to a date. It works once; the same again gets the first answer."""
    rebooking, at = _link(request), now()
    blocker = use_blocker(rebooking, at=at)
    if blocker and not _is_repeated(rebooking, blocker, body.selectedDateId):
        return _gone(blocker)
    check = check_email(rebooking, body.customerEmail)
    if check.blocker:
        return _wrong_email(check.blocker, check.retry_after_seconds)
    try:
        done = operations.rebook(rebooking, body.selectedDateId, at=at).rebooking
    except NotAllowed as refusal:
        return _refusal(refusal, rebooking, at=at)
    return json_data(rebooked_out(done))


@partner_router.get(
    "/rebookings",
    response=_LIST,
    openapi_extra=LIST_PARAMETERS | described(_LIST, "A page of rebookings."),
)
def list_rebookings(request: HttpRequest) -> HttpResponse:
    """The links that customers got to rebook, the newest first, and what became of them."""
    asked, at = read_list(request.GET), now()
    if asked.problems:
        return json_wrong(asked.problems)
    found = asked.narrow(queries.rebookings_of_partner(partner_id_of(request)))
    start, total = (asked.page - 1) * asked.limit, found.count()
    rows = found[start : start + asked.limit] if start < total else []
    return json_data(
        {
            "rebookings": [rebooking_out(each, at=at) for each in rows],
            "pagination": pagination_out(page=asked.page, limit=asked.limit, total=total),
        }
    )


def _link(request: HttpRequest) -> Rebooking:
    """What `find_link` has found."""
    rebooking: Rebooking = request.auth  # type: ignore[attr-defined]
    return rebooking


def _is_repeated(rebooking: Rebooking, blocker: TextChoices, course_date_id: int) -> bool:
    """Whether it asks for what it has: its first answer was lost."""
    booking = rebooking.new_booking
    return blocker is UseBlocker.USED and booking is not None and booking.course_date_id == course_date_id


def _gone(blocker: TextChoices) -> HttpResponse:
    return json_error(blocker.value, str(blocker.label), status=410)


def _wrong_email(blocker: TextChoices, retry_after_seconds: int) -> HttpResponse:
    if blocker is EmailBlocker.MISMATCH:
        return json_error(blocker.value, str(blocker.label), status=403)
    answer = json_error(blocker.value, str(blocker.label), status=429)
    answer.headers["Retry-After"] = str(retry_after_seconds)
    return answer


def _refusal(refusal: NotAllowed, rebooking: Rebooking, *, at: datetime) -> HttpResponse:
    """410 says the link has ended meanwhile, 409 that this date cannot be had: with those that can."""
    code, message = refusal.blocker.value, refusal.message
    if isinstance(refusal.blocker, UseBlocker):
        return json_error(code, message, status=410)
    if not isinstance(refusal.blocker, OptionBlocker):
        # What stands in the way of the booking itself is worded for the partner and the staff.
        message = _("Your booking cannot be moved at the moment. Please write to us: we gladly help.")
    rebooking.refresh_from_db(fields=["held_date", "held_until"])
    data = {"availableDates": [option_out(each) for each in options_of(rebooking, at=at)]}
    return json_error(code, message, status=409, data=data)
