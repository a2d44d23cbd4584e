"""Reading the shop and sending mails beside those who answer: real commits, real locks, one thread for each."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from portal.bookings import operations
from portal.bookings.importing.page import import_page
from portal.bookings.importing.report import Report
from portal.bookings.models import Booking, Customer
from portal.bookings.operations import By
from portal.bookings.subscribers import follow_recipients
from portal.bookings.tests.shop_orders import LATER, PERSON, make_line, make_order
from portal.conftest import NOON, make_partner
from portal.core import outbox, tenancy
from portal.core.models import Event, OutboxMail
from portal.core.tests import mail_servers
from portal.dates.models import CourseDate
from portal.partners.operations import save_partner
from tests.threads import run_together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def partner():
    with tenancy.system("tests", actor="test"):
        return make_partner("Kochschule Ada", 1)


@pytest.fixture
def slow_server(settings):
    settings.EMAIL_SENDER = "portal.core.tests.mail_servers.very_slow"
    mail_servers.taken_mails.clear()


def take_in(*orders, at=NOON) -> None:
    import_page(orders, Report(), at=at)


def the_booking() -> Booking:
    with tenancy.system("tests"):
        return Booking.objects.get(magento_order_id=1)


def move_to_new_address(partner) -> Event:
    with tenancy.system("tests"):
        partner.email = "new@example.org"
        save_partner(partner, actor="user:1", at=LATER)
        return Event.objects.filter(kind="partner.changed").latest("pk")


def send_the_request() -> None:
    with tenancy.system("tests"):
        mail = OutboxMail.objects.earliest("pk")
    outbox.send(mail.pk, partner_id=mail.partner_id, at=NOON)


def sent_to() -> list[tuple[str, str]]:
    with tenancy.system("tests"):
        return list(OutboxMail.objects.order_by("pk").values_list("recipient", "state"))


def confirm_slowly(partner, booking, *, pause: float = 0.5) -> None:
    """As `lock` does, with the pause of a busy machine between the date and the booking."""
    with tenancy.scope(partner_ids=[partner.pk]):
        CourseDate.objects.select_for_update().filter(pk=booking.course_date_id).first()
        time.sleep(pause)
        operations.confirm_booking(booking, by=By("portal"), at=NOON)


def at_once(partner, booking, *orders) -> list[object]:
    """The partner answers, and a moment later the shop is read."""

    def read():
        time.sleep(0.2)
        take_in(*orders, at=LATER)

    return run_together(lambda: confirm_slowly(partner, booking), read)


def test_an_answer_and_a_new_contact_at_once_both_succeed(partner):
    take_in(make_order())
    booking = the_booking()

    results = at_once(partner, booking, make_order(person=replace(PERSON, phone="0171 1")))

    assert (results, the_booking().status) == ([None, None], "confirmed")


def test_an_edited_order_inherits_the_answer_that_is_just_being_given(partner):
    take_in(make_order())
    booking = the_booking()

    results = at_once(partner, booking, make_order(make_line(12), order_id=2, previous_order_id=1))

    with tenancy.system("tests"):
        heir = Booking.objects.get(magento_order_id=2)
    assert (results, heir.status, the_booking().settles_at) == ([None, None], "confirmed", None)


def test_a_new_contact_and_answers_to_forty_bookings_wait_for_each_other(partner):
    def page(**values):
        return [
            make_order(make_line(100 + n, date_product_id=101 + n, date_sku=f"K1-{n}"), order_id=n, **values)
            for n in range(1, 41)
        ]

    take_in(*page())
    with tenancy.system("tests"):
        bookings = list(Booking.objects.order_by("pk"))

    def confirm_all():
        for booking in bookings:
            with tenancy.scope(partner_ids=[partner.pk]):
                operations.confirm_booking(booking, by=By("portal"), at=NOON)

    results = run_together(
        confirm_all, lambda: take_in(*page(person=replace(PERSON, phone="0171 1")), at=LATER)
    )

    with tenancy.system("tests"):
        statuses = set(Booking.objects.values_list("status", flat=True))
        phones = set(Customer.objects.values_list("phone", flat=True))
    assert (results, statuses, phones) == ([None, None], {"confirmed"}, {"0171 1"})


def test_bookings_with_and_without_a_date_are_followed_while_the_shop_is_read(partner):
    def page(**values):
        undated = make_line(11, date_product_id=None, date_sku="", starts_on=None, starts_time=None)
        dated = (
            make_order(make_line(100 + n, date_product_id=201 + n, date_sku=f"K1-{n}"), order_id=n, **values)
            for n in range(2, 30)
        )
        return [make_order(undated, **values), *dated]

    take_in(*page())
    event = move_to_new_address(partner)

    results = run_together(lambda: follow_recipients(event), lambda: take_in(*page(status="seen"), at=LATER))

    assert results == [None, None]


def test_a_new_address_waits_for_the_mail_that_is_just_leaving_for_the_old_one(partner, slow_server):
    take_in(make_order())

    def follow():
        time.sleep(0.3)
        follow_recipients(move_to_new_address(partner))

    results = run_together(send_the_request, follow)

    assert (results, sent_to()) == (
        [None, None],
        [("partner1@example.org", "sent"), ("new@example.org", "waiting")],
    )


def test_an_undo_waits_for_the_request_that_is_just_leaving(partner, slow_server, settings):
    settings.UNDO_SECONDS = 600
    take_in(make_order())
    booking = the_booking()

    def confirm_move_and_undo():
        time.sleep(0.3)
        with tenancy.scope(partner_ids=[partner.pk]):
            operations.confirm_booking(booking, by=By("portal"), at=NOON)
        move_to_new_address(partner)
        with tenancy.scope(partner_ids=[partner.pk]):
            operations.undo_decision(booking, by=By("portal"), at=NOON + timedelta(minutes=1))

    results = run_together(send_the_request, confirm_move_and_undo)

    assert (results, the_booking().status) == ([None, None], "pending")
    assert sent_to() == [("partner1@example.org", "sent"), ("new@example.org", "waiting")]


def test_orders_of_two_dates_come_in_while_a_booking_moves_from_one_to_the_other(partner):
    """A new booking refers to its date, and so waits for who holds it: the page takes both before it writes."""
    first, other = make_line(11), make_line(12, date_product_id=102, date_sku="K1-20300515")
    take_in(make_order(first), make_order(other, order_id=2))
    with tenancy.system("tests"):
        low, high = CourseDate.objects.order_by("pk").values_list("pk", flat=True)

    def hold_both() -> None:
        with tenancy.scope(partner_ids=[partner.pk]):
            CourseDate.objects.select_for_update().get(pk=low)
            time.sleep(0.5)
            CourseDate.objects.select_for_update().get(pk=high)

    def read() -> None:
        time.sleep(0.2)
        # The later date first, as it is inserted.
        take_in(
            make_order(replace(other, item_id=13), order_id=3),
            make_order(replace(first, item_id=14), order_id=4),
            at=LATER,
        )

    assert run_together(hold_both, read) == [None, None]
