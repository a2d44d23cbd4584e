from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from portal.integrations.shop import parsing


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("18:30", time(18, 30)),
        ("18:30:00", time(18, 30)),
        (" 9:05", time(9, 5)),
        ("18.30 Uhr", time(18, 30)),
        ("18 Uhr", time(18)),
        ("0:00", time(0)),
        ("24:00", None),
        ("ganztags", None),
        ("", None),
        (None, None),
        (datetime(2030, 6, 1, 18, 30), time(18, 30)),
        ("2030-06-01 18:30:00", time(18, 30)),
        ("01.06.2030", None),
    ],
)
def test_clock_time(value, expected):
    assert parsing.clock_time(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Sa. 25.01.2025 18:00", (date(2025, 1, 25), time(18))),
        ("Samstag, 5.1.2025, 9.30 Uhr", (date(2025, 1, 5), time(9, 30))),
        ("25.01.2025", (date(2025, 1, 25), None)),
        ("2025-01-25 18:00:00", (date(2025, 1, 25), time(18))),
        ("2025-01-25", (date(2025, 1, 25), None)),
        ("31.02.2025 18:00", (None, None)),
        ("31.12.9999 18:00", (None, None)),
        ("0001-01-01", (None, None)),
        ("nach Absprache", (None, None)),
        (None, (None, None)),
    ],
)
def test_date_label(value, expected):
    assert parsing.date_label(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(Decimal("2.0000"), 2), (Decimal("1.5000"), 2), (Decimal("-1"), 0), (0, 0), (None, 0), ("2", 0)],
)
def test_whole(value, expected):
    assert parsing.whole(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("17", 17),
        (17, 17),
        (" 17 ", 17),
        ("", None),
        (None, None),
        ("-1", None),
        ("1.5", None),
        ("²", None),
        ("9" * 5000, None),
    ],
)
def test_number(value, expected):
    assert parsing.number(value) == expected


@pytest.mark.parametrize("moment", [datetime(1, 1, 1), datetime(9999, 12, 31, 23), datetime(3000, 1, 1, 18)])
@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
def test_a_day_that_stands_for_none_is_none(moment, zone):
    shown_in = ZoneInfo("Europe/Berlin")

    assert parsing.wall_clock(moment, stored_in=ZoneInfo(zone), shown_in=shown_in) == (None, None)


def test_utc_survives_the_zero_date_of_mysql():
    assert parsing.utc("0000-00-00 00:00:00") == datetime.min.replace(tzinfo=UTC)


def test_entries_reads_lists_that_php_wrote_as_objects():
    parsed = {"a": [{"x": 1}, 2], "b": {"0": {"x": 1}, "2": {"x": 2}}, "c": "none"}

    assert [parsing.entries(parsed, key) for key in "abcd"] == [[{"x": 1}], [{"x": 1}, {"x": 2}], [], []]
