from datetime import UTC, date, datetime, time

import pytest
from django.utils import translation

from portal.dates import wording
from portal.dates.calendars import Look
from portal.dates.models import CourseDate
from portal.dates.seats import Seats


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        (time(18), time(21, 30), "18:00–21:30"),
        (time(22), time(2), "22:00–02:00"),
        (time(18), None, "from 18:00"),
        (None, None, "time not known yet"),
    ],
)
def test_hours_say_from_when_to_when(starts, ends, expected):
    assert wording.hours(CourseDate(starts_time=starts, ends_time=ends)) == expected


@pytest.mark.parametrize(
    ("seats", "expected"),
    [
        (Seats(capacity=12, booked=6), ("6 of 12 taken", "6 free")),
        (Seats(capacity=12, booked=4, blocked=2, shop_salable=3), ("6 of 12 taken", "3 free")),
        (Seats(capacity=12, elsewhere=12), ("12 of 12 taken", "full")),
        (Seats(capacity=12, booked=13), ("13 of 12 taken", "1 too many")),
        (Seats(capacity=None, booked=1), ("1 seat taken", "number of seats not known")),
        (Seats(capacity=None, booked=2, shop_salable=4), ("2 seats taken", "4 free")),
        (Seats(capacity=0), ("0 of 0 taken", "full")),
    ],
)
def test_seats_are_said_in_words(seats, expected):
    assert (wording.taken(seats), wording.free(seats)) == expected


@pytest.mark.parametrize(
    ("seats", "expected"),
    [
        (Seats(capacity=12, shop_total=15), "The shop sells 15 seats in all, here there are 12."),
        (Seats(capacity=12, shop_total=9), "The shop has only 9 seats in all, here there are 12."),
        (Seats(capacity=12, shop_total=12), ""),
        (Seats(capacity=None, shop_total=12), ""),
        (Seats(capacity=12), ""),
    ],
)
def test_another_number_of_seats_in_the_shop_is_a_sentence(seats, expected):
    assert wording.drift(seats) == expected


def test_a_zone_is_named_where_it_is_not_the_partners():
    course_date = CourseDate(time_zone="America/New_York")

    assert wording.zone(course_date, "Europe/Berlin") == "time in New York"
    assert wording.zone(course_date, "America/New_York") == ""


@pytest.mark.parametrize(
    ("look", "language", "expected"),
    [
        (Look.MONTH, "en", "December 2030"),
        (Look.MONTH, "de", "Dezember 2030"),
        (Look.WEEK, "en", "Week 1, 30 December to 5 January 2031"),
        (Look.LIST, "en", "From Tue 31 December 2030"),
    ],
)
def test_what_a_calendar_shows_has_a_heading(look, language, expected):
    with translation.override(language):
        assert wording.period(look, date(2030, 12, 31)) == expected


@pytest.mark.parametrize(
    ("starts_at", "minutes", "expected"),
    [
        (datetime(2030, 10, 26, 23, 59, tzinfo=UTC), 0, ""),
        (
            datetime(2030, 10, 27, 0, 0, tzinfo=UTC),
            60,
            "In this night the clocks go back and show 02:00 twice. The first one is meant.",
        ),
        (
            datetime(2030, 10, 26, 20, 0, tzinfo=UTC),
            270,
            "In this night the clocks go back and show 02:30 twice. This date takes 4 h 30 min.",
        ),
        (
            datetime(2030, 10, 26, 20, 0, tzinfo=UTC),
            330,
            "In this night the clocks go back and show 02:30 twice. This date takes 5 h 30 min.",
        ),
        (datetime(2030, 10, 26, 20, 0, tzinfo=UTC), 360, ""),
        (datetime(2030, 3, 31, 0, 30, tzinfo=UTC), 60, ""),
        (None, None, ""),
    ],
)
def test_the_hour_that_autumn_repeats_is_explained(starts_at, minutes, expected):
    course_date = CourseDate(starts_at=starts_at, duration_minutes=minutes)

    assert wording.clock_note(course_date) == expected


def test_what_the_shop_says_otherwise_is_listed():
    course_date = CourseDate(
        starts_on=date(2030, 5, 9),
        starts_time=time(18),
        ends_time=None,
        duration_minutes=180,
        location="Nebenan",
        price_cents=8900,
        shop_facts={
            "starts_on": "2030-05-08",
            "starts_time": "18:00:00",
            "ends_time": "21:00:00",
            "duration_minutes": 180,
            "location": "",
            "price_cents": 9900,
        },
    )

    assert wording.differences(course_date) == ["Day: Wed 8 May 2030", "End: 21:00", "Price: €99.00"]


def test_a_date_that_the_shop_does_not_know_differs_in_nothing():
    assert wording.differences(CourseDate(starts_on=date(2030, 5, 9), location="Nebenan")) == []
