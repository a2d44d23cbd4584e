"""Whom to call, and how it went."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from portal.bookings import operations
from portal.bookings.operations import CallOutcome
from portal.bookings.queries import booking_by_text, to_call_of
from portal.core.clock import now
from portal.core.http import is_fragment
from portal.manage import calls
from portal.manage.views.answers import page_number_of, page_or_part
from portal.partners.access import ManagerRequest, manager_required
from portal.partners.queries import partner_list as all_partners

CALLS = "manage/calls.html#calls"
_ANSWERS = {
    CallOutcome.NOT_REACHED: gettext_lazy("Noted. This call comes back in two hours."),
    CallOutcome.WRONG_NUMBER: gettext_lazy("Noted. The number is marked until somebody corrects it."),
}


@require_GET
@manager_required
def call_list(request: ManagerRequest) -> HttpResponse:
    at = now()
    decided = booking_by_text(request.GET.get("decided", ""))
    context = calls.context(request.GET.get("page"), decided=decided, at=at)
    return page_or_part(request, CALLS, context)


@require_POST
@manager_required
def start_call(request: ManagerRequest, pk: int) -> HttpResponse:
    at = now()
    partner = get_object_or_404(all_partners(), pk=pk)
    operations.start_call(partner, to_call_of(partner, at=at), actor=request.user.actor, at=at)
    return _answer(request, at=at)


@require_POST
@manager_required
def note_call(request: ManagerRequest, pk: int, outcome: CallOutcome) -> HttpResponse:
    at = now()
    partner = get_object_or_404(all_partners(), pk=pk)
    bookings = to_call_of(partner, at=at)
    operations.note_call(partner, bookings, outcome, actor=request.user.actor, at=at)
    messages.success(request, _ANSWERS[outcome])
    return _answer(request, at=at)


def _answer(request: ManagerRequest, *, at: datetime) -> HttpResponse:
    if not is_fragment(request):
        return redirect("manage:calls")
    return render(request, CALLS, calls.context(page_number_of(request), at=at))
