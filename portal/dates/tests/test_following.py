"""A date follows the shop field by field."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from portal.conftest import NOON
from portal.dates.following import follow_shop, news_of, told_by_orders
from portal.dates.models import CourseDate
from portal.dates.tests.factories import make_date

LATER = NOON + timedelta(hours=1)
FACTS = {
    "starts_on": date(2030, 5, 8),
    "starts_time": time(18, 0),
    "ends_time": time(21, 0),
    "duration_minutes": 180,
    "location": "Marktplatz 1",
    "price_cents": 8900,
}


@pytest.fixture
def row(adas_partner) -> CourseDate:
    day = make_date(adas_partner, starts_at=None)
    follow_shop(day, FACTS, at=NOON)
    day.save()
    day.sequence = 0
    return day


def test_what_the_shop_says_is_taken_over_and_kept(row):
    row.refresh_from_db()

    assert {name: getattr(row, name) for name in FACTS} == FACTS
    assert row.starts_at == datetime(2030, 5, 8, 16, 0, tzinfo=UTC)
    assert row.shop_facts == {
        "starts_on": "2030-05-08",
        "starts_time": "18:00:00",
        "ends_time": "21:00:00",
        "duration_minutes": 180,
        "location": "Marktplatz 1",
        "price_cents": 8900,
    }


def test_the_same_again_changes_nothing(row):
    assert follow_shop(row, FACTS, at=LATER) == set()
    assert row.sequence == 0


def test_a_partners_edit_stays_until_the_shop_changes_that_field(row):
    row.location, row.price_cents = "Hinterhof", 9900

    unrelated = follow_shop(row, {**FACTS, "ends_time": time(22, 0)}, at=LATER)
    kept = (row.location, row.price_cents)
    moved = follow_shop(row, {**FACTS, "ends_time": time(22, 0), "location": "Marktplatz 2"}, at=LATER)

    assert (kept, row.location, row.price_cents) == (("Hinterhof", 9900), "Marktplatz 2", 9900)
    assert (news_of(unrelated), news_of(moved)) == (["ends_time"], ["location"])


def test_when_the_shop_says_what_the_partner_wrote_there_is_nothing_to_tell(row):
    row.location = "Marktplatz 2"

    columns = follow_shop(row, {**FACTS, "location": "Marktplatz 2"}, at=LATER)

    assert (columns, news_of(columns), row.shop_facts["location"]) == ({"shop_facts"}, [], "Marktplatz 2")


def test_a_start_that_the_partner_wrote_before_the_shop_is_news_and_no_new_version(row):
    row.starts_time = time(19, 0)

    columns = follow_shop(row, {**FACTS, "starts_time": time(19, 0)}, at=LATER)

    assert (columns, news_of(columns), row.sequence) == ({"shop_facts", "starts_time"}, ["starts_time"], 0)


def test_a_new_start_is_a_new_version_for_calendars(row):
    columns = follow_shop(row, {"starts_on": date(2030, 11, 8), "starts_time": time(19, 0)}, at=LATER)

    assert columns == {"starts_on", "starts_time", "starts_at", "sequence", "shop_facts", "updated_at"}
    assert (row.starts_at, row.sequence) == (datetime(2030, 11, 8, 18, 0, tzinfo=UTC), 1)
    assert news_of(columns) == ["starts_on", "starts_time"]


def test_a_start_of_which_only_the_day_is_known_is_no_moment(row):
    follow_shop(row, {"starts_time": None}, at=LATER)

    assert (row.starts_on, row.starts_at) == (date(2030, 5, 8), None)


def test_what_the_shop_leaves_out_stays(row):
    assert follow_shop(row, {"location": "Marktplatz 1"}, at=LATER) == set()
    assert (row.starts_on, row.price_cents) == (date(2030, 5, 8), 8900)


def test_odd_values_are_cut_to_what_fits(row):
    follow_shop(row, {"location": "x" * 400, "duration_minutes": 10**12}, at=LATER)
    row.save()

    assert (row.location, row.duration_minutes) == ("x" * 300, None)
    assert follow_shop(row, {"location": "x" * 400, "duration_minutes": 10**12}, at=LATER) == set()


def test_orders_describe_a_date_until_the_catalog_was_read_of_it(row):
    english = {**FACTS, "location": "Market Square 1"}

    before = told_by_orders(row, english)
    row.shop_read_at = NOON

    assert before == {name: value for name, value in english.items() if name != "price_cents"}
    assert told_by_orders(row, english) == {}


def test_the_first_sale_tells_a_price_that_the_catalog_does_not_say(row):
    row.shop_facts = {**row.shop_facts, "price_cents": None}
    row.shop_read_at = NOON

    assert told_by_orders(row, FACTS) == {"price_cents": 8900}
    assert told_by_orders(row, {**FACTS, "price_cents": None}) == {}
