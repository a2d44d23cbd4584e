"""The ticket list, as the help desk would show it."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from portal.core.html_text import text_of
from portal.core.http import is_fragment
from portal.demo import queries

PAGE = 20
_KINDS = {
    "declined": gettext_lazy("Declined"),
    "no_reply": gettext_lazy("No answer"),
    "rebooking": gettext_lazy("Rebooking"),
}


@require_safe
def tickets(request: HttpRequest) -> HttpResponse:
    page = Paginator(queries.tickets(), PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "ticket": ticket,
            "kind": _KINDS.get(ticket.category, ticket.category),
            "text": text_of(ticket.body_html),
            "notes": [
                {"text": text_of(note.body_html), "at": note.created_at} for note in ticket.notes.all()
            ],
        }
        for ticket in page
    ]
    template = "demo/tickets.html#tickets" if is_fragment(request) else "demo/tickets.html"
    return render(request, template, {"page": page, "rows": rows})
