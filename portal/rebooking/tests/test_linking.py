"""Links: after a decline by themselves, or sent by staff."""

from datetime import timedelta

import pytest

from portal.bookings import operations as bookings
from portal.bookings.queries import reason_by_code
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.falling import fall_through, refusal, settle
from portal.bookings.tests.looking import fresh
from portal.conftest import NOON
from portal.core.models import Event, Link, OutboxMail
from portal.rebooking import operations
from portal.rebooking.models import Rebooking
from portal.rebooking.opening import rebook_url
from portal.rebooking.policies import use_blocker
from portal.rebooking.queries import rebooking_of_mail
from portal.rebooking.tests.factories import (
    confirm,
    decline,
    make_declined,
    make_free_date,
    make_rebooking,
    now_of,
)
from portal.rebooking.tests.linking import change_contact, data_of, links_of, offers

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def test_after_a_decline_the_customer_gets_a_link_for_thirty_days(adas_partner):
    booking = make_declined(adas_partner)
    make_free_date(booking.course)

    row = operations.offer_rebooking(booking, at=NOON)

    link = Link.objects.get(purpose="customer_rebook")
    assert (link.subject_id, link.recipient, link.version) == (booking.pk, "juergen@example.com", 1)
    assert (link.token_hash, link.expires_at) == (row.token, row.token_expires_at)
    assert (row.status, row.cause, row.token_expires_at) == ("active", "declined", NOON + 30 * DAY)
    assert (row.customer_email, row.customer_name) == ("juergen@example.com", "Jürgen Müller")
    assert (
        row.original_order_id,
        row.original_order_item_id,
        row.original_participants,
        row.original_price,
    ) == (
        booking.magento_order_id,
        booking.magento_order_item_id,
        2,
        178,
    )
    assert (row.course_product_id, row.course_sku) == (booking.course.magento_product_id, booking.course.sku)
    assert (row.needs_staff, row.new_booking) == ("", None)
    assert offers(booking) == [("juergen@example.com", 1, 1)]
    assert data_of(booking, "rebooking.offered") == [
        {"rebooking": row.pk, "declined": booking.pk, "dates": 1}
    ]


def test_told_twice_it_is_one_link_and_one_mail(adas_partner):
    booking = make_declined(adas_partner)
    make_free_date(booking.course)

    rows = [operations.offer_rebooking(booking, at=NOON + number * HOUR) for number in range(3)]

    assert rows == [rows[0]] * 3
    assert (links_of(booking), len(offers(booking))) == ([("active", "declined", 1)], 1)
    assert len(data_of(booking, "rebooking.offered")) == 1


def test_a_job_that_comes_again_after_the_link_was_withdrawn_makes_no_other(adas_partner, mona):
    booking = make_declined(adas_partner)
    row = operations.offer_rebooking(booking, at=NOON)
    operations.revoke_link(row, user=mona, at=NOON)

    assert operations.offer_rebooking(booking, at=NOON + HOUR) is None
    assert links_of(booking) == [("cancelled", "declined", 1)]


def test_the_clock_the_event_and_the_job_make_the_link_and_the_mail(adas_partner, settings, run_jobs):
    settings.UNDO_SECONDS = 600
    booking = make_booking(adas_partner)
    make_free_date(booking.course)
    reason = reason_by_code("capacity_full")
    bookings.decline_booking(booking, reason=reason, by=bookings.By("portal"), at=NOON)
    run_jobs()
    assert links_of(booking) == []

    settle(NOON + 10 * MINUTE)
    run_jobs()

    assert (links_of(booking), len(offers(booking))) == ([("active", "declined", 1)], 1)


def test_without_any_date_the_customer_is_asked_for_wishes_and_staff_know(adas_partner):
    booking = make_declined(adas_partner)

    row = operations.offer_rebooking(booking, at=NOON)

    assert (row.status, row.needs_staff, row.needs_staff_at) == ("active", "no_dates", NOON)
    assert len(offers(booking)) == 1
    assert data_of(booking, "rebooking.no_dates") == [
        {"rebooking": row.pk, "declined": booking.pk, "dates": 0}
    ]


def test_a_decline_that_is_not_final_or_was_undone_brings_no_link(adas_partner, settings):
    settings.UNDO_SECONDS = 600
    booking, reason = make_booking(adas_partner), reason_by_code("capacity_full")
    by = bookings.By("portal")
    bookings.decline_booking(booking, reason=reason, by=by, at=NOON)
    assert operations.offer_rebooking(booking, at=NOON) is None

    bookings.undo_decision(booking, by=by, at=NOON)

    assert operations.offer_rebooking(booking, at=NOON) is None
    assert links_of(booking) == []


def test_nobody_writes_to_a_customer_who_was_erased_refunded_or_has_cancelled(adas_partner, mona):
    erased, refunded, cancelled = (make_declined(adas_partner) for _ in range(3))
    bookings.erase_orders([erased.magento_order_id], actor=mona.actor, at=NOON)
    refunded.shop_payment_status = "refunded"
    refunded.save()
    bookings.cancel_booking(cancelled, at=NOON)

    assert [operations.offer_rebooking(each, at=NOON) for each in (erased, refunded, cancelled)] == [None] * 3
    refusals = [
        refusal(lambda each=each: operations.send_link(fresh(each), user=mona, at=NOON))
        for each in (erased, refunded, cancelled)
    ]
    assert refusals == ["erased", "refunded", "order_cancelled"]
    assert Rebooking.objects.count() == 0


def test_without_an_address_it_is_a_case_for_staff_until_the_shop_names_one(adas_partner, mona):
    booking = make_declined(adas_partner)
    make_free_date(booking.course)
    change_contact(booking, email="")

    for _time in range(2):
        operations.offer_rebooking(booking, at=NOON)
    row = booking.rebookings.get()
    assert (row.needs_staff, row.needs_staff_at, row.settled_at) == ("no_address", NOON, None)
    assert (row.customer_email, row.remind_at, offers(booking)) == ("", None, [])
    assert data_of(booking, "rebooking.no_address") == [{"rebooking": row.pk, "declined": booking.pk}]
    assert refusal(lambda: operations.send_link(booking, user=mona, at=NOON)) == "no_address"
    change_contact(booking, email="neu@example.com")
    at = NOON + HOUR
    assert [operations.follow_contact(booking, at=at) for _time in range(2)] == [True, False]

    assert links_of(booking) == [("active", "declined", 2)]
    assert offers(booking) == [("neu@example.com", 2, 1)]
    row = now_of(row)
    assert (row.settled_at, row.remind_at, row.token_expires_at) == (at, at + 3 * DAY, at + 30 * DAY)
    assert data_of(booking, "rebooking.offered") == [
        {"rebooking": row.pk, "declined": booking.pk, "dates": 1}
    ]


def test_whom_nobody_could_write_to_stays_that_case_when_the_link_ends(adas_partner):
    booking = make_declined(adas_partner)
    change_contact(booking, email="")
    operations.offer_rebooking(booking, at=NOON)

    assert operations.expire_link(booking.rebookings.get(), at=NOON + 30 * DAY)

    row = booking.rebookings.get()
    assert (row.status, row.needs_staff, row.needs_staff_at) == ("expired", "no_address", NOON)


def test_who_still_has_a_date_is_no_case_without_an_address(adas_partner, mona):
    booking = confirm(make_booking(adas_partner))
    row = operations.send_link(booking, user=mona, at=NOON)
    candidate = operations.rebook(row, make_free_date(booking.course).pk, at=NOON).rebooking.new_booking
    change_contact(fresh(booking), email="")

    operations.offer_rebooking(decline(candidate), at=NOON)

    assert links_of(booking) == [("used", "staff", 1)]
    assert data_of(booking, "rebooking.no_address") == [{"declined": candidate.pk}]


def test_after_three_links_by_themselves_staff_take_over_and_may_send_another(adas_partner, mona):
    booking = make_booking(adas_partner)
    rows = []
    for number in range(3):
        at = NOON + number * HOUR
        row = make_rebooking(adas_partner, booking=decline(booking, at=at), at=at)
        date = make_free_date(booking.course, 14 + number)
        rows.append(operations.rebook(row, date.pk, at=at).rebooking)
        booking = rows[-1].new_booking
    at = NOON + DAY
    decline(booking, at=at)

    assert operations.offer_rebooking(booking, at=at) is None
    assert operations.offer_rebooking(booking, at=at) is None

    last = now_of(rows[-1])
    assert (last.needs_staff, last.needs_staff_at, last.settled_at) == ("too_often", at, None)
    assert data_of(booking, "rebooking.exhausted") == [{"rebooking": last.pk, "declined": booking.pk}]
    assert offers(booking) == []
    declined = OutboxMail.objects.filter(kind="rebooking_declined", subject_id=booking.pk)
    assert [mail.recipient for mail in declined] == [booking.customer.email]
    by_hand = operations.send_link(booking, user=mona, at=at + HOUR)
    assert (by_hand.cause, now_of(last).settled_at) == ("staff", at + HOUR)


def test_a_date_that_falls_through_brings_a_link_but_no_mail_of_its_own(adas_partner):
    booking = make_booking(adas_partner)
    make_free_date(booking.course)
    fall_through(booking.course_date)
    settle()

    row = operations.offer_rebooking(booking, at=NOON + 10 * MINUTE)

    assert (row.status, offers(booking), rebook_url(row) != "") == ("active", [], True)


def test_a_link_of_staff_is_used_for_the_decline_and_mailed_once_more(adas_partner, mona):
    booking = make_booking(adas_partner)
    make_free_date(booking.course)
    row = operations.send_link(booking, user=mona, at=NOON)
    OutboxMail.objects.filter(kind="rebooking_offer").update(state="sent", sent_at=NOON)
    booking = decline(booking, at=NOON + 5 * DAY)

    again = operations.offer_rebooking(booking, at=NOON + 5 * DAY)
    operations.offer_rebooking(booking, at=NOON + 5 * DAY)

    assert (again, again.cause, again.token) == (row, "declined", row.token)
    assert again.token_expires_at == NOON + 35 * DAY == Link.objects.get(purpose="customer_rebook").expires_at
    assert again.remind_at == NOON + 8 * DAY
    assert offers(booking) == [("juergen@example.com", 1, 1), ("juergen@example.com", 1, 2)]


def test_staff_send_a_link_for_a_confirmed_booking_and_mail_it_again(adas_partner, mona):
    booking = confirm(make_booking(adas_partner))

    row = operations.send_link(booking, user=mona, at=NOON)
    again = operations.send_link(booking, user=mona, at=NOON)
    assert (again, len(offers(booking))) == (row, 1)
    OutboxMail.objects.filter(kind="rebooking_offer").update(state="sent", sent_at=NOON)
    operations.send_link(booking, user=mona, at=NOON + HOUR)

    assert (row.cause, row.needs_staff, len(offers(booking))) == ("staff", "", 2)
    assert data_of(booking, "rebooking.link_sent") == [{"rebooking": row.pk}] * 3
    assert Event.objects.filter(kind="rebooking.link_sent").first().actor == mona.actor


def test_whose_date_has_begun_or_was_never_answered_gets_no_link(adas_partner, mona):
    begun = confirm(make_booking(adas_partner))
    at = begun.starts_at
    expired = make_booking(adas_partner)
    bookings.expire_booking(expired, at=at)

    assert operations.send_link(begun, user=mona, at=at - MINUTE).status == "active"
    assert refusal(lambda: operations.send_link(begun, user=mona, at=at)) == "took_place"
    assert refusal(lambda: operations.send_link(expired, user=mona, at=at)) == "expired"


def test_while_another_date_is_asked_for_there_is_no_second_link(adas_partner, mona):
    booking = confirm(make_booking(adas_partner))
    row = operations.send_link(booking, user=mona, at=NOON)
    new = operations.rebook(row, make_free_date(booking.course).pk, at=NOON).rebooking.new_booking

    assert refusal(lambda: operations.send_link(booking, user=mona, at=NOON)) == "has_candidate"
    assert refusal(lambda: operations.send_link(new, user=mona, at=NOON)) == "is_candidate"


def test_a_candidate_declined_while_the_booking_could_still_be_undone_is_answered_later(
    adas_partner, mona, settings, run_jobs
):
    settings.UNDO_SECONDS = 3600
    by, reason = bookings.By("staff"), reason_by_code("capacity_full")
    old = confirm(make_booking(adas_partner))
    row = operations.send_link(old, user=mona, at=NOON)
    candidate = operations.rebook(row, make_free_date(old.course).pk, at=NOON).rebooking.new_booking
    bookings.decline_booking(candidate, reason=reason, by=by, at=NOON)
    bookings.emergency_decline_booking(old, reason=reason, notes="Krank", by=by, at=NOON + 30 * MINUTE)
    settle(NOON + HOUR)
    run_jobs()
    assert links_of(old) == [("used", "staff", 1)]

    bookings.undo_decision(old, by=by, at=NOON + HOUR)
    run_jobs()

    assert (fresh(old).status, links_of(old)) == (
        "confirmed",
        [("used", "staff", 1), ("active", "declined", 2)],
    )


def test_an_edited_order_carries_the_decline_on_and_its_customer_gets_a_link(adas_partner):
    old = make_declined(adas_partner)
    make_rebooking(adas_partner, booking=old)
    values = {
        name: getattr(old, name)
        for name in ("declined_at", "declined_by", "decline_reason", "settles_at", "settled_at", "status")
    }
    heir = make_booking(adas_partner, previous=old, **values)
    make_free_date(heir.course)

    row = operations.offer_rebooking(heir, at=NOON + HOUR)

    assert (row.original_booking, row.status) == (heir, "active")


@pytest.mark.parametrize(("is_carried_on", "blocker"), [(True, "withdrawn"), (False, "order_cancelled")])
def test_the_link_of_a_cancelled_order_leads_to_the_one_of_the_order_that_carries_it_on(
    rebooking, is_carried_on, blocker
):
    old = rebooking.original_booking
    if is_carried_on:
        decline(make_booking(old.partner, previous=old))
    bookings.cancel_booking(old, at=NOON)

    assert use_blocker(now_of(rebooking), at=NOON) == blocker


@pytest.mark.parametrize("version", [1, 2])
def test_a_mail_finds_its_link_by_its_version(rebooking, version):
    found = rebooking_of_mail(rebooking.original_booking_id, version)
    assert found == (rebooking if version == 1 else None)
