"""Staff forget a customer: find, look, one button."""

import pytest
from django.urls import reverse

from portal.bookings.models import Booking, Customer, ErasedOrder
from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON
from portal.core import tenancy
from portal.core.models import Event

ERASURE, ERASE = reverse("manage:erasure"), reverse("manage:erase")


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def order(adas_partner) -> int:
    return make_booking(adas_partner, odoo_ticket_number="HT00041").magento_order_id


def look(function):
    with tenancy.system("tests"):
        return function()


def test_the_search_shows_what_will_go_and_keeps_the_address_out_of_the_url(mona_client, order):
    page = mona_client.post(ERASURE, {"search": "JUERGEN@example.com"})

    assert page.status_code == 200
    assert f'value="{order}" checked' in page.text
    for shown in ("Jürgen Müller", "Kochschule Ada", "Sushi-Kurs für Anfänger", "Erase for good"):
        assert shown in page.text
    assert look(lambda: Customer.objects.get().first_name) == "Jürgen"


def test_one_button_erases_and_says_what_is_left_to_do(mona_client, mona, order):
    page = mona_client.post(ERASE, {"orders": [order]}, follow=True)

    assert page.redirect_chain == [(f"{ERASURE}?orders={order}", 302)]
    assert "The person of 1 order is erased." in page.text
    assert "HT00041" in page.text
    assert "Jürgen" not in page.text
    assert look(lambda: Customer.objects.get().erased_at) == NOON
    assert look(lambda: Event.objects.latest("id").actor) == mona.actor


def test_clicking_twice_is_the_same_as_once(mona_client, order):
    mona_client.post(ERASE, {"orders": [order]})

    again = mona_client.post(ERASE, {"orders": [order]}, follow=True)

    assert again.status_code == 200
    assert look(lambda: Event.objects.filter(kind="customer.erased").count()) == 1


def test_what_is_erased_already_is_not_offered_again(mona_client, order):
    mona_client.post(ERASE, {"orders": [order]})
    number = look(lambda: Booking.objects.get().order_number)

    page = mona_client.post(ERASURE, {"search": number})

    assert "Erased orders" in page.text
    assert "Erase for good" not in page.text


def test_who_is_not_found_is_said_so(mona_client, order):
    assert "No order found" in mona_client.post(ERASURE, {"search": "nobody@example.com"}).text


def test_an_empty_search_is_refused(mona_client, order):
    assert mona_client.post(ERASURE, {"search": " "}).status_code == 422


@pytest.mark.parametrize("orders", [[], ["x"], ["-1"], [str(10**25)], ["9" * 5000], ["²"], ["999999"]])
def test_orders_that_do_not_exist_erase_nothing(mona_client, order, orders):
    page = mona_client.post(ERASE, {"orders": orders}, follow=True)

    assert "Choose at least one order." in page.text
    assert look(lambda: ErasedOrder.objects.count()) == 0


def test_partners_do_not_even_know_of_the_page(ada_client, order):
    answers = [ada_client.get(ERASURE), ada_client.post(ERASE, {"orders": [order]})]

    assert [each.status_code for each in answers] == [404, 404]
    assert look(lambda: Customer.objects.get().first_name) == "Jürgen"
