"""Courses as the shop has them, and how full their next dates are."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from portal.core.clock import now
from portal.core.http import is_fragment
from portal.core.parameters import Problems, read_text
from portal.courses.models import Course
from portal.courses.pictures import picture_urls
from portal.courses.queries import courses_of, has_courses
from portal.dates.cards import DateCard, cards_of
from portal.dates.clockwork import day_at
from portal.dates.queries_courses import next_dates, past_of, upcoming_of
from portal.partners.access import PartnerRequest, partner_required

PAGE_SIZE = 12
DATES_PER_CARD = 3
# More of one course than anybody reads on its page stand in the calendar.
MOST_UPCOMING, MOST_PAST = 50, 20


@dataclass(frozen=True)
class CourseCard:
    """:param more: how many dates there are beside the first ones"""

    course: Course
    picture: str
    dates: list[DateCard]
    more: int


@require_GET
@partner_required
def course_list(request: PartnerRequest) -> HttpResponse:
    at = now()
    problems: Problems = {}
    search = read_text(request.GET, "search", problems)
    found = courses_of(request.partner.pk, search=search)
    page: Page[Any] = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    page.object_list = _cards(page, own_zone=request.partner.time_zone, at=at)
    context = {
        "page": page,
        "search": search,
        "problem": problems.get("search", ""),
        "has_courses": bool(page.object_list) or has_courses(request.partner.pk),
        "may_decide": request.member.may_decide,
        "now": at,
    }
    template = "courses/list.html"
    return render(request, f"{template}#courses" if is_fragment(request) else template, context)


@require_GET
@partner_required
def course_detail(request: PartnerRequest, pk: int) -> HttpResponse:
    at = now()
    today = day_at(at, request.partner.time_zone)
    course = get_object_or_404(courses_of(request.partner.pk), pk=pk)
    upcoming = list(upcoming_of(course, today=today)[: MOST_UPCOMING + 1])
    past = list(past_of(course, today=today)[:MOST_PAST])
    cards = cards_of([*upcoming[:MOST_UPCOMING], *past], own_zone=request.partner.time_zone, at=at)
    context = {
        "course": course,
        "paragraphs": [line for line in course.description.splitlines() if line.strip()],
        "pictures": picture_urls(course),
        "upcoming": cards[: len(cards) - len(past)],
        "has_more": len(upcoming) > MOST_UPCOMING,
        "past": cards[len(cards) - len(past) :],
        "create_url": f"{reverse('dates:create')}?course={course.pk}" if request.member.may_decide else "",
        "now": at,
    }
    template = "courses/detail.html"
    return render(request, f"{template}#course" if is_fragment(request) else template, context)


def _cards(page: Page[Any], *, own_zone: str, at: datetime) -> Sequence[CourseCard]:
    courses, today = list(page.object_list), day_at(at, own_zone)
    found = list(next_dates([each.pk for each in courses], today=today, per_course=DATES_PER_CARD))
    totals = {each.course_id: each.course_total for each in found}  # type: ignore[attr-defined]
    of_course: dict[int, list[DateCard]] = defaultdict(list)
    for card in cards_of(found, own_zone=own_zone, at=at):
        of_course[card.date.course_id].append(card)
    return [_card(course, of_course[course.pk], totals.get(course.pk, 0)) for course in courses]


def _card(course: Course, dates: list[DateCard], total: int) -> CourseCard:
    return CourseCard(course, next(iter(picture_urls(course)), ""), dates, total - len(dates))
