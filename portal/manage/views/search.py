"""The staff's search over all bookings."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.views.decorators.http import require_GET

from portal.bookings.filters import read_filters
from portal.bookings.queries import all_bookings
from portal.core.clock import now
from portal.manage.forms import BookingSearchForm
from portal.manage.queries import search_rows
from portal.manage.response_filters import read_response_filters
from portal.manage.views.answers import page_or_part
from portal.manage.views.partners import search_of
from portal.manage.wording import response_text
from portal.partners.access import ManagerRequest, manager_required
from portal.partners.queries import partner_list

PAGE_SIZE = 25
# Nobody turns more pages than that: reading a million ids only to say how many takes longer than showing some.
MOST_COUNTED = 1_000
# Partners that a word may mean.
MOST_PARTNERS = 200


@require_GET
@manager_required
def bookings(request: ManagerRequest) -> HttpResponse:
    at = now()
    filters, problems = read_filters(request.GET)
    answers, unclear = read_response_filters(request.GET)
    found = answers.apply(filters.apply(all_bookings(), at=at))
    partner = search_of(request, "partner")
    if partner:
        ids = list(partner_list(partner).values_list("pk", flat=True)[:MOST_PARTNERS])
        found = found.filter(partner__in=ids)
    # First which ones: with all that a row shows, PostgreSQL would join what belongs to every one that was found.
    ids = list(found.values_list("pk", flat=True)[:MOST_COUNTED])
    page: Page[Any] = Paginator(ids, PAGE_SIZE).get_page(request.GET.get("page"))
    page.object_list = search_rows(list(page.object_list))
    context: dict[str, Any] = {
        "form": BookingSearchForm(request.GET, problems),
        "answers": answers,
        "answers_text": response_text(answers),
        "unclear": list(unclear.values()),
        "is_narrowed": filters.is_narrowing or answers.is_narrowing or bool(partner),
        "page": page,
        "has_more": len(ids) >= MOST_COUNTED,
        "now": at,
    }
    return page_or_part(request, "manage/bookings.html#found", context)
