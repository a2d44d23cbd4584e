"""The calendar of dates: list, week and month, kept in its address."""

import re
from datetime import date, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON, client_of
from portal.courses.queries import courses_to_choose
from portal.dates import operations, queries
from portal.dates.models import CourseDate
from portal.dates.tests.factories import make_course, make_date
from portal.dates.tests.pages import DATES, HTMX, is_fragment

pytestmark = pytest.mark.usefixtures("noon")

BERLIN = ZoneInfo("Europe/Berlin")
PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36"


def on(day: int, month: int = 5, *, hour: int = 18, year: int = 2030) -> datetime:
    return datetime(year, month, day, hour, tzinfo=BERLIN)


def listed(response) -> list[int]:
    return [card.pk for card in response.context["page"]]


def cells(response) -> dict[date, list[int]]:
    """By day; days without dates are left out."""
    days = [cell for _number, week in response.context["weeks"] for cell in week]
    return {cell.on: [card.pk for card in cell.cards] for cell in days if cell.cards}


def place(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query)


# --- The list


def test_the_list_begins_today_and_is_in_order(ada_client, adas_partner, eves_partner):
    make_date(eves_partner)
    make_date(adas_partner, starts_at=on(30, 4))
    late = make_date(adas_partner, starts_at=on(2, hour=20))
    early = make_date(adas_partner, starts_at=on(2, hour=9))
    over = make_date(adas_partner, starts_at=on(1, hour=9))

    response = ada_client.get(DATES, {"view": "list"})

    assert listed(response) == [over.pk, early.pk, late.pk]
    assert response.context["period"] == "From today"


def test_the_list_begins_where_the_partner_is(ada_client, adas_partner, time_machine):
    """Twenty past midnight in Berlin is still yesterday in New York."""
    time_machine.move_to(datetime(2030, 5, 2, 0, 20, tzinfo=BERLIN), tick=False)
    yesterday = make_date(adas_partner, starts_at=on(1))

    assert listed(ada_client.get(DATES, {"view": "list"})) == []
    adas_partner.time_zone = "America/New_York"
    adas_partner.save()

    assert listed(ada_client.get(DATES, {"view": "list"})) == [yesterday.pk]


def test_the_list_has_pages_of_fifty(ada_client, adas_partner):
    course = make_course(adas_partner)
    made = [
        make_date(adas_partner, course=course, starts_at=on(2) + timedelta(hours=hour)).pk
        for hour in range(51)
    ]

    first = ada_client.get(DATES, {"view": "list"})
    second = ada_client.get(DATES, {"view": "list", "page": "2"})

    assert (listed(first), listed(second)) == (made[:50], made[50:])
    [following] = re.findall(r'rel="next" href="(\?[^"]*)"><span>', first.text)
    assert place(following.replace("&amp;", "&")) == {"view": ["list"], "on": ["2030-05-01"], "page": ["2"]}


def test_a_phone_begins_with_the_list_and_a_desktop_with_the_month(ada_client):
    assert ada_client.get(DATES, headers={"User-Agent": PHONE}).context["place"].look == "list"
    assert ada_client.get(DATES).context["place"].look == "month"
    assert (
        ada_client.get(DATES, {"view": "week"}, headers={"User-Agent": PHONE}).context["place"].look == "week"
    )


# --- Week and month


def test_a_month_shows_its_days_and_no_others(ada_client, adas_partner):
    make_date(adas_partner, starts_at=on(30, 4, hour=23))
    first = make_date(adas_partner, starts_at=on(1, hour=0))
    last = make_date(adas_partner, starts_at=on(31, hour=23))
    make_date(adas_partner, starts_at=on(1, 6, hour=0))

    response = ada_client.get(DATES, {"view": "month", "on": "2030-05-17"})

    assert cells(response) == {date(2030, 5, 1): [first.pk], date(2030, 5, 31): [last.pk]}
    assert response.context["period"] == "May 2030"
    assert [number for number, _week in response.context["weeks"]] == [18, 19, 20, 21, 22]


def test_a_week_goes_over_the_end_of_the_year(ada_client, adas_partner):
    make_date(adas_partner, starts_at=on(29, 12))
    monday = make_date(adas_partner, starts_at=on(30, 12))
    sunday = make_date(adas_partner, starts_at=on(5, 1, year=2031))
    make_date(adas_partner, starts_at=on(6, 1, year=2031))

    response = ada_client.get(DATES, {"view": "week", "on": "2031-01-01"})

    assert cells(response) == {date(2030, 12, 30): [monday.pk], date(2031, 1, 5): [sunday.pk]}
    assert response.context["period"] == "Week 1, 30 December to 5 January 2031"


def test_a_full_day_of_a_month_shows_some_and_leads_to_all(ada_client, adas_partner):
    course = make_course(adas_partner)
    made = [make_date(adas_partner, course=course, starts_at=on(8, hour=hour)).pk for hour in range(8, 14)]

    response = ada_client.get(DATES, {"view": "month"})
    [url] = re.findall(r'class="day-more link" href="([^"]*)"', response.text)

    assert cells(response) == {date(2030, 5, 8): made[:4]}
    assert "2 more" in response.text
    assert listed(ada_client.get(url.replace("&amp;", "&"))) == made
    assert cells(ada_client.get(DATES, {"view": "week", "on": "2030-05-08"})) == {date(2030, 5, 8): made}


def test_five_of_a_day_have_room(ada_client, adas_partner):
    course = make_course(adas_partner)
    made = [make_date(adas_partner, course=course, starts_at=on(8, hour=hour)).pk for hour in range(8, 13)]

    response = ada_client.get(DATES, {"view": "month"})

    assert cells(response) == {date(2030, 5, 8): made}
    assert "day-more" not in response.text


def test_a_calendar_is_a_table_with_headers(ada_client, adas_partner):
    make_date(adas_partner)

    text = ada_client.get(DATES, {"view": "month"}).text

    assert re.findall(r'<th scope="col" role="columnheader">(\w+)</th>', text) == [
        *("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    ]
    assert "<caption" in text
    assert len(re.findall(r'data-day="2030-05-\d\d"', text)) == 31
    assert re.findall(r'data-day="([\d-]+)" aria-current="date"', text) == ["2030-05-01"]


# --- Where one is


def test_the_address_keeps_what_is_shown(ada_client, adas_partner):
    course = make_date(adas_partner).course
    asked = {"view": "week", "on": "2030-05-08", "course": str(course.pk), "cancelled": "1"}

    context = ada_client.get(DATES, asked).context

    kept = {"course": [str(course.pk)], "cancelled": ["1"]}
    assert place(context["here"]) == {"view": ["week"], "on": ["2030-05-08"], **kept}
    assert place(context["next_url"]) == {"view": ["week"], "on": ["2030-05-13"], **kept}
    assert place(context["previous_url"]) == {"view": ["week"], "on": ["2030-04-29"], **kept}
    assert place(context["today_url"]) == {"view": ["week"], "on": ["2030-05-01"], **kept}
    assert [place(url) for _look, url in context["looks"]] == [
        {"view": [look], "on": ["2030-05-08"], **kept} for look in ("list", "week", "month")
    ]


@pytest.mark.parametrize(
    "asked",
    [
        {"view": "year"},
        {"on": "tomorrow"},
        {"on": "0001-01-01"},
        {"on": "9999-12-31", "view": "week"},
        {"on": "9999-12-31", "view": "list"},
        {"course": "9" * 30},
        {"course": "\0"},
        {"page": "0", "view": "list"},
        {"page": "9" * 30, "view": "list"},
    ],
)
def test_what_cannot_be_meant_is_as_if_it_were_not_there(ada_client, adas_partner, asked):
    make_date(adas_partner)

    assert ada_client.get(DATES, asked).status_code == 200


def test_another_partners_course_narrows_nothing(ada_client, adas_partner, eves_partner):
    mine, hers = make_date(adas_partner), make_course(eves_partner)

    assert listed(ada_client.get(DATES, {"view": "list", "course": hers.pk})) == [mine.pk]


def test_dates_of_one_course(ada_client, adas_partner):
    make_date(adas_partner)
    mine = make_date(adas_partner)

    assert listed(ada_client.get(DATES, {"view": "list", "course": mine.course_id})) == [mine.pk]


def test_cancelled_ones_are_shown_on_demand(ada_client, adas_partner):
    gone, there = make_date(adas_partner), make_date(adas_partner)
    operations.cancel_date(gone, actor="user:1", at=NOON)

    assert listed(ada_client.get(DATES, {"view": "list"})) == [there.pk]
    assert listed(ada_client.get(DATES, {"view": "list", "cancelled": "1"})) == [gone.pk, there.pk]


def test_dates_without_a_day_are_named_everywhere(ada_client, adas_partner):
    unknown = make_date(adas_partner, starts_at=None)

    for look in ("list", "week", "month"):
        response = ada_client.get(DATES, {"view": look})
        assert [card.pk for card in response.context["undated"]] == [unknown.pk]
        assert "The day of these is not known yet" in response.text


def test_how_full_a_date_is_stands_in_words(ada_client, adas_partner):
    half = make_date(adas_partner, capacity=12)
    operations.sell_elsewhere(half, quantity=6, key="a", actor="user:1", at=NOON)
    make_booking(adas_partner, course_date=make_date(adas_partner, capacity=2), participants=2)
    make_booking(adas_partner, course_date=make_date(adas_partner, capacity=1), participants=2)
    make_date(adas_partner)

    cards = ada_client.get(DATES, {"view": "list"}).context["page"]

    words = [card.words for card in cards if card.date.course.sku != "x"]
    assert words[0] == "6 of 12 taken · 6 free"
    assert "2 of 2 taken · full" in words
    assert "2 of 1 taken · 1 too many" in words
    assert "0 seats taken · number of seats not known" in words


# --- Who sees what


def test_a_viewer_sees_the_dates_and_plans_none(vera_client, adas_partner):
    made = make_date(adas_partner)

    response = vera_client.get(DATES, {"view": "list"})

    assert listed(response) == [made.pk]
    assert "/dashboard/dates/new" not in response.text


def test_the_fragment_is_the_part_that_lives(ada_client, adas_partner):
    make_date(adas_partner)

    response = ada_client.get(DATES, {"view": "month"}, headers=HTMX)

    assert is_fragment(response)
    assert 'id="dates"' in response.text


def test_a_partner_without_dates_is_told_how_to_begin(ada_client, vera_client):
    assert "Plan your first date here" in ada_client.get(DATES).text
    assert "As soon as somebody plans one" in vera_client.get(DATES).text


def test_an_empty_time_says_so(ada_client, adas_partner):
    course = make_date(adas_partner).course

    assert (
        "No date is planned in this time."
        in ada_client.get(DATES, {"view": "month", "on": "2031-01-01"}).text
    )
    assert (
        "Nothing is planned from here on" in ada_client.get(DATES, {"view": "list", "on": "2031-01-01"}).text
    )
    narrowed = ada_client.get(DATES, {"view": "list", "on": "2031-01-01", "course": course.pk})
    assert "No date of this course here" in narrowed.text


# --- How fast


@pytest.mark.parametrize("look", ["list", "week", "month"])
def test_many_dates_need_as_many_queries_as_one(ada, adas_partner, look):
    course = make_course(adas_partner)
    operations.sell_elsewhere(
        make_date(adas_partner, course=course, starts_at=on(1), capacity=3),
        quantity=1,
        key="a",
        actor="u",
        at=NOON,
    )
    of_one = count_queries(ada, look)
    CourseDate.objects.bulk_create(
        CourseDate(
            partner=adas_partner,
            course=course if number % 2 else make_course(adas_partner),
            starts_on=date(2030, 5, 1 + number % 31),
            starts_time=on(1).time(),
            starts_at=on(1 + number % 31),
            capacity=12,
            created_at=NOON,
        )
        for number in range(499)
    )

    assert count_queries(ada, look) == of_one


def count_queries(user, look: str) -> int:
    client = client_of(user)
    client.get(DATES, {"view": look})
    with CaptureQueriesContext(connection) as captured:
        response = client.get(DATES, {"view": look})
    assert response.status_code == 200
    return len(captured)


def test_a_month_is_read_from_an_index(adas_partner):
    month = queries.dates_between(adas_partner.pk, date(2030, 5, 1), date(2030, 5, 31))
    dates = month.filter(cancelled_at=None)
    with connection.cursor() as cursor:
        # Of a handful of rows the planner reads the table, whatever there is.
        cursor.execute("SET LOCAL enable_seqscan = off")

    plan = dates.explain()

    assert re.search(r"Index Scan using (date_partner_day|date_by_day) ", plan)
    assert re.search(r"Index Cond: .*starts_on >= .*starts_on <= ", plan)


def test_the_long_texts_of_courses_are_not_read_to_choose_one(adas_partner):
    make_course(adas_partner, description="Reis, Fisch, Algen")

    assert courses_to_choose(adas_partner.pk).get().get_deferred_fields() == {"description", "images"}
