"""`/api/partner/bookings`: what the pages show, for a partner's own software.

Answers are built by hand and written by orjson: checking each of our own answers against its schema costs more
than the query. The schemas are the documentation, and tests hold the answers to them.
"""

import json
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Router

from portal.bookings import operations, queries, wording
from portal.bookings.api_objects import booking_out
from portal.bookings.api_parameters import AskedList, read_list
from portal.bookings.api_schemas import (
    LIST_PARAMETERS,
    PENDING_PARAMETERS,
    ConfirmedOut,
    ConfirmIn,
    DeclinedOut,
    DeclineIn,
    ListOut,
    OneOut,
)
from portal.bookings.changes import UnknownCursor, changes_since
from portal.bookings.filters import ALL
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.policies import DeclineFormBlocker
from portal.bookings.queries_lists import FilteredList, row_of
from portal.core.api_schemas import NO_ACCESS, REFUSALS, ErrorOut, pagination_out
from portal.core.clock import now
from portal.core.http import json_data, json_error, json_wrong
from portal.core.parameters import LARGEST_ID
from portal.core.refusals import NotAllowed
from portal.partners.api_auth import partner_auth, partner_id_of, require_decider

router = Router(tags=["bookings"], auth=partner_auth)


@router.get("/bookings", response={200: ListOut, **NO_ACCESS, 422: ErrorOut}, openapi_extra=LIST_PARAMETERS)
def list_bookings(request: HttpRequest) -> HttpResponse:
    """All bookings of the partner, the latest event date first."""
    asked = read_list(request.GET)
    return json_wrong(asked.problems) if asked.problems else _list(request, asked, at=now())


@router.get(
    "/bookings/pending", response={200: ListOut, **NO_ACCESS, 422: ErrorOut}, openapi_extra=PENDING_PARAMETERS
)
def list_pending(request: HttpRequest) -> HttpResponse:
    """Only the bookings that wait for an answer, the latest event date first."""
    asked = read_list(request.GET)
    if asked.problems:
        return json_wrong(asked.problems)
    pending = replace(asked.filters, status="pending")
    return _list(request, replace(asked, filters=pending, since=None), at=now())


@router.get("/bookings/{int:booking_id}", response={200: OneOut, **NO_ACCESS})
def get_booking(request: HttpRequest, booking_id: int) -> HttpResponse:
    """One booking."""
    return json_data({"booking": booking_out(row_of(_booking(request, booking_id)), at=now())})


@router.post("/bookings/{int:booking_id}/confirm", response={200: ConfirmedOut, **REFUSALS})
def confirm(request: HttpRequest, booking_id: int, body: ConfirmIn | None = None) -> HttpResponse:
    """Confirm a booking. Safe to repeat."""
    require_decider(request)
    if not _is_object_or_nothing(request.body):
        return json_wrong({"body": _("This has to be an object.")})
    at = now()
    notes = body.notes if body else ""
    try:
        decision = operations.confirm_booking(
            _to_decide(request, booking_id), by=_by(request), at=at, notes=notes
        )
    except NotAllowed as refusal:
        return _refusal(refusal)
    return json_data(
        {
            "booking": booking_out(row_of(decision.booking), at=at),
            "message": wording.confirmed(decision.booking, is_new=decision.is_new),
        }
    )


@router.post("/bookings/{int:booking_id}/decline", response={200: DeclinedOut, **REFUSALS})
def decline(request: HttpRequest, booking_id: int, body: DeclineIn) -> HttpResponse:
    """Decline a booking with the code of a reason. The ticket is opened once the undo window is over."""
    require_decider(request)
    at = now()
    try:
        decision = operations.decline_booking(
            _to_decide(request, booking_id),
            reason=queries.reason_by_code(body.reason),
            notes=body.notes,
            by=_by(request),
            at=at,
        )
    except NotAllowed as refusal:
        return _refusal(refusal)
    booking = decision.booking
    return json_data(
        {
            "booking": booking_out(row_of(booking), at=at),
            "odooTicketId": booking.odoo_ticket_id or None,
            "ticketState": "open" if booking.odoo_ticket_id else "waiting",
            "message": wording.declined(booking, is_new=decision.is_new),
        }
    )


def _list(request: HttpRequest, asked: AskedList, *, at: datetime) -> HttpResponse:
    filters, limit = asked.filters, asked.limit
    bookings = FilteredList(partner_id_of(request), filters, at=at)
    counts = bookings.counts()
    total = counts.total() if filters.status == ALL else counts[filters.status]
    answer: dict[str, Any] = {
        "pagination": pagination_out(page=asked.page, limit=limit, total=total),
        "summary": {status: counts[status] for status in ("pending", "confirmed", "declined")},
    }
    if asked.since is None:
        start = (asked.page - 1) * limit
        rows = bookings.rows(start=start, limit=limit) if start < total else []
    else:
        try:
            found = filters.apply(queries.booking_list(partner_id_of(request)), at=at)
            changed, cursor = changes_since(asked.since, found, limit=limit)
        except UnknownCursor:
            return json_wrong(
                {"updatedSince": _("This cursor is not known here. Please begin with a moment again.")}
            )
        rows = [row_of(each) for each in changed]
        answer["nextCursor"] = str(cursor)
    return json_data({"bookings": [booking_out(each, at=at) for each in rows], **answer})


def _is_object_or_nothing(body: bytes) -> bool:
    """Where the body may be left out, ninja takes a text or a number for none."""
    return not body or isinstance(json.loads(body), dict | None)


def _booking(request: HttpRequest, booking_id: int) -> Booking:
    """:raises Http404: also for a booking of another partner"""
    return get_object_or_404(queries.bookings_for(partner_id_of(request)), pk=booking_id)


def _to_decide(request: HttpRequest, booking_id: int) -> Booking:
    """:raises Http404: also for a booking of another partner"""
    # A number that no id can be would have PostgreSQL look through all bookings.
    is_possible = booking_id <= LARGEST_ID
    booking = queries.booking_to_decide(partner_id_of(request), booking_id) if is_possible else None
    if booking is None:
        raise Http404
    return booking


def _by(request: HttpRequest) -> By:
    return By("portal", user=request.user)  # type: ignore[arg-type]


def _refusal(refusal: NotAllowed) -> HttpResponse:
    """409 says the booking stands otherwise, 422 that the request itself cannot be taken."""
    if isinstance(refusal.blocker, DeclineFormBlocker):
        field = "notes" if refusal.blocker is DeclineFormBlocker.NOTES_REQUIRED else "reason"
        return json_error(refusal.blocker.value, refusal.message, status=422, fields={field: refusal.message})
    return json_error(refusal.blocker.value, refusal.message, status=409)
