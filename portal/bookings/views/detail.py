"""The page of one booking."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from portal.bookings import policies, queries, queries_pages
from portal.bookings.cards import cards_of, note_lines
from portal.bookings.forms import ConfirmForm
from portal.bookings.mails import unreached_recipients
from portal.bookings.models import Booking
from portal.bookings.timeline import timeline_entries
from portal.core import registry
from portal.core.clock import now
from portal.core.http import is_fragment
from portal.partners.access import PartnerRequest, partner_required

DETAIL = "bookings/detail.html"


@require_GET
@partner_required
def detail(request: PartnerRequest, pk: int) -> HttpResponse:
    booking = booking_or_404(request, pk)
    template = f"{DETAIL}#booking-card" if is_fragment(request) else DETAIL
    return render(request, template, detail_context(request, booking, at=now()))


def booking_or_404(request: PartnerRequest, pk: int) -> Booking:
    return get_object_or_404(queries.bookings_for(request.partner), pk=pk)


def detail_context(
    request: PartnerRequest, booking: Booking, *, at: datetime, form: ConfirmForm | None = None
) -> dict[str, Any]:
    """:param form: what was typed with a confirmation that could not be taken"""
    others = queries_pages.others_of_customer(booking, at=at)
    card, *others_cards = cards_of([booking, *others], at=at)
    decline_blocker = policies.decline_blocker(booking, at=at)
    may_decide = request.member.may_decide
    about = {"booking": booking, "may_decide": may_decide, "now": at}
    return {
        **about,
        "card": card,
        "customer": card.customer,
        "notes": note_lines(card.customer.notes),
        "others": others_cards,
        "confirm_blocker": card.blocker,
        "decline_blocker": decline_blocker,
        "actions": registry.slot("booking_actions", request, about)
        if may_decide and not decline_blocker
        else [],
        "undo_until": card.undo_until if may_decide else None,
        "form": form or ConfirmForm(),
        "unreached": unreached_recipients(booking, at=at),
        "timeline": timeline_entries(booking),
        "slots": registry.slot("booking_detail", request, about),
    }
