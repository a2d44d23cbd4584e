"""`/api/partner/bookings`: what the pages show, for a partner's own software.

Answers are built by hand and written by orjson: checking each of our own answers against its schema costs more
than the query. The schemas are the documentation, and tests hold the answers to them.
"""

from math import ceil
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Query, Router

from portal.bookings import operations, queries, wording
from portal.bookings.api_schemas import (
    BookingFilters,
    ConfirmedOut,
    ConfirmIn,
    DeclinedOut,
    DeclineIn,
    ListOut,
    OneOut,
)
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.policies import DeclineFormBlocker
from portal.bookings.querysets import BookingQuerySet
from portal.core.api_schemas import ErrorOut
from portal.core.clock import now
from portal.core.http import json_data, json_error
from portal.core.refusals import NotAllowed
from portal.partners.api_auth import partner_auth

router = Router(tags=["bookings"], auth=partner_auth)
NO_ACCESS: dict[int, Any] = {401: ErrorOut, 403: ErrorOut, 404: ErrorOut}
REFUSALS: dict[int, Any] = {**NO_ACCESS, 409: ErrorOut, 422: ErrorOut}


@router.get("/bookings", response={200: ListOut, **NO_ACCESS, 422: ErrorOut})
def list_bookings(request: HttpRequest, filters: Query[BookingFilters]) -> HttpResponse:
    """All bookings of the partner, the latest event date first."""
    return _list(_filtered(request, filters), filters)


@router.get("/bookings/pending", response={200: ListOut, **NO_ACCESS, 422: ErrorOut})
def list_pending(request: HttpRequest, filters: Query[BookingFilters]) -> HttpResponse:
    """Only the bookings that wait for an answer."""
    return _list(_filtered(request, filters), filters.model_copy(update={"status": "pending"}))


@router.get("/bookings/{int:booking_id}", response={200: OneOut, **NO_ACCESS})
def get_booking(request: HttpRequest, booking_id: int) -> HttpResponse:
    return json_data({"booking": booking_out(_booking(request, booking_id))})


@router.post("/bookings/{int:booking_id}/confirm", response={200: ConfirmedOut, **REFUSALS})
def confirm(request: HttpRequest, booking_id: int, body: ConfirmIn | None = None) -> HttpResponse:
    """Confirm a booking. Safe to repeat."""
    _require_decider(request)
    notes = body.notes if body else ""
    try:
        decision = operations.confirm_booking(
            _booking(request, booking_id), by=_by(request), at=now(), notes=notes
        )
    except NotAllowed as refusal:
        return _refusal(refusal)
    return json_data(
        {
            "booking": booking_out(decision.booking),
            "message": wording.confirmed(decision.booking, is_new=decision.is_new),
        }
    )


@router.post("/bookings/{int:booking_id}/decline", response={200: DeclinedOut, **REFUSALS})
def decline(request: HttpRequest, booking_id: int, body: DeclineIn) -> HttpResponse:
    """Decline a booking with the code of a reason. The ticket is opened once the undo window is over."""
    _require_decider(request)
    try:
        decision = operations.decline_booking(
            _booking(request, booking_id),
            reason=queries.reason_by_code(body.reason),
            notes=body.notes,
            by=_by(request),
            at=now(),
        )
    except NotAllowed as refusal:
        return _refusal(refusal)
    booking = decision.booking
    return json_data(
        {
            "booking": booking_out(booking),
            "odooTicketId": booking.odoo_ticket_id or None,
            "ticketState": "open" if booking.odoo_ticket_id else "waiting",
            "message": wording.declined(booking, is_new=decision.is_new),
        }
    )


def booking_out(booking: Booking) -> dict[str, Any]:
    """The spec's Booking object. Missing phone and time are empty strings; the price is the row's, with tax."""
    customer, starts_at = booking.customer, booking.starts_at
    return {
        "id": booking.pk,
        "magentoOrderId": booking.magento_order_id,
        "magentoOrderItemId": booking.magento_order_item_id,
        "orderNumber": booking.magento_order_increment_id,
        "customer": {
            "firstName": customer.first_name,
            "lastName": customer.last_name,
            "email": customer.email,
            "phone": customer.phone,
        },
        "course": {
            "id": booking.course.magento_product_id,
            "name": booking.course_name,
            "sku": booking.course.sku,
        },
        "eventDate": booking.starts_on.isoformat() if booking.starts_on else "",
        "eventTime": f"{timezone.localtime(starts_at):%H:%M}" if starts_at else "",
        "participants": booking.participants,
        "price": booking.shop_price_cents / 100,
        "currency": booking.shop_currency,
        "status": booking.status,
        "confirmationStatus": _confirmation_status(booking),
        "orderDate": booking.ordered_at.isoformat(),
        "paymentStatus": booking.shop_payment_status,
    }


def _confirmation_status(booking: Booking) -> dict[str, str]:
    values = {
        "confirmedAt": booking.confirmed_at and booking.confirmed_at.isoformat(),
        "declinedAt": booking.declined_at and booking.declined_at.isoformat(),
        "declineReason": booking.decline_reason,
    }
    return {name: value for name, value in values.items() if value}


def _filtered(request: HttpRequest, filters: BookingFilters) -> BookingQuerySet:
    """All filters but the status: the summary counts ignore it."""
    bookings = queries.booking_list(request.partner)  # type: ignore[attr-defined]
    if filters.from_:
        bookings = bookings.filter(starts_on__gte=filters.from_)
    if filters.to:
        bookings = bookings.filter(starts_on__lte=filters.to)
    if filters.course_id:
        bookings = bookings.filter(course__magento_product_id=filters.course_id)
    return bookings.search(filters.search) if filters.search.strip() else bookings


def _list(bookings: BookingQuerySet, filters: BookingFilters) -> HttpResponse:
    summary = queries.summary(bookings)
    if filters.status != "all":
        bookings = bookings.filter(status=filters.status)
    total = bookings.count()
    start = (filters.page - 1) * filters.limit
    return json_data(
        {
            "bookings": [booking_out(each) for each in bookings[start : start + filters.limit]],
            "pagination": {
                "page": filters.page,
                "limit": filters.limit,
                "total": total,
                "totalPages": ceil(total / filters.limit),
            },
            "summary": summary,
        }
    )


def _booking(request: HttpRequest, booking_id: int) -> Booking:
    """:raises Http404: also for a booking of another partner"""
    booking = queries.bookings_for(request.partner).filter(pk=booking_id).first()  # type: ignore[attr-defined]
    if booking is None:
        raise Http404
    return booking


def _by(request: HttpRequest) -> By:
    return By("portal", user=request.user)  # type: ignore[arg-type]


def _require_decider(request: HttpRequest) -> None:
    if not request.member.may_decide:  # type: ignore[attr-defined]
        raise PermissionDenied


def _refusal(refusal: NotAllowed) -> HttpResponse:
    """409 says the booking stands otherwise, 422 that the request itself cannot be taken."""
    if isinstance(refusal.blocker, DeclineFormBlocker):
        field = "notes" if refusal.blocker is DeclineFormBlocker.NOTES_REQUIRED else "reason"
        return json_error(refusal.blocker.value, refusal.message, status=422, fields={field: refusal.message})
    return json_error(refusal.blocker.value, refusal.message, status=409)
