"""Answers that pages share."""

from collections.abc import Mapping
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page. Going back in the browser it asks for the whole."""
    headers = request.headers
    return headers.get("HX-Request") == "true" and headers.get("HX-History-Restore-Request") != "true"


def fragment_or_redirect(
    request: HttpRequest, fragment: str, context: Mapping[str, Any], *, to: str
) -> HttpResponse:
    """After an action: the changed part for htmx, a redirect for a plain form post."""
    if is_fragment(request):
        return render(request, fragment, dict(context))
    return redirect(to)


def is_persons_click(request: HttpRequest) -> bool:
    """Whether this looks like somebody clicking a link: a top-level navigation by a browser.

    Mail scanners fetch links with plain clients, prefetches say so; a scanner that drives a real browser passes
    here, which is why a confirmation by opening stays provisional for some seconds.
    """
    headers = request.headers
    return (
        request.method == "GET"
        and headers.get("Sec-Fetch-Mode") == "navigate"
        and headers.get("Sec-Fetch-Dest") == "document"
        and not headers.get("Sec-Purpose")
        and not headers.get("Purpose")
    )


def is_longer_than(request: HttpRequest, limit: int) -> bool:
    """Whether the body is said to have more than `limit` bytes; what is no number counts as too long."""
    said = (request.META.get("CONTENT_LENGTH") or "0").lstrip("0") or "0"
    # Not every row of digits may be made a number: Python refuses thousands of them.
    return not (said.isascii() and said.isdecimal()) or len(said) > len(str(limit)) or int(said) > limit


def keep_private(response: HttpResponse) -> HttpResponse:
    """For answers to addresses that carry a token: never cached, the token never passed on as a referrer."""
    response.headers["Cache-Control"] = "no-store"
    is_page = response.headers["Content-Type"].startswith("text/html") and bool(response.content)
    # Every page has forms (the language, if nothing else). Under "no-referrer" a browser posts them with
    # "Origin: null", which the CSRF check refuses. "strict-origin" tells the site, never the path with the token.
    response.headers["Referrer-Policy"] = "strict-origin" if is_page else "no-referrer"
    return response


def json_data(data: Any, *, status: int = 200) -> HttpResponse:
    """The envelope of every JSON answer that went well."""
    body = orjson.dumps({"data": data, "success": True})
    return HttpResponse(body, content_type="application/json", status=status)


def json_wrong(problems: Mapping[str, str]) -> HttpResponse:
    """422, with a sentence for each parameter or field that is wrong."""
    return json_error("invalid", _("Some values are wrong."), status=422, fields=problems)


def json_error(
    code: str, message: str, *, status: int, fields: Mapping[str, str] | None = None, data: Any = None
) -> HttpResponse:
    """The envelope of every JSON answer that did not; `message` is for people, `code` for programs.

    :param data: what is possible instead
    """
    error: dict[str, Any] = {"code": code, "message": message}
    if fields:
        error["fields"] = dict(fields)
    answer = {"success": False, "error": error} | ({"data": data} if data is not None else {})
    return HttpResponse(orjson.dumps(answer), content_type="application/json", status=status)
