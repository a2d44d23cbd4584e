"""The page of one date."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from portal.accounts.queries import names_of
from portal.core import registry
from portal.core.clock import now
from portal.core.http import is_fragment
from portal.dates import policies, queries, seat_policies, wording
from portal.dates.cards import DateCard, cards_of
from portal.dates.forms import CapacityForm, TakeForm
from portal.dates.models import CourseDate, SeatEntry
from portal.dates.seats import has_live_bookings, own_entries
from portal.dates.timeline import timeline_entries
from portal.partners.access import PartnerRequest, partner_required

DETAIL = "dates/detail.html"


@dataclass(frozen=True)
class Entry:
    """Seats that somebody took by hand."""

    entry: SeatEntry
    by: str


@require_GET
@partner_required
def detail(request: PartnerRequest, pk: int) -> HttpResponse:
    course_date = date_or_404(request, pk)
    template = f"{DETAIL}#date-card" if is_fragment(request) else DETAIL
    return render(request, template, detail_context(request, course_date, at=now()))


def date_or_404(request: PartnerRequest, pk: int) -> CourseDate:
    course_date = queries.date_of(request.partner.pk, pk)
    if course_date is None:
        raise Http404
    return course_date


def detail_context(
    request: PartnerRequest, course_date: CourseDate, *, at: datetime, **typed: forms.Form
) -> dict[str, Any]:
    """:param typed: what was typed into a form of the page that could not be taken: elsewhere_form, …"""
    card = cards_of([course_date], own_zone=request.partner.time_zone, at=at)[0]
    may_decide = request.member.may_decide
    about = {"partner": request.partner, "date": course_date, "seats": card.seats, "may_decide": may_decide}
    return {
        **about,
        # Pages of a module above.
        "sheet_url": reverse("date_changes:sheet", args=[course_date.pk]),
        "emergency_url": reverse("date_changes:emergency", args=[course_date.pk]),
        **_possible(card, may_decide=may_decide, at=at),
        "card": card,
        "twins": queries.twins_of(course_date)[:3] if course_date.starts_time else [],
        "clock_note": wording.clock_note(course_date),
        "drift": wording.drift(card.seats),
        "differences": wording.differences(course_date),
        "entries": _entries(course_date),
        "timeline": timeline_entries(course_date),
        "slots": registry.slot("date_detail", request, {**about, "now": at}),
        "is_still": bool(typed),
        "elsewhere_form": typed.get("elsewhere_form") or TakeForm(auto_id="elsewhere_%s"),
        "block_form": typed.get("block_form") or TakeForm(auto_id="block_%s"),
        "capacity_form": typed.get("capacity_form") or CapacityForm(course_date=course_date),
        "now": at,
    }


def _possible(card: DateCard, *, may_decide: bool, at: datetime) -> dict[str, Any]:
    """What can be done with it, and why something cannot."""
    course_date = card.date
    return {
        "may_take": may_decide and seat_policies.date_blocker(course_date, at=at) is None,
        "take_blocker": seat_policies.take_blocker(course_date, card.seats, 1, at=at),
        "is_booked": has_live_bookings(course_date),
        "restore_blocker": policies.restore_blocker(course_date, at=at),
        "has_started": seat_policies.has_started(course_date, at),
    }


def _entries(course_date: CourseDate) -> list[Entry]:
    entries = list(own_entries(course_date))
    names = names_of(entry.actor for entry in entries)
    return [Entry(entry, names.get(entry.actor, "")) for entry in entries]
