"""Headers that every answer carries."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext

from portal.core.http import json_error, keep_private
from portal.core.rate_limits import Count, Limit, add_headers, hit, link_key

_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src {pictures}; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


class ApiErrorMiddleware:
    """Refusals that no view of the API has worded (unknown address, wrong method) in the API's envelope too."""

    _WORDS = {
        400: ("bad_request", "This request cannot be read."),
        404: ("not_found", "There is nothing here."),
        405: ("method_not_allowed", "This method is not possible here."),
        413: ("too_large", "This request is too large."),
        500: ("server_error", "That went wrong on our side. Please try again later."),
    }

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_json = response.headers.get("Content-Type", "").startswith("application/json")
        is_page = not request.path.startswith("/api/") or _is_opened_link(request)
        if is_json or is_page or response.status_code not in self._WORDS:
            return response
        code, message = self._WORDS[response.status_code]
        answer = json_error(code, message, status=response.status_code)
        if "Allow" in response.headers:
            answer.headers["Allow"] = response.headers["Allow"]
        return answer


# Links in mails to partners begin with /api/, too, and are opened by people.
_OPENED = ("/api/confirm/", "/api/decline/")


def _is_opened_link(request: HttpRequest) -> bool:
    return "text/html" in request.headers.get("Accept", "") and request.path.startswith(_OPENED)


class SecurityHeadersMiddleware:
    """A view that needs a policy of its own (the demo's mailbox) sets the header itself and keeps it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._policy = content_security_policy()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self._policy)
        # Pages and answers are about people: no cache keeps them, not even the browser's after signing out. What
        # is for everybody (styles, pictures) says so itself.
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        return response


def content_security_policy() -> str:
    """Everything from here alone, but for the shop's pictures of its courses."""
    shop = urlsplit(settings.MAGENTO_MEDIA_URL)
    origins = ["'self'", "data:", *([f"{shop.scheme}://{shop.netloc}"] if shop.netloc else [])]
    return _CONTENT_SECURITY_POLICY.format(pictures=" ".join(origins))


class RateLimitMiddleware:
    """Counts calls of links before the request's transaction; says on every counted answer how much is left.

    The calls of the API are counted where their partner is known, and leave the count on the request.
    """

    # Addresses that open a link without signing in: with its token next in the path, or with another in the query.
    _LINKS = (*_OPENED, "/confirm/", "/booking/", "/rebook/", "/api/rebook/")
    _AFTER_LINKS = "/confirmation-"

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith((*self._LINKS, self._AFTER_LINKS)):
            response = self.get_response(request)
            count: Count | None = getattr(request, "rate_count", None)
            return add_headers(response, count) if count else response
        count = hit(
            link_key(request, self._link(request)), Limit("link", settings.LINK_RATE_LIMIT_PER_MINUTE)
        )
        if count is None:
            return self.get_response(request)
        response = self.get_response(request) if count.is_allowed else _too_many(request, count)
        return add_headers(response, count)

    def _link(self, request: HttpRequest) -> str:
        """The token, the same for all that its link opens."""
        # Anybody may add a query to a link; only where it is the token does it count.
        if request.path.startswith(self._AFTER_LINKS):
            return request.GET.get("t", "")
        prefix = next(each for each in self._LINKS if request.path.startswith(each))
        # What follows is the same link's: to hold a date, to say that it is done.
        return request.path.removeprefix(prefix).partition("/")[0]


def too_many_message(count: Count) -> str:
    seconds = count.retry_after_seconds
    return ngettext(
        "That was a lot in a short time. Please try again in %(seconds)s second.",
        "That was a lot in a short time. Please try again in %(seconds)s seconds.",
        seconds,
    ) % {"seconds": seconds}


def _too_many(request: HttpRequest, count: Count) -> HttpResponse:
    is_page = request.path.startswith(_OPENED) and request.method != "POST"
    if request.path.startswith("/api/") and not is_page:
        return json_error("rate_limited", too_many_message(count), status=429)
    context = {"message": too_many_message(count)}
    return keep_private(render(request, "429.html", context, status=429))
