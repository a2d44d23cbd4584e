"""Seats that a link keeps while its customer makes up their mind, and wishes when no date fits."""

from datetime import date, timedelta

import pytest

from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.falling import refusal
from portal.bookings.tests.looking import fresh, kinds
from portal.conftest import NOON
from portal.core.models import Event
from portal.dates.models import CourseDate, SeatEntry
from portal.dates.operations import call_off, set_capacity
from portal.dates.seats import seats_of
from portal.dates.sweeps_seats import remove_expired_holds
from portal.rebooking import operations
from portal.rebooking.models import Choice, TimeOfDay
from portal.rebooking.operations import Wish
from portal.rebooking.tests.factories import make_declined, make_free_date, make_rebooking, now_of

MINUTE = timedelta(minutes=1)


def holds() -> list[tuple[str, int, int, object]]:
    found = SeatEntry.objects.filter(source="hold").order_by("pk")
    return list(found.values_list("source_key", "course_date_id", "quantity", "expires_at"))


def free(course_date: CourseDate, *, at=NOON) -> int | None:
    return seats_of([course_date], at=at)[course_date.pk].shown_free


def test_chosen_seats_are_kept_for_ten_minutes_to_the_minute(rebooking, free_date):
    row = operations.hold_date(rebooking, free_date.pk, at=NOON)

    assert (row.held_date, row.held_until) == (free_date, NOON + 10 * MINUTE)
    assert holds() == [(f"rebooking:{row.pk}", free_date.pk, 2, NOON + 10 * MINUTE)]
    assert (free(free_date, at=NOON + 9 * MINUTE), free(free_date, at=NOON + 10 * MINUTE)) == (0, 2)
    assert (row.is_held(NOON + 9 * MINUTE), row.is_held(NOON + 10 * MINUTE)) == (True, False)


def test_choosing_the_same_date_again_does_not_make_the_hold_longer(rebooking, free_date):
    operations.hold_date(rebooking, free_date.pk, at=NOON)

    row = operations.hold_date(rebooking, free_date.pk, at=NOON + 9 * MINUTE)

    assert (row.held_until, len(holds())) == (NOON + 10 * MINUTE, 1)


@pytest.mark.parametrize("is_swept", [True, False])
def test_once_it_is_over_the_same_date_may_be_held_anew(rebooking, free_date, is_swept):
    operations.hold_date(rebooking, free_date.pk, at=NOON)
    if is_swept:
        assert remove_expired_holds(NOON + 10 * MINUTE) == 1

    row = operations.hold_date(rebooking, free_date.pk, at=NOON + 10 * MINUTE)

    assert (row.held_until, [each[3] for each in holds()]) == (NOON + 20 * MINUTE, [NOON + 20 * MINUTE])


def test_another_date_takes_the_place_of_the_first_one(rebooking, course, free_date):
    other = make_free_date(course, 21)
    operations.hold_date(rebooking, free_date.pk, at=NOON)

    row = operations.hold_date(rebooking, other.pk, at=NOON + MINUTE)

    assert (row.held_date, row.held_until) == (other, NOON + 11 * MINUTE)
    assert ([each[1] for each in holds()], free(free_date), free(other)) == ([other.pk], 2, 6)


def test_a_refused_date_leaves_the_first_one_held(rebooking, course, free_date):
    full = make_free_date(course, 21, capacity=2)
    make_booking(rebooking.partner, course_date=full)
    operations.hold_date(rebooking, free_date.pk, at=NOON)

    assert refusal(lambda: operations.hold_date(rebooking, full.pk, at=NOON)) == "full"

    assert (now_of(rebooking).held_date, [each[1] for each in holds()]) == (free_date, [free_date.pk])


def test_what_became_of_the_date_meanwhile_is_said(rebooking, course):
    cancelled, shrunk = make_free_date(course, 14), make_free_date(course, 15)
    call_off(cancelled, actor="test", at=NOON)
    set_capacity(shrunk, 1, actor="test", at=NOON)

    refusals = [
        refusal(lambda pk=pk: operations.hold_date(rebooking, pk, at=NOON))
        for pk in (cancelled.pk, shrunk.pk, 10**9)
    ]

    assert refusals == ["cancelled", "too_few", "not_offered"]
    assert (holds(), now_of(rebooking).held_until) == ([], None)


def test_seats_are_given_back_at_once_by_who_looks_on(rebooking, free_date):
    operations.hold_date(rebooking, free_date.pk, at=NOON)

    rows = [operations.release_date(rebooking, at=NOON + MINUTE) for _ in range(2)]

    assert [(row.held_date, row.held_until) for row in rows] == [(None, None)] * 2
    assert (holds(), free(free_date)) == ([], 2)


def test_two_customers_cannot_hold_the_last_seats(rebooking, free_date):
    other = make_rebooking(
        rebooking.partner, booking=make_declined(rebooking.partner, course=rebooking.original_booking.course)
    )
    operations.hold_date(rebooking, free_date.pk, at=NOON)

    assert refusal(lambda: operations.hold_date(other, free_date.pk, at=NOON + 9 * MINUTE)) == "full"
    assert operations.hold_date(other, free_date.pk, at=NOON + 10 * MINUTE).held_date == free_date
    assert refusal(lambda: operations.rebook(rebooking, free_date.pk, at=NOON + 10 * MINUTE)) == "full"


def test_a_link_that_is_over_holds_nothing(rebooking, course):
    date = make_free_date(course, 60)
    over = NOON + timedelta(days=30)

    assert operations.hold_date(rebooking, date.pk, at=over - MINUTE).held_date == date
    assert refusal(lambda: operations.hold_date(rebooking, date.pk, at=over)) == "expired"


WISH = Wish(Choice.OTHER_DATES, (5, 6, 5), TimeOfDay.EVENING, date(2030, 8, 1), " Am liebsten samstags. ")


def test_a_wish_is_kept_for_staff_and_ends_the_reminders(rebooking, free_date):
    operations.hold_date(rebooking, free_date.pk, at=NOON)

    row = operations.note_wish(rebooking, WISH, at=NOON + MINUTE)

    assert (row.choice, row.wish_weekdays, row.wish_time, row.wish_until, row.wish_note) == (
        "other_dates",
        [5, 6],
        "evening",
        date(2030, 8, 1),
        "Am liebsten samstags.",
    )
    assert (row.status, row.chosen_at, row.remind_at, row.needs_staff) == (
        "active",
        NOON + MINUTE,
        None,
        "none_fits",
    )
    assert (row.held_date, holds()) == (None, [])
    event = Event.objects.get(kind="rebooking.wish_noted")
    assert event.data == {"rebooking": row.pk, "choice": "other_dates"}


def test_the_same_wish_again_is_no_news_and_another_one_takes_its_place(rebooking):
    operations.note_wish(rebooking, WISH, at=NOON)
    operations.note_wish(rebooking, WISH, at=NOON + MINUTE)

    row = operations.note_wish(rebooking, Wish(Choice.VOUCHER, (1,), TimeOfDay.MORNING), at=NOON + 2 * MINUTE)

    assert (row.choice, row.wish_weekdays, row.wish_time, row.wish_until, row.wish_note) == (
        "voucher",
        [],
        "",
        None,
        "",
    )
    assert kinds(row.original_booking).count("rebooking.wish_noted") == 2


def test_a_new_wish_opens_a_case_again_that_staff_had_settled(rebooking, mona):
    operations.note_wish(rebooking, WISH, at=NOON)
    operations.settle_case(rebooking, user=mona, at=NOON + MINUTE)

    row = operations.note_wish(rebooking, Wish(Choice.REFUND), at=NOON + 2 * MINUTE)

    assert (row.needs_staff_at, row.settled_at) == (NOON + 2 * MINUTE, None)


def test_who_has_made_a_wish_may_still_choose_a_date(rebooking, free_date):
    operations.note_wish(rebooking, WISH, at=NOON)

    row = operations.rebook(rebooking, free_date.pk, at=NOON + MINUTE).rebooking

    assert (row.status, row.settled_at, fresh(row.original_booking).status) == (
        "used",
        NOON + MINUTE,
        "rebooked",
    )
    assert refusal(lambda: operations.note_wish(rebooking, WISH, at=NOON + MINUTE)) == "used"
