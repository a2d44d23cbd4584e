"""What later changes in the shop, at the partner or of a decision do to bookings."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from portal.bookings import operations, queries
from portal.bookings.models import Booking, BookingStatus, Customer, StaffQuestion
from portal.bookings.operations import By
from portal.bookings.tests.shop_orders import (
    LATER,
    PERSON,
    confirm,
    kinds,
    mails,
    make_line,
    make_order,
    take_in,
)
from portal.conftest import NOON
from portal.core.models import Link, OutboxMail
from portal.dates.models import CourseDate
from portal.partners.operations import save_partner

EIGHTH_OF_MAY = datetime(2030, 5, 8, 16, 0, tzinfo=UTC)  # 18:00 in Berlin


def test_a_cancellation_after_the_request_tells_the_partner(adas_partner, run_jobs):
    take_in(make_order())
    run_jobs()

    take_in(make_order(make_line(participants=0), state="canceled"), at=LATER)
    run_jobs()

    booking = Booking.objects.get()
    assert (booking.status, booking.cancelled_at) == (BookingStatus.CANCELLED, LATER)
    assert mails() == [("booking_request", 1), ("booking_cancelled", 1)]


def test_a_confirmed_booking_with_fewer_participants_stays_confirmed(adas_partner):
    take_in(make_order())
    confirm(Booking.objects.get())

    take_in(make_order(make_line(participants=1)), at=LATER)

    booking = Booking.objects.get()
    assert (booking.status, booking.participants) == (BookingStatus.CONFIRMED, 1)
    assert mails() == [("booking_request", 1), ("booking_changed", 1)]


def test_a_cancellation_before_the_request_left_tells_nobody(adas_partner, run_jobs):
    take_in(make_order())

    take_in(make_order(make_line(participants=0), state="canceled"), at=LATER)
    run_jobs()

    assert list(OutboxMail.objects.values_list("kind", "state")) == [("booking_request", "dropped")]


def test_new_contact_data_reach_every_booking_of_the_order(adas_partner):
    lines = [make_line(11), make_line(12, date_product_id=102)]
    take_in(make_order(*lines))
    for booking in Booking.objects.all():
        confirm(booking)

    take_in(make_order(*lines, person=replace(PERSON, phone="030 1")), at=LATER)

    assert [mail.kind for mail in OutboxMail.objects.order_by("id")[2:]] == [
        "booking_changed",
        "booking_changed",
    ]


def test_a_time_that_becomes_known_keeps_the_promise(adas_partner):
    take_in(make_order(make_line(starts_time=None)))
    confirm(Booking.objects.get())

    take_in(make_order(), at=LATER)

    booking = Booking.objects.get()
    assert (booking.status, booking.starts_at, booking.version) == (BookingStatus.CONFIRMED, EIGHTH_OF_MAY, 1)
    assert mails() == [("booking_request", 1), ("booking_changed", 1)]


def test_a_payment_that_arrives_after_the_start_asks_nobody(adas_partner):
    take_in(make_order(state="pending_payment"))

    take_in(make_order(), at=EIGHTH_OF_MAY + timedelta(hours=1))

    assert Booking.objects.get().status == BookingStatus.EXPIRED
    assert mails() == []


def test_unpaid_history_stays_hidden_until_it_is_paid_and_silent_then(adas_partner, settings):
    settings.BOOKINGS_START_AT = NOON
    take_in(make_order(state="pending_payment"))
    assert list(queries.bookings_for(adas_partner)) == []

    take_in(make_order(), at=LATER)

    assert [booking.status for booking in queries.bookings_for(adas_partner)] == [BookingStatus.CONFIRMED]
    assert (kinds(), mails()) == ([], [])


def test_a_cancellation_reaches_the_partner_of_an_inherited_promise(adas_partner, run_jobs):
    take_in(make_order())
    run_jobs()
    confirm(Booking.objects.get())
    edited = make_order(make_line(12), order_id=2, previous_order_id=1)
    take_in(make_order(make_line(participants=0), state="canceled"), edited, at=LATER)
    run_jobs()

    gone = make_order(make_line(12, participants=0), order_id=2, previous_order_id=1, state="canceled")
    take_in(gone, at=LATER)
    run_jobs()

    assert mails() == [("booking_request", 1), ("booking_cancelled", 1)]


def test_undoing_an_answer_brings_the_dropped_request_back(adas_partner, run_jobs, settings):
    settings.UNDO_SECONDS = 600
    take_in(make_order())
    booking = Booking.objects.get()
    confirm(booking)
    run_jobs()
    assert OutboxMail.objects.get().state == "dropped"

    operations.undo_decision(booking, by=By("portal"), at=NOON + timedelta(minutes=1))

    assert OutboxMail.objects.get().state == "waiting"


def test_an_older_mail_to_a_former_address_confirms_nothing_new(adas_partner, run_jobs):
    take_in(make_order())
    old = Link.objects.get()
    adas_partner.email = "new@example.org"
    adas_partner.save()

    take_in(make_order(make_line(participants=9, ordered=9)), at=LATER)

    old.refresh_from_db()
    assert (old.expires_at, old.version) == (LATER, 2)
    assert sorted(Link.objects.values_list("recipient", flat=True)) == [
        "new@example.org",
        "partner1@example.org",
    ]


def test_a_new_address_of_the_partner_gets_what_waits(adas_partner, run_jobs):
    take_in(make_order())
    run_jobs()
    adas_partner.email = "new@example.org"

    save_partner(adas_partner, actor="test", at=LATER)
    run_jobs()

    sent = OutboxMail.objects.order_by("id").values_list("recipient", "state")
    assert list(sent) == [("partner1@example.org", "sent"), ("new@example.org", "sent")]


def test_new_contact_data_keep_the_promise_and_are_told(adas_partner):
    take_in(make_order())
    confirm(Booking.objects.get())

    take_in(make_order(person=replace(PERSON, phone="030 1")), at=LATER)

    assert (Booking.objects.get().status, Customer.objects.get().phone) == (BookingStatus.CONFIRMED, "030 1")
    assert mails() == [("booking_request", 1), ("booking_changed", 1)]


@pytest.mark.parametrize(
    "change",
    [
        {"participants": 3, "ordered": 3},
        {"date_product_id": 102, "date_sku": "K1-20300515", "starts_on": date(2030, 5, 15)},
        {"starts_time": time(19, 0)},
    ],
)
def test_more_participants_or_another_date_ask_the_partner_anew(adas_partner, change):
    take_in(make_order())
    old_hash = Booking.objects.get().confirmation_token
    confirm(Booking.objects.get())

    take_in(make_order(make_line(**change)), at=LATER)

    booking = Booking.objects.get()
    assert (booking.status, booking.version, booking.confirmed_at) == (BookingStatus.PENDING, 2, None)
    assert booking.confirmation_token != old_hash
    assert mails() == [("booking_request", 1), ("booking_request", 2)]


def test_a_pending_booking_that_changes_is_asked_for_anew(adas_partner):
    take_in(make_order())

    take_in(make_order(make_line(participants=1)), at=LATER)

    assert (Booking.objects.get().status, Booking.objects.get().participants) == (BookingStatus.PENDING, 1)
    assert mails() == [("booking_request", 1), ("booking_request", 2)]


def test_a_change_after_a_decline_becomes_a_question_to_staff(adas_partner):
    take_in(make_order())
    reason = queries.reason_by_code("capacity_full")
    operations.decline_booking(Booking.objects.get(), reason=reason, by=By("portal"), at=NOON)

    take_in(make_order(make_line(participants=4)), at=LATER)

    booking = Booking.objects.get()
    assert (booking.status, booking.staff_question) == (
        BookingStatus.DECLINED,
        StaffQuestion.CHANGED_AFTER_DECLINE,
    )


def test_a_label_that_changes_in_the_shop_touches_no_decision(adas_partner):
    take_in(make_order())
    confirm(Booking.objects.get())

    take_in(make_order(status="partner_confirmed", state="complete"), at=LATER)

    booking = Booking.objects.get()
    assert (booking.status, booking.shop_status, booking.version) == (
        BookingStatus.CONFIRMED,
        "partner_confirmed",
        1,
    )
    assert mails() == [("booking_request", 1)]


def test_an_order_on_hold_keeps_the_booking(adas_partner):
    take_in(make_order())

    take_in(make_order(state="holded", status="holded"), at=LATER)

    assert (Booking.objects.get().status, Booking.objects.get().shop_state) == (
        BookingStatus.PENDING,
        "holded",
    )


def test_an_edited_order_inherits_the_confirmation_and_nobody_is_alarmed(adas_partner, run_jobs):
    take_in(make_order())
    confirm(Booking.objects.get())
    cancelled = make_order(make_line(participants=0), state="canceled", next_order_id=2)
    edited = make_order(make_line(12), order_id=2, number="000000001-1", previous_order_id=1)

    take_in(cancelled, edited, at=LATER)
    run_jobs()

    old, new = Booking.objects.order_by("id")
    assert (old.status, new.status, new.confirmed_by) == ("cancelled", "confirmed", "portal")
    assert mails() == [("booking_request", 1)]


def test_an_edited_order_for_more_people_is_asked_for(adas_partner, run_jobs):
    take_in(make_order())
    confirm(Booking.objects.get())

    run_jobs()
    edited = make_order(make_line(12, participants=3), order_id=2, previous_order_id=1)
    take_in(make_order(make_line(participants=0), state="canceled"), edited, at=LATER)
    run_jobs()

    assert [booking.status for booking in Booking.objects.order_by("id")] == ["cancelled", "pending"]
    assert mails() == [("booking_request", 1), ("booking_request", 1), ("booking_cancelled", 1)]


def test_an_erased_customer_stays_erased(adas_partner):
    take_in(make_order())
    Customer.objects.update(first_name="", last_name="", email="", phone="", erased_at=NOON)

    take_in(make_order(person=replace(PERSON, phone="030 1")), at=LATER)

    assert Customer.objects.get().phone == ""


def test_a_date_that_moves_in_the_catalog_moves_its_row_and_its_sequence(adas_partner):
    take_in(make_order())

    take_in(make_order(make_line(starts_time=time(19, 0))), at=LATER)

    row = CourseDate.objects.get()
    assert (row.starts_time, row.sequence, row.starts_at) == (
        time(19, 0),
        1,
        EIGHTH_OF_MAY + timedelta(hours=1),
    )


def test_a_product_that_changes_hands_never_mixes_two_partners(adas_partner, eves_partner):
    take_in(make_order())

    take_in(make_order(make_line(12, partner_value=eves_partner.magento_partner_id), order_id=2))

    first, second = Booking.objects.order_by("id")
    assert (first.course.partner, second.course.partner) == (adas_partner, eves_partner)
    assert first.course_date_id != second.course_date_id
