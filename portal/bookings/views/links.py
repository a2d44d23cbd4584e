"""Links in mails: one click for people, none for robots.

Mail scanners open every link, some with a real browser. So opening confirms only when it looks like somebody's
click, not right after the mail left, and provisionally; everything else gets a page with a button. Nothing that
is opened ever declines.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from portal.bookings import operations, policies, queries, wording
from portal.bookings.models import Booking, BookingStatus
from portal.bookings.operations import By
from portal.bookings.people import shown_customer
from portal.core import links, tenancy
from portal.core.clock import now
from portal.core.http import is_persons_click, json_data, json_error, keep_private
from portal.core.links import OpenedLink
from portal.core.models import Link
from portal.core.refusals import NotAllowed

# So long a confirmation by opening can be taken back by opening the decline link of the same mail, and so long
# after that link was opened an opening does not confirm: scanners open both.
PROVISIONAL = timedelta(seconds=10)
SUCCESS_SECONDS = 15 * 60
_SALT = "confirmation-success"
_REFUSALS = {
    "invalid": _("This link is unknown."),
    "expired": _("This link has expired."),
    "already_processed": _("This booking was decided otherwise."),
}
_DECIDED_OTHERWISE = {
    BookingStatus.DECLINED,
    BookingStatus.CANCELLED,
    BookingStatus.REBOOKED,
    BookingStatus.EXPIRED,
}


@csrf_exempt  # Gmail's ConfirmAction and the button of a page without a session post here; the token is the proof.
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_link(request: HttpRequest, token: str) -> HttpResponse:
    if request.method == "POST":
        return keep_private(
            _post_undo(request, token) if "undo" in request.GET else _post_confirm(request, token)
        )
    if request.method == "HEAD":
        return _head(request, token, "confirm")
    return keep_private(_open_confirm(request, token, at=now()))


def _head(request: HttpRequest, token: str, action: str) -> HttpResponse:
    """Never acts, and is kept as a robot's visit."""
    _open(token, action, is_person=False, at=now())
    return keep_private(HttpResponse())


def _open(token: str, action: str, *, is_person: bool, at: datetime) -> tuple[OpenedLink, Booking] | None:
    """The link and its booking, locked in the order that holds everywhere: date, booking, link."""
    found = links.open_link(token, purpose=operations.link_purpose)
    if found is None:
        return None
    booking = operations.lock(_booking(found))
    # Looked up again under the lock: the shop may have changed the booking, and with it the link, meanwhile.
    opened = links.open_link(token, purpose=operations.link_purpose) or found
    links.record_visit(opened.link, action=action, is_person=is_person, at=at)
    if not operations.is_recipient(booking, opened.link.recipient, at=at):
        opened = replace(opened, is_outdated=True)
    return opened, booking


def _open_confirm(request: HttpRequest, token: str, *, at: datetime) -> HttpResponse:
    is_person = is_persons_click(request)
    found = _open(token, "confirm", is_person=is_person, at=at)
    if found is None:
        return _error("invalid")
    opened, booking = found
    if reason := _error_reason(opened, booking, at=at):
        return _error(reason)
    if booking.status != BookingStatus.PENDING or opened.is_outdated:
        return _state_page(request, token, opened, booking, at=at)
    if not is_person or not _may_confirm_by_opening(opened.link, at=at):
        return redirect("bookings:confirm_page", token=token)
    try:
        decision = operations.confirm_booking(
            booking, by=_by(opened), at=at, provisional_until=at + PROVISIONAL
        )
    except NotAllowed:
        return _state_page(request, token, opened, booking, at=at)
    links.mark_used(opened.link, at=at)
    return redirect(_success_url(decision.booking, opened.link))


@require_safe
def confirm_page(request: HttpRequest, token: str) -> HttpResponse:
    """The booking, the words "not confirmed yet", and one big button; or what became of it."""
    at = now()
    found = _open(token, "page", is_person=is_persons_click(request), at=at)
    if found is None:
        return keep_private(_error("invalid"))
    return keep_private(_state_page(request, token, *found, at=at))


@require_safe
def decline_link(request: HttpRequest, token: str) -> HttpResponse:
    """Leads to the form with the reasons, behind the login. Opening it never declines."""
    at = now()
    if request.method == "HEAD":
        return _head(request, token, "decline")
    found = _open(token, "decline", is_person=is_persons_click(request), at=at)
    if found is None:
        return keep_private(_error("invalid"))
    opened, booking = found
    if not opened.is_outdated:
        operations.take_back_provisional_confirmation(booking, by=_by(opened), at=at)
    return keep_private(redirect(f"{reverse('bookings:decline', args=[booking.pk])}?token={token}"))


@require_GET
def confirmation_success(request: HttpRequest) -> HttpResponse:
    try:
        known = signing.loads(request.GET.get("t", ""), salt=_SALT, max_age=SUCCESS_SECONDS)
    except signing.SignatureExpired:
        return keep_private(render(request, "bookings/confirmation_success.html", {"booking": None}))
    except signing.BadSignature:
        return keep_private(_error("invalid"))
    tenancy.enter(partner_ids=[known["partner"]])
    booking = queries.booking_of(known["partner"], known["booking"])
    link = links.by_id(known["link"])
    if link.version != known["version"]:
        # Asked anew since: this address must not hand the newer link's token to the holder of an older mail.
        return keep_private(_error("already_processed"))
    token, at = links.token_of(link), now()
    is_recipient = operations.is_recipient(booking, link.recipient, at=at)
    if booking.status != BookingStatus.CONFIRMED or not is_recipient:
        # Undone or changed since, or asked of somebody else: the page that says how it stands now.
        return keep_private(redirect("bookings:confirm_page", token=token))
    can_undo = _may_undo(OpenedLink(link, is_outdated=False), booking, at=at)
    context = _state(booking, token, can_undo=can_undo, at=at)
    return keep_private(render(request, "bookings/confirmation_success.html", context))


@require_GET
def confirmation_error(request: HttpRequest) -> HttpResponse:
    reason = request.GET.get("reason", "")
    reason = reason if reason in ("invalid", "expired", "already_processed") else "invalid"
    return keep_private(render(request, "bookings/confirmation_error.html", {"reason": reason}))


def _post_confirm(request: HttpRequest, token: str) -> HttpResponse:
    at = now()
    found = _open(token, "confirm", is_person=True, at=at)
    if found is None:
        return _refuse(request, "invalid", 404)
    opened, booking = found
    reason = _error_reason(opened, booking, at=at)
    if reason:
        return _refuse(request, reason, 410 if reason == "expired" else 409)
    if opened.is_outdated and booking.status == BookingStatus.PENDING:
        return _refuse(request, "expired", 410)
    try:
        booking = operations.confirm_booking(booking, by=_by(opened), at=at).booking
    except NotAllowed as refusal:
        if refusal.blocker is policies.DecideBlocker.DATE_CANCELLED:
            return _refuse_cancelled(request, token, refusal)
        return _refuse(request, "already_processed", 409)
    links.mark_used(opened.link, at=at)
    if _wants_page(request):
        return redirect(_success_url(booking, opened.link))
    return json_data({"status": booking.status})


def _post_undo(request: HttpRequest, token: str) -> HttpResponse:
    at = now()
    found = _open(token, "undo", is_person=True, at=at)
    if found is None:
        return _refuse(request, "invalid", 404)
    opened, booking = found
    answer = _undo(opened, booking, at=at)
    # People see on the booking's page what became of it, whichever it was.
    return redirect("bookings:confirm_page", token=token) if _wants_page(request) else answer


def _undo(opened: OpenedLink, booking: Booking, *, at: datetime) -> HttpResponse:
    if policies.undo_blocker(booking, at=at) is None and not _may_undo(opened, booking, at=at):
        return json_error("expired", str(_REFUSALS["expired"]), status=410)
    try:
        booking = operations.undo_decision(booking, by=_by(opened), at=at)
    except NotAllowed as refusal:
        return json_error(refusal.blocker.value, refusal.message, status=409)
    return json_data({"status": booking.status})


def _booking(opened: OpenedLink) -> Booking:
    assert opened.link.partner_id is not None
    return queries.booking_of(opened.link.partner_id, opened.link.subject_id)


def _may_undo(opened: OpenedLink, booking: Booking, *, at: datetime) -> bool:
    """A link takes back what a link has said, and no older one what a newer one was asked."""
    is_valid = not opened.is_outdated and at < opened.link.expires_at
    return is_valid and booking.confirmed_by == "email_token"


def _by(opened: OpenedLink) -> By:
    return By("email_token", link_id=str(opened.link.pk))


def _error_reason(opened: OpenedLink, booking: Booking, *, at: datetime) -> str | None:
    if booking.status in _DECIDED_OTHERWISE:
        return "already_processed"
    is_over = at >= opened.link.expires_at or booking.has_started(at)
    if booking.status == BookingStatus.PENDING and is_over and not opened.is_outdated:
        return "expired"
    return None


def _may_confirm_by_opening(link: Link, *, at: datetime) -> bool:
    if settings.CONFIRM_ON_OPEN != "navigation" or links.is_in_grace(link, at=at):
        return False
    return not _declined_lately(link, at=at)


def _declined_lately(link: Link, *, at: datetime) -> bool:
    """Whether the decline link of the same mail was opened seconds ago."""
    return links.was_visited(link, action="decline", since=at - PROVISIONAL)


def _success_url(booking: Booking, link: Link) -> str:
    known = {
        "booking": booking.pk,
        "partner": booking.partner_id,
        "link": str(link.pk),
        "version": link.version,
    }
    return f"{reverse('bookings:confirmation_success')}?t={signing.dumps(known, salt=_SALT)}"


def _state_page(
    request: HttpRequest, token: str, opened: OpenedLink, booking: Booking, *, at: datetime
) -> HttpResponse:
    can_undo = _may_undo(opened, booking, at=at)
    context = _state(booking, token, can_undo=can_undo, at=at) | {
        "is_outdated": opened.is_outdated,
        "is_recipient": operations.is_recipient(booking, opened.link.recipient, at=at),
        "is_expired": _error_reason(opened, booking, at=at) == "expired",
    }
    return render(request, "bookings/confirm.html", context)


def _state(booking: Booking, token: str, *, can_undo: bool, at: datetime) -> dict[str, Any]:
    can_undo = can_undo and policies.undo_blocker(booking, at=at) is None
    return {
        "booking": booking,
        "customer": shown_customer(booking, at=at),
        "moved_from": wording.moved_from(booking),
        "token": token,
        "confirm_blocker": policies.confirm_blocker(booking, at=at),
        "undo_until": booking.settles_at if can_undo else None,
        "now": at,
    }


def _error(reason: str) -> HttpResponse:
    return redirect(f"{reverse('bookings:confirmation_error')}?reason={reason}")


def _wants_page(request: HttpRequest) -> bool:
    return "text/html" in request.headers.get("Accept", "")


def _refuse(request: HttpRequest, reason: str, status: int) -> HttpResponse:
    if _wants_page(request):
        return _error(reason)
    return json_error(reason, str(_REFUSALS[reason]), status=status)


def _refuse_cancelled(request: HttpRequest, token: str, refusal: NotAllowed) -> HttpResponse:
    """Nobody has decided it: its page says what can still be done."""
    if _wants_page(request):
        return redirect("bookings:confirm_page", token=token)
    return json_error(refusal.blocker.value, refusal.message, status=409)
