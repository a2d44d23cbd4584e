"""A whole date falls through: all its bookings go in one go, and come back in one go."""

from datetime import timedelta

import pytest

from portal.bookings import metrics, operations, policies, queries
from portal.bookings.date_changes import operations as date_changes
from portal.bookings.models import Booking, BookingStatus, CancelledBooking, DateCancellation
from portal.bookings.operations import By
from portal.bookings.responses import Period
from portal.bookings.tests.factories import make_booking
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
from portal.bookings.tests.looking import fresh, kinds
from portal.bookings.tests.shop_orders import LATER, make_line, make_order, take_in
from portal.conftest import NOON
from portal.core import registry
from portal.core.models import Event
from portal.dates import operations as dates
from portal.dates.seats import seats_of
from portal.dates.tests.factories import make_date

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]


# --- What falls through


def test_all_that_is_live_is_declined_in_one_go_and_the_date_cancelled(date, ada):
    pending, promised = book(date), confirmed(book(date))
    by = By("portal", ada)

    cancellation = fall_through(date, by=by)

    assert statuses(pending, promised) == ["declined", "declined"]
    assert now_of(date).cancelled_at == NOON
    assert date_kinds(date) == ["date.cancelled"]
    assert (cancellation.reason, cancellation.notes, cancellation.way) == (
        "other",
        "Der Koch ist krank.",
        "portal",
    )
    assert (cancellation.decided_by_user, cancellation.settles_at) == (ada, SETTLED)
    assert {each.booking_id for each in cancellation.bookings.all()} == {pending.pk, promised.pk}
    for each in (pending, promised):
        row = fresh(each)
        assert (row.decline_reason, row.decline_notes, row.declined_by) == (
            "other",
            "Der Koch ist krank.",
            "portal",
        )
        assert (row.settles_at, row.settled_at, row.decided_by_user) == (SETTLED, None, ada)
    was = [event.data["was"] for event in Event.objects.filter(kind="booking.declined").order_by("id")]
    assert was == ["pending", "confirmed"]


def test_what_is_no_longer_live_stays_as_it_is(date):
    cancelled = book(date, status="cancelled", cancelled_at=NOON)
    expired = book(date, status="expired", expired_at=NOON)
    declined = book(
        date, status="declined", declined_at=NOON, decline_reason="other", settles_at=NOON, settled_at=NOON
    )
    live = book(date)

    cancellation = fall_through(date)

    assert statuses(cancelled, expired, declined, live) == ["cancelled", "expired", "declined", "declined"]
    assert [each.booking_id for each in cancellation.bookings.all()] == [live.pk]


def test_bookings_of_other_dates_stay(date, adas_partner):
    other = make_booking(adas_partner)

    fall_through(date)

    assert statuses(other) == ["pending"]


def test_an_order_that_is_still_being_paid_is_no_booking_yet(date):
    unpaid = book(date, released_at=None, asked_at=None)

    cancellation = fall_through(date)

    assert (statuses(unpaid), cancellation.bookings.count()) == (["pending"], 0)
    assert now_of(date).cancelled_at == NOON
    undo(cancellation, at=SETTLED - MINUTE)
    assert now_of(date).cancelled_at is None


def test_bookings_from_before_the_portal_began_fall_through_too(date):
    old = book(
        date, status="confirmed", confirmed_by="import", confirmed_at=NOON, settles_at=NOON, settled_at=NOON
    )

    fall_through(date)

    assert statuses(old) == ["declined"]


def test_a_second_time_changes_nothing_and_returns_the_first(date, ada, ben):
    booking = book(date)
    first = fall_through(date, by=By("portal", ada))

    second = fall_through(date, by=By("portal", ben), at=NOON + MINUTE, code="capacity_full")

    assert (second, DateCancellation.objects.count()) == (first, 1)
    assert kinds(booking) == ["booking.declined"]
    assert fresh(booking).decline_reason == "other"


@pytest.mark.parametrize(
    ("notes", "code"), [("", "other"), ("  ", "capacity_full"), ("Krank", "no such reason")]
)
def test_it_needs_a_reason_and_a_note(date, notes, code):
    booking = book(date)

    refused = refusal(lambda: fall_through(date, notes=notes, code=code))

    assert refused == ("unknown_reason" if code == "no such reason" else "notes_required")
    assert (statuses(booking), now_of(date).cancelled_at) == (["pending"], None)


def test_until_the_minute_it_begins(adas_partner):
    date = make_date(adas_partner, starts_at=NOON + MINUTE)
    booking = book(date)

    assert refusal(lambda: fall_through(date, at=NOON + MINUTE)) == "begun"
    fall_through(date, at=NOON)

    assert statuses(booking) == ["declined"]


def test_a_date_that_was_cancelled_before_does_not_fall_through(date):
    dates.cancel_date(date, actor="user:1", at=NOON)
    late = book(date)

    assert refusal(lambda: fall_through(date)) == "cancelled"
    assert statuses(late) == ["pending"]


def test_close_to_the_start_the_customers_hear_at_once(adas_partner):
    date = make_date(adas_partner, starts_at=NOON + timedelta(hours=4) - MINUTE)
    booking = book(date)

    cancellation = fall_through(date)

    assert cancellation.settles_at == NOON
    assert settle(NOON) == 1
    assert fresh(booking).settled_at == NOON


def test_all_settle_together(date):
    bookings = [book(date), confirmed(book(date)), book(date)]
    fall_through(date)

    assert settle(SETTLED - MINUTE) == 0
    assert settle(SETTLED) == 3

    assert {fresh(each).settled_at for each in bookings} == {SETTLED}


def test_the_seats_stay_taken_until_it_is_final(date):
    book(date, participants=3), book(date, participants=2)
    fall_through(date)
    before = seats_of([date], at=NOON)[date.pk].booked

    settle()

    assert (before, seats_of([date], at=SETTLED)[date.pk].booked) == (5, 0)


# --- Who may break a promise


def test_a_partner_breaks_all_promises_of_a_date_or_none(date):
    promised = confirmed(book(date))
    reason = queries.reason_by_code("other")

    def break_one(by):
        return operations.emergency_decline_booking(promised, reason=reason, notes="Krank", by=by, at=NOON)

    assert refusal(lambda: break_one(By("portal"))) == "already_confirmed"
    assert policies.emergency_decline_blocker(promised, at=NOON, by_staff=False, with_date=True) is None
    assert break_one(STAFF).is_new


@pytest.mark.parametrize("with_date", [True, False])
@pytest.mark.parametrize("by_staff", [True, False])
@pytest.mark.parametrize("status", BookingStatus.values)
def test_which_bookings_go_with_their_date(date, status, by_staff, with_date):
    booking = Booking(status=status, released_at=NOON, starts_at=date.starts_at)

    may = policies.emergency_decline_blocker(booking, at=NOON, by_staff=by_staff, with_date=with_date) is None

    assert may == ((status == "confirmed" and (by_staff or with_date)) or (status == "pending" and with_date))


# --- What the shop does meanwhile


def test_what_is_sold_after_that_is_seen_by_partner_and_staff_and_promised_by_nobody(adas_partner, run_jobs):
    take_in(make_order())
    date = Booking.objects.get().course_date
    fall_through(date)

    take_in(make_order(make_line(12), order_id=2), at=LATER)
    late = Booking.objects.get(magento_order_id=2)

    assert (late.course_date_id, late.status) == (date.pk, "pending")
    assert late in queries.pending_for(adas_partner)
    assert refusal(lambda: operations.confirm_booking(late, by=By("portal"), at=LATER)) == "date_cancelled"
    (problem,) = [each for each in registry.problems(LATER) if late.order_number in each.title]
    assert problem.tone == "bad"
    reason = queries.reason_by_code("other")
    operations.decline_booking(late, reason=reason, notes="Fällt aus", by=By("portal"), at=LATER)
    assert [each for each in registry.problems(LATER) if late.order_number in each.title] == []


def test_a_payment_that_arrives_after_that_makes_it_a_booking_that_staff_are_shown(adas_partner):
    unpaid = make_order(state="pending_payment")
    take_in(unpaid)
    booking = Booking.objects.get()
    fall_through(booking.course_date)
    before = [each for each in registry.problems(NOON) if booking.order_number in each.title]

    take_in(make_order(updated_at=LATER), at=LATER)

    assert (fresh(booking).released_at, fresh(booking).status) == (LATER, "pending")
    assert before == []
    assert len([each for each in registry.problems(LATER) if booking.order_number in each.title]) == 1


def test_an_edited_order_carries_on_that_it_fell_through(adas_partner):
    take_in(make_order())
    original = Booking.objects.get()
    cancellation = fall_through(original.course_date)

    take_in(
        make_order(state="canceled", updated_at=LATER),
        make_order(make_line(12), order_id=2, previous_order_id=1, updated_at=LATER),
        at=NOON + MINUTE,
    )
    heir = Booking.objects.get(magento_order_id=2)
    carried_on = heir.status
    undo(cancellation, at=NOON + 2 * MINUTE)

    assert (carried_on, statuses(original, heir)) == ("declined", ["cancelled", "pending"])
    assert set(CancelledBooking.objects.values_list("booking_id", flat=True)) == {original.pk, heir.pk}


def test_ticking_off_is_noted_once_and_taken_back(date, ada):
    booking = book(date)
    entry = fall_through(date).bookings.get()

    date_changes.note_reached(entry, user=ada, at=NOON)
    date_changes.note_reached(entry, user=ada, at=NOON + MINUTE)
    entry.refresh_from_db()
    noted = (entry.reached_at, entry.reached_by_user)
    date_changes.take_back_reached(entry, user=ada, at=NOON + MINUTE)
    date_changes.take_back_reached(entry, user=ada, at=NOON + MINUTE)
    entry.refresh_from_db()

    assert (noted, (entry.reached_at, entry.reached_by_user)) == ((NOON, ada), (None, None))
    assert kinds(booking)[1:] == ["booking.customer_reached", "booking.customer_not_reached"]


def test_a_promise_that_falls_through_was_given_in_time_all_the_same(date):
    booking = book(date)
    confirmed(booking, at=NOON + 2 * MINUTE)

    fall_through(date, at=NOON + timedelta(days=2))

    numbers = metrics.of_all(Period(NOON.date(), NOON.date()), metrics.all_reasons())
    assert (numbers.counts["declined"], numbers.median) == (1, 2 * MINUTE)
