"""Who moves a booking beside those who decide, cancel and read: real commits, real locks, one thread for each."""

import time
from datetime import timedelta

import pytest
from django.db import OperationalError, transaction

from portal.bookings import operations, queries
from portal.bookings.importing.page import import_page
from portal.bookings.importing.report import Report
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.operations.locking import lock_orders
from portal.bookings.sweeps import settle_decisions
from portal.bookings.tests.looking import fresh
from portal.bookings.tests.moving import (
    HOUR,
    PARTNER,
    SETTLED,
    another_date,
    declined,
    promised,
    rebook,
    rows,
)
from portal.bookings.tests.recount import differences
from portal.bookings.tests.shop_orders import make_line, make_order
from portal.conftest import make_partner
from portal.core import tenancy
from portal.core.refusals import NotAllowed
from portal.dates.models import CourseDate
from portal.partners.models import Partner
from tests.threads import run_together

pytestmark = pytest.mark.django_db(transaction=True)

LATER = SETTLED + HOUR


@pytest.fixture(autouse=True)
def _window(settings):
    settings.UNDO_SECONDS = 600


@pytest.fixture(autouse=True)
def _recounted(transactional_db):
    yield
    assert differences() == []


@pytest.fixture
def partner() -> Partner:
    with tenancy.system("tests", actor="test"):
        return make_partner("Kochschule Ada", 1)


@pytest.fixture
def booking(partner) -> Booking:
    """Of order 1."""
    import_page([make_order()], Report(), at=SETTLED - 2 * HOUR)
    with tenancy.system("tests"):
        return Booking.objects.with_relations().get()


@pytest.fixture
def dates(booking) -> list[CourseDate]:
    with tenancy.system("tests", actor="test"):
        return [another_date(booking, weeks=weeks) for weeks in (2, 3)]


def refused(booking: Booking) -> Booking:
    with tenancy.system("tests"):
        return declined(booking, at=SETTLED - HOUR)


def kept(booking: Booking) -> Booking:
    with tenancy.system("tests"):
        return promised(booking, at=SETTLED - HOUR)


def inside(partner: Partner, function, *, after: float = 0):
    """Returns what it returned, or the code of the rule that stood in the way."""

    def run() -> object:
        time.sleep(after)
        with tenancy.scope(partner_ids=[partner.pk]):
            try:
                return function()
            except NotAllowed as refusal:
                return refusal.blocker.value

    return run


def cancel_in_shop() -> None:
    import_page([make_order(make_line(participants=0), state="canceled")], Report(), at=LATER)


def thread(booking: Booking) -> list[tuple[int, str, bool]]:
    with tenancy.system("tests"):
        return rows(booking)


@pytest.mark.parametrize("_again", range(4))
def test_of_two_who_choose_at_the_same_instant_one_moves_it(partner, booking, dates, _again):
    refused(booking)

    results = run_together(*(inside(partner, lambda date=date: rebook(booking, date)) for date in dates))

    assert sorted(map(str, results))[1] == "rebooked"
    assert thread(booking) == [(1, "rebooked", False), (2, "pending", False)]


@pytest.mark.parametrize("_again", range(4))
def test_of_two_who_ask_at_the_same_instant_one_is_heard(partner, booking, dates, _again):
    kept(booking)

    results = run_together(*(inside(partner, lambda date=date: rebook(booking, date)) for date in dates))

    assert sorted(map(str, results))[1] == "has_candidate"
    assert thread(booking) == [(1, "confirmed", False), (2, "pending", True)]


@pytest.mark.parametrize("_again", range(4))
def test_chosen_while_the_order_is_cancelled_nothing_lives_on(partner, booking, dates, _again):
    refused(booking)

    result, cancelled = run_together(inside(partner, lambda: rebook(booking, dates[0])), cancel_in_shop)

    assert cancelled is None
    moved = [(1, "rebooked", False), (2, "cancelled", False)]
    assert thread(booking) == ([(1, "cancelled", False)] if result == "cancelled" else moved)


def test_a_reading_that_began_before_the_move_cancels_what_it_became(partner, booking, dates):
    """It has compared the order with the first row and waits; behind the lock it looks again."""
    refused(booking)

    def move_slowly():
        with transaction.atomic():
            new = operations.rebook_booking(
                operations.lock_thread(booking, dates), dates[0], actor="link:7", at=SETTLED
            )
            time.sleep(0.6)
            return new

    run_together(inside(partner, move_slowly), lambda: (time.sleep(0.2), cancel_in_shop()))

    assert thread(booking) == [(1, "rebooked", False), (2, "cancelled", False)]


def test_who_waits_for_a_booking_that_moves_holds_its_new_date_too(partner, booking, dates):
    refused(booking)
    seen = []

    def move_slowly():
        with transaction.atomic():
            operations.rebook_booking(
                operations.lock_thread(booking, dates), dates[0], actor="link:7", at=SETTLED
            )
            time.sleep(0.5)

    def lock_all():
        with transaction.atomic():
            found = lock_orders([booking.magento_order_id])
            seen.extend((each.generation, each.status) for each in found)
            time.sleep(0.5)

    def look_at_new_date():
        try:
            with transaction.atomic():
                CourseDate.objects.select_for_update(nowait=True).get(pk=dates[0].pk)
        except OperationalError:
            return "held"
        return "free"

    _, _, state = run_together(
        inside(partner, move_slowly),
        inside(partner, lock_all, after=0.2),
        inside(partner, look_at_new_date, after=0.75),
    )

    assert (seen, state) == ([(1, "rebooked"), (2, "pending")], "held")


@pytest.mark.parametrize("_again", range(4))
def test_promise_cancellation_and_the_jobs_of_both_end_in_a_cancelled_order(partner, booking, dates, _again):
    standing = kept(booking)
    with tenancy.system("tests"):
        candidate = rebook(standing, dates[0])

    def promise():
        """Each in a transaction of its own."""
        inside(partner, lambda: operations.confirm_booking(candidate, by=PARTNER, at=SETTLED))()
        inside(partner, lambda: operations.settle_decision(candidate, at=SETTLED + timedelta(minutes=10)))()
        return inside(partner, lambda: operations.promote_candidate(candidate, at=LATER))()

    results = run_together(
        promise,
        cancel_in_shop,
        inside(partner, lambda: operations.withdraw_candidates(booking, at=LATER)),
    )
    # The jobs of the events, whatever came first.
    results += run_together(
        inside(partner, lambda: operations.promote_candidate(candidate, at=LATER)),
        inside(partner, lambda: operations.withdraw_candidates(booking, at=LATER)),
    )

    assert [each for each in results if isinstance(each, Exception)] == []
    assert thread(booking) in (
        [(1, "cancelled", False), (2, "cancelled", True)],
        [(1, "rebooked", False), (2, "cancelled", False)],
    )


@pytest.mark.parametrize("_again", range(4))
def test_both_decided_at_the_same_instant_one_row_lives(partner, booking, dates, _again):
    standing = kept(booking)
    with tenancy.system("tests"):
        candidate = rebook(standing, dates[0])
        reason = queries.reason_by_code("capacity_full")

    def break_promise():
        operations.emergency_decline_booking(
            booking, reason=reason, notes="Krank", by=By("staff"), at=SETTLED
        )

    answers = run_together(
        inside(partner, break_promise),
        inside(partner, lambda: operations.confirm_booking(candidate, by=PARTNER, at=SETTLED)),
    )
    with tenancy.system("tests"):
        settle_decisions(LATER)
    done = run_together(
        *[inside(partner, lambda: operations.promote_candidate(candidate, at=LATER)) for _time in range(2)]
    )

    assert [each for each in answers if isinstance(each, Exception)] == []
    assert sorted(done) == [False, True]
    assert thread(booking) == [(1, "rebooked", False), (2, "confirmed", False)]
    assert fresh(candidate).settled_at == LATER
