"""A partner's dates as a list, a week or a month. How and what is shown stands in the address."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from portal.core.clock import now
from portal.core.http import is_fragment
from portal.core.parameters import LARGEST_ID, Problems, read_choice, read_day, whole_number
from portal.core.wording import WEEKDAYS, language
from portal.courses.models import Course
from portal.courses.queries import courses_to_choose
from portal.dates import calendars, queries, wording
from portal.dates.calendars import Look
from portal.dates.cards import DateCard, cards_of
from portal.dates.models import CourseDate
from portal.partners.access import PartnerRequest, partner_required

LIST = "dates/list.html"
PAGE_SIZE = 50
# In a day of a month; the others stand behind a link.
MOST_PER_DAY = 4
MOST_UNDATED = 20


@dataclass(frozen=True)
class Place:
    """Where somebody stands: how dates are shown, around which day, of which course, with cancelled ones or not."""

    look: Look
    on: date
    course: int | None = None
    with_cancelled: bool = False
    page: int = 1

    def url(self, **changes: Any) -> str:
        """This place, or one beside it."""
        other = replace(self, page=1, **changes)
        pairs = {"view": other.look.value, "on": other.on.isoformat()}
        pairs |= {"course": str(other.course)} if other.course else {}
        pairs |= {"cancelled": "1"} if other.with_cancelled else {}
        return f"{reverse('dates:list')}?{urlencode(pairs)}"


@dataclass(frozen=True)
class Cell:
    """A day of a week or month. `url` lists it alone; `more` are those that have no room."""

    on: date
    is_outside: bool
    is_today: bool
    is_past: bool
    cards: list[DateCard]
    more: int
    url: str


@require_GET
@partner_required
def date_list(request: PartnerRequest) -> HttpResponse:
    template = f"{LIST}#dates" if is_fragment(request) else LIST
    return render(request, template, _context(request, at=now()))


def _context(request: PartnerRequest, *, at: datetime) -> dict[str, Any]:
    partner = request.partner
    today = at.astimezone(ZoneInfo(partner.time_zone)).date()
    courses = list(courses_to_choose(partner.pk))
    place = _place(request, today, courses)
    shown = _shown(partner.pk, place)
    return {
        "place": place,
        **_ways(place, today),
        "courses": courses,
        "undated": _cards(request, _narrowed(queries.undated(partner.pk), place)[:MOST_UNDATED], at=at),
        "has_dates": queries.has_dates(partner.pk),
        "is_narrowed": place.course is not None,
        "everything_url": place.url(course=None),
        "create_url": _create_url(place, today) if request.member.may_decide else "",
        "may_decide": request.member.may_decide,
        "now": at,
        **(
            _pages(request, place, shown, at=at)
            if place.look == Look.LIST
            else _grid(request, place, shown, at=at)
        ),
    }


def _ways(place: Place, today: date) -> dict[str, Any]:
    """What is shown, and the addresses of what lies beside it."""
    return {
        "here": place.url(),
        "looks": [(look, place.url(look=look)) for look in Look],
        "period": _("From today") if _is_from_today(place, today) else wording.period(place.look, place.on),
        "previous_url": place.url(on=calendars.before(place.look, place.on)),
        "next_url": place.url(on=calendars.after(place.look, place.on)),
        "today_url": place.url(on=today),
        "is_now": _is_now(place, today),
    }


def _place(request: PartnerRequest, today: date, courses: list[Course]) -> Place:
    """What cannot be meant is as if it were not there: an old bookmark still shows something."""
    problems: Problems = {}
    look = read_choice(request.GET, "view", Look.values, problems) or _usual_look(request)
    course = whole_number(request.GET, "course", problems, most=LARGEST_ID)
    return Place(
        look=Look(look),
        on=calendars.within(read_day(request.GET, "on", problems) or today),
        course=course if course in {each.pk for each in courses} else None,
        with_cancelled=request.GET.get("cancelled") == "1",
        page=whole_number(request.GET, "page", problems, most=100_000) or 1,
    )


def _usual_look(request: PartnerRequest) -> Look:
    """On a phone the list, else the month. Every phone's browser says this word of itself."""
    return Look.LIST if "Mobi" in request.headers.get("User-Agent", "") else Look.MONTH


def _shown(partner_id: int, place: Place) -> "QuerySet[CourseDate]":
    first, last = calendars.days_of(place.look, place.on)
    if place.look == Look.LIST:
        return _narrowed(queries.dates_from(partner_id, first), place)
    return _narrowed(queries.dates_between(partner_id, first, last), place)


def _narrowed(dates: "QuerySet[CourseDate]", place: Place) -> "QuerySet[CourseDate]":
    if place.course:
        dates = dates.filter(course_id=place.course)
    return dates if place.with_cancelled else dates.filter(cancelled_at=None)


def _cards(request: PartnerRequest, dates: Any, *, at: datetime) -> list[DateCard]:
    return cards_of(dates, own_zone=request.partner.time_zone, at=at)


def _pages(request: PartnerRequest, place: Place, shown: Any, *, at: datetime) -> dict[str, Any]:
    page: Page[Any] = Paginator(shown, PAGE_SIZE).get_page(place.page)
    page.object_list = _cards(request, page.object_list, at=at)
    return {"page": page, "page_query": place.url().partition("?")[2], "is_empty": not page.object_list}


def _grid(request: PartnerRequest, place: Place, shown: Any, *, at: datetime) -> dict[str, Any]:
    of_day: dict[date | None, list[CourseDate]] = defaultdict(list)
    for each in shown:
        of_day[each.starts_on].append(each)
    with_room = [each for dates in of_day.values() for each in dates[: _room(place, dates)]]
    cards = {card.pk: card for card in _cards(request, with_room, at=at)}
    today = at.astimezone(ZoneInfo(request.partner.time_zone)).date()
    weeks = [
        (
            calendars.week_number(week[0].on),
            [_cell(day, of_day.get(day.on, []), cards, place, today) for day in week],
        )
        for week in calendars.weeks_of(place.look, place.on)
    ]
    return {"weeks": weeks, "weekdays": WEEKDAYS[language()], "is_empty": not of_day}


def _room(place: Place, dates: list[CourseDate]) -> int:
    """How many of a day are shown. One more than fits is shown rather than counted."""
    is_tight = place.look == Look.MONTH and len(dates) > MOST_PER_DAY + 1
    return MOST_PER_DAY if is_tight else len(dates)


def _cell(
    day: calendars.Day, dates: list[CourseDate], cards: dict[int, DateCard], place: Place, today: date
) -> Cell:
    shown = [cards[each.pk] for each in dates if each.pk in cards]
    return Cell(
        on=day.on,
        is_outside=day.is_outside,
        is_today=day.on == today,
        is_past=day.on < today,
        cards=shown,
        more=len(dates) - len(shown),
        url=place.url(look=Look.LIST, on=day.on),
    )


def _is_from_today(place: Place, today: date) -> bool:
    return place.look == Look.LIST and place.on == today


def _is_now(place: Place, today: date) -> bool:
    first, last = calendars.days_of(place.look, place.on)
    return place.on == today if place.look == Look.LIST else first <= today <= last


def _create_url(place: Place, today: date) -> str:
    """For the day that one looks at, where it is still to come."""
    pairs = {"on": place.on.isoformat()} if place.look == Look.LIST and place.on > today else {}
    pairs |= {"course": str(place.course)} if place.course else {}
    return reverse("dates:create") + (f"?{urlencode(pairs)}" if pairs else "")
