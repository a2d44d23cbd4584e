"""Erasing while the shop is read: real commits, real locks, one thread for each."""

from dataclasses import replace

import pytest

from portal.bookings import operations
from portal.bookings.importing.page import import_page
from portal.bookings.importing.report import Report
from portal.bookings.models import Booking, Customer
from portal.bookings.operations import By
from portal.bookings.tests.shop_orders import LATER, PERSON, make_line, make_order
from portal.conftest import NOON, make_partner
from portal.core import tenancy
from tests.threads import run_together

pytestmark = pytest.mark.django_db(transaction=True)


def erase(*order_ids: int):
    with tenancy.system("tests"):
        return operations.erase_orders(order_ids, actor="user:7", at=LATER)


def take_in(*orders, at=NOON):
    import_page(orders, Report(), at=at)


@pytest.fixture
def partner():
    with tenancy.system("tests", actor="test"):
        return make_partner("Kochschule Ada", 1)


@pytest.mark.parametrize("number", range(1, 7))
def test_whoever_is_faster_nobody_comes_back(partner, number):
    take_in(make_order(order_id=number))
    changed = make_order(
        make_line(notes="Jürgen"),
        make_line(12, notes="Jürgen"),
        order_id=number,
        person=replace(PERSON, phone="0171 1"),
    )

    results = run_together(lambda: erase(number), lambda: take_in(changed, at=LATER))

    assert [each for each in results if isinstance(each, Exception)] == []
    with tenancy.system("tests"):
        assert list(Customer.objects.values_list("first_name", "email", "phone")) == [("", "", "")]
        assert set(Booking.objects.values_list("notes", flat=True)) == {""}


def test_erasing_and_answering_at_once_do_both(partner):
    take_in(make_order())
    with tenancy.system("tests"):
        booking = Booking.objects.get()

    def confirm():
        with tenancy.scope(partner_ids=[partner.pk]):
            operations.confirm_booking(booking, by=By("portal"), at=NOON)

    results = run_together(lambda: erase(1), confirm)

    assert [each for each in results if isinstance(each, Exception)] == []
    with tenancy.system("tests"):
        assert (Booking.objects.get().status, Customer.objects.get().email) == ("confirmed", "")
