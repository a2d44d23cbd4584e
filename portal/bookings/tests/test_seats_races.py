"""Several want the same seats at the same instant: real commits, real locks, one thread for each."""

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from functools import partial
from random import Random

import pytest
from django.db import connections

from portal.bookings import operations, queries
from portal.bookings.importing.page import import_page
from portal.bookings.importing.report import Report
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.sweeps import settle_decisions
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.recount import differences
from portal.bookings.tests.shop_orders import make_line, make_order
from portal.conftest import NOON, make_partner
from portal.core import tenancy
from portal.core.models import Event
from portal.core.refusals import NotAllowed
from portal.dates import operations as dates
from portal.dates.models import CourseDate, SeatEntry
from portal.dates.seats import seats_of
from portal.dates.sweeps_seats import remove_expired_holds
from portal.dates.tests.factories import make_date
from portal.dates.tests.seats import IN_AN_HOUR, block, hold, resize, seats, sell, told
from portal.partners.models import Partner
from tests.threads import run_together, wait_for_waiters

pytestmark = pytest.mark.django_db(transaction=True)

SECOND = timedelta(seconds=1)


@pytest.fixture
def partner() -> Partner:
    with tenancy.system("tests", actor="test"):
        return make_partner("Kochschule Ada", 1)


@pytest.fixture
def date(partner) -> CourseDate:
    with tenancy.system("tests", actor="test"):
        return make_date(partner, capacity=2)


@pytest.fixture
def booking(partner) -> Booking:
    """Takes both seats of its date."""
    with tenancy.system("tests", actor="test"):
        booking = make_booking(partner, participants=2)
        CourseDate.objects.update(capacity=2)
        return booking


def scoped(partner: Partner, call: Callable[..., object], *arguments: object, **values: object):
    """As a request of this partner would call it."""

    def run() -> object:
        with tenancy.scope(partner_ids=[partner.pk]):
            return call(*arguments, **values)

    return run


def arrange(partner: Partner, call: Callable[..., object], *arguments: object, **values: object):
    return scoped(partner, call, *arguments, **values)()


def refusals(answers: list[object]) -> list[str]:
    """Whatever else went wrong is no answer."""
    problems = [each for each in answers if isinstance(each, Exception)]
    assert [each for each in problems if not isinstance(each, NotAllowed)] == []
    return sorted(each.blocker.value for each in problems)


def decline(booking: Booking) -> object:
    reason = queries.reason_by_code("capacity_full")
    return operations.decline_booking(booking, reason=reason, by=By("portal"), at=NOON)


@pytest.mark.parametrize("_again", range(2))
def test_of_eight_who_want_the_last_seat_one_gets_it(partner, date, _again):
    arrange(partner, sell, date, 1, key="before")

    answers = run_together(
        *[scoped(partner, take, date, 1, key=f"k{n}") for n, take in enumerate([hold, sell, block, hold] * 2)]
    )

    assert refusals(answers) == ["full"] * 7
    assert seats(date).free == 0


def test_a_button_tapped_eight_times_at_once_counts_once(partner, date):
    answers = run_together(*[scoped(partner, sell, date, 1)] * 8)

    assert refusals(answers) == []
    assert len({entry.pk for entry in answers}) == 1
    assert (seats(date).elsewhere, told()) == (1, [("user:1", {"source": "elsewhere", "quantity": 1})])


@pytest.mark.parametrize("_again", range(3))
def test_a_key_used_for_two_dates_at_once_stands_for_one(partner, date, _again):
    with tenancy.system("tests"):
        other = make_date(partner, capacity=2)

    answers = run_together(*[scoped(partner, sell, each, 1) for each in (date, other)] * 2)

    assert refusals(answers) == ["key_used"] * 2
    assert (seats(date).elsewhere + seats(other).elsewhere, len(told())) == (1, 1)


def test_what_eight_give_back_at_once_is_given_back_once(partner, date):
    entry = arrange(partner, sell, date, 2)

    answers = run_together(*[scoped(partner, dates.give_back, entry, actor="user:1", at=NOON)] * 8)

    assert sorted(answers) == [False] * 7 + [True]
    assert (seats(date).free, [data["quantity"] for _actor, data in told()]) == (2, [2, -2])


def test_an_order_becomes_known_only_after_a_hold_that_counted_without_it(partner, date):
    def take_in() -> None:
        try:
            with tenancy.system("tests", actor="shop"):
                make_booking(partner, participants=2, course_date=date)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with tenancy.scope(partner_ids=[partner.pk]):
            hold(date, 1)
            order = pool.submit(take_in)
            wait_for_waiters(1)
            hold(date, 1, key="another")
        order.result(timeout=10)

    # Only the shop sells too much.
    assert (seats(date).held, seats(date).booked, seats(date).free) == (2, 2, -2)


@pytest.mark.parametrize("_again", range(3))
def test_the_seats_of_a_decline_that_settles_go_to_one_of_those_who_wait(partner, booking, _again):
    arrange(partner, decline, booking)

    answers = run_together(
        lambda: settle_decisions(NOON),
        *[scoped(partner, hold, booking.course_date, 2, key=f"k{n}") for n in range(4)],
    )

    # Whoever was faster than the clock found no seat; of the others one.
    assert len(refusals(answers)) in (3, 4)
    found = seats(booking.course_date)
    assert (found.booked, found.held, differences()) == (0, 2 * (4 - len(refusals(answers))), [])


@pytest.mark.parametrize("_again", range(3))
def test_of_a_hold_and_fewer_seats_at_once_one_wins(partner, date, _again):
    answers = run_together(scoped(partner, hold, date, 2), scoped(partner, resize, date, 1))

    assert refusals(answers) in (["below_taken"], ["too_few"])
    assert seats(date).free == (0 if refusals(answers) == ["below_taken"] else 1)


@pytest.mark.parametrize("_again", range(3))
def test_a_hold_that_the_clock_removes_while_it_is_made_longer_is_one_hold(partner, date, _again):
    arrange(partner, hold, date, 2, until=IN_AN_HOUR)
    later = IN_AN_HOUR + timedelta(minutes=5)

    answers = run_together(
        *[lambda: remove_expired_holds(IN_AN_HOUR)] * 2,
        scoped(partner, hold, date, 2, until=later, at=IN_AN_HOUR - SECOND),
    )

    assert refusals(answers) == []
    assert seats(date, at=IN_AN_HOUR).held == 2
    with tenancy.system("tests"):
        assert list(SeatEntry.objects.values_list("quantity", "expires_at")) == [(2, later)]
    assert sum(data["quantity"] for _actor, data in told()) == 2


def test_a_hold_released_while_the_clock_removes_it_is_told_once(partner, date):
    arrange(partner, hold, date, 2, until=IN_AN_HOUR)

    release = scoped(partner, dates.release_seats, partner.pk, "hold", "h", at=IN_AN_HOUR)
    run_together(*[release, lambda: remove_expired_holds(IN_AN_HOUR)] * 3)

    assert [data["quantity"] for _actor, data in told()] == [2, -2]


# Everything at once


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_at_once_the_ledger_is_what_is_live_and_nobody_waits_in_a_circle(
    partner, settings, seed
):
    settings.UNDO_SECONDS = 60
    with tenancy.system("tests", actor="test"):
        both = [make_date(partner, capacity=6) for _ in range(2)]
        bookings = [make_booking(partner, participants=1, course_date=each) for each in both * 2]

    lives = [partial(_live, Random(10 * seed + n), partner, both, bookings) for n in range(6)]
    answers = run_together(*lives)

    assert [each for each in answers if isinstance(each, Exception)] == []
    assert (sum(answers) > 0, differences()) == (True, [])
    with tenancy.system("tests"):
        rows = SeatEntry.objects.exclude(source="booking").values_list("course_date_id", "quantity")
        assert sorted(_told_by_date().items()) == sorted(_summed(rows).items())


def _live(random: Random, partner: Partner, both: list[CourseDate], bookings: list[Booking]) -> int:
    """A dozen things that a partner, the clock and the shop do; returns how many were possible."""
    done = 0
    for _number in range(12):
        try:
            _do_one(random, partner, both, random.choice(bookings))
            done += 1
        except NotAllowed:
            pass
    return done


def _do_one(random: Random, partner: Partner, both: list[CourseDate], booking: Booking) -> None:
    at = NOON + timedelta(seconds=random.randrange(120))
    by = By("portal")
    take = scoped(partner, _take, random, random.choice(both), at=at)
    by_partner = [
        scoped(partner, dates.release_seats, partner.pk, "hold", random.choice("abc"), at=at),
        scoped(partner, operations.confirm_booking, booking, by=by, at=at),
        scoped(partner, decline, booking),
        scoped(partner, operations.undo_decision, booking, by=by, at=at),
    ]
    by_others = [lambda: settle_decisions(at), lambda: remove_expired_holds(at), lambda: _order(random, both)]
    random.choice([take, take, take, *by_partner, *by_others])()


def _take(random: Random, date: CourseDate, *, at) -> None:
    name = f"user:{random.getrandbits(60)}"
    values = {"quantity": random.randint(1, 3), "key": random.choice("abc"), "actor": name, "at": at}
    if random.random() < 0.5:
        entry = dates.hold_seats(date, until=at + timedelta(seconds=random.randint(1, 60)), **values)
    else:
        entry = dates.sell_elsewhere(date, **values)
    # Still under the lock: whoever got seats got some that were there.
    assert entry.actor != name or seats_of([CourseDate.objects.get(pk=date.pk)], at=at)[date.pk].free >= 0


def _order(random: Random, both: list[CourseDate]) -> None:
    """A page of orders over both dates, in any order: new ones, changed ones, cancelled ones, at new hours."""
    page = []
    for number in random.sample(range(1, 6), k=3):
        date, participants = random.choice(both), random.randint(0, 2)
        line = make_line(
            10 + number,
            participants=participants,
            product_id=date.course.magento_product_id,
            date_product_id=date.magento_product_id,
            date_sku=date.sku,
            starts_time=time(random.randint(10, 20)),
        )
        page.append(
            make_order(line, order_id=7000 + number, state="processing" if participants else "canceled")
        )
    import_page(page, Report(), at=NOON)


def _told_by_date() -> dict[int, int]:
    events = Event.objects.filter(kind="date.seats_changed")
    return _summed((each.subject_id, each.data["quantity"]) for each in events)


def _summed(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    sums: Counter[int] = Counter()
    for key, quantity in pairs:
        sums[key] += quantity
    return {key: total for key, total in sums.items() if total}
