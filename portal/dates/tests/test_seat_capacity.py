"""How many seats there are: said by the partner, held against the shop, never fewer than are taken."""

from datetime import timedelta

import pytest

from portal.conftest import NOON
from portal.core import registry
from portal.core.models import Event
from portal.core.registry import Problem
from portal.dates import operations
from portal.dates.models import CourseDate
from portal.dates.seats import drifting_dates, oversold_dates
from portal.dates.tests.factories import make_date
from portal.dates.tests.seats import block, hold, refused, resize, seats, sell, told

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def date(adas_partner) -> CourseDate:
    return make_date(adas_partner, capacity=8, shop_state="on_sale", shop_read_at=NOON)


def take_over(date: CourseDate, *, at=NOON) -> CourseDate:
    return operations.take_over_shop_capacity(date, actor="user:1", at=at)


def changes() -> list[dict[str, object]]:
    return [data for _actor, data in told("date.capacity_changed")]


def test_a_new_number_of_seats_is_told_once(date):
    resize(date, 10)
    resize(date, 10)
    resize(date, None)

    assert seats(date).capacity is None
    assert changes() == [{"from": 8, "to": 10}, {"from": 10, "to": None}]


def test_as_many_seats_as_are_taken_is_the_least(date):
    sell(date, 3)

    answer = refused(resize, date, 2)
    resize(date, 3)

    assert answer == ("below_taken", "3 seats are taken already: there must be at least as many.")
    assert seats(date).free == 0


def test_an_expired_hold_keeps_nobody_from_having_fewer_seats(date):
    hold(date, 8)

    assert refused(resize, date, 1)[0] == "below_taken"
    assert resize(date, 1, at=NOON + timedelta(hours=1)).capacity == 1


def test_of_an_unknown_number_as_many_as_are_taken_is_the_least_too(date):
    sell(date, 3)
    resize(date, None)

    assert refused(resize, date, 2)[0] == "below_taken"
    assert resize(date, 3).capacity == 3


def test_more_seats_are_welcome_even_while_too_many_are_taken(date):
    sell(date, 8)
    CourseDate.objects.update(capacity=5)

    resize(date, 6)

    assert (seats(date).free, refused(resize, date, 5)[0]) == (-2, "below_taken")


@pytest.mark.parametrize("capacity", [-1, 10_001])
def test_a_number_of_seats_that_nobody_has_is_refused(date, capacity):
    assert refused(resize, date, capacity) == (
        "out_of_range",
        "Please enter how many seats there are: a number from 0 to 10,000.",
    )


def test_the_number_of_the_shop_is_taken_over_with_one_tap(date):
    CourseDate.objects.update(shop_total=10)
    assert seats(date).drift == 2

    take_over(date)
    take_over(date)

    assert (seats(date).capacity, seats(date).drift, changes()) == (10, 0, [{"from": 8, "to": 10}])


def test_the_shops_number_is_taken_over_where_nobody_has_said_one(date):
    CourseDate.objects.update(shop_total=6, capacity=None)

    assert take_over(date).capacity == 6


def test_fewer_seats_in_the_shop_than_are_taken_are_not_taken_over(date):
    sell(date, 5)
    CourseDate.objects.update(shop_total=4)

    assert refused(take_over, date)[0] == "below_taken"
    assert seats(date).capacity == 8


def test_a_number_that_the_shop_has_not_said_cannot_be_taken_over(date):
    assert refused(take_over, date) == (
        "shop_unknown",
        "We do not know yet how many seats the shop has for this date.",
    )


# What staff and timelines show


def problems(at=NOON) -> list[Problem]:
    return [each for each in registry.problems(at) if each.title == "Seats that differ from the shop"]


def test_staff_hear_once_of_all_dates_whose_seats_differ(date, eves_partner):
    hers = {"capacity": 4, "shop_total": 6, "shop_state": "on_sale"}
    make_date(eves_partner, **hers, shop_read_at=NOON - DAY)
    CourseDate.objects.filter(pk=date.pk).update(shop_total=7)

    (problem,) = problems()

    assert problem.text == "For 2 dates the shop has another number of seats than the portal."
    assert problem.since == NOON - DAY


@pytest.mark.parametrize(
    "values",
    [
        {"shop_total": 8},
        {"shop_total": None},
        {"shop_total": 7, "capacity": None},
        {"shop_total": 7, "cancelled_at": NOON},
        {"shop_total": 7, "shop_state": "off_sale"},
        {"shop_total": 7, "shop_state": "gone"},
        {"shop_total": 7, "starts_on": (NOON - DAY).date()},
    ],
)
def test_what_needs_no_repair_is_no_problem(date, values):
    CourseDate.objects.update(**values)

    assert (list(drifting_dates(at=NOON)), problems()) == ([], [])


def test_a_date_of_today_still_differs(date):
    CourseDate.objects.update(shop_total=7, starts_on=NOON.date())

    assert list(drifting_dates(at=NOON)) == [date]


def test_oversold_dates_are_those_to_come_of_which_more_seats_are_taken_than_there_are(adas_partner):
    oversold, past, gone, just_full, unknown = (make_date(adas_partner, capacity=8) for _ in range(5))
    for number, each in enumerate((oversold, past, gone, just_full, unknown)):
        sell(each, 3, key=f"e{number}")
        block(each, 3, key=f"b{number}")
    CourseDate.objects.exclude(pk__in=[just_full.pk, unknown.pk]).update(capacity=5)
    CourseDate.objects.filter(pk=just_full.pk).update(capacity=6)
    CourseDate.objects.filter(pk=unknown.pk).update(capacity=None)
    CourseDate.objects.filter(pk=past.pk).update(starts_on=(NOON - DAY).date())
    CourseDate.objects.filter(pk=gone.pk).update(cancelled_at=NOON)

    assert list(oversold_dates(at=NOON)) == [oversold]


@pytest.mark.parametrize(
    ("kind", "data", "text"),
    [
        ("date.seats_changed", {"source": "elsewhere", "quantity": 2}, "2 seats were sold elsewhere."),
        (
            "date.seats_changed",
            {"source": "elsewhere", "quantity": -1},
            "1 seat sold elsewhere was taken back.",
        ),
        ("date.seats_changed", {"source": "blocked", "quantity": 1}, "1 seat was blocked."),
        ("date.seats_changed", {"source": "blocked", "quantity": -3}, "3 seats are blocked no longer."),
        ("date.seats_changed", {"source": "hold", "quantity": 1}, "1 seat is held for somebody."),
        ("date.seats_changed", {"source": "hold", "quantity": -2}, "2 seats are no longer held."),
        ("date.capacity_changed", {"from": None, "to": 1}, "There is 1 seat."),
        ("date.capacity_changed", {"from": 8, "to": 10}, "There are now 10 seats instead of 8."),
        (
            "date.capacity_changed",
            {"from": 8, "to": None},
            "Nobody knows any longer how many seats there are.",
        ),
        ("date.changed", {"fields": ["starts_time", "location"]}, "Changed: start, location."),
        ("date.changed", {"fields": ["whatever"]}, "The date was changed."),
        ("date.created", {}, "The date was made here."),
        ("date.cancelled", {}, "The date was cancelled."),
        ("date.restored", {}, "The date takes place after all."),
    ],
)
def test_the_story_of_a_date_is_told_in_whole_sentences(kind, data, text):
    event_text = registry.event_text(Event(kind=kind, data=data, actor="user:1"))

    assert event_text is not None
    assert str(event_text.text) == text


def test_what_the_shop_has_changed_is_told_as_its_doing():
    event_text = registry.event_text(
        Event(kind="date.changed", data={"fields": ["price_cents"]}, actor="shop")
    )

    assert event_text is not None
    assert str(event_text.text) == "The shop changed: price."
