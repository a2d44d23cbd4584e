"""Orders become bookings: what is made, when it is asked for, and what later changes in the shop do."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from portal.bookings import operations, queries
from portal.bookings.importing import runs
from portal.bookings.importing.page import import_page
from portal.bookings.importing.report import Report
from portal.bookings.models import Booking, BookingStatus, Customer, StaffQuestion, UnmatchedOrder
from portal.bookings.operations import By
from portal.bookings.sweeps import settle_decisions
from portal.bookings.tests.shop_orders import PERSON, make_line, make_order
from portal.conftest import NOON
from portal.core import registry
from portal.core.models import Event, Link, OutboxMail
from portal.dates.models import CourseDate
from portal.integrations.shop import LineKind
from portal.partners.operations import save_partner

LATER = NOON + timedelta(hours=1)
EIGHTH_OF_MAY = datetime(2030, 5, 8, 16, 0, tzinfo=UTC)  # 18:00 in Berlin


def take_in(*orders, at=NOON) -> Report:
    report = Report()
    import_page(orders, report, at=at)
    return report


def mails() -> list[tuple[str, int]]:
    return list(OutboxMail.objects.order_by("id").values_list("kind", "version"))


def kinds() -> list[str]:
    return list(Event.objects.filter(subject_type="booking").order_by("id").values_list("kind", flat=True))


def confirm(booking, *, at=NOON):
    operations.confirm_booking(booking, by=By("portal"), at=at)


def test_an_order_becomes_a_booking_that_is_asked_for(adas_partner):
    report = take_in(make_order(make_line(notes="Nussallergie")))

    booking = Booking.objects.get()
    assert (booking.partner, booking.customer_number) == (adas_partner, adas_partner.customer_number)
    assert (booking.order_number, booking.magento_order_item_id) == ("000000001", 11)
    assert (booking.participants, booking.price_cents, booking.payment_status) == (2, 17800, "paid")
    assert (booking.status, booking.released_at, booking.asked_at) == (BookingStatus.PENDING, NOON, NOON)
    assert (booking.starts_on, booking.starts_at) == (date(2030, 5, 8), EIGHTH_OF_MAY)
    assert (booking.course.magento_product_id, booking.course_date.magento_product_id) == (100, 101)
    assert (booking.customer.name, booking.customer.phone) == ("Jürgen Müller", "0171 39200 01")
    assert booking.notes == "Nussallergie"
    assert kinds() == ["booking.created", "booking.requested"]
    assert mails() == [("booking_request", 1)]
    assert (report.orders, report.lines, report.made, report.unmatched) == (1, 1, 1, 0)


def test_the_same_page_twice_makes_nothing_twice(adas_partner):
    take_in(make_order())

    report = take_in(make_order(), at=LATER)

    assert (report.made, report.changed, report.unchanged) == (0, 0, 1)
    assert Booking.objects.count() == 1
    assert mails() == [("booking_request", 1)]


def test_the_link_ends_after_seven_days_or_with_the_start(adas_partner):
    near = make_line(21, date_product_id=201, starts_on=date(2030, 5, 2))
    take_in(make_order(make_line(11, starts_on=date(2030, 6, 1)), near))

    ends = dict(Booking.objects.values_list("magento_order_item_id", "token_expires_at"))
    assert ends == {11: NOON + timedelta(days=7), 21: datetime(2030, 5, 2, 16, 0, tzinfo=UTC)}
    assert set(Link.objects.values_list("token_hash", flat=True)) == set(
        Booking.objects.values_list("confirmation_token", flat=True)
    )


@pytest.mark.parametrize("state", ["new", "processing", "complete"])
def test_a_sold_order_is_asked_for(adas_partner, state):
    take_in(make_order(state=state))

    assert mails() == [("booking_request", 1)]


@pytest.mark.parametrize("state", ["pending_payment", "payment_review", "holded", "something_new"])
def test_an_order_that_waits_for_its_payment_is_kept_but_neither_shown_nor_mailed(adas_partner, state):
    take_in(make_order(state=state))

    assert Booking.objects.get().status == BookingStatus.PENDING
    assert list(queries.bookings_for(adas_partner)) == []
    assert mails() == []


def test_a_payment_that_arrives_releases_the_booking(adas_partner):
    take_in(make_order(state="pending_payment"))

    take_in(make_order(state="processing"), at=LATER)

    assert [booking.released_at for booking in queries.bookings_for(adas_partner)] == [LATER]
    assert mails() == [("booking_request", 1)]


def test_an_unpaid_order_that_ends_is_never_heard_of(adas_partner):
    take_in(make_order(state="pending_payment"))

    take_in(make_order(make_line(participants=0), state="canceled"), at=LATER)

    assert Booking.objects.get().status == BookingStatus.CANCELLED
    assert list(queries.bookings_for(adas_partner)) == []


def test_an_order_cancelled_at_first_sight_makes_no_mail(adas_partner):
    take_in(make_order(make_line(participants=0), state="canceled"))

    booking = Booking.objects.get()
    assert (booking.status, booking.participants) == (BookingStatus.CANCELLED, 2)
    assert mails() == []


def test_history_comes_in_silently_as_confirmed(adas_partner, settings):
    settings.BOOKINGS_START_AT = NOON

    report = take_in(make_order())

    booking = Booking.objects.get()
    assert (booking.status, booking.confirmed_by, booking.confirmation_token) == (
        BookingStatus.CONFIRMED,
        "import",
        None,
    )
    assert (kinds(), mails(), report.made_as_history) == ([], [], 1)
    assert settle_decisions(LATER) == 0


def test_history_that_is_cancelled_later_stays_silent(adas_partner, settings):
    settings.BOOKINGS_START_AT = NOON
    take_in(make_order())

    take_in(make_order(make_line(participants=0), state="canceled"), at=LATER)

    assert Booking.objects.get().status == BookingStatus.CANCELLED
    assert (kinds(), mails()) == ([], [])


def test_a_date_already_over_at_first_sight_is_not_asked_for(adas_partner):
    take_in(make_order(make_line(starts_on=date(2030, 4, 30))))

    assert Booking.objects.get().status == BookingStatus.EXPIRED
    assert mails() == []


def test_vouchers_and_other_products_are_ignored_and_counted(adas_partner):
    report = take_in(
        make_order(
            make_line(11),
            make_line(12, kind=LineKind.VOUCHER, partner_value=""),
            make_line(13, kind=LineKind.NOT_A_COURSE, partner_value=""),
        )
    )

    assert list(Booking.objects.values_list("magento_order_item_id", flat=True)) == [11]
    assert dict(report.skipped) == {"voucher": 1, "not_a_course": 1}


def test_an_unknown_partner_is_kept_and_matches_once_the_partner_exists(everything):
    report = take_in(make_order())
    assert (report.unmatched, UnmatchedOrder.objects.get().reason) == (1, "unknown_partner")
    take_in(make_order())
    assert UnmatchedOrder.objects.count() == 1

    from portal.partners.models import Partner  # noqa: PLC0415

    partner = Partner(
        magento_partner_id="10001", customer_number="K1", company="Neu", email="neu@example.org"
    )
    save_partner(partner, actor="test", at=LATER)
    take_in(make_order(), at=LATER)

    assert Booking.objects.get().partner == partner
    assert UnmatchedOrder.objects.get().matched_at == LATER


def test_a_course_without_a_partner_waits_for_staff_who_assign_it(adas_partner):
    take_in(make_order(make_line(partner_value="")))
    row = UnmatchedOrder.objects.get()
    assert row.reason == "no_partner"

    operations.assign_order(row, adas_partner, actor="user:1", at=LATER)
    take_in(make_order(make_line(partner_value="")), at=LATER)

    assert Booking.objects.get().partner == adas_partner


def test_an_order_without_a_partner_that_is_cancelled_leaves_the_list_of_staff(everything):
    take_in(make_order(make_line(partner_value="")))
    assert len(queries.unmatched_orders()) == 1

    take_in(make_order(make_line(partner_value="", participants=0), state="canceled"), at=LATER)

    assert queries.unmatched_orders() == []
    assert UnmatchedOrder.objects.count() == 1


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


@pytest.mark.parametrize(
    "odd",
    [
        {"lines": (make_line(participants=70_000, ordered=70_000),)},
        {"payment_method": "x" * 128},
        {"status": "y" * 40},
        {"person": replace(PERSON, first_name="z" * 300)},
    ],
)
def test_an_odd_order_is_taken_in(adas_partner, odd):
    report = take_in(replace(make_order(), **odd))

    assert (report.made, Booking.objects.count()) == (1, 1)


def test_an_order_that_cannot_be_taken_in_holds_up_no_other(adas_partner):
    broken = make_order(make_line(12, price_cents=2**80), order_id=2)

    report = runs.run("poll", [[make_order(), broken]], at=NOON)

    assert (report.made, report.failed) == (1, ["000000002"])
    assert [problem.text for problem in registry.problems(NOON)] == ["000000002"]


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


def test_a_partner_without_an_address_is_not_mailed_but_the_booking_waits(adas_partner):
    adas_partner.email = ""
    adas_partner.save()

    take_in(make_order())

    assert Booking.objects.get().status == BookingStatus.PENDING
    assert mails() == []
