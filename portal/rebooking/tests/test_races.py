"""Customers, staff, the shop and the clock at the same instant: real commits, real locks, one thread for each."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from portal.accounts.models import User
from portal.bookings import operations as bookings
from portal.bookings.importing.page import import_page
from portal.bookings.importing.report import Report
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.queries import reason_by_code
from portal.bookings.sweeps import settle_decisions
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.falling import fall_through, in_scope_of
from portal.bookings.tests.looking import fresh
from portal.bookings.tests.recount import differences
from portal.bookings.tests.shop_orders import make_line, make_order
from portal.conftest import NOON, make_partner
from portal.core import outbox, tenancy
from portal.core.models import Event, Link, OutboxMail
from portal.core.refusals import NotAllowed
from portal.core.tests import mail_servers
from portal.courses.models import Course
from portal.dates.models import CourseDate, SeatEntry
from portal.dates.operations import sell_elsewhere
from portal.dates.seats import seats_of
from portal.dates.sweeps_seats import remove_expired_holds
from portal.dates.tests.factories import make_course
from portal.partners.models import Partner
from portal.rebooking import operations
from portal.rebooking.models import Rebooking
from portal.rebooking.operations import Wish
from portal.rebooking.sweeps import expire_links, remind_customers
from portal.rebooking.tests.factories import confirm, make_declined, make_free_date, make_rebooking, now_of
from tests.threads import run_together, wait_for_waiters

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def partner() -> Partner:
    with tenancy.system("tests", actor="test"):
        return make_partner("Kochschule Ada", 1)


@pytest.fixture
def course(partner) -> Course:
    with tenancy.system("tests", actor="test"):
        return make_course(partner)


@pytest.fixture
def rebooking(partner, course) -> Rebooking:
    return made(lambda: make_rebooking(partner, course=course))


@pytest.fixture
def date(course) -> CourseDate:
    return made(lambda: make_free_date(course, capacity=2))


def made(function):
    with tenancy.system("tests", actor="test"):
        return function()


def at_once(partner: Partner, *calls) -> list[object]:
    """What each returned, or the code of what stood in its way."""
    ended = run_together(*[in_scope_of(partner, call) for call in calls])
    for each in ended:
        if isinstance(each, Exception) and not isinstance(each, NotAllowed):
            raise each
    return [str(each.blocker.value) if isinstance(each, NotAllowed) else each for each in ended]


def seats(date: CourseDate, *, at=NOON) -> tuple[int, int]:
    """How many are booked and held."""
    with tenancy.system("tests"):
        found = seats_of([CourseDate.objects.get(pk=date.pk)], at=at)[date.pk]
    return found.booked, found.held


def looked(function):
    with tenancy.system("tests"):
        return function()


def test_of_six_customers_who_hold_the_last_two_seats_one_has_them(partner, course, date):
    rows = [made(lambda: make_rebooking(partner, course=course)) for _ in range(6)]

    ended = at_once(partner, *[lambda row=row: operations.hold_date(row, date.pk, at=NOON) for row in rows])

    winners = [each for each in ended if isinstance(each, Rebooking)]
    assert (len(winners), Counter(each for each in ended if isinstance(each, str))) == (1, {"full": 5})
    assert seats(date) == (0, 2)


def test_of_six_customers_who_choose_the_last_two_seats_one_has_moved(partner, course, date):
    rows = [made(lambda: make_rebooking(partner, course=course)) for _ in range(6)]

    ended = at_once(partner, *[lambda row=row: operations.rebook(row, date.pk, at=NOON) for row in rows])

    assert Counter(type(each).__name__ if not isinstance(each, str) else each for each in ended) == {
        "Rebooked": 1,
        "full": 5,
    }
    assert seats(date) == (2, 0)
    assert looked(lambda: Counter(Booking.objects.values_list("status", flat=True))) == {
        "declined": 5,
        "rebooked": 1,
        "pending": 1,
    }
    assert differences() == []


@pytest.mark.parametrize("is_held", [True, False])
def test_four_clicks_at_once_move_the_booking_once(partner, rebooking, date, is_held):
    if is_held:
        made(lambda: operations.hold_date(rebooking, date.pk, at=NOON))

    ended = at_once(partner, *[lambda: operations.rebook(rebooking, date.pk, at=NOON)] * 4)

    assert sorted(each.is_new for each in ended) == [False, False, False, True]
    assert len({each.rebooking.new_booking_id for each in ended}) == 1
    assert seats(date) == (2, 0)
    assert looked(lambda: OutboxMail.objects.filter(kind="rebooking_confirmed").count()) == 1
    assert looked(lambda: Event.objects.filter(kind="rebooking.used").count()) == 1


@pytest.mark.parametrize("_again", range(3))
def test_two_dates_held_at_once_by_the_same_link_leave_one_hold(partner, course, rebooking, date, _again):
    other = made(lambda: make_free_date(course, 21))

    at_once(
        partner,
        *[lambda pk=pk: operations.hold_date(rebooking, pk, at=NOON) for pk in (date.pk, other.pk)] * 2,
    )

    row = looked(lambda: now_of(rebooking))
    held = looked(
        lambda: list(SeatEntry.objects.filter(source="hold").values_list("course_date_id", "quantity"))
    )
    assert held == [(row.held_date_id, 2)]


def test_two_links_that_swap_their_dates_do_not_wait_for_each_other_for_ever(partner, course):
    dates = [made(lambda days=days: make_free_date(course, days)) for days in (14, 21)]
    rows = [made(lambda: make_rebooking(partner, course=course)) for _ in range(2)]
    for row, date in zip(rows, dates, strict=True):
        made(lambda row=row, date=date: operations.hold_date(row, date.pk, at=NOON))

    ended = at_once(
        partner,
        *[
            lambda row=row, date=date: operations.hold_date(row, date.pk, at=NOON)
            for row, date in zip(rows, reversed(dates), strict=True)
        ]
        * 2,
    )

    assert [each.held_date_id for each in ended[:2]] == [dates[1].pk, dates[0].pk]
    assert [seats(date) for date in dates] == [(0, 2), (0, 2)]


def test_who_waits_for_the_turn_of_the_order_item_has_locked_nothing_yet(partner, rebooking, date):
    # What a link holds names dates to lock: read before the turn, it might be another one by the time it is locked.
    hold = in_scope_of(partner, lambda: operations.hold_date(rebooking, date.pk, at=NOON))
    with ThreadPoolExecutor(1) as pool:
        with tenancy.scope(partner_ids=[partner.pk]):
            operations.take_turn(rebooking.original_order_item_id)
            waiting = pool.submit(run_together, hold)
            wait_for_waiters(1)
            CourseDate.objects.select_for_update(nowait=True).get(pk=date.pk)
            Booking.objects.select_for_update(nowait=True).get(pk=rebooking.original_booking_id)
            Rebooking.objects.select_for_update(nowait=True).get(pk=rebooking.pk)
        (held,) = waiting.result(timeout=30)

    assert held.held_date_id == date.pk


@pytest.mark.parametrize("_again", range(3))
def test_choosing_and_the_shop_cancelling_agree(partner, rebooking, date, _again):
    booking = rebooking.original_booking

    moved, _ = at_once(
        partner,
        lambda: operations.rebook(rebooking, date.pk, at=NOON),
        lambda: bookings.cancel_booking(booking, at=NOON),
    )

    # Either the order was gone first, or the booking had moved: what the shop cancels then is found by the import.
    if isinstance(moved, str):
        assert (moved, fresh(booking).status, seats(date)) == ("order_cancelled", "cancelled", (0, 0))
    else:
        assert (fresh(booking).status, seats(date)) == ("rebooked", (2, 0))


@pytest.mark.parametrize("_again", range(3))
def test_choosing_and_the_end_of_the_link_agree(partner, course, rebooking, _again):
    date = made(lambda: make_free_date(course, 60, capacity=2))
    over = NOON + 30 * DAY

    moved, expired = run_together(
        in_scope_of(partner, lambda: operations.rebook(rebooking, date.pk, at=over - MINUTE)),
        lambda: expire_links(over),
    )

    row = looked(lambda: now_of(rebooking))
    if expired == 1:
        assert (moved.blocker, row.status, seats(date, at=over)) == ("expired", "expired", (0, 0))
    else:
        assert (moved.is_new, row.status, seats(date, at=over)) == (True, "used", (2, 0))


def test_a_decline_told_by_four_at_once_is_one_link_and_one_mail(partner, course, date):
    booking = made(lambda: make_declined(partner, course=course))

    ended = at_once(partner, *[lambda: operations.offer_rebooking(booking, at=NOON)] * 4)

    assert len({each.pk for each in ended}) == 1
    assert looked(
        lambda: (Rebooking.objects.count(), Link.objects.filter(purpose="customer_rebook").count())
    ) == (1, 1)
    assert looked(lambda: OutboxMail.objects.filter(kind="rebooking_offer").count()) == 1
    assert looked(lambda: Event.objects.filter(kind="rebooking.offered").count()) == 1


def test_staff_and_the_decline_at_once_make_one_link(partner, course, date):
    booking = made(lambda: make_declined(partner, course=course))
    mona = made(lambda: User.objects.create_user("mona@example.org", password="secret", is_manager=True))

    at_once(
        partner,
        *[lambda: operations.send_link(booking, user=mona, at=NOON)] * 2,
        *[lambda: operations.offer_rebooking(booking, at=NOON)] * 2,
    )

    assert looked(lambda: Rebooking.objects.count()) == 1
    assert looked(lambda: OutboxMail.objects.filter(kind="rebooking_offer").count()) == 1


def test_three_clocks_remind_once(partner, rebooking):
    run_together(*[lambda: remind_customers(NOON + 3 * DAY)] * 3)

    assert looked(lambda: OutboxMail.objects.filter(kind="rebooking_reminder").count()) == 1
    assert looked(lambda: now_of(rebooking).reminder_count) == 1


def test_a_wish_and_a_reminder_at_once_agree(partner, rebooking):
    run_together(
        lambda: remind_customers(NOON + 3 * DAY),
        in_scope_of(partner, lambda: operations.note_wish(rebooking, Wish("refund"), at=NOON + 3 * DAY)),
    )

    assert looked(lambda: (now_of(rebooking).choice, now_of(rebooking).remind_at)) == ("refund", None)


@pytest.mark.parametrize("_again", range(3))
def test_a_link_sent_again_while_its_mail_is_leaving_does_not_wait_for_ever(
    partner, rebooking, settings, _again
):
    settings.EMAIL_SENDER = "portal.core.tests.mail_servers.slow"
    mail_servers.taken_mails.clear()
    mona = made(lambda: User.objects.create_user("mona@example.org", password="secret", is_manager=True))
    (mail,) = looked(lambda: list(OutboxMail.objects.filter(kind="rebooking_offer")))
    booking = rebooking.original_booking

    ended = run_together(
        lambda: outbox.send(mail.pk, partner_id=partner.pk, at=NOON),
        in_scope_of(partner, lambda: operations.send_link(booking, user=mona, at=NOON)),
        in_scope_of(partner, lambda: operations.extend_link(rebooking, user=mona, at=NOON + DAY)),
    )

    assert [each for each in ended if isinstance(each, Exception)] == []


@pytest.mark.parametrize("_again", range(3))
def test_an_erased_customer_and_a_choice_at_once_leave_no_person_behind(partner, rebooking, date, _again):
    order = rebooking.original_booking.magento_order_id

    run_together(
        in_scope_of(partner, lambda: operations.rebook(rebooking, date.pk, at=NOON)),
        lambda: made(lambda: bookings.erase_orders([order], actor="user:1", at=NOON)),
    )
    made(lambda: operations.forget_customer(rebooking.original_booking, at=NOON))

    row = looked(lambda: now_of(rebooking))
    assert (row.customer_email, row.customer_name) == (None, None)
    waiting = looked(
        lambda: list(OutboxMail.objects.filter(audience="customer", recipient="juergen@example.com"))
    )
    assert waiting == []


@pytest.mark.parametrize("_again", range(3))
def test_a_hold_that_ends_while_it_is_chosen_leaves_no_seat_behind(partner, rebooking, date, _again):
    made(lambda: operations.hold_date(rebooking, date.pk, at=NOON))
    at = NOON + 10 * MINUTE

    run_together(
        lambda: remove_expired_holds(at),
        in_scope_of(partner, lambda: operations.rebook(rebooking, date.pk, at=at)),
        in_scope_of(partner, lambda: operations.release_date(rebooking, at=at)),
    )

    assert seats(date, at=at) == (2, 0)
    assert looked(lambda: now_of(rebooking).held_date_id) is None
    assert looked(_told_holds) == 0


def _told_holds() -> int:
    """Seats that were taken and not given back, by what was told."""
    told = Event.objects.filter(kind="date.seats_changed", data__source="hold")
    return sum(each.data["quantity"] for each in told)


@pytest.mark.parametrize("_again", range(3))
def test_the_last_seats_go_to_one_of_customer_shop_and_partner_and_only_the_shop_may_sell_more(
    partner, course, rebooking, date, _again
):
    CourseDate.objects.filter(pk=date.pk).update(magento_product_id=777, sku="K1-777")
    order = make_order(make_line(90, date_product_id=777, date_sku="K1-777"), order_id=90)

    held, moved, sold, read = run_together(
        in_scope_of(partner, lambda: operations.hold_date(rebooking, date.pk, at=NOON)),
        in_scope_of(partner, lambda: operations.rebook(rebooking, date.pk, at=NOON)),
        in_scope_of(partner, lambda: sell_elsewhere(date, quantity=2, key="door", actor="user:1", at=NOON)),
        lambda: import_page([order], Report(), at=NOON),
    )

    others = [each for each in (held, moved, sold) if isinstance(each, Exception)]
    assert all(isinstance(each, NotAllowed) for each in others)
    assert read is None
    found = looked(lambda: seats_of([CourseDate.objects.get(pk=date.pk)], at=NOON)[date.pk])
    # The shop asks nobody; beside its two seats two more may have gone to who was faster.
    assert found.taken - 2 in (0, 2)
    assert not (isinstance(moved, operations.Rebooked) and not isinstance(sold, Exception))
    assert differences() == []


@pytest.mark.parametrize("_again", range(3))
def test_the_booked_and_the_new_date_fall_through_while_the_customer_chooses(partner, course, date, _again):
    mona = made(lambda: User.objects.create_user("mona@example.org", password="secret", is_manager=True))
    old = made(lambda: confirm(make_booking(partner, course=course)))
    row = made(lambda: operations.send_link(old, user=mona, at=NOON))

    ended = at_once(
        partner,
        lambda: operations.rebook(row, date.pk, at=NOON),
        lambda: fall_through(old.course_date),
        lambda: fall_through(date),
        lambda: operations.hold_date(row, date.pk, at=NOON),
    )
    at = NOON + 10 * MINUTE
    made(lambda: settle_decisions(at))
    thread = looked(lambda: list(Booking.objects.thread_of(old)))
    for each in thread:
        made(lambda each=each: bookings.promote_candidate(each, at=at))
        made(lambda each=each: operations.offer_rebooking(fresh(each), at=at))

    chosen = isinstance(ended[0], operations.Rebooked)
    assert [each.status for each in thread] == ["declined"] * (2 if chosen and len(thread) == 2 else 1)
    active = looked(lambda: list(Rebooking.objects.filter(status="active")))
    assert [each.original_booking_id for each in active] == [old.pk]
    assert differences() == []


@pytest.mark.parametrize("_again", range(3))
def test_a_candidate_confirmed_and_the_booking_declined_at_once_leave_one_booking(partner, course, _again):
    mona = made(lambda: User.objects.create_user("mona@example.org", password="secret", is_manager=True))
    old = made(lambda: confirm(make_booking(partner, course=course)))
    date = made(lambda: make_free_date(course))
    row = made(lambda: operations.send_link(old, user=mona, at=NOON))
    new = made(lambda: operations.rebook(row, date.pk, at=NOON)).rebooking.new_booking
    reason, by = made(lambda: reason_by_code("capacity_full")), By("staff")

    def break_old() -> None:
        bookings.emergency_decline_booking(old, reason=reason, notes="Krank", by=by, at=NOON)
        bookings.settle_decision(old, at=NOON + 10 * MINUTE)

    at_once(
        partner,
        break_old,
        lambda: confirm(new, at=NOON + 10 * MINUTE),
        lambda: bookings.promote_candidate(new, at=NOON + 10 * MINUTE),
        lambda: operations.offer_rebooking(old, at=NOON + 10 * MINUTE),
    )
    made(lambda: bookings.promote_candidate(new, at=NOON + 10 * MINUTE))
    made(lambda: operations.end_replaced_links(old, at=NOON + 10 * MINUTE))

    live = looked(lambda: list(Booking.objects.filter(is_candidate=False).exclude(status="rebooked")))
    assert (live, fresh(old).status) == ([fresh(new)], "rebooked")
    assert differences() == []
    assert looked(lambda: old.rebookings.filter(status="active").count()) == 0
