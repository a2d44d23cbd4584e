"""A booking that stands and a date that is asked for beside it: what becomes of either, its customer hears."""

from datetime import timedelta

import pytest

from portal.bookings import operations as bookings
from portal.bookings.models import Booking
from portal.bookings.queries import reason_by_code
from portal.bookings.tests.falling import fall_through, settle
from portal.bookings.tests.looking import fresh
from portal.conftest import NOON
from portal.rebooking import operations
from portal.rebooking.models import Rebooking
from portal.rebooking.operations import mails
from portal.rebooking.tests.factories import confirm, make_free_date, now_of
from portal.rebooking.tests.mailing import missing, sent, speak, states

pytestmark = pytest.mark.usefixtures("mail_server")

MINUTE = timedelta(minutes=1)
FINAL = NOON + 11 * MINUTE
STAFF = bookings.By("staff")


@pytest.fixture
def standing(booking, settings) -> Booking:
    """Promised for good."""
    settings.UNDO_SECONDS = 600
    speak(booking, "en")
    return confirm(booking)


@pytest.fixture
def asked(standing, mona, run_jobs) -> Rebooking:
    """Another date is asked for beside it, and the customer has read that the booked one stands until then."""
    date = make_free_date(standing.course)
    make_free_date(standing.course, 21)
    link = operations.send_link(standing, user=mona, at=NOON)
    run_jobs()
    operations.rebook(link, date.pk, at=NOON)
    run_jobs()
    return now_of(link)


def break_promise(booking: Booking, *, at=NOON + MINUTE) -> None:
    reason = reason_by_code("capacity_full")
    bookings.emergency_decline_booking(booking, reason=reason, notes="Krank", by=STAFF, at=at)


@pytest.mark.parametrize(
    "happens",
    [break_promise, lambda booking: fall_through(booking.course_date, at=NOON + MINUTE)],
    ids=["declined", "date cancelled"],
)
def test_who_relied_on_the_booked_date_hears_that_it_is_off(standing, asked, run_jobs, happens):
    happens(standing)
    run_jobs()
    assert len(sent(mails.CONFIRMED)) == 1

    settle(FINAL)
    run_jobs()

    assert (fresh(standing).status, fresh(asked.new_booking).status) == ("rebooked", "pending")
    before, after = sent(mails.CONFIRMED)
    words = "the date you have booked cannot take place:"
    news = [words, "Wed 8 May 2030, 12:00", "Your booking has moved"]
    assert (missing(before, words), missing(after, *news)) == ([words], [])
    assert after.subject == f"Rebooking confirmed - #{standing.order_number}"
    assert (sent("customer_date_cancelled"), len(sent(mails.OFFER))) == ([], 1)


def test_a_mail_that_had_not_left_by_then_says_both_and_no_second_one_comes(standing, mona, run_jobs):
    link = operations.send_link(standing, user=mona, at=NOON)
    operations.rebook(link, make_free_date(standing.course).pk, at=NOON)
    break_promise(standing)
    settle(FINAL)

    run_jobs("core.run_subscriber")
    run_jobs()

    (mail,) = sent(mails.CONFIRMED)
    assert not missing(mail, "the date you have booked cannot take place", "Your booking has moved")


def test_who_is_promised_the_new_date_hears_that_alone(standing, asked, run_jobs):
    before = len(sent("customer_confirmed"))

    confirm(fresh(asked.new_booking), at=FINAL)
    run_jobs()

    assert fresh(standing).status == "rebooked"
    assert (len(sent(mails.CONFIRMED)), len(sent("customer_confirmed"))) == (1, before + 1)


def test_an_asked_date_that_falls_through_is_told_with_the_link_and_that_the_booking_stands(
    standing, asked, run_jobs
):
    fall_through(asked.new_booking.course_date)
    settle(FINAL)

    run_jobs()

    assert (fresh(standing).status, fresh(asked.new_booking).status) == ("confirmed", "declined")
    _first, second = sent(mails.OFFER)
    assert not missing(second, "Your booking stays as it is", "/rebook/")
    assert sent("customer_date_cancelled") == []


def test_both_dates_fall_through_and_the_customer_gets_one_mail(standing, asked, run_jobs):
    fall_through(standing.course_date)
    fall_through(asked.new_booking.course_date)
    settle(FINAL)

    run_jobs()

    assert (fresh(standing).status, len(sent(mails.OFFER))) == ("declined", 1)
    (mail,) = sent("customer_date_cancelled")
    assert not missing(mail, "Wed 8 May 2030, 12:00", "These dates are free for you.")


def test_a_link_that_staff_sent_arrives_although_a_decline_came_between_and_was_undone(
    standing, mona, run_jobs
):
    operations.send_link(standing, user=mona, at=NOON)
    break_promise(standing)
    run_jobs()
    assert states(mails.OFFER) == ["dropped"]

    bookings.undo_decision(standing, by=STAFF, at=NOON + 2 * MINUTE)
    run_jobs()

    assert (states(mails.OFFER), len(sent(mails.OFFER))) == (["sent"], 1)
