"""Calls of other systems: a hint about an order, and an outside scheduler."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from ninja import Router, Schema

from portal.core import jobs, sweeps
from portal.core.api_schemas import ErrorOut
from portal.core.clock import now
from portal.core.http import is_longer_than, json_data, json_error

LARGEST_BODY = 1_000_000
_KEYS = ("entity_id", "order_id", "increment_id", "orderId", "incrementId", "order_increment_id")
# Items and addresses have an entity_id too; asking for a few orders that do not exist does no harm.
MOST_HINTS = 200
DEEPEST = 12
# Ids and numbers of orders, with the prefixes that shops give them.
_HINT = re.compile(r"[\w#./-]{1,50}")

clock_router = Router(tags=["clock"])


class TickOut(Schema):
    """How much each kind of work has done, such as `remind partners`; one that failed is left out and tried again."""

    success: bool = True
    data: dict[str, int]


@csrf_exempt
@require_POST
def new_order(request: HttpRequest) -> HttpResponse:
    """A hint that something happened to an order. Nothing of the payload is believed but ids to look up."""
    if is_longer_than(request, LARGEST_BODY):
        return json_error("too_large", _("More than a megabyte is no hint about an order."), status=413)
    if not _is_authentic(request, settings.NEW_ORDER_WEBHOOK_SECRET):
        return json_error("unauthorized", _("The secret is missing or wrong."), status=401)
    hints = sorted(set(_hints_of(request)))[:MOST_HINTS]
    if hints:
        jobs.defer("bookings.import_hint", hints=hints)
    return json_data({"accepted": True}, status=202)


@clock_router.post("/booking-reminders", response={200: TickOut, 401: ErrorOut})
def tick(request: HttpRequest) -> HttpResponse:
    """Do what is due: reminders, escalations and all else that the worker's own clock does.

    For an outside scheduler, with `Authorization: Bearer` and `BOOKING_REMINDER_CRON_SECRET`, or with
    `X-Webhook-Signature: sha256=` and the HMAC of the body. Calling it twice, or beside the worker, does nothing twice.
    """
    if not _is_authentic(request, settings.BOOKING_REMINDER_CRON_SECRET):
        return json_error("unauthorized", _("The secret is missing or wrong."), status=401)
    return json_data(sweeps.tick(now()))


def _is_authentic(request: HttpRequest, secret: str) -> bool:
    """By `Authorization: Bearer <secret>` or `X-Webhook-Signature: sha256=<hex HMAC of the body>`."""
    if not secret or is_longer_than(request, LARGEST_BODY):
        return False
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if bearer and hmac.compare_digest(bearer.encode(), secret.encode()):
        return True
    expected = "sha256=" + hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(request.headers.get("X-Webhook-Signature", "").encode(), expected.encode())


def _hints_of(request: HttpRequest) -> list[str]:
    try:
        payload = json.loads(request.body or b"null")
    except (ValueError, RecursionError):
        # Forms and query strings are sent by some shop modules.
        payload = _form_of(request)
    return list(find_hints(payload))


def _form_of(request: HttpRequest) -> dict[str, Any]:
    try:
        return {**request.POST.dict(), **request.GET.dict()}
    except (MultiPartParserError, SuspiciousOperation, ValueError):
        return {}


def find_hints(payload: Any, depth: int = 0) -> Iterator[str]:
    """Every order id or number at any level: n8n nests the order under `body`, others send lists or `items`."""
    if depth > DEEPEST:
        return
    if isinstance(payload, dict):
        for key, value in payload.items():
            if key in _KEYS and (hint := _hint(value)):
                yield hint
            else:
                yield from find_hints(value, depth + 1)
    elif isinstance(payload, list):
        for each in payload:
            yield from find_hints(each, depth + 1)


def _hint(value: Any) -> str:
    is_id = isinstance(value, str | int) and not isinstance(value, bool)
    text = str(value).strip() if is_id else ""
    return text if _HINT.fullmatch(text) else ""
