"""Times, days and money as people say them, in both languages."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from portal.core.wording import (
    say_day,
    say_duration,
    say_full_day,
    say_money,
    say_share,
    say_short_day,
    say_when,
)

SATURDAY_EVENING = datetime(2025, 1, 25, 17, 0, tzinfo=UTC)
SAME_YEAR = datetime(2025, 6, 1, tzinfo=UTC)
NEW_YEAR_IN_BERLIN = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("de", ("Sa., 25. Januar, 18:00", "Sa., 25. Januar 2025, 18:00", "Sa., 25.01., 1.234,50\xa0€")),
        ("en", ("Sat 25 January, 18:00", "Sat 25 January 2025, 18:00", "Sat 25 Jan, €1,234.50")),
    ],
)
def test_times_and_money_are_said_in_the_language_of_the_page(language, said):
    with translation.override(language):
        short = f"{say_short_day(date(2025, 1, 25), SAME_YEAR)}, {say_money(123450)}"
        result = (say_when(SATURDAY_EVENING, SAME_YEAR), say_when(SATURDAY_EVENING), short)

    assert result == said


def test_the_year_is_said_when_it_is_another_one_on_the_wall_clock():
    with translation.override("de"):
        said = [
            say_day(date(2025, 12, 31), NEW_YEAR_IN_BERLIN),
            say_day(date(2026, 1, 1), NEW_YEAR_IN_BERLIN),
        ]

    assert said == ["Mi., 31. Dezember 2025", "Do., 1. Januar"]


@pytest.mark.parametrize(
    ("language", "said"), [("de", "Samstag, 25. Januar 2025"), ("en", "Saturday 25 January 2025")]
)
def test_where_there_is_room_a_day_is_said_in_full(language, said):
    with translation.override(language):
        assert say_full_day(date(2025, 1, 25)) == said


def test_a_plain_date_is_said_without_a_time():
    with translation.override("de"):
        assert say_when(date(2025, 3, 30)) == "So., 30. März 2025"


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2025, 3, 30, 0, 59, tzinfo=UTC), "01:59"),
        (datetime(2025, 3, 30, 1, 0, tzinfo=UTC), "03:00"),
        (datetime(2025, 10, 26, 0, 30, tzinfo=UTC), "02:30"),
        (datetime(2025, 10, 26, 1, 30, tzinfo=UTC), "02:30"),
    ],
)
def test_the_nights_the_clocks_change_follow_the_wall_clock(at, said):
    with translation.override("de"):
        assert say_when(at).rsplit(", ", 1)[1] == said


@pytest.mark.parametrize(
    ("cents", "currency", "german", "english"),
    [
        (0, "EUR", "0,00\xa0€", "€0.00"),
        (5, "EUR", "0,05\xa0€", "€0.05"),
        (-8900, "EUR", "-89,00\xa0€", "-€89.00"),
        (8900, "CHF", "89,00\xa0CHF", "CHF\xa089.00"),
    ],
)
def test_money_keeps_its_sign_and_its_currency(cents, currency, german, english):
    with translation.override("de"):
        in_german = say_money(cents, currency)
    with translation.override("en"):
        in_english = say_money(cents, currency)

    assert (in_german, in_english) == (german, english)


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0, "under a minute"),
        (0.6, "1 min"),
        (59.4, "59 min"),
        (59.6, "1 h"),
        (200, "3 h 20 min"),
        (48 * 60 - 1, "47 h 59 min"),
        (48 * 60, "2 days"),
        (51 * 60 + 24, "2 days 3 h"),
        (72 * 60 - 1, "3 days"),
    ],
)
def test_a_length_of_time_is_no_finer_than_anybody_asks_for(minutes, said):
    with translation.override("en"):
        assert say_duration(timedelta(minutes=minutes)) == said


def test_a_share_is_said_in_whole_percent():
    with translation.override("de"):
        in_german = say_share(2 / 3)
    with translation.override("en"):
        assert (in_german, say_share(1)) == ("67\xa0%", "100%")
