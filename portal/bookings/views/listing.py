"""The list of a partner's bookings: what waits, what was just decided, and all of them, narrowed and in pages."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from portal.bookings import queries, queries_pages, wording
from portal.bookings.cards import Card, cards_of
from portal.bookings.filters import ALL, BookingFilters, read_filters
from portal.bookings.forms import FilterForm
from portal.bookings.models import Booking, BookingStatus, PaymentStatus
from portal.bookings.queries_lists import FilteredList
from portal.core.clock import now
from portal.core.http import is_fragment
from portal.core.parameters import LARGEST_ID, Problems
from portal.core.wording import say_short_day
from portal.courses.models import Course
from portal.partners.access import PartnerRequest, partner_required

PAGE_SIZE = 20
MOST_PENDING = 50
LIST = "bookings/list.html"


@dataclass(frozen=True)
class Place:
    """Where somebody stands in the list. Forms on the list carry it along as `back`, so that they lead back there."""

    values: QueryDict
    filters: BookingFilters
    problems: Problems
    decided: tuple[int, ...]

    @classmethod
    def of(cls, values: QueryDict) -> "Place":
        return cls(values, *read_filters(values), decided=ids_in(values.getlist("decided")))

    @classmethod
    def behind(cls, request: PartnerRequest) -> "Place":
        """The one that a form on the list was posted from."""
        return cls.of(QueryDict(request.POST.get("back", "")))

    def query(self, page: int = 1, decided: tuple[int, ...] | None = None) -> str:
        pairs: list[tuple[str, object]] = list(self.filters.query().items())
        pairs += [("page", page)] if page > 1 else []
        pairs += [("decided", pk) for pk in (self.decided if decided is None else decided)]
        return urlencode(pairs)

    @property
    def page(self) -> int:
        return next(iter(ids_in([self.values.get("page", "")])), 1)


@dataclass(frozen=True)
class Chip:
    """One filter in words, and the list without it."""

    label: str
    url: str


@dataclass(frozen=True)
class Result:
    """What became of a booking that was just decided, where its badge does not say it."""

    card: Card
    sentence: str


@require_GET
@partner_required
def booking_list(request: PartnerRequest) -> HttpResponse:
    template = f"{LIST}#bookings" if is_fragment(request) else LIST
    return render(request, template, list_context(request, Place.of(request.GET), at=now()))


def list_url(place: Place, *, decided: tuple[int, ...] = ()) -> str:
    query = place.query(place.page, decided)
    return reverse("bookings:list") + (f"?{query}" if query else "")


def ids_in(texts: list[str]) -> tuple[int, ...]:
    """Each once and no more than a page offers; what is no id is left out."""
    ids = {int(text): None for text in texts if text.isascii() and text.isdecimal() and len(text) <= 19}
    return tuple(pk for pk in ids if 0 < pk <= LARGEST_ID)[:MOST_PENDING]


def list_context(
    request: PartnerRequest, place: Place, *, at: datetime, decided: tuple[int, ...] | None = None
) -> dict[str, Any]:
    """:param decided: what was decided with this very request; else what the place says"""
    partner = request.partner
    found = FilteredList(partner.pk, place.filters, at=at)
    counts = found.counts()
    page = _page(place, found, counts, at=at)
    pending = queries_pages.most_urgent(partner, most=MOST_PENDING)
    pending_count = len(pending) if len(pending) < MOST_PENDING else queries.count_pending(partner)
    courses = queries_pages.courses_of(partner)
    decided = place.decided if decided is None else decided
    return {
        "pending": cards_of(pending, at=at),
        "pending_count": pending_count,
        "has_more_pending": pending_count > MOST_PENDING,
        "page": page,
        "has_bookings": bool(pending_count or counts) or place.filters.is_narrowing,
        "form": FilterForm(place.values, place.problems, courses=courses, counts=counts),
        "chips": _chips(place.filters, courses, at=at),
        "results": _results(request, decided, at=at),
        "may_decide": request.member.may_decide,
        "filter_query": place.query(decided=()),
        "back": place.query(page.number, decided),
        "now": at,
    }


def _page(place: Place, found: FilteredList, counts: Counter[str], *, at: datetime) -> Page[Any]:
    status = place.filters.status
    total = counts.total() if status == ALL else counts[status]
    # Which pages there are follows from the counts alone; only the bookings of one are read.
    page: Page[Any] = Paginator(range(total), PAGE_SIZE).get_page(place.page)
    bookings = found.bookings(start=(page.number - 1) * PAGE_SIZE, limit=PAGE_SIZE) if total else []
    page.object_list = cards_of(bookings, at=at)
    return page


def _chips(filters: BookingFilters, courses: list[Course], *, at: datetime) -> list[Chip]:
    query = filters.query()
    labels = _labels(filters, courses, at=at)
    return [Chip(labels[name], _url_without(query, name)) for name in query]


def _labels(filters: BookingFilters, courses: list[Course], *, at: datetime) -> Mapping[str, str]:
    names = {course.magento_product_id: course.name for course in courses}
    status, payment = filters.status, filters.payment
    return {
        "status": str(BookingStatus(status).label) if status != ALL else "",
        "from": _("from %(day)s") % {"day": _day(filters.from_on, at)},
        "to": _("until %(day)s") % {"day": _day(filters.to_on, at)},
        "course_id": names.get(filters.course_id or 0, str(filters.course_id)),
        "payment": str(PaymentStatus(payment).label) if payment else "",
        "search": _("“%(text)s”") % {"text": filters.search},
    }


def _day(on: Any, at: datetime) -> str:
    return say_short_day(on, at) if on else ""


def _url_without(query: dict[str, str], name: str) -> str:
    rest = urlencode({key: value for key, value in query.items() if key != name})
    return reverse("bookings:list") + (f"?{rest}" if rest else "")


def _results(request: PartnerRequest, decided: tuple[int, ...], *, at: datetime) -> list[Result]:
    """One alone is shown only while it can be undone: its message has said the rest."""
    cards = cards_of(queries_pages.with_ids(request.partner, decided), at=at)
    return [
        Result(card, _sentence(request, card))
        for card in cards
        if len(decided) > 1 or card.undo_until is not None
    ]


def _sentence(request: PartnerRequest, card: Card) -> str:
    booking: Booking = card.booking
    if booking.decided_by_user == request.user:
        return ""
    if booking.status == BookingStatus.CONFIRMED:
        return wording.confirmed(booking, is_new=False)
    return str(card.blocker.label) if card.blocker else ""
