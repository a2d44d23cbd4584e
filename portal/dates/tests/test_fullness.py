"""What is said of how full a date is, by the rule and by its twin in SQL."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.conftest import NOON
from portal.dates import operations
from portal.dates.fullness import Fullness, filled_dates
from portal.dates.models import CourseDate, SeatEntry
from portal.dates.queries_seats import live_dates, too_empty_dates, with_fullness
from portal.dates.tests.factories import make_date

TODAY = NOON.date()


def take(date: CourseDate, quantity: int, source: str = "booking", **values: object) -> None:
    SeatEntry.objects.create(
        partner=date.partner,
        course_date=date,
        source=source,
        source_key=f"{source}-{SeatEntry.objects.count()}",
        quantity=quantity,
        created_at=NOON,
        **values,
    )


def said_of(date: CourseDate) -> Fullness:
    """What both say."""
    (filled,) = filled_dates([CourseDate.objects.get(pk=date.pk)], at=NOON)
    found = with_fullness(live_dates(TODAY), today=TODAY, at=NOON).filter(pk=date.pk).first()
    if found is not None:
        assert (found.fullness, found.people) == (filled.fullness, filled.people)
    return filled.fullness


@pytest.mark.parametrize(
    ("capacity", "booked", "said"),
    [
        (10, 2, Fullness.TOO_EMPTY),
        (10, 3, Fullness.USUAL),
        (10, 7, Fullness.USUAL),
        (10, 8, Fullness.NEARLY_FULL),
        (10, 9, Fullness.NEARLY_FULL),
        (10, 10, Fullness.FULL),
        (10, 11, Fullness.OVERSOLD),
        (None, 3, Fullness.USUAL),
    ],
)
def test_from_too_few_to_too_many(adas_partner, capacity, booked, said):
    date = make_date(adas_partner, capacity=capacity)
    take(date, booked)

    assert said_of(date) == said


def test_fewer_than_the_partner_needs_are_too_few(adas_partner):
    date = make_date(adas_partner, capacity=10, min_participants=6)
    take(date, 5)
    assert said_of(date) == Fullness.TOO_EMPTY

    take(date, 1, "elsewhere")

    assert said_of(date) == Fullness.USUAL


def test_too_few_counts_only_when_the_date_is_close(adas_partner):
    close = make_date(adas_partner, capacity=10, starts_at=NOON + timedelta(days=13))
    later = make_date(adas_partner, capacity=10, starts_at=NOON + timedelta(days=14))

    assert (said_of(close), said_of(later)) == (Fullness.TOO_EMPTY, Fullness.USUAL)
    assert list(too_empty_dates(today=TODAY, at=NOON)) == [close]


def test_nobody_comes_for_seats_that_are_held_or_blocked(adas_partner):
    date = make_date(adas_partner, capacity=10)
    take(date, 2)
    take(date, 3, "hold", expires_at=NOON + timedelta(minutes=5))
    take(date, 3, "blocked")
    take(date, 2, "hold", expires_at=NOON)

    assert said_of(date) == Fullness.TOO_EMPTY


def test_nothing_is_said_of_a_date_that_is_cancelled_or_over_or_wholly_blocked(adas_partner, ada):
    cancelled = operations.cancel_date(make_date(adas_partner, capacity=10), actor=ada.actor, at=NOON)
    over = make_date(adas_partner, capacity=10, starts_at=NOON - timedelta(days=1))
    blocked = make_date(adas_partner, capacity=10)
    take(blocked, 10, "blocked")

    assert [said_of(each) for each in (cancelled, over, blocked)] == [Fullness.USUAL] * 3
    assert list(too_empty_dates(today=TODAY, at=NOON)) == []


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    capacity=st.none() | st.integers(0, 12),
    minimum=st.integers(0, 12),
    days=st.integers(0, 20),
    entries=st.lists(
        st.tuples(st.sampled_from(SeatEntry.Source.values), st.integers(0, 6), st.booleans()), max_size=5
    ),
)
def test_rule_and_sql_agree(adas_partner, capacity, minimum, days, entries):
    date = make_date(
        adas_partner, capacity=capacity, min_participants=minimum, starts_at=NOON + timedelta(days=days)
    )
    for source, quantity, is_over in entries:
        take(date, quantity, source, expires_at=NOON if is_over else None)

    assert said_of(date) in Fullness
