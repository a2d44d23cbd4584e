from datetime import date

import pytest

from portal.dates.calendars import (
    FIRST_DAY,
    LAST_DAY,
    Look,
    after,
    before,
    days_of,
    week_number,
    weeks_of,
    within,
)


@pytest.mark.parametrize(
    ("look", "on", "expected"),
    [
        (Look.MONTH, date(2030, 5, 31), (date(2030, 5, 1), date(2030, 5, 31))),
        (Look.MONTH, date(2028, 2, 10), (date(2028, 2, 1), date(2028, 2, 29))),
        (Look.MONTH, date(2030, 12, 31), (date(2030, 12, 1), date(2030, 12, 31))),
        (Look.WEEK, date(2030, 5, 5), (date(2030, 4, 29), date(2030, 5, 5))),
        (Look.WEEK, date(2030, 5, 6), (date(2030, 5, 6), date(2030, 5, 12))),
        (Look.WEEK, date(2031, 1, 1), (date(2030, 12, 30), date(2031, 1, 5))),
        (Look.LIST, date(2030, 5, 5), (date(2030, 5, 5), LAST_DAY)),
    ],
)
def test_what_is_shown_has_a_first_and_a_last_day(look, on, expected):
    assert days_of(look, on) == expected


def test_a_month_is_shown_in_whole_weeks():
    weeks = weeks_of(Look.MONTH, date(2030, 5, 8))

    assert [(week[0].on, week[-1].on) for week in weeks] == [
        (date(2030, 4, 29), date(2030, 5, 5)),
        (date(2030, 5, 6), date(2030, 5, 12)),
        (date(2030, 5, 13), date(2030, 5, 19)),
        (date(2030, 5, 20), date(2030, 5, 26)),
        (date(2030, 5, 27), date(2030, 6, 2)),
    ]
    assert [day.on for week in weeks for day in week if not day.is_outside] == [
        date(2030, 5, number) for number in range(1, 32)
    ]


@pytest.mark.parametrize(
    ("on", "weeks"), [(date(2027, 2, 1), 4), (date(2030, 5, 1), 5), (date(2030, 9, 1), 6)]
)
def test_a_month_touches_four_to_six_weeks(on, weeks):
    assert [len(week) for week in weeks_of(Look.MONTH, on)] == [7] * weeks


def test_a_week_has_no_days_of_others():
    [week] = weeks_of(Look.WEEK, date(2030, 12, 31))

    assert [day.on for day in week] == [
        *(date(2030, 12, 30), date(2030, 12, 31)),
        *(date(2031, 1, number) for number in range(1, 6)),
    ]
    assert not any(day.is_outside for day in week)


@pytest.mark.parametrize(
    ("look", "on", "earlier", "later"),
    [
        (Look.MONTH, date(2030, 3, 31), date(2030, 2, 1), date(2030, 4, 1)),
        (Look.MONTH, date(2030, 1, 1), date(2029, 12, 1), date(2030, 2, 1)),
        (Look.MONTH, date(2030, 12, 31), date(2030, 11, 1), date(2031, 1, 1)),
        (Look.WEEK, date(2031, 1, 1), date(2030, 12, 23), date(2031, 1, 6)),
        (Look.LIST, date(2030, 5, 17), date(2030, 4, 1), date(2030, 6, 1)),
    ],
)
def test_one_goes_back_and_on(look, on, earlier, later):
    assert (before(look, on), after(look, on)) == (earlier, later)


def test_going_back_and_on_ends_somewhere():
    assert before(Look.MONTH, FIRST_DAY) == FIRST_DAY
    assert after(Look.WEEK, LAST_DAY) == LAST_DAY
    assert within(date.min) == FIRST_DAY
    assert within(date.max) == LAST_DAY
    assert len(weeks_of(Look.MONTH, LAST_DAY)) == 5


@pytest.mark.parametrize(
    ("on", "number"),
    [(date(2026, 12, 31), 53), (date(2027, 1, 3), 53), (date(2027, 1, 4), 1), (date(2030, 12, 30), 1)],
)
def test_weeks_are_counted_as_on_the_wall(on, number):
    assert week_number(on) == number
