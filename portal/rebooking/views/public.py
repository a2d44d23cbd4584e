"""Behind the link in a customer's mail: choose another date. Nobody signs in, and opening a page changes nothing.

Every action is a form that posts and redirects. What cannot be is answered with the same page, the reason, and the
dates as they are by now.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from portal.core.http import is_fragment, keep_private
from portal.core.parameters import LARGEST_ID
from portal.core.refusals import NotAllowed
from portal.core.wording import wall_clock
from portal.dates.models import CourseDate
from portal.rebooking import operations, queries
from portal.rebooking.cards import DateCard, cards_of, held_card, is_standing
from portal.rebooking.email_check import EmailBlocker, EmailCheck, check_email
from portal.rebooking.endings import ENDINGS, INVALID, state_of
from portal.rebooking.forms import EmailForm, WishForm
from portal.rebooking.policies import OptionBlocker, UseBlocker, use_blocker
from portal.rebooking.views.visits import Visit, end, note_visit, over, posted_form, with_link
from portal.rebooking.wording import wish_text

# So long a customer is told that the seats are no longer kept.
_LAPSED = timedelta(hours=1)


@dataclass(frozen=True)
class Said:
    """What the page says besides how things are."""

    status: int = 200
    refusal: str = ""
    email_form: EmailForm | None = None
    wish_form: WishForm | None = None
    # All dates, also while the seats of one are held.
    is_choosing: bool = False


@csrf_exempt  # The page has no session: the token in the address is the proof.
@require_http_methods(["GET", "HEAD", "POST"])
@with_link
def page(request: HttpRequest, visit: Visit) -> HttpResponse:
    if request.method == "POST":
        return _rebook(request, visit)
    if not is_fragment(request):
        note_visit(request, visit)
    if blocker := use_blocker(visit.rebooking, at=visit.at):
        return over(request, visit, blocker)
    return _show(request, visit)


@csrf_exempt  # As above.
@posted_form
def hold(request: HttpRequest, visit: Visit) -> HttpResponse:
    try:
        operations.hold_date(visit.rebooking, _date_id(request), at=visit.at)
    except NotAllowed as refusal:
        return _refuse(request, visit, refusal)
    return redirect("rebooking:page", token=visit.token)


@csrf_exempt  # As above.
@posted_form
def release(_request: HttpRequest, visit: Visit) -> HttpResponse:
    operations.release_date(visit.rebooking, at=visit.at)
    return redirect("rebooking:page", token=visit.token)


@csrf_exempt  # As above.
@posted_form
def none_fits(request: HttpRequest, visit: Visit) -> HttpResponse:
    form = _wish_form(visit, request.POST)
    if not form.is_valid():
        return _show(request, visit, Said(422, wish_form=form, is_choosing=True))
    try:
        operations.note_wish(visit.rebooking, form.wish(), at=visit.at)
    except NotAllowed as refusal:
        return _refuse(request, visit, refusal)
    return redirect("rebooking:page", token=visit.token)


@require_safe
@with_link
def success(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Also for who comes back later: how the new date stands by now."""
    rebooking = visit.rebooking
    new, booking = rebooking.new_booking, rebooking.original_booking
    if booking.customer.erased_at is not None:
        return end(request, UseBlocker.ERASED)
    if new is None:
        return redirect("rebooking:page", token=visit.token)
    context = {
        "booking": booking,
        "new": new,
        "state": state_of(new),
        "is_standing": is_standing(booking),
        "saved_cents": max(0, -(rebooking.difference_cents or 0)) if is_standing(new) else 0,
        "now": visit.at,
    }
    return render(request, "rebooking/success.html", context)


@require_safe
def error(request: HttpRequest, token: str) -> HttpResponse:
    """Only words: nobody learns here whether the token is one."""
    reason = request.GET.get("reason", "")
    return keep_private(end(request, reason if reason in ENDINGS else INVALID))


def _rebook(request: HttpRequest, visit: Visit) -> HttpResponse:
    if blocker := use_blocker(visit.rebooking, at=visit.at):
        return over(request, visit, blocker)
    form = EmailForm(request.POST)
    if not form.is_valid():
        return _show(request, visit, Said(422, email_form=form))
    check = check_email(visit.rebooking, form.cleaned_data["email"])
    if not check.is_right:
        return _refuse_email(request, visit, form, check)
    try:
        operations.rebook(visit.rebooking, form.cleaned_data["date"], at=visit.at)
    except NotAllowed as refusal:
        return _refuse(request, visit, refusal)
    return redirect("rebooking:success", token=visit.token)


def _refuse_email(request: HttpRequest, visit: Visit, form: EmailForm, check: EmailCheck) -> HttpResponse:
    assert check.blocker is not None
    form.add_error("email", str(check.blocker.label))
    if check.blocker is EmailBlocker.MISMATCH:
        return _show(request, visit, Said(403, email_form=form))
    response = _show(request, visit, Said(429, email_form=form))
    response.headers["Retry-After"] = str(check.retry_after_seconds)
    return response


def _show(request: HttpRequest, visit: Visit, said: Said = Said()) -> HttpResponse:
    """The date that is held for the customer, or all there are to choose from."""
    rebooking, chosen, refusal = visit.rebooking, None, said.refusal
    if not said.is_choosing:
        try:
            chosen = held_card(rebooking, at=visit.at)
        except NotAllowed as gone:
            refusal = refusal or _words_of(gone)
    if said.email_form and not chosen:
        # The seats are no longer kept, so there is no field to say it at.
        refusal = refusal or " ".join(str(each) for each in said.email_form.errors.get("email", ()))
    context = {
        "rebooking": rebooking,
        "booking": rebooking.original_booking,
        "token": visit.token,
        "is_standing": is_standing(rebooking.original_booking),
        "refusal": refusal,
        "now": visit.at,
        "chosen": chosen,
        **(_asking(chosen, visit, said) if chosen else _choosing(visit, said)),
    }
    template = "rebooking/page.html#rebooking" if is_fragment(request) else "rebooking/page.html"
    return render(request, template, context, status=said.status)


def _asking(chosen: DateCard, visit: Visit, said: Said) -> dict[str, Any]:
    form = said.email_form or EmailForm(initial={"date": chosen.date.pk})
    if "email" in form.errors:
        form.fields["email"].widget.attrs["autofocus"] = True
    return {"email_form": form, "held_until": visit.rebooking.held_until}


def _choosing(visit: Visit, said: Said) -> dict[str, Any]:
    rebooking = visit.rebooking
    cards, lapsed = cards_of(rebooking, at=visit.at), _lapsed(visit)
    return {
        "cards": cards,
        "lapsed": lapsed,
        "is_lapsed_free": lapsed is not None and any(each.date == lapsed for each in cards.all),
        "wish": wish_text(rebooking),
        "wish_form": said.wish_form or _wish_form(visit),
        "is_wish_open": said.wish_form is not None or not (cards or rebooking.choice),
        "is_staff_told": bool(rebooking.needs_staff),
    }


def _lapsed(visit: Visit) -> CourseDate | None:
    """The date whose seats were kept until a moment ago."""
    until = visit.rebooking.held_until
    if until is None or not until <= visit.at < until + _LAPSED:
        return None
    return visit.rebooking.held_date


def _wish_form(visit: Visit, data: Any = None) -> WishForm:
    return WishForm(data, rebooking=visit.rebooking, today=wall_clock(visit.at).date())


def _refuse(request: HttpRequest, visit: Visit, refusal: NotAllowed) -> HttpResponse:
    """With everything as it is by now: somebody else may have been faster, or the shop."""
    rebooking = visit.rebooking
    visit = replace(visit, rebooking=queries.rebooking_of(rebooking.partner_id, rebooking.pk))
    if blocker := use_blocker(visit.rebooking, at=visit.at):
        return over(request, visit, blocker)
    return _show(request, visit, Said(409, _words_of(refusal), is_choosing=True))


def _words_of(refusal: NotAllowed) -> str:
    """Only words that are meant for customers."""
    if isinstance(refusal.blocker, OptionBlocker | UseBlocker):
        return refusal.message
    return _("This is not possible at the moment. Please write to us: we gladly help you.")


def _date_id(request: HttpRequest) -> int:
    """0, which no date has, for what is no id."""
    typed = request.POST.get("date", "")
    is_id = typed.isascii() and typed.isdecimal() and len(typed) <= len(str(LARGEST_ID))
    return min(int(typed), LARGEST_ID) if is_id else 0
