"""The ledger of seats follows every way a booking changes: live ones take seats, others do not."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection

from portal.bookings import operations, queries
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.sweeps import expire_bookings, settle_decisions
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import ask
from portal.bookings.tests.moving import another_date, rebook
from portal.bookings.tests.recount import differences, entry_of
from portal.bookings.tests.shop_orders import LATER, PERSON, confirm, make_line, make_order, take_in
from portal.conftest import NOON
from portal.dates.models import CourseDate, SeatEntry
from portal.dates.seats import Seats, seats_of

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)
WINDOW = timedelta(minutes=10)
PARTNER, STAFF = By("portal"), By("staff")


@pytest.fixture(autouse=True)
def _window(settings):
    settings.UNDO_SECONDS = WINDOW.total_seconds()


@pytest.fixture(autouse=True)
def _recounted(db):
    """Whatever a test has done: the ledger is what a count of the bookings would be."""
    yield
    assert differences() == []


@pytest.fixture
def booking(adas_partner) -> Booking:
    return ask(adas_partner, participants=2, shop_participants=2)[0]


@pytest.fixture
def ordered(adas_partner) -> Booking:
    """Of order 1, by the import, for two."""
    take_in(make_order())
    return Booking.objects.get()


def decline(booking: Booking, *, by: By = PARTNER, at=NOON) -> None:
    reason = queries.reason_by_code("capacity_full")
    operations.decline_booking(booking, reason=reason, by=by, at=at)


def break_promise(booking: Booking) -> None:
    reason = queries.reason_by_code("capacity_full")
    operations.emergency_decline_booking(booking, reason=reason, notes="Krank", by=STAFF, at=NOON)


def undo(booking: Booking, *, by: By = PARTNER, at=NOON) -> None:
    operations.undo_decision(booking, by=by, at=at)


def cancel_in_shop(*, at=LATER) -> None:
    take_in(make_order(make_line(participants=0), state="canceled"), at=at)


def seats_of_booking(booking: Booking) -> Seats:
    booking.refresh_from_db()
    return seats_of([booking.course_date], at=NOON)[booking.course_date_id]


def test_the_recount_finds_what_is_missing_and_what_is_too_many(booking):
    SeatEntry.objects.update(quantity=3)

    found = differences()

    key = (str(booking.pk), booking.partner_id, booking.course_date_id)
    assert sorted(found) == [("missing", *key, 2, 2), ("too many", *key, 3, 2)]
    SeatEntry.objects.update(quantity=2)


# It comes


def test_a_new_booking_takes_its_participants_seats(adas_partner):
    booking = make_booking(adas_partner, participants=3, shop_participants=3)

    assert entry_of(booking) == (3, 3)
    entry = SeatEntry.objects.get()
    assert (entry.partner, entry.course_date_id) == (adas_partner, booking.course_date_id)
    assert (entry.source, entry.expires_at, entry.created_at) == ("booking", None, NOON)


def test_a_page_of_new_orders_takes_the_seats_of_each(adas_partner, eves_partner):
    hers = make_line(99, partner_value=eves_partner.magento_partner_id, product_id=7, date_product_id=8)
    take_in(
        *[make_order(make_line(10 + n, participants=n), order_id=n) for n in range(1, 6)],
        make_order(hers, order_id=9),
    )

    found = seats_of(CourseDate.objects.all(), at=NOON)

    assert sorted((each.booked, each.shop_sold) for each in found.values()) == [(2, 2), (15, 15)]


def test_a_booking_whose_payment_the_shop_waits_for_takes_its_seats_already(adas_partner):
    take_in(make_order(state="pending_payment"))
    booking = Booking.objects.get()
    before = entry_of(booking)

    take_in(make_order(), at=LATER)

    assert (booking.released_at, before, entry_of(booking)) == (None, (2, 2), (2, 2))


def test_a_payment_that_never_comes_gives_the_seats_back(adas_partner):
    take_in(make_order(state="pending_payment"))

    cancel_in_shop()

    assert entry_of(Booking.objects.get()) == (0, 0)


def test_history_takes_its_seats_in_silence(adas_partner, settings):
    settings.BOOKINGS_START_AT = NOON

    take_in(make_order())

    booking = Booking.objects.get()
    assert (booking.status, entry_of(booking)) == ("confirmed", (2, 2))


def test_what_was_cancelled_before_we_saw_it_takes_nothing(adas_partner):
    cancel_in_shop()

    assert SeatEntry.objects.count() == 0


def test_a_booking_without_a_date_takes_seats_of_none(adas_partner):
    make_booking(adas_partner, starts_at=None, course_date=None)

    assert SeatEntry.objects.count() == 0


# It is decided


def test_a_promise_keeps_the_seats_from_the_request_to_its_settling(booking):
    seen = []
    confirm(booking)
    seen.append(entry_of(booking))
    settle_decisions(NOON + WINDOW)
    seen.append(entry_of(booking))

    assert seen == [(2, 2), (2, 2)]


def test_a_promise_that_is_undone_keeps_the_seats(booking):
    confirm(booking)
    undo(booking)

    assert entry_of(booking) == (2, 2)


def test_a_decline_gives_the_seats_back_once_it_settles_and_the_shop_still_counts_them(booking):
    decline(booking)
    before = entry_of(booking)
    settle_decisions(NOON + WINDOW - timedelta(minutes=1))
    in_between = entry_of(booking)
    for _tick in range(2):
        settle_decisions(NOON + WINDOW)

    assert (before, in_between, entry_of(booking)) == ((2, 2), (2, 2), (0, 2))
    found = seats_of_booking(booking)
    assert (found.booked, found.shop_sold) == (0, 2)


def test_a_decline_that_is_undone_gives_nothing_back(booking):
    decline(booking)
    undo(booking)
    settle_decisions(NOON + WINDOW)

    assert entry_of(booking) == (2, 2)


def test_a_broken_promise_gives_the_seats_back_once_it_settles(booking):
    confirm(booking)
    settle_decisions(NOON + WINDOW)
    break_promise(booking)
    before = entry_of(booking)
    settle_decisions(NOON + WINDOW)

    assert (before, entry_of(booking)) == ((2, 2), (0, 2))


def test_a_broken_promise_that_is_undone_stands_as_it_was_with_its_seats(booking):
    confirm(booking)
    settle_decisions(NOON + WINDOW)
    break_promise(booking)
    undo(booking, by=STAFF)

    assert (booking.course_date.seat_entries.count(), entry_of(booking)) == (1, (2, 2))


def test_nobody_answers_and_the_seats_stay_taken_until_staff_decline(booking):
    expire_bookings(NOON + WEEK)
    expired = entry_of(booking)
    decline(booking, by=STAFF, at=NOON + WEEK)
    declined = entry_of(booking)
    undo(booking, by=STAFF, at=NOON + WEEK)
    undone = entry_of(booking)
    decline(booking, by=STAFF, at=NOON + WEEK)
    settle_decisions(NOON + WEEK + WINDOW)

    assert [expired, declined, undone, entry_of(booking)] == [(2, 2), (2, 2), (2, 2), (0, 2)]


def test_nobody_answers_and_staff_confirm_what_has_its_seats(booking):
    expire_bookings(NOON + WEEK)
    operations.confirm_booking(booking, by=STAFF, at=NOON + WEEK)
    settle_decisions(NOON + WEEK + WINDOW)

    assert entry_of(booking) == (2, 2)


# The shop changes it


@pytest.mark.parametrize("answer", [None, confirm, decline])
def test_a_cancellation_gives_all_seats_back_whatever_was_answered(ordered, answer):
    if answer:
        answer(ordered)

    cancel_in_shop()
    cancel_in_shop(at=LATER + WINDOW)

    assert (entry_of(ordered), seats_of_booking(ordered).taken) == ((0, 0), 0)


@pytest.mark.parametrize("state", ["canceled", "closed"])
def test_an_order_that_is_over_takes_nothing_whatever_quantity_its_item_still_says(ordered, state):
    take_in(make_order(state=state), at=LATER)

    assert (Booking.objects.get().shop_participants, entry_of(ordered)) == (2, (0, 0))


def test_a_cancellation_after_a_settled_decline_gives_them_back_to_the_shop_too(ordered):
    decline(ordered)
    settle_decisions(NOON + WINDOW)

    cancel_in_shop()

    assert entry_of(ordered) == (0, 0)


def test_a_refund_of_one_seat_gives_one_back(ordered):
    confirm(ordered)

    take_in(make_order(make_line(participants=1)), at=LATER)

    assert entry_of(ordered) == (1, 1)


def test_a_refund_of_all_seats_gives_all_back_though_the_order_is_complete(ordered):
    confirm(ordered)

    take_in(make_order(make_line(participants=0), state="complete"), at=LATER)

    assert (Booking.objects.get().status, entry_of(ordered)) == ("cancelled", (0, 0))


def test_money_back_without_the_seats_gives_nothing_back(ordered):
    take_in(make_order(payment_status="refunded"), at=LATER)

    assert (Booking.objects.get().staff_question, entry_of(ordered)) == ("refunded", (2, 2))


def test_a_refund_after_a_decline_changes_what_the_shop_counts_alone(ordered):
    decline(ordered)

    take_in(make_order(make_line(participants=1)), at=LATER)

    assert entry_of(ordered) == (2, 1)


@pytest.mark.parametrize("answer", [None, confirm])
def test_more_participants_take_more_seats_at_once(ordered, answer):
    if answer:
        answer(ordered)

    take_in(make_order(make_line(participants=5, ordered=5)), at=LATER)

    assert (Booking.objects.get().status, entry_of(ordered)) == ("pending", (5, 5))


def test_a_cancelled_booking_that_the_shop_shows_again_takes_nothing_until_staff_have_looked(ordered):
    cancel_in_shop()

    take_in(make_order(), at=LATER + WINDOW)

    assert (Booking.objects.get().staff_question, entry_of(ordered)) == ("revived", (0, 0))


def test_a_booking_that_moves_takes_its_seats_along(ordered):
    old = ordered.course_date
    line = make_line(date_product_id=102, date_sku="K1-20300515", starts_on=date(2030, 5, 15))

    take_in(make_order(line), at=LATER)

    new = Booking.objects.get().course_date
    found = seats_of([old, new], at=NOON)
    assert (found[old.pk].booked, found[new.pk].booked, new.pk != old.pk) == (0, 2, True)


def test_a_booking_whose_date_becomes_known_takes_its_seats_then(adas_partner):
    unknown = {"date_product_id": None, "date_sku": "", "starts_on": None, "starts_time": None}
    take_in(make_order(make_line(**unknown)))
    before = SeatEntry.objects.count()

    take_in(make_order(), at=LATER)

    assert (before, entry_of(Booking.objects.get())) == (0, (2, 2))


def test_a_date_that_moves_in_the_catalog_keeps_its_seats(ordered):
    take_in(make_order(make_line(starts_on=date(2030, 5, 15))), at=LATER)

    assert CourseDate.objects.get().starts_on == date(2030, 5, 15)
    assert (seats_of_booking(ordered).booked, entry_of(ordered)) == (2, (2, 2))


@pytest.mark.parametrize(("answer", "heirs"), [(confirm, (2, 2)), (decline, (2, 2)), (None, (2, 2))])
def test_an_edited_order_takes_its_seats_once(ordered, answer, heirs):
    if answer:
        answer(ordered)
    edited = make_order(make_line(12), order_id=2, previous_order_id=1)

    take_in(make_order(make_line(participants=0), state="canceled"), edited, at=LATER)

    heir = Booking.objects.get(magento_order_id=2)
    assert (entry_of(ordered), entry_of(heir)) == ((0, 0), heirs)
    assert seats_of_booking(heir).booked == 2


def test_an_edited_order_that_was_declined_for_good_takes_none(ordered, run_jobs):
    decline(ordered)
    settle_decisions(NOON + WINDOW)
    run_jobs()
    edited = make_order(make_line(12), order_id=2, previous_order_id=1)

    take_in(make_order(make_line(participants=0), state="canceled"), edited, at=LATER)

    heir = Booking.objects.get(magento_order_id=2)
    assert (entry_of(ordered), entry_of(heir)) == ((0, 0), (0, 2))


def test_a_rebooking_takes_the_seats_of_its_new_date_and_the_shop_counts_the_old_one(booking):
    decline(booking)
    settle_decisions(NOON + WINDOW)
    first = booking.course_date

    new = rebook(booking, another_date(booking))

    assert (entry_of(booking), entry_of(new)) == ((0, 2), (2, 0))
    found = seats_of([first, new.course_date], at=NOON)
    assert [(each.booked, each.shop_sold) for each in found.values()] == [(0, 2), (2, 0)]


# What leaves the seats alone


def test_changes_that_are_none_of_the_ledgers_business_do_not_touch_it(ordered):
    before = SeatEntry.objects.values().get()

    confirm(ordered)
    settle_decisions(NOON + WINDOW)
    take_in(make_order(person=replace(PERSON, phone="030 1"), status="partner_confirmed"), at=LATER)
    operations.erase_orders([1], actor="user:7", at=LATER)
    Booking.objects.update(notes="anything", shop_price_cents=1)

    assert SeatEntry.objects.values().get() == before


def test_a_change_leaves_a_trace_by_the_clock_of_the_database(ordered):
    SeatEntry.objects.update(changed_at=NOON - WEEK)

    cancel_in_shop()

    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        assert SeatEntry.objects.get().changed_at == cursor.fetchone()[0]
