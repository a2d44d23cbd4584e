"""A partner's list of rebookings: who is still choosing, who has chosen, and what that has saved."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.core.clock import now
from portal.core.http import is_fragment
from portal.core.parameters import Problems, read_choice
from portal.core.refusals import NotAllowed
from portal.partners.access import PartnerRequest, owner_required, partner_required
from portal.rebooking import operations
from portal.rebooking.forms import TermsForm
from portal.rebooking.lines import lines_of
from portal.rebooking.prices import own_policy, policy_of
from portal.rebooking.queries_partner import State, counts_for, rebookings_for, saved_by

LIST = "rebooking/list.html"
PAGE_SIZE = 20


@require_GET
@partner_required
def rebooking_list(request: PartnerRequest) -> HttpResponse:
    template = f"{LIST}#rebookings" if is_fragment(request) else LIST
    return render(request, template, _context(request, at=now()))


@require_POST
@owner_required
def save_terms(request: PartnerRequest) -> HttpResponse:
    at = now()
    form = TermsForm(request.POST, own=own_policy(request.partner))
    if form.is_valid():
        try:
            operations.save_terms(form.policy, by=request.member, at=at)
        except NotAllowed as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, _("Saved. It counts from the next look at the dates on."))
        return redirect("rebooking:list")
    return render(request, LIST, {**_context(request, at=at), "terms_form": form}, status=422)


def _context(request: PartnerRequest, *, at: datetime) -> dict[str, Any]:
    problems: Problems = {}
    said = read_choice(request.GET, "status", State.values, problems)
    state = State(said) if said else None
    counts = counts_for(request.partner)
    saved = saved_by(request.partner, at=at)
    return {
        "state": state,
        "problem": problems.get("status", ""),
        "states": [(each, counts[each]) for each in State if counts[each] or each == state],
        "total": sum(counts.values()),
        "page": _page(request, state, counts, at=at),
        "query": QueryDict(f"status={state.value}" if state else ""),
        "saved": saved,
        "saved_count": sum(each.count for each in saved),
        "is_owner": request.member.is_owner,
        "terms_form": TermsForm(own=own_policy(request.partner)),
        "policy": policy_of(request.partner),
        "now": at,
    }


def _page(
    request: PartnerRequest, state: State | None, counts: dict[State, int], *, at: datetime
) -> Page[Any]:
    total = counts[state] if state else sum(counts.values())
    # Which pages there are follows from the counts alone; only the rows of one are read.
    page: Page[Any] = Paginator(range(total), PAGE_SIZE).get_page(request.GET.get("page"))
    start = (page.number - 1) * PAGE_SIZE
    found = rebookings_for(request.partner, state)[start : start + PAGE_SIZE] if total else []
    page.object_list = lines_of(found, at=at)
    return page
