"""A booking that still stands, and another date that is asked for beside it."""

import pytest
from django.db import IntegrityError, transaction

from portal.bookings import operations, queries
from portal.bookings.models import Booking
from portal.bookings.order_comments import _is_all_confirmed
from portal.bookings.policies import DecideBlocker, RebookBlocker
from portal.bookings.sweeps import expire_bookings, settle_decisions
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import ask, fresh
from portal.bookings.tests.moving import (
    HOUR,
    PARTNER,
    SETTLED,
    STAFF,
    another_date,
    decline,
    promised,
    rebook,
    rows,
    told,
)
from portal.bookings.tests.recount import differences, entry_of
from portal.core.models import OutboxMail
from portal.core.refusals import NotAllowed

pytestmark = pytest.mark.django_db

ANSWERED = SETTLED + HOUR


@pytest.fixture(autouse=True)
def _window(settings):
    settings.UNDO_SECONDS = 600


@pytest.fixture(autouse=True)
def _recounted(db):
    yield
    assert differences() == []


@pytest.fixture
def booking(adas_partner) -> Booking:
    """Promised for good."""
    return promised(ask(adas_partner)[0])


@pytest.fixture
def candidate(booking) -> Booking:
    return rebook(booking, another_date(booking), actor="user:7")


def confirm(booking: Booking, *, at=SETTLED) -> None:
    operations.confirm_booking(booking, by=PARTNER, at=at)


def break_promise(booking: Booking, *, at=SETTLED) -> None:
    reason = queries.reason_by_code("capacity_full")
    operations.emergency_decline_booking(booking, reason=reason, notes="Krank", by=STAFF, at=at)


def cancel(booking: Booking, *, at=SETTLED) -> None:
    operations.cancel_booking(booking, at=at)


# It is asked for


def test_both_dates_keep_their_seats_until_the_new_one_is_promised(booking, candidate):
    assert rows(booking) == [(1, "confirmed", False), (2, "pending", True)]
    assert queries.live_booking_of(queries.thread_of(candidate)) == booking
    assert queries.candidate_of(queries.thread_of(booking)) == candidate
    assert (entry_of(booking), entry_of(candidate)) == ((2, 2), (2, 0))


def test_it_is_told_as_asked_for(booking, candidate):
    assert told(booking)[-1] == ("booking.move_asked", "user:7", {"to": candidate.pk})
    assert told(candidate) == [
        ("booking.created", "user:7", {"status": "pending", "rebooked_from": booking.pk}),
        ("booking.requested", "user:7", {"has_address": True}),
    ]


def test_one_date_is_asked_for_at_a_time(booking, candidate):
    with pytest.raises(NotAllowed) as refused:
        rebook(booking, another_date(booking, weeks=3))

    assert refused.value.blocker == RebookBlocker.HAS_CANDIDATE
    values = {"magento_order_item_id": booking.magento_order_item_id, "generation": 3, "is_candidate": True}
    with pytest.raises(IntegrityError), transaction.atomic():
        make_booking(booking.partner, **values)


def test_what_is_only_asked_for_does_not_move_itself(booking, candidate):
    with pytest.raises(NotAllowed) as refused:
        rebook(candidate, another_date(booking, weeks=3))

    assert refused.value.blocker == RebookBlocker.IS_CANDIDATE


# It is promised


def test_promised_for_good_it_takes_the_place_of_the_other(booking, candidate, run_jobs):
    confirm(candidate)
    run_jobs()
    before = rows(booking)

    settle_decisions(ANSWERED)
    run_jobs()

    assert before == [(1, "confirmed", False), (2, "confirmed", True)]
    assert rows(booking) == [(1, "rebooked", False), (2, "confirmed", False)]
    assert (entry_of(booking), entry_of(candidate)) == ((0, 2), (2, 0))
    assert told(booking)[-1] == ("booking.rebooked", "clock", {"to": candidate.pk})


def test_its_customer_hears_of_it_also_where_others_do_not(booking, candidate, run_jobs, settings):
    settings.CUSTOMER_MAIL_ON_CONFIRM = False
    confirm(candidate)
    settle_decisions(ANSWERED)

    run_jobs()

    mails = OutboxMail.objects.filter(kind="customer_confirmed", subject_id=candidate.pk)
    assert [mail.state for mail in mails] == ["sent"]


def test_a_promise_that_is_undone_leaves_all_as_it_was(booking, candidate, run_jobs):
    confirm(candidate)
    operations.undo_decision(candidate, by=PARTNER, at=SETTLED)
    settle_decisions(ANSWERED)
    run_jobs()

    assert rows(booking) == [(1, "confirmed", False), (2, "pending", True)]


def test_to_take_its_place_twice_changes_nothing(booking, candidate):
    confirm(candidate)
    settle_decisions(ANSWERED)

    done = [operations.promote_candidate(candidate, at=ANSWERED) for _time in range(2)]

    assert (done, [kind for kind, *_ in told(booking)].count("booking.rebooked")) == ([True, False], 1)


@pytest.mark.parametrize("settled", [False, True])
def test_it_takes_no_place_before_its_promise_is_final(booking, candidate, settled):
    confirm(candidate)
    if settled:
        settle_decisions(ANSWERED)

    assert operations.promote_candidate(candidate, at=ANSWERED) is settled


def test_the_whole_order_is_confirmed_as_soon_as_it_is(booking, candidate, adas_partner):
    pending = ask(adas_partner)[0]
    other = rebook(pending, another_date(pending))
    seen = [_is_all_confirmed(booking.magento_order_id), _is_all_confirmed(pending.magento_order_id)]

    confirm(other)
    seen.append(_is_all_confirmed(pending.magento_order_id))
    settle_decisions(ANSWERED)
    seen.append(_is_all_confirmed(pending.magento_order_id))

    assert seen == [True, False, False, True]


# It is refused


def test_refused_it_stays_what_it_is_and_the_other_stands(booking, candidate, run_jobs):
    decline(candidate, at=SETTLED)
    settle_decisions(ANSWERED)
    run_jobs()

    assert rows(booking) == [(1, "confirmed", False), (2, "declined", True)]
    assert (entry_of(booking), entry_of(candidate)) == ((2, 2), (0, 0))


def test_refused_for_good_it_makes_room_for_another_one(booking, candidate):
    decline(candidate, at=SETTLED)
    with pytest.raises(NotAllowed):
        rebook(booking, another_date(booking, weeks=3))
    settle_decisions(ANSWERED)

    third = rebook(booking, another_date(booking, weeks=3), at=ANSWERED)

    assert rows(booking) == [(1, "confirmed", False), (2, "declined", True), (3, "pending", True)]
    assert third.previous == booking


# The other one is refused


def test_once_the_other_is_declined_for_good_the_candidate_is_the_booking(booking, candidate, run_jobs):
    break_promise(booking)
    run_jobs()
    before = rows(booking)

    settle_decisions(ANSWERED)
    run_jobs()

    assert before == [(1, "declined", False), (2, "pending", True)]
    assert rows(booking) == [(1, "rebooked", False), (2, "pending", False)]
    assert (entry_of(booking), entry_of(candidate)) == ((0, 2), (2, 0))


def test_both_refused_the_first_one_is_the_booking(booking, candidate, run_jobs):
    break_promise(booking)
    decline(candidate, at=SETTLED)
    settle_decisions(ANSWERED)
    run_jobs()

    assert rows(booking) == [(1, "declined", False), (2, "declined", True)]
    assert (entry_of(booking), entry_of(candidate)) == ((0, 2), (0, 0))


def test_a_refusal_that_is_undone_after_the_other_was_refused_for_good_makes_it_the_booking(
    booking, candidate, run_jobs
):
    break_promise(booking, at=SETTLED - HOUR / 6)
    decline(candidate, at=SETTLED)
    settle_decisions(SETTLED)
    run_jobs()
    before = rows(booking)

    operations.undo_decision(candidate, by=PARTNER, at=SETTLED)
    run_jobs()

    assert before == [(1, "declined", False), (2, "declined", True)]
    assert rows(booking) == [(1, "rebooked", False), (2, "pending", False)]


def test_nobody_answered_for_the_first_date_and_the_second_is_promised(adas_partner, run_jobs):
    first = ask(adas_partner)[0]
    candidate = rebook(first, another_date(first))
    begun = first.starts_at
    expire_bookings(begun)
    before = rows(first)

    confirm(candidate, at=begun)
    settle_decisions(begun + HOUR)
    run_jobs()

    assert before == [(1, "expired", False), (2, "pending", True)]
    assert rows(first) == [(1, "rebooked", False), (2, "confirmed", False)]


# Nobody answers


@pytest.fixture
def unanswered(booking) -> Booking:
    """The date that was asked for has begun; the booked one is to come."""
    candidate = rebook(booking, another_date(booking, weeks=0.5))
    expire_bookings(candidate.starts_at)
    return fresh(candidate)


def test_unanswered_it_stands_in_the_way_of_nothing(booking, unanswered, run_jobs):
    begun = unanswered.starts_at
    break_promise(booking, at=begun)
    settle_decisions(begun + HOUR)
    run_jobs()
    before = rows(booking)

    third = rebook(booking, another_date(booking, weeks=3), at=begun + HOUR)

    assert before == [(1, "declined", False), (2, "expired", True)]
    assert rows(booking) == [(1, "rebooked", False), (2, "expired", True), (3, "pending", False)]
    assert third.previous == booking


def test_unanswered_it_is_promised_no_more_but_staff_may_decline_it(booking, unanswered, run_jobs):
    begun, reason = unanswered.starts_at, queries.reason_by_code("capacity_full")
    with pytest.raises(NotAllowed) as refused:
        operations.confirm_booking(unanswered, by=STAFF, at=begun)
    operations.decline_booking(unanswered, reason=reason, by=STAFF, at=begun)
    settle_decisions(begun + HOUR)
    run_jobs()

    assert refused.value.blocker == DecideBlocker.EXPIRED
    assert rows(booking) == [(1, "confirmed", False), (2, "declined", True)]


def test_a_late_decline_of_the_unanswered_one_does_not_keep_the_next_from_its_place(
    booking, unanswered, run_jobs
):
    begun, reason = unanswered.starts_at, queries.reason_by_code("capacity_full")
    third = rebook(booking, another_date(booking, weeks=3), at=begun)
    confirm(third, at=begun)
    operations.decline_booking(unanswered, reason=reason, by=STAFF, at=begun + HOUR / 12)

    settle_decisions(begun + HOUR / 6)
    run_jobs()

    assert rows(booking) == [(1, "rebooked", False), (2, "declined", True), (3, "confirmed", False)]


def test_unanswered_it_goes_with_its_order(booking, unanswered, run_jobs):
    cancel(booking, at=unanswered.starts_at)
    run_jobs()

    assert rows(booking) == [(1, "cancelled", False), (2, "cancelled", True)]


# The order is gone


@pytest.mark.parametrize("answer", [None, confirm, lambda each: decline(each, at=SETTLED)])
def test_a_cancelled_order_takes_what_was_asked_for_with_it(booking, candidate, run_jobs, answer):
    if answer:
        answer(candidate)
    run_jobs()

    cancel(booking)
    run_jobs()

    assert rows(booking) == [(1, "cancelled", False), (2, "cancelled", True)]
    assert (entry_of(booking), entry_of(candidate)) == ((0, 0), (0, 0))
    told_partner = OutboxMail.objects.filter(kind="booking_cancelled").values_list("subject_id", "state")
    assert sorted(told_partner) == [(booking.pk, "sent"), (candidate.pk, "sent")]


def test_what_was_refused_for_good_stays_refused(booking, candidate, run_jobs):
    decline(candidate, at=SETTLED)
    settle_decisions(ANSWERED)

    cancel(booking, at=ANSWERED)
    run_jobs()

    assert rows(booking) == [(1, "cancelled", False), (2, "declined", True)]


def test_a_promise_for_an_order_that_is_gone_is_no_booking(booking, candidate):
    confirm(candidate)
    settle_decisions(ANSWERED)
    cancel(booking, at=ANSWERED)

    assert operations.promote_candidate(candidate, at=ANSWERED) is False

    assert rows(booking) == [(1, "cancelled", False), (2, "cancelled", True)]


def test_to_withdraw_twice_changes_nothing_and_of_a_standing_booking_nothing_is_withdrawn(booking, candidate):
    withdrawn = [operations.withdraw_candidates(booking, at=SETTLED)]
    cancel(booking)
    withdrawn += [operations.withdraw_candidates(booking, at=SETTLED) for _time in range(2)]

    assert withdrawn == [0, 1, 0]
    assert fresh(candidate).cancelled_at == SETTLED


def test_a_candidate_that_is_cancelled_alone_takes_nothing_with_it(booking, candidate, run_jobs):
    cancel(candidate)
    run_jobs()

    assert rows(booking) == [(1, "confirmed", False), (2, "cancelled", True)]
