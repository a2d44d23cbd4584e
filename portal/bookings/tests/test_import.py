"""Orders become bookings: what is made, and when it is asked for."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from portal.bookings import operations, queries
from portal.bookings.importing import runs
from portal.bookings.models import Booking, BookingStatus, Customer, FailedOrder, UnmatchedOrder
from portal.bookings.sweeps import settle_decisions
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
from portal.core import registry
from portal.core.models import Link
from portal.integrations.shop import LineKind
from portal.partners.operations import save_partner

EIGHTH_OF_MAY = datetime(2030, 5, 8, 16, 0, tzinfo=UTC)  # 18:00 in Berlin


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


def test_the_language_of_the_store_is_followed_and_no_news_for_the_partner(adas_partner):
    take_in(make_order())
    confirm(Booking.objects.get())

    take_in(make_order(language="en"), at=LATER)

    assert Customer.objects.get().language == "en"
    assert (kinds()[-1], mails()) == ("booking.confirmed", [("booking_request", 1)])


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


def test_an_order_that_cannot_be_taken_in_holds_up_no_other_and_is_tried_until_it_can(adas_partner):
    broken = make_order(make_line(12, price_cents=2**80), order_id=2)

    report = runs.run("poll", [[make_order(), broken]], at=NOON)
    assert (report.made, report.failed) == (1, ["000000002"])
    assert [problem.text for problem in registry.problems(NOON)] == ["000000002"]
    assert list(FailedOrder.objects.values_list("magento_order_id", flat=True)) == [2]

    runs.run("poll", [[make_order(make_line(12), order_id=2)]], at=LATER)
    assert registry.problems(NOON) == []
    assert Booking.objects.count() == 2


def test_a_partner_without_an_address_is_not_mailed_but_the_booking_waits(adas_partner):
    adas_partner.email = ""
    adas_partner.save()

    take_in(make_order())

    assert Booking.objects.get().status == BookingStatus.PENDING
    assert mails() == []
