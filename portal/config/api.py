"""The JSON API, put together from the features' routers."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from portal.accounts.api import router as auth_router
from portal.bookings.api import router as bookings_router
from portal.bookings.views.webhooks import clock_router
from portal.core.api_schemas import problem_text
from portal.core.http import json_error
from portal.core.middleware import too_many_message
from portal.core.rate_limits import TooManyCalls
from portal.dates.api import router as dates_router
from portal.dates.api_courses import router as courses_router
from portal.rebooking.api import partner_router as rebookings_router
from portal.rebooking.api import public_router as rebook_router

_NINJAS = {
    "Cannot parse request body": gettext_lazy("The body is not valid JSON."),
    "CSRF check Failed": gettext_lazy("The CSRF token is missing or wrong."),
}

api = NinjaAPI(
    title="Partner Portal API",
    version="1",
    description="Bookings of a partner: list, read, confirm, decline. Its courses, and their dates: list, read, "
    "create, change, cancel. What its customers rebooked. And for whoever has a customer's link to rebook: the dates "
    "to choose from, hold one, move the booking there.",
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
)
api.add_router("/auth", auth_router)
api.add_router("/partner", bookings_router)
api.add_router("/partner", courses_router)
api.add_router("/partner", dates_router)
api.add_router("/partner", rebookings_router)
api.add_router("/rebook", rebook_router)
api.add_router("/cron", clock_router)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    fields = {_field(each["loc"]): problem_text(each) for each in error.errors}
    return json_error("invalid", _("Some values are wrong."), status=422, fields=fields)


@api.exception_handler(AuthenticationError)
def _unauthorized(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return json_error("unauthorized", _("Please sign in or send a valid token."), status=401)


@api.exception_handler(Http404)
def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return json_error("not_found", _("There is nothing here."), status=404)


@api.exception_handler(PermissionDenied)
def _forbidden(request: HttpRequest, error: Exception) -> HttpResponse:
    return json_error("forbidden", _("Your role may not do this."), status=403)


@api.exception_handler(TooManyCalls)
def _too_many(request: HttpRequest, error: TooManyCalls) -> HttpResponse:
    return json_error("rate_limited", too_many_message(error.count), status=429)


@api.exception_handler(HttpError)
def _other(request: HttpRequest, error: HttpError) -> HttpResponse:
    code = "forbidden" if error.status_code == 403 else "bad_request"
    # What ninja says itself is English; ours are translated already.
    text = _NINJAS.get(str(error), str(error))
    return json_error(code, str(text), status=error.status_code)


def _field(location: tuple[Any, ...]) -> str:
    """("query", "filters", "limit") → "limit": callers know their parameters, not our argument names."""
    return str(location[-1])
