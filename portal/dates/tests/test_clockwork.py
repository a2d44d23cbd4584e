from datetime import UTC, date, datetime, time

import pytest

from portal.dates.clockwork import (
    clock_after,
    ending_moment,
    is_repeated,
    is_skipped,
    minutes_until,
    starting_moment,
)

BERLIN, TOKYO = "Europe/Berlin", "Asia/Tokyo"
# In Berlin the clocks go forward in the night to 31 March 2030, at 2:00, and back in that to 27 October 2030, at 3:00.
SPRING, AUTUMN = date(2030, 3, 31), date(2030, 10, 27)


@pytest.mark.parametrize(
    ("clock", "expected"),
    [(time(1, 59), False), (time(2, 0), True), (time(2, 59), True), (time(3, 0), False)],
)
def test_spring_leaves_out_one_hour(clock, expected):
    assert is_skipped(SPRING, clock, BERLIN) is expected
    assert is_skipped(date(2030, 3, 30), clock, BERLIN) is False
    assert is_skipped(SPRING, clock, TOKYO) is False


@pytest.mark.parametrize(
    ("clock", "expected"),
    [(time(1, 59), False), (time(2, 0), True), (time(2, 59), True), (time(3, 0), False)],
)
def test_autumn_repeats_one_hour(clock, expected):
    assert is_repeated(AUTUMN, clock, BERLIN) is expected
    assert is_repeated(AUTUMN, clock, TOKYO) is False


def test_a_skipped_hour_is_not_repeated():
    assert [is_repeated(SPRING, time(hour), BERLIN) for hour in range(24)] == [False] * 24


def test_a_course_keeps_its_hour_when_the_clocks_change():
    before = starting_moment(date(2030, 3, 30), time(18), BERLIN)
    after = starting_moment(SPRING, time(18), BERLIN)

    assert (before, after) == (
        datetime(2030, 3, 30, 17, tzinfo=UTC),
        datetime(2030, 3, 31, 16, tzinfo=UTC),
    )


def test_of_a_repeated_hour_the_first_one_is_meant():
    moment = starting_moment(AUTUMN, time(2, 30), BERLIN)

    assert moment.astimezone(UTC) == datetime(2030, 10, 27, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "starts", "ends", "minutes"),
    [
        (date(2030, 5, 8), time(18), time(21, 30), 210),
        (date(2030, 5, 8), time(22), time(2), 240),
        (date(2030, 5, 8), time(22), time(21, 59), 1439),
        (date(2030, 12, 31), time(23), time(1), 120),
        # The night that is an hour shorter, and the one that is longer.
        (date(2030, 3, 30), time(22), time(4), 300),
        (date(2030, 10, 26), time(22), time(4), 420),
        # What ends in the repeated hour ends when the clock shows it first, or next.
        (AUTUMN, time(1), time(2, 30), 90),
        (AUTUMN, time(2, 30), time(2, 15), 45),
    ],
)
def test_an_end_is_when_the_clock_next_shows_it(day, starts, ends, minutes):
    starts_at = starting_moment(day, starts, BERLIN)

    ends_at = ending_moment(starts_at, ends, BERLIN)

    assert minutes_until(starts_at, ends_at) == minutes
    assert clock_after(starts_at, minutes, BERLIN) == ends


def test_a_duration_runs_by_the_real_hours_of_the_night():
    starts_at = starting_moment(date(2030, 3, 30), time(22), BERLIN)

    assert clock_after(starts_at, 300, BERLIN) == time(4)
