"""The page of one booking: whom to call, what to know, what else this customer booked, what comes next."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.bookings.cards import NoteLine, note_lines
from portal.bookings.models import Customer
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import fresh
from portal.bookings.tests.pages import HTMX, decline, is_fragment, url
from portal.conftest import NOON
from portal.core import tenancy

pytestmark = pytest.mark.usefixtures("noon")


def others(response) -> list[int]:
    return [card.pk for card in response.context["others"]]


# --- The customer


@pytest.mark.parametrize(
    ("phone", "link"),
    [
        ("0171 39200 01", "tel:01713920001"),
        ("+49 (0)89 / 123-45", "tel:+498912345"),
        ("keine", None),
        ("", None),
    ],
)
def test_the_phone_number_is_one_tap_away(ada_client, booking, phone, link):
    Customer.objects.filter(pk=booking.customer_id).update(phone=phone)

    text = ada_client.get(url(booking)).text

    found = re.search(r'href="(tel:[^"]*)"', text)
    assert (found and found[1]) == link
    assert phone in text
    assert 'href="mailto:juergen@example.com"' in text


def test_a_customer_without_contact_says_whom_to_ask(ada_client, booking):
    Customer.objects.filter(pk=booking.customer_id).update(phone="", email="")

    assert "neither phone nor e-mail" in ada_client.get(url(booking)).text


@pytest.mark.parametrize(
    ("notes", "lines"),
    [
        ("", []),
        ("Allergien: Nüsse, Sellerie", [NoteLine("Allergien", "Nüsse, Sellerie")]),
        ("Uhrzeit: ab 18:30\nOhne Frage", [NoteLine("Uhrzeit", "ab 18:30"), NoteLine("", "Ohne Frage")]),
        ("A: eins\n\n  zwei ", [NoteLine("A", "eins"), NoteLine("", "zwei")]),
        ("Leer: ", [NoteLine("", "Leer:")]),
    ],
)
def test_notes_are_questions_of_the_shop_and_answers_of_the_customer(notes, lines):
    assert note_lines(notes) == lines


def test_allergies_stand_large_on_the_page(ada_client, adas_partner):
    booking = make_booking(adas_partner, notes="Allergien: Nüsse & Sellerie")

    text = ada_client.get(url(booking)).text

    assert "<dt>Allergien</dt><dd>Nüsse &amp; Sellerie</dd>" in text
    assert text.index("customer-notes") < text.index('class="facts"')


# --- What else the customer booked


def test_bookings_of_the_same_address_are_listed_latest_first(
    ada_client, booking, adas_partner, eves_partner
):
    earlier = make_booking(adas_partner, starts_at=NOON - timedelta(days=29), status="expired")
    later = make_booking(adas_partner, starts_at=NOON + timedelta(days=60))
    make_booking(adas_partner, starts_at=NOON - timedelta(days=30), status="expired")
    make_booking(adas_partner, released_at=None, asked_at=None)
    make_booking(eves_partner)
    another = make_booking(adas_partner)
    Customer.objects.filter(pk=another.customer_id).update(email="another@example.com")
    Customer.objects.filter(pk=later.customer_id).update(email="JUERGEN@example.com")

    response = ada_client.get(url(booking))

    assert others(response) == [later.pk, earlier.pk]
    assert f'href="{url(earlier)}"' in response.text


@pytest.mark.parametrize("change", [{"email": ""}, {"erased_at": NOON}])
def test_without_an_address_or_after_erasure_nothing_is_linked(ada_client, booking, adas_partner, change):
    other = make_booking(adas_partner)
    Customer.objects.filter(pk__in=[booking.customer_id, other.customer_id]).update(**change)

    assert others(ada_client.get(url(booking))) == []


def test_a_faded_booking_links_to_nothing(ada_client, booking, adas_partner):
    faded = make_booking(adas_partner, starts_at=NOON - timedelta(days=30), status="expired")

    assert others(ada_client.get(url(faded))) == []


def test_the_page_costs_the_same_however_often_the_customer_came(ada_client, booking, adas_partner, ada):
    def queries_of() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert ada_client.get(url(booking)).status_code == 200
        tenancy.enter("all")
        return len(captured)

    decline(make_booking(adas_partner), ada)
    queries_of()
    few = queries_of()
    for _ in range(5):
        decline(make_booking(adas_partner), ada)

    assert queries_of() == few


# --- Answers


def test_a_note_goes_with_the_confirmation(ada_client, booking):
    response = ada_client.post(
        url(booking, "confirm"), {"notes": " Bitte Schürzen mitbringen. "}, follow=True
    )

    assert fresh(booking).confirm_notes == "Bitte Schürzen mitbringen."
    assert "Bitte Schürzen mitbringen." in response.text


@pytest.mark.parametrize("notes", ["x" * 2001, "a\0b"])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_note_that_cannot_be_kept_confirms_nothing_and_says_so(ada_client, booking, notes, headers):
    response = ada_client.post(url(booking, "confirm"), {"notes": notes}, headers=headers)

    assert (response.status_code, is_fragment(response)) == (422, bool(headers))
    assert '<details class="confirm-note" open>' in response.text
    assert fresh(booking).status == "pending"


def test_a_decline_in_the_dialog_leads_to_the_booking(ada_client, booking):
    response = ada_client.post(url(booking, "decline"), {"reason": "capacity_full"}, headers=HTMX)

    assert (response.status_code, response.headers["HX-Redirect"]) == (204, url(booking))
    assert fresh(booking).status == "declined"


def test_an_incomplete_decline_stays_in_the_dialog(ada_client, booking):
    response = ada_client.post(url(booking, "decline"), {"reason": "other"}, headers=HTMX)

    assert response.status_code == 422
    form = re.search(r'<div id="dialog-part".*?</form>', response.text, re.S)[0]
    assert 'hx-target="#dialog-part" hx-select="#dialog-part"' in form
    assert "Please say in a few words why." in form


def test_after_a_decline_the_partner_is_asked_about_the_date(ada, ada_client, vera_client, booking, settings):
    settings.BRAND_SUPPORT_EMAIL, settings.BRAND_SUPPORT_PHONE = "hilfe@example.org", "+49 89 99"
    decline(booking, ada)

    text = ada_client.get(url(booking)).text

    assert "Does this date still take place?" in text
    assert ('href="mailto:hilfe@example.org"' in text, 'href="tel:+498999"' in text) == (True, True)
    assert "Does this date still take place?" not in vera_client.get(url(booking)).text


def test_what_can_no_longer_be_answered_says_why(ada_client, adas_partner):
    begun = make_booking(adas_partner, starts_at=NOON)

    text = ada_client.get(url(begun)).text

    assert "The course date has already started." in text
    assert f'action="{url(begun, "confirm")}"' not in text
