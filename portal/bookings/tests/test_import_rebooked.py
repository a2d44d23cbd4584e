"""The shop knows nothing of a rebooking: what it says of an order reaches the date of today, and its seats where they
were sold."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from portal.bookings import operations, queries
from portal.bookings.models import Booking, StaffQuestion
from portal.bookings.operations import By
from portal.bookings.sweeps import settle_decisions
from portal.bookings.tests.looking import fresh, kinds
from portal.bookings.tests.moving import (
    HOUR,
    PARTNER,
    SETTLED,
    another_date,
    decline,
    declined,
    promised,
    rebook,
    rows,
)
from portal.bookings.tests.recount import differences, entry_of
from portal.bookings.tests.shop_orders import PERSON, make_line, make_order, take_in
from portal.conftest import NOON
from portal.core import events
from portal.core.models import OutboxMail
from portal.dates.models import CourseDate
from portal.dates.seats import seats_of

pytestmark = pytest.mark.django_db

LATER = SETTLED + HOUR
MOVED = StaffQuestion.DATE_MOVED_AFTER_REBOOKING


@pytest.fixture(autouse=True)
def _window(settings):
    settings.UNDO_SECONDS = 600


@pytest.fixture(autouse=True)
def _recounted(db):
    yield
    assert differences() == []


@pytest.fixture
def first(adas_partner) -> Booking:
    """Of order 1, declined for good."""
    take_in(make_order())
    return declined(Booking.objects.get())


@pytest.fixture
def moved(first) -> Booking:
    return rebook(first, another_date(first))


@pytest.fixture
def standing(adas_partner) -> Booking:
    """Of order 1, promised for good."""
    take_in(make_order())
    return promised(Booking.objects.get())


@pytest.fixture
def candidate(standing) -> Booking:
    return rebook(standing, another_date(standing))


def confirm(booking: Booking, *, at=SETTLED) -> None:
    operations.confirm_booking(booking, by=PARTNER, at=at)


def questions(*bookings: Booking) -> list[str]:
    return [fresh(each).staff_question for each in bookings]


# The order changes


@pytest.mark.parametrize("participants", [0, 2], ids=["none left", "as many as ever"])
def test_a_cancellation_ends_the_date_of_today_and_frees_the_seats_where_they_were_sold(
    first, moved, participants
):
    take_in(make_order(make_line(participants=participants), state="canceled"), at=LATER)

    assert rows(first) == [(1, "rebooked", False), (2, "cancelled", False)]
    assert (entry_of(first), entry_of(moved)) == ((0, 0), (0, 0))


def test_an_order_that_comes_back_holds_its_seats_where_they_were_sold_and_staff_are_asked(first, moved):
    take_in(make_order(make_line(participants=0), state="canceled"), at=LATER)
    take_in(make_order(), at=LATER + HOUR)

    assert questions(first, moved) == ["", StaffQuestion.REVIVED]
    assert (entry_of(first), entry_of(moved)) == ((0, 2), (0, 0))


def test_one_participant_less_is_one_less_on_both_dates(first, moved):
    confirm(moved)

    take_in(make_order(make_line(participants=1)), at=LATER)

    assert (entry_of(first), entry_of(moved)) == ((0, 1), (1, 0))
    assert (fresh(moved).status, questions(moved)) == ("confirmed", [""])


def test_one_participant_more_is_asked_for_on_the_date_of_today(first, moved):
    confirm(moved)
    date_of_today = moved.course_date_id

    take_in(make_order(make_line(ordered=3, participants=3)), at=LATER)

    booking = fresh(moved)
    assert (booking.status, booking.version, booking.course_date_id) == ("pending", 2, date_of_today)
    assert (entry_of(first), entry_of(moved)) == ((0, 3), (3, 0))


def test_what_has_nothing_to_do_with_the_date_asks_staff_nothing(first, moved):
    take_in(make_order(status="partner_confirmed", person=replace(PERSON, phone="030 1")), at=LATER)

    assert questions(first, moved) == ["", ""]
    assert fresh(moved).shop_status == fresh(first).shop_status == "partner_confirmed"


def test_a_date_that_the_shop_has_moved_is_asked_about_once(first, moved):
    date_of_today, elsewhere = moved.course_date, {"starts_on": date(2030, 6, 8), "date_product_id": 102}
    elsewhere |= {"date_sku": "K1-20300608"}
    take_in(make_order(make_line(**elsewhere)), at=LATER)
    asked = questions(first, moved)
    operations.settle_staff_question(fresh(moved), actor="user:7", at=LATER)

    take_in(make_order(make_line(**elsewhere), status="partner_confirmed"), at=LATER + HOUR)

    assert (asked, questions(first, moved)) == (["", MOVED], ["", ""])
    assert fresh(moved).course_date == date_of_today
    sold = seats_of([fresh(first).course_date], at=LATER)
    assert [(each.booked, each.shop_sold) for each in sold.values()] == [(0, 2)]
    assert fresh(first).starts_on == date(2030, 6, 8)


def test_once_the_stocks_are_corrected_a_cancellation_frees_the_seats_of_the_date_of_today(first, moved):
    Booking.objects.filter(pk=first.pk).update(is_sold_here=False)
    Booking.objects.filter(pk=moved.pk).update(is_sold_here=True)

    take_in(make_order(make_line(participants=0), state="canceled"), at=LATER)

    assert (entry_of(first), entry_of(moved)) == ((0, 0), (0, 0))


# The new date moves


def move_in_shop(course_date: CourseDate, *, actor: str = "shop") -> None:
    course_date.starts_on += timedelta(days=1)
    course_date.starts_at += timedelta(days=1)
    course_date.save()
    data = {"fields": ["starts_on"]}
    events.record("date.changed", subject=course_date, actor=actor, at=LATER, data=data)


@pytest.mark.parametrize(("actor", "asked"), [("shop", MOVED), ("user:7", "")])
def test_no_order_says_that_the_new_date_was_moved_so_staff_are_asked(moved, run_jobs, actor, asked):
    move_in_shop(moved.course_date, actor=actor)

    run_jobs("core.run_subscriber")

    assert questions(moved) == [asked]


def test_what_no_longer_relies_on_it_is_not_asked_about(moved, run_jobs):
    declined(moved, at=SETTLED)
    move_in_shop(moved.course_date)

    run_jobs("core.run_subscriber")

    assert questions(moved) == [""]


# Something is asked for beside it


def test_a_cancelled_order_ends_both_at_once(standing, candidate):
    take_in(make_order(make_line(participants=0), state="canceled"), at=LATER)

    assert rows(standing) == [(1, "cancelled", False), (2, "cancelled", True)]
    assert kinds(candidate) == ["booking.created", "booking.cancelled"]


def test_more_participants_are_asked_for_on_both(standing, candidate):
    take_in(make_order(make_line(ordered=3, participants=3)), at=LATER)

    assert rows(standing) == [(1, "pending", False), (2, "pending", True)]
    assert (entry_of(standing), entry_of(candidate)) == ((3, 3), (3, 0))
    assert (fresh(standing).version, fresh(candidate).version) == (2, 2)


def test_a_date_that_the_shop_has_moved_is_the_standing_ones_alone(standing, candidate):
    elsewhere = {"starts_on": date(2030, 6, 8), "date_product_id": 102, "date_sku": "K1-20300608"}

    take_in(make_order(make_line(**elsewhere)), at=LATER)

    assert (fresh(standing).starts_on, fresh(candidate).starts_on) == (date(2030, 6, 8), date(2030, 5, 15))
    assert questions(standing, candidate) == ["", ""]


def test_money_that_went_back_is_asked_about_at_the_standing_one(standing, candidate):
    take_in(make_order(payment_status="refunded"), at=LATER)

    assert questions(standing, candidate) == [StaffQuestion.REFUNDED_WITHOUT_QUANTITY, ""]


def test_what_was_refused_for_good_hears_nothing_more(standing, candidate):
    decline(candidate, at=SETTLED)
    settle_decisions(LATER)

    take_in(make_order(make_line(ordered=3, participants=3)), at=LATER)

    assert (fresh(candidate).participants, questions(candidate)) == (2, [""])


# The order is edited


def edit(*, at=LATER, former: dict | None = None, **line: object) -> Booking:
    """The shop cancels order 1 and makes order 2 of it; returns what comes of that."""
    take_in(
        make_order(state="canceled", next_order_id=2, **former or {}),
        make_order(make_line(12, **line), order_id=2, previous_order_id=1),
        at=at,
    )
    return queries.live_booking_of(Booking.objects.filter(magento_order_id=2))


def test_an_edited_order_carries_on_the_date_of_today_and_what_was_promised_of_it(first, moved, run_jobs):
    promised(moved, at=SETTLED)
    run_jobs()

    heir = edit(at=LATER)
    run_jobs()

    assert rows(heir) == [(1, "rebooked", False), (2, "confirmed", False)]
    today = fresh(moved)
    carried = ("course_date", "starts_on", "starts_at", "course", "course_name", "confirmed_at", "settled_at")
    assert [getattr(heir, name) for name in carried] == [getattr(today, name) for name in carried]
    assert (heir.previous, heir.moved_from, today.status) == (today, None, "cancelled")
    assert OutboxMail.objects.filter(kind="customer_confirmed").count() == 1


def test_its_seats_are_taken_today_and_sold_where_the_shop_says(first, moved):
    heir = edit()

    sold = queries.thread_of(heir)[0]
    assert (entry_of(heir), entry_of(sold)) == ((2, 0), (0, 2))
    assert (sold.course_date, heir.course_date) == (first.course_date, moved.course_date)
    assert (entry_of(first), entry_of(moved)) == ((0, 0), (0, 0))


def test_what_nobody_has_answered_is_asked_for_on_the_date_of_today(moved):
    heir = edit()

    assert (heir.status, heir.asked_at, heir.course_date) == ("pending", LATER, moved.course_date)


def test_a_refusal_of_the_date_of_today_is_carried_on(moved):
    declined(moved, at=SETTLED)

    heir = edit()

    assert (heir.status, heir.course_date) == ("declined", moved.course_date)


@pytest.mark.parametrize("all_are_told", [True, False])
def test_a_customer_who_had_not_heard_of_the_promise_hears_it_of_the_heir(
    moved, run_jobs, settings, all_are_told
):
    settings.CUSTOMER_MAIL_ON_CONFIRM = all_are_told
    promised(moved, at=SETTLED)

    heir = edit(at=LATER)
    settle_decisions(LATER)
    run_jobs()

    mails = OutboxMail.objects.filter(kind="customer_confirmed").values_list("subject_id", "state")
    assert list(mails) == [(heir.pk, "sent")]


def test_that_the_first_date_was_promised_once_is_another_promise(adas_partner, run_jobs):
    take_in(make_order())
    first = promised(Booking.objects.get())
    run_jobs()
    reason = queries.reason_by_code("capacity_full")
    by = By("staff")
    operations.emergency_decline_booking(first, reason=reason, notes="Krank", by=by, at=SETTLED - HOUR / 2)
    settle_decisions(SETTLED)
    moved = rebook(fresh(first), another_date(first))
    promised(moved, at=SETTLED)

    heir = edit(at=LATER)
    settle_decisions(LATER)
    run_jobs()

    told = OutboxMail.objects.filter(kind="customer_confirmed", state="sent")
    assert sorted(told.values_list("subject_id", flat=True)) == [first.pk, heir.pk]


def test_the_heir_of_a_date_that_is_over_lives_on_the_date_of_today(moved):
    on_the_ninth = NOON + timedelta(days=8)

    heir = edit(at=on_the_ninth)

    assert (heir.status, heir.expired_at, heir.starts_on) == ("pending", None, date(2030, 5, 15))


def test_of_two_equal_items_the_rebooked_one_moves_along(adas_partner):
    take_in(make_order(make_line(11), make_line(12)))
    first, second = Booking.objects.order_by("pk")
    moved = rebook(declined(first), another_date(first))
    confirm(second)

    edited = make_order(make_line(21), make_line(22), order_id=2, previous_order_id=1)
    take_in(make_order(make_line(11), make_line(12), state="canceled"), edited, at=LATER)

    heirs = Booking.objects.filter(magento_order_id=2).exclude(status="rebooked").order_by("pk")
    assert list(heirs.values_list("status", "course_date", "previous")) == [
        ("pending", moved.course_date_id, moved.pk),
        ("confirmed", second.course_date_id, second.pk),
    ]


def test_of_other_participants_staff_are_asked_which_date_is_meant(first, moved):
    heir = edit(ordered=3, participants=3)

    assert (heir.status, heir.course_date, heir.staff_question) == ("pending", first.course_date, MOVED)


def test_what_is_only_asked_for_is_not_carried_on(standing, candidate, run_jobs):
    heir = edit()
    run_jobs()

    assert rows(heir) == [(1, "confirmed", False)]
    assert rows(standing) == [(1, "cancelled", False), (2, "cancelled", True)]


def test_an_heir_is_cancelled_like_any_other(moved):
    heir = edit()

    cancelled = make_order(make_line(12, participants=0), order_id=2, previous_order_id=1, state="canceled")
    take_in(cancelled, at=LATER + HOUR)

    assert rows(heir) == [(1, "rebooked", False), (2, "cancelled", False)]
    assert [entry_of(each) for each in queries.thread_of(heir)] == [(0, 0), (0, 0)]
