"""A date falls through while others are at its bookings: real commits, real locks, one thread for each."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from portal.bookings import operations
from portal.bookings.models import Booking, CancelledBooking, DateCancellation
from portal.bookings.operations import By
from portal.bookings.sweeps import settle_decisions
from portal.bookings.tests.falling import MINUTE, SETTLED, book, fall_through, in_scope_of, now_of, undo
from portal.bookings.tests.looking import fresh, kinds
from portal.bookings.tests.shop_orders import make_line, make_order, take_in
from portal.conftest import NOON, make_partner
from portal.core import tenancy
from portal.core.models import OutboxMail
from portal.core.refusals import NotAllowed
from portal.dates import operations as dates
from portal.dates.tests.factories import make_date
from portal.partners.models import Partner
from tests.threads import run_together, wait_for_waiters

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("noon")]


@pytest.fixture
def partner() -> Partner:
    with tenancy.system("tests", actor="test"):
        return make_partner("Kochschule Ada", 1)


@pytest.fixture
def date(partner):
    with tenancy.system("tests", actor="test"):
        return make_date(partner, capacity=12)


@pytest.fixture
def bookings(date) -> list[Booking]:
    with tenancy.system("tests", actor="test"):
        return [book(date) for _ in range(3)]


def together(partner, *calls):
    results = run_together(*(in_scope_of(partner, call) for call in calls))
    strange = [each for each in results if isinstance(each, Exception) and not isinstance(each, NotAllowed)]
    assert strange == []
    return results


def cancelled_by(date) -> DateCancellation:
    with tenancy.system("tests"):
        return DateCancellation.objects.get(course_date=date)


def test_of_two_at_once_one_cancels_and_both_stand_before_the_same(partner, date, bookings):
    results = together(partner, *[lambda: fall_through(date)] * 4)

    assert len({each.pk for each in results}) == 1
    assert [kinds(each) for each in bookings] == [["booking.declined"]] * 3
    with tenancy.system("tests"):
        assert CancelledBooking.objects.count() == 3


@pytest.mark.parametrize("_again", range(3))
def test_a_confirmation_at_the_same_instant_falls_through_as_well(partner, date, bookings, _again):
    first = bookings[0]

    together(
        partner,
        lambda: fall_through(date),
        lambda: operations.confirm_booking(first, by=By("portal"), at=NOON),
    )

    assert [fresh(each).status for each in bookings] == ["declined"] * 3


@pytest.mark.parametrize("_again", range(3))
def test_undo_and_the_end_of_the_window_at_the_same_instant_take_all_or_nothing(
    partner, date, bookings, _again
):
    with tenancy.system("tests", actor="test"):
        cancellation = fall_through(date)

    undone, _settled = together(
        partner,
        lambda: undo(cancellation, at=SETTLED - MINUTE),
        lambda: sum(operations.settle_decision(each, at=SETTLED) for each in bookings),
    )

    found = {(fresh(each).status, fresh(each).settled_at) for each in bookings}
    if isinstance(undone, NotAllowed):
        assert (undone.blocker.value, found) == ("settled", {("declined", SETTLED)})
        assert now_of(date).cancelled_at == NOON
    else:
        assert (found, now_of(date).cancelled_at) == ({("pending", None)}, None)


def test_two_sweeps_at_once_settle_each_once(partner, date, bookings):
    with tenancy.system("tests", actor="test"):
        fall_through(date)

    run_together(lambda: settle_decisions(SETTLED), lambda: settle_decisions(SETTLED))

    assert [kinds(each).count("booking.decline_settled") for each in bookings] == [1, 1, 1]


@pytest.mark.parametrize("_again", range(3))
def test_an_order_that_comes_in_meanwhile_is_never_lost(partner, _again):
    with tenancy.system("tests", actor="test"):
        take_in(make_order())
        date = Booking.objects.get().course_date

    def import_another():
        with tenancy.system("tests", actor="shop"):
            take_in(make_order(make_line(12), order_id=2))

    cancelled, _ = run_together(in_scope_of(partner, lambda: fall_through(date)), import_another)

    assert isinstance(cancelled, DateCancellation)
    with tenancy.system("tests"):
        late = Booking.objects.get(magento_order_id=2)
        goes_with_it = CancelledBooking.objects.filter(booking=late).exists()
    # Either it fell through with the others, or it waits where partner and staff see it.
    assert late.status == ("declined" if goes_with_it else "pending")
    assert (late.course_date_id, now_of(date).cancelled_at) == (date.pk, NOON)


def test_restoring_the_date_at_the_same_instant_leaves_no_booking_of_a_cancelled_date(
    partner, date, bookings
):
    with tenancy.system("tests", actor="test"):
        cancellation = fall_through(date)

    together(partner, lambda: undo(cancellation), lambda: dates.restore_date(date, actor="user:1", at=NOON))

    assert now_of(date).cancelled_at is None
    assert {fresh(each).status for each in bookings} == {"pending"}
    assert cancelled_by(date).undone_at == NOON


def test_undo_takes_all_mails_by_their_id_so_that_it_stops_nobody_who_does_the_same(partner, date, bookings):
    with tenancy.system("tests", actor="test"):
        # Their ids fall while those of the bookings rise.
        for each in reversed(bookings):
            operations.ask_partner(fresh(each), at=NOON)
        cancellation = fall_through(date)
        first, *_, last = OutboxMail.objects.order_by("pk").values_list("pk", flat=True)

    def undo_it():
        try:
            return in_scope_of(partner, lambda: undo(cancellation))()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with tenancy.system("tests"):
            take(first)
            undone = pool.submit(undo_it)
            wait_for_waiters(1)
            take(last)
        undone.result(timeout=30)

    assert {fresh(each).status for each in bookings} == {"pending"}


def take(mail_id: int) -> None:
    """At once, or fail."""
    OutboxMail.objects.select_for_update(nowait=True).get(pk=mail_id)
