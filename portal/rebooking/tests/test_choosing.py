"""Choosing another date: what becomes of booking, seats, link and mails."""

from datetime import timedelta

import pytest

from portal.bookings import operations as bookings
from portal.bookings.queries import live_booking_of, reason_by_code, thread_of
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.falling import refusal
from portal.bookings.tests.looking import fresh, kinds
from portal.bookings.tests.recount import differences, entry_of
from portal.conftest import NOON
from portal.core.models import Event, Link, OutboxMail
from portal.dates.models import SeatEntry
from portal.rebooking import operations
from portal.rebooking.models import PricePolicy, RebookingTerms
from portal.rebooking.tests.factories import confirm, decline, make_free_date, make_rebooking, now_of

HOUR = timedelta(hours=1)


def holds() -> list[tuple[int, int]]:
    return list(SeatEntry.objects.filter(source="hold").values_list("course_date_id", "quantity"))


def mails(kind: str) -> list[tuple[int, str]]:
    return list(OutboxMail.objects.filter(kind=kind).order_by("pk").values_list("subject_id", "recipient"))


def test_a_declined_booking_moves_at_once(rebooking, free_date):
    old = rebooking.original_booking

    done = operations.rebook(rebooking, free_date.pk, at=NOON + HOUR)

    assert done.is_new
    row, new = done.rebooking, fresh(done.rebooking.new_booking)
    assert (fresh(old).status, new.status, new.course_date_id) == ("rebooked", "pending", free_date.pk)
    assert (row.status, row.rebooked_at, row.remind_at) == ("used", NOON + HOUR, None)
    assert (row.new_order_id, row.new_date) == (old.magento_order_id, free_date.starts_on)
    assert (row.price_policy, row.new_price_cents, row.difference_cents) == ("keep", 17800, 0)
    assert live_booking_of(thread_of(old)) == new
    assert entry_of(new) == (2, 0)
    assert differences() == []


def test_the_link_is_used_up_and_the_customer_is_told(rebooking, free_date):
    old = rebooking.original_booking

    new = operations.rebook(rebooking, free_date.pk, at=NOON + HOUR).rebooking.new_booking

    link = Link.objects.get(purpose="customer_rebook")
    assert (link.used_at, link.version) == (NOON + HOUR, 1)
    assert mails("rebooking_confirmed") == [(new.pk, "juergen@example.com")]
    assert mails("booking_request") == [(new.pk, "partner1@example.org")]
    used = Event.objects.get(kind="rebooking.used")
    assert (used.subject_id, used.actor) == (old.pk, f"link:{link.pk}")
    assert used.data == {"rebooking": rebooking.pk, "to": new.pk}
    assert kinds(old)[-2:] == ["booking.rebooked", "rebooking.used"]


def test_the_seats_that_were_held_become_the_bookings(rebooking, free_date):
    operations.hold_date(rebooking, free_date.pk, at=NOON)

    row = operations.rebook(rebooking, free_date.pk, at=NOON + timedelta(minutes=9)).rebooking

    assert (holds(), row.held_date, row.held_until) == ([], None, None)
    assert entry_of(row.new_booking) == (2, 0)


def test_it_works_long_after_the_hold_as_long_as_there_are_seats(rebooking, free_date):
    operations.hold_date(rebooking, free_date.pk, at=NOON)

    done = operations.rebook(rebooking, free_date.pk, at=NOON + HOUR)

    assert (done.is_new, holds()) == (True, [])


def test_another_date_than_the_one_that_is_held_may_be_chosen(rebooking, course, free_date):
    other = make_free_date(course, 21)
    operations.hold_date(rebooking, free_date.pk, at=NOON)

    row = operations.rebook(rebooking, other.pk, at=NOON).rebooking

    assert (holds(), row.new_booking.course_date_id) == ([], other.pk)


def test_a_date_that_has_filled_up_is_refused_and_nothing_has_changed(rebooking, course, free_date):
    other = make_free_date(course, 21)
    operations.hold_date(rebooking, other.pk, at=NOON)
    make_booking(rebooking.partner, course_date=free_date, participants=1)

    assert refusal(lambda: operations.rebook(rebooking, free_date.pk, at=NOON)) == "too_few"

    row = now_of(rebooking)
    assert (row.status, row.held_date, holds()) == ("active", other, [(other.pk, 2)])
    assert fresh(rebooking.original_booking).status == "declined"


def test_the_same_date_again_gives_the_first_result_and_another_one_is_refused(rebooking, course, free_date):
    first = operations.rebook(rebooking, free_date.pk, at=NOON)
    other = make_free_date(course, 21)

    again = operations.rebook(rebooking, free_date.pk, at=NOON + HOUR)

    assert (again.is_new, again.rebooking) == (False, first.rebooking)
    assert again.rebooking.rebooked_at == NOON
    assert refusal(lambda: operations.rebook(rebooking, other.pk, at=NOON + HOUR)) == "used"
    assert len(mails("rebooking_confirmed")) == 1


def test_a_booking_that_still_stands_keeps_its_seats_until_the_partner_has_confirmed(
    adas_partner, mona, run_jobs
):
    old = confirm(make_booking(adas_partner))
    date = make_free_date(old.course)
    rebooking = operations.send_link(old, user=mona, at=NOON)

    new = operations.rebook(rebooking, date.pk, at=NOON).rebooking.new_booking

    assert (fresh(old).status, new.is_candidate, entry_of(old), entry_of(new)) == (
        "confirmed",
        True,
        (2, 2),
        (2, 0),
    )
    confirm(new, at=NOON + HOUR)
    run_jobs()
    assert (fresh(old).status, fresh(new).is_candidate) == ("rebooked", False)
    assert differences() == []


def test_a_candidate_that_is_declined_brings_a_new_link_for_the_booking_that_stands(
    adas_partner, mona, run_jobs
):
    old = confirm(make_booking(adas_partner))
    make_free_date(old.course, 21)
    row = operations.send_link(old, user=mona, at=NOON)
    row = operations.rebook(row, make_free_date(old.course).pk, at=NOON).rebooking
    decline(row.new_booking, at=NOON + HOUR)
    run_jobs()

    (again,) = old.rebookings.filter(status="active")

    assert (again.cause, again.link_version, fresh(old).status) == ("declined", 2, "confirmed")
    assert mails("rebooking_offer") == [(old.pk, "juergen@example.com")] * 2


def test_a_rebooked_date_that_is_declined_again_brings_the_next_link(rebooking, free_date, run_jobs):
    new = operations.rebook(rebooking, free_date.pk, at=NOON).rebooking.new_booking
    make_free_date(new.course, 21)

    decline(new, at=NOON + HOUR)
    run_jobs()

    (again,) = new.rebookings.all()
    assert (again.status, again.cause, again.token != rebooking.token) == ("active", "declined", True)
    assert mails("rebooking_offer") == [
        (each.original_booking_id, "juergen@example.com") for each in (rebooking, again)
    ]


def test_what_a_dearer_date_costs_is_kept_beside_what_was_paid(rebooking, course):
    dearer = make_free_date(course, price_cents=9900)

    row = operations.rebook(rebooking, dearer.pk, at=NOON).rebooking

    assert (row.price_policy, row.new_price_cents, row.difference_cents) == ("keep", 19800, 2000)
    assert row.new_booking.shop_price_cents == 17800


def test_a_partner_who_wants_the_same_price_refuses_a_dearer_date(rebooking, course):
    RebookingTerms.objects.create(partner=rebooking.partner, price_policy=PricePolicy.SAME)
    cheaper, dearer = make_free_date(course, price_cents=8000), make_free_date(course, price_cents=8901)

    assert refusal(lambda: operations.rebook(rebooking, dearer.pk, at=NOON)) == "too_expensive"
    row = operations.rebook(rebooking, cheaper.pk, at=NOON).rebooking

    assert (row.price_policy, row.new_price_cents, row.difference_cents) == ("same", 16000, -1800)


@pytest.mark.parametrize(
    ("days", "refused"), [(timedelta(days=30) - timedelta(minutes=1), False), (timedelta(days=30), True)]
)
def test_a_link_works_for_thirty_days_to_the_minute(rebooking, course, days, refused):
    date = make_free_date(course, 60)

    if refused:
        assert refusal(lambda: operations.rebook(rebooking, date.pk, at=NOON + days)) == "expired"
    else:
        assert operations.rebook(rebooking, date.pk, at=NOON + days).is_new


def test_a_link_of_a_cancelled_refunded_or_undecided_booking_says_so(rebooking, free_date):
    booking = rebooking.original_booking
    booking.shop_payment_status = "refunded"
    booking.save()
    assert refusal(lambda: operations.rebook(rebooking, free_date.pk, at=NOON)) == "refunded"

    bookings.cancel_booking(booking, at=NOON)
    assert refusal(lambda: operations.rebook(rebooking, free_date.pk, at=NOON)) == "order_cancelled"


def test_while_a_decline_can_be_undone_the_link_of_staff_waits(adas_partner, mona):
    booking = make_booking(adas_partner)
    date = make_free_date(booking.course)
    rebooking = operations.send_link(booking, user=mona, at=NOON)
    reason = reason_by_code("capacity_full")
    bookings.decline_booking(booking, reason=reason, by=bookings.By("portal"), at=NOON)

    assert refusal(lambda: operations.rebook(rebooking, date.pk, at=NOON)) == "not_settled"


def test_what_staff_wanted_to_ask_is_answered_by_choosing(adas_partner):
    rebooking = make_rebooking(adas_partner)
    assert rebooking.needs_staff == "no_dates"
    date = make_free_date(rebooking.original_booking.course)

    row = operations.rebook(rebooking, date.pk, at=NOON + HOUR).rebooking

    assert row.settled_at == NOON + HOUR
