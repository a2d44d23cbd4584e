"""JSON for checks from outside: order, cancel, refund, read mails and tickets, move the clock. No login."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from portal.core.clock import now
from portal.core.html_text import links_of, text_of
from portal.core.http import json_error
from portal.core.refusals import NotAllowed
from portal.demo import clock, operations, queries
from portal.demo.api_input import BadInput, read_change, read_hours, read_order
from portal.demo.operations import UnknownOrder

View = Callable[..., Any]


def endpoint(method: str) -> Callable[[View], Callable[..., HttpResponse]]:
    """Answer what the view returns as JSON. Bad input is 400, a refusal 422, an unknown order 404; all of them
    change nothing."""

    def decorate(view: View) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @wraps(view)
        def wrapper(request: HttpRequest, **arguments: Any) -> HttpResponse:
            if request.method != method:
                response = json_error("method_not_allowed", _("Use %s here.") % method, status=405)
                response.headers["Allow"] = method
                return response
            return _answer(view, request, arguments)

        return wrapper

    return decorate


def _answer(view: View, request: HttpRequest, arguments: dict[str, Any]) -> HttpResponse:
    try:
        data = view(request, **arguments)
    except BadInput as error:
        return json_error(error.code, str(error), status=error.status)
    except NotAllowed as refusal:
        return json_error(refusal.blocker.value, refusal.message, status=422)
    except UnknownOrder:
        return json_error("not_found", _("The shop has no such order or item."), status=404)
    except RequestDataTooBig:
        return json_error("too_large", _("The body is too large."), status=400)
    return HttpResponse(orjson.dumps(data), content_type="application/json")


@endpoint("POST")
def place_order(request: HttpRequest) -> dict[str, Any]:
    items, customer = read_order(request.body)
    placed = operations.place_order(items, customer, at=now())
    return {"orderNumber": placed.number, "itemIds": placed.item_ids}


@endpoint("POST")
def cancel_item(request: HttpRequest, number: str) -> dict[str, Any]:
    item_id, qty = read_change(request.body)
    operations.cancel_item(number, item_id, qty, at=now())
    return {"orderNumber": number, "itemId": item_id, "qty": qty}


@endpoint("POST")
def refund_item(request: HttpRequest, number: str) -> dict[str, Any]:
    item_id, qty = read_change(request.body)
    operations.refund_item(number, item_id, qty, at=now())
    return {"orderNumber": number, "itemId": item_id, "qty": qty}


@endpoint("GET")
def dates(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {
            "sku": day.sku,
            "course": day.course,
            "startsAt": day.starts_at.isoformat(),
            "spotsAvailable": day.spots_available,
        }
        for day in queries.dates(at=now())
    ]


@endpoint("GET")
def mailbox(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {
            "to": mail.to_address,
            "subject": mail.subject,
            "text": mail.text,
            "html": mail.html,
            "links": links_of(mail.html),
            "messageId": mail.message_id,
            "sentAt": mail.sent_at.isoformat(),
        }
        for mail in queries.mails(request.GET.get("to", "").strip())
    ]


@endpoint("GET")
def tickets(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {
            "number": ticket.number,
            "orderNumber": ticket.order_number,
            "subject": ticket.subject,
            "notes": [text_of(note.body_html) for note in ticket.notes.all()],
        }
        for ticket in queries.tickets()
    ]


@endpoint("POST")
def shift_clock(request: HttpRequest) -> dict[str, Any]:
    hours = operations.shift_clock(read_hours(request.body), at=now())
    at = clock.shifted(now()).astimezone(ZoneInfo(settings.TIME_ZONE))
    return {"hours": int(hours) if hours.is_integer() else hours, "at": at.isoformat()}
