"""Somebody opens a link: whose it is, in which language they are spoken to, and where they land when it is over."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.http import require_http_methods

from portal.core import links
from portal.core.clock import now
from portal.core.http import is_persons_click, keep_private
from portal.rebooking import queries
from portal.rebooking.endings import ENDINGS, INVALID
from portal.rebooking.models import Rebooking
from portal.rebooking.opening import open_rebooking
from portal.rebooking.policies import UseBlocker, use_blocker


@dataclass(frozen=True)
class Visit:
    """Somebody with a link, whose row it is, and when."""

    rebooking: Rebooking
    token: str
    at: datetime


View = Callable[[HttpRequest, Visit], HttpResponse]


def with_link(view: View) -> Callable[..., HttpResponse]:
    """Finds the link and speaks the language of its customer, until the visitor chooses another one."""

    @wraps(view)
    def run(request: HttpRequest, token: str) -> HttpResponse:
        rebooking = open_rebooking(token)
        if rebooking is None:
            return keep_private(end(request, INVALID))
        with translation.override(_language(request, rebooking)):
            response = view(request, Visit(rebooking, token, now()))
            response.headers["Content-Language"] = translation.get_language() or ""
        return keep_private(response)

    return run


def posted_form(view: View) -> Callable[..., HttpResponse]:
    """A form of the page. Its address is no page: whoever comes back to it is sent there."""

    @wraps(view)
    def run(request: HttpRequest, visit: Visit) -> HttpResponse:
        if request.method != "POST":
            return redirect("rebooking:page", token=visit.token)
        if blocker := use_blocker(visit.rebooking, at=visit.at):
            return over(request, visit, blocker)
        return view(request, visit)

    return require_http_methods(["GET", "HEAD", "POST"])(with_link(run))


def note_visit(request: HttpRequest, visit: Visit) -> None:
    """Scanners open links right after a mail has left, some with a real browser: none of them is the customer."""
    if link := queries.link_of(visit.rebooking):
        is_person = is_persons_click(request) and not links.is_in_grace(link, at=visit.at)
        links.record_visit(link, action="rebook", is_person=is_person, at=visit.at)


def over(request: HttpRequest, visit: Visit, blocker: UseBlocker) -> HttpResponse:
    if blocker is UseBlocker.USED:
        return redirect("rebooking:success", token=visit.token)
    return end(request, blocker)


def end(request: HttpRequest, reason: str) -> HttpResponse:
    ending = ENDINGS[reason]
    return render(request, "rebooking/error.html", {"ending": ending}, status=ending.status)


def _language(request: HttpRequest, rebooking: Rebooking) -> str:
    if settings.LANGUAGE_COOKIE_NAME in request.COOKIES:
        return translation.get_language() or settings.LANGUAGE_CODE
    return rebooking.original_booking.customer.language
