"""A date that fell through takes place after all: everything stands as it did, and nobody outside has heard."""

from datetime import timedelta

import pytest

from portal.bookings import operations, queries
from portal.bookings.models import Booking, DateCancellation
from portal.bookings.operations import By
from portal.bookings.tests.falling import (
    MINUTE,
    SETTLED,
    STAFF,
    book,
    confirmed,
    date_kinds,
    fall_through,
    now_of,
    refusal,
    settle,
    statuses,
    undo,
)
from portal.bookings.tests.looking import decision_of, kinds
from portal.bookings.tests.shop_orders import make_order, take_in
from portal.conftest import NOON
from portal.core.models import OutboxMail
from portal.dates import operations as dates
from portal.dates.tests.factories import make_date

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


def test_undo_gives_back_every_booking_as_it_was(date, ada, ben):
    pending, settled, open_ = book(date), confirmed(book(date), by=By("portal", ada)), book(date)
    operations.settle_decision(settled, at=SETTLED)
    later = SETTLED + MINUTE
    open_ = confirmed(open_, at=later, by=By("portal", ada))
    before = [decision_of(each) for each in (pending, settled, open_)]
    cancellation = fall_through(date, by=By("portal", ben), at=later)

    undo(cancellation, at=later + 10 * MINUTE - timedelta(microseconds=1))

    assert [decision_of(each) for each in (pending, settled, open_)] == before
    assert (now_of(date).cancelled_at, date_kinds(date)) == (None, ["date.cancelled", "date.restored"])
    assert [kinds(each)[-1] for each in (pending, settled, open_)] == ["booking.decline_undone"] * 3


def test_undo_is_over_with_the_window(date):
    booking = book(date)
    cancellation = fall_through(date)

    assert refusal(lambda: undo(cancellation, at=SETTLED)) == "settled"
    assert (statuses(booking), now_of(date).cancelled_at) == (["declined"], NOON)


def test_undo_is_over_once_one_customer_may_know(date):
    first, second = book(date), book(date)
    cancellation = fall_through(date)
    operations.settle_decision(first, at=SETTLED)

    # By a clock that is a little behind.
    assert refusal(lambda: undo(cancellation, at=SETTLED - MINUTE)) == "settled"
    assert statuses(first, second) == ["declined", "declined"]


def test_undo_twice_is_undo_once(date):
    booking = book(date)
    cancellation = fall_through(date)

    undo(cancellation)
    undo(cancellation, at=NOON + MINUTE)

    assert DateCancellation.objects.get().undone_at == NOON
    assert kinds(booking) == ["booking.declined", "booking.decline_undone"]


def test_after_an_undo_it_can_fall_through_again(date):
    booking = book(date)
    undo(fall_through(date))

    again = fall_through(date, at=NOON + MINUTE)
    settle(NOON + 11 * MINUTE)

    assert (statuses(booking), again.undone_at) == (["declined"], None)
    assert DateCancellation.objects.count() == 2


def test_what_staff_have_cancelled_a_partner_does_not_undo(date):
    booking = book(date)
    cancellation = fall_through(date, by=STAFF)

    assert refusal(lambda: undo(cancellation)) == "by_staff"
    undo(cancellation, by=STAFF)

    assert statuses(booking) == ["pending"]


def test_a_single_booking_is_not_undone_while_its_date_is_cancelled(date):
    early = book(date)
    reason = queries.reason_by_code("other")
    operations.decline_booking(early, reason=reason, notes="Voll", by=By("portal"), at=NOON)
    booking = book(date)
    cancellation = fall_through(date)

    for each in (early, booking):
        assert refusal(lambda: operations.undo_decision(each, by=STAFF, at=NOON)) == "date_cancelled"  # noqa: B023
    undo(cancellation)
    operations.undo_decision(early, by=By("portal"), at=NOON)

    assert statuses(early, booking) == ["pending", "pending"]


def test_a_customer_who_cancels_meanwhile_stays_away(date):
    booking, other = book(date), book(date)
    cancellation = fall_through(date)
    operations.cancel_booking(booking, at=NOON)

    undo(cancellation)

    assert statuses(booking, other) == ["cancelled", "pending"]


def test_the_date_alone_is_not_restored_while_its_bookings_are_declined(date):
    book(date)
    cancellation = fall_through(date)

    assert refusal(lambda: dates.restore_date(date, actor="user:1", at=NOON)) == "fell_through"
    undo(cancellation)
    dates.cancel_date(make_date(date.partner), actor="user:1", at=NOON)

    assert now_of(date).cancelled_at is None


def test_a_request_that_was_dropped_meanwhile_is_owed_again(adas_partner, run_jobs):
    take_in(make_order())
    booking = Booking.objects.get()
    cancellation = fall_through(booking.course_date)
    run_jobs()
    dropped = OutboxMail.objects.get(kind="booking_request").state

    undo(cancellation)
    run_jobs()

    assert (dropped, OutboxMail.objects.get(kind="booking_request").state) == ("dropped", "sent")
