from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import pytest

from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON
from portal.core.models import Event
from portal.core.refusals import NotAllowed
from portal.courses.models import Course
from portal.dates import operations
from portal.dates.models import CourseDate
from portal.dates.plans import plan_of
from portal.dates.policies import CancelBlocker, ChangeBlocker, PlanBlocker, RestoreBlocker
from portal.dates.seat_policies import CapacityBlocker
from portal.dates.tests.factories import make_course, make_date
from portal.dates.tests.planning import PLAN, plan_date

pytestmark = pytest.mark.django_db

KEY = UUID("b6f1a2c4-0000-4000-8000-000000000001")
START = datetime(2030, 5, 8, 16, tzinfo=UTC)  # 18:00 in Berlin
BY = {"actor": "user:1", "at": NOON}


def events_of(course_date):
    found = Event.objects.filter(subject_type="date", subject_id=course_date.pk).order_by("id")
    return [(event.kind, event.actor, event.data) for event in found]


def refused(function, *args, **kwargs):
    with pytest.raises(NotAllowed) as refusal:
        function(*args, **kwargs)
    return refusal.value.blocker


def fresh(course_date):
    return CourseDate.objects.get(pk=course_date.pk)


# --- Create


def test_create_date_keeps_the_plan_and_knows_when_it_ends(adas_partner):
    course = make_course(adas_partner)

    made = fresh(plan_date(adas_partner, course=course))

    assert plan_of(made) == replace(PLAN, ends_time=time(21))
    assert (made.course, made.made_by, made.starts_at, made.sequence) == (course, "portal", START, 0)
    assert (made.magento_product_id, made.shop_state, made.currency) == (None, "", "EUR")
    assert events_of(made) == [("date.created", "user:1", {"course": course.pk})]


def test_create_date_knows_how_long_it_takes_from_its_end(adas_partner):
    made = plan_date(adas_partner, replace(PLAN, ends_time=time(1), duration_minutes=None))

    assert (made.ends_time, made.duration_minutes) == (time(1), 420)


def test_create_date_means_the_clock_of_its_zone(adas_partner):
    made = plan_date(adas_partner, replace(PLAN, time_zone="America/New_York"))

    assert made.starts_at == datetime(2030, 5, 8, 22, tzinfo=UTC)


def test_create_date_sent_twice_makes_one_date(adas_partner):
    course = make_course(adas_partner)

    first = plan_date(adas_partner, course=course, key=KEY)
    second = plan_date(adas_partner, replace(PLAN, capacity=3), course=course, key=KEY)

    assert second == first
    assert CourseDate.objects.count() == 1
    assert [kind for kind, *_ in events_of(first)] == ["date.created"]


def test_create_date_takes_nobody_elses_key_for_its_own(adas_partner, eves_partner):
    mine, hers = plan_date(adas_partner, key=KEY), plan_date(eves_partner, key=KEY)

    assert mine != hers
    assert mine.uid != hers.uid


def test_create_date_refuses_a_course_of_somebody_else(adas_partner, eves_partner):
    with pytest.raises(Course.DoesNotExist):
        plan_date(adas_partner, course=make_course(eves_partner))


@pytest.mark.parametrize(
    ("changes", "blocker"),
    [
        ({"starts_on": None}, PlanBlocker.DAY_MISSING),
        ({"starts_time": None}, PlanBlocker.START_MISSING),
        ({"starts_on": date(2030, 4, 30)}, PlanBlocker.PAST),
        ({"starts_on": date(1, 1, 1)}, PlanBlocker.PAST),
        ({"starts_on": date(2030, 5, 1), "starts_time": time(12)}, PlanBlocker.PAST),
        ({"starts_on": date(9999, 12, 31)}, PlanBlocker.TOO_FAR),
        ({"duration_minutes": None}, PlanBlocker.LENGTH_MISSING),
        ({"duration_minutes": 0}, PlanBlocker.ENDS_AS_IT_BEGINS),
        ({"duration_minutes": None, "ends_time": time(18)}, PlanBlocker.ENDS_AS_IT_BEGINS),
        ({"duration_minutes": 7 * 24 * 60 + 1}, PlanBlocker.TOO_LONG),
        ({"ends_time": time(20)}, PlanBlocker.LENGTH_DISAGREES),
        ({"capacity": 3}, PlanBlocker.MINIMUM_TOO_HIGH),
        ({"capacity": 10_001}, CapacityBlocker.OUT_OF_RANGE),
        ({"starts_on": date(2031, 3, 30), "starts_time": time(2, 30)}, PlanBlocker.SKIPPED_START),
        (
            {"starts_on": date(2031, 3, 29), "duration_minutes": None, "ends_time": time(2, 30)},
            PlanBlocker.SKIPPED_END,
        ),
    ],
)
def test_create_date_refuses_what_cannot_be_meant(adas_partner, changes, blocker):
    assert refused(plan_date, adas_partner, replace(PLAN, **changes)) == blocker
    assert CourseDate.objects.count() == 0
    assert Event.objects.count() == 0


def test_create_date_is_possible_up_to_the_minute_before(adas_partner):
    plan = replace(PLAN, starts_on=date(2030, 5, 1), starts_time=time(12, 1))

    assert plan_date(adas_partner, plan).starts_at == NOON + timedelta(minutes=1)


def test_create_date_takes_end_and_duration_that_agree(adas_partner):
    made = plan_date(adas_partner, replace(PLAN, ends_time=time(21)))

    assert (made.ends_time, made.duration_minutes) == (time(21), 180)


# --- Change


def test_change_date_says_which_fields_changed(adas_partner):
    made = plan_date(adas_partner)

    operations.change_date(made, replace(PLAN, price_cents=9900, notes=""), **BY)

    assert (fresh(made).price_cents, fresh(made).notes, fresh(made).sequence) == (9900, "", 0)
    assert events_of(made)[1:] == [("date.changed", "user:1", {"fields": ["price_cents", "notes"]})]


def test_change_date_to_what_it_is_changes_nothing(adas_partner):
    made = plan_date(adas_partner)

    for plan in (PLAN, replace(PLAN, ends_time=time(21), duration_minutes=None), plan_of(made)):
        operations.change_date(made, plan, **BY)

    assert fresh(made).updated_at == made.updated_at
    assert len(events_of(made)) == 1


def test_change_date_raises_the_number_for_calendars_with_the_time_alone(adas_partner):
    made = plan_date(adas_partner)

    operations.change_date(made, replace(PLAN, location="Anderswo"), **BY)
    assert fresh(made).sequence == 0
    operations.change_date(made, replace(PLAN, starts_time=time(19)), **BY)

    moved = fresh(made)
    assert (moved.sequence, moved.uid) == (1, made.uid)
    assert (moved.starts_at, moved.ends_time) == (START + timedelta(hours=1), time(22))


def test_change_date_keeps_the_clock_when_the_zone_changes(adas_partner):
    made = plan_date(adas_partner)

    operations.change_date(made, replace(PLAN, time_zone="Europe/London"), **BY)

    moved = fresh(made)
    assert (moved.starts_time, moved.starts_at, moved.sequence) == (time(18), START + timedelta(hours=1), 1)


def test_change_date_takes_the_seats_along(adas_partner):
    made = plan_date(adas_partner)

    operations.change_date(made, replace(PLAN, capacity=8), **BY)

    assert fresh(made).capacity == 8
    assert events_of(made)[1:] == [("date.capacity_changed", "user:1", {"from": 12, "to": 8})]


def test_change_date_is_all_or_nothing(adas_partner):
    made = plan_date(adas_partner)
    operations.sell_elsewhere(made, quantity=9, key="a", **BY)

    blocker = refused(operations.change_date, made, replace(PLAN, capacity=8, location="Anderswo"), **BY)

    assert blocker == CapacityBlocker.BELOW_TAKEN
    assert (fresh(made).capacity, fresh(made).location) == (12, PLAN.location)


@pytest.mark.parametrize(
    ("changes", "blocker"),
    [
        ({"starts_on": date(2030, 4, 30)}, PlanBlocker.PAST),
        ({"starts_on": date(1, 1, 1)}, PlanBlocker.PAST),
        ({"starts_on": None}, PlanBlocker.DAY_MISSING),
        ({"duration_minutes": None}, PlanBlocker.LENGTH_MISSING),
        ({"capacity": None}, PlanBlocker.CAPACITY_MISSING),
        ({"min_participants": 13}, PlanBlocker.MINIMUM_TOO_HIGH),
    ],
)
def test_change_date_refuses_what_cannot_be_meant(adas_partner, changes, blocker):
    made = plan_date(adas_partner)

    assert refused(operations.change_date, made, replace(PLAN, **changes), **BY) == blocker
    assert plan_of(fresh(made)) == plan_of(made)


def test_change_date_does_not_question_what_the_shop_said(adas_partner):
    """A date long ago, without an end: its note can be written all the same."""
    old = make_date(adas_partner, starts_at=NOON - timedelta(days=300))

    operations.change_date(old, replace(plan_of(old), notes="Lief gut."), **BY)

    assert fresh(old).notes == "Lief gut."


@pytest.mark.parametrize(
    "changes",
    [
        {"starts_on": date(2030, 5, 9)},
        {"starts_time": time(19)},
        {"duration_minutes": 200},
        {"time_zone": "Europe/London"},
        {"starts_on": date(1, 1, 1)},
    ],
)
def test_change_date_moves_nothing_that_somebody_has_booked(adas_partner, changes):
    made = booked(adas_partner)

    assert refused(operations.change_date, made, replace(PLAN, **changes), **BY) == ChangeBlocker.BOOKED
    assert plan_of(fresh(made)) == plan_of(made)


def test_change_date_lets_a_booked_date_have_another_place_and_more_seats(adas_partner):
    made = booked(adas_partner)

    operations.change_date(made, replace(PLAN, location="Nebenan", capacity=14), **BY)

    assert (fresh(made).location, fresh(made).capacity, fresh(made).sequence) == ("Nebenan", 14, 0)


def test_change_date_waits_until_a_cancelled_date_is_back(adas_partner):
    made = operations.cancel_date(plan_date(adas_partner), **BY)

    assert refused(operations.change_date, made, PLAN, **BY) == ChangeBlocker.CANCELLED


# --- Cancel and restore


def test_cancel_date_and_restore_date(adas_partner):
    made = plan_date(adas_partner)

    cancelled = operations.cancel_date(made, **BY)
    assert (cancelled.cancelled_at, cancelled.sequence) == (NOON, 1)
    restored = operations.restore_date(made, **BY)

    assert (restored.cancelled_at, restored.sequence) == (None, 2)
    assert plan_of(restored) == plan_of(made)
    assert [kind for kind, *_ in events_of(made)] == ["date.created", "date.cancelled", "date.restored"]


def test_cancel_date_twice_is_once(adas_partner):
    made = plan_date(adas_partner)

    for _time in range(2):
        operations.cancel_date(made, **BY)
    operations.restore_date(made, **BY)
    operations.restore_date(made, **BY)

    assert [kind for kind, *_ in events_of(made)] == ["date.created", "date.cancelled", "date.restored"]


def test_cancel_date_is_refused_once_somebody_has_booked(adas_partner):
    made = booked(adas_partner)

    assert refused(operations.cancel_date, made, **BY) == CancelBlocker.BOOKED
    assert fresh(made).cancelled_at is None


def test_cancel_date_is_possible_up_to_the_start(adas_partner):
    made = plan_date(adas_partner)

    assert refused(operations.cancel_date, made, actor="user:1", at=START) == CancelBlocker.BEGUN
    operations.cancel_date(made, actor="user:1", at=START - timedelta(minutes=1))

    assert fresh(made).cancelled_at is not None
    assert refused(operations.restore_date, made, actor="user:1", at=START) == RestoreBlocker.BEGUN


def booked(partner):
    """A date that somebody has booked, two seats."""
    made = plan_date(partner)
    make_booking(partner, course_date=made, course=made.course)
    return fresh(made)
