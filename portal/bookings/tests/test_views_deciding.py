"""The buttons of a partner's members: confirm, decline, undo."""

import re
from datetime import timedelta

import pytest

from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import fresh, kinds
from portal.bookings.tests.pages import HTMX, LIST, confirm, decline, is_fragment, url
from portal.conftest import NOON, client_of

pytestmark = pytest.mark.usefixtures("noon")


# --- Confirm


def test_confirm_as_a_plain_form_leads_back_to_the_booking(ada, ada_client, booking):
    response = ada_client.post(url(booking, "confirm"), follow=True)

    assert response.redirect_chain == [(url(booking), 302)]
    assert "The booking is confirmed." in response.text
    booking = fresh(booking)
    assert (booking.status, booking.confirmed_by, booking.decided_by_user, booking.confirmed_at) == (
        "confirmed",
        "portal",
        ada,
        NOON,
    )
    assert kinds(booking) == ["booking.confirmed"]


def test_confirm_on_the_page_of_the_booking_answers_htmx_with_its_card(ada_client, booking):
    response = ada_client.post(url(booking, "confirm"), headers=HTMX)

    assert (response.status_code, is_fragment(response)) == (200, True)
    assert 'id="booking-card"' in response.text
    assert fresh(booking).status == "confirmed"


def test_confirm_on_the_list_answers_htmx_with_the_list_and_undo(ada_client, booking):
    response = ada_client.post(url(booking, "confirm"), {"page": "list"}, headers=HTMX)

    assert (response.status_code, is_fragment(response)) == (200, True)
    assert 'id="bookings"' in response.text
    assert f'action="{url(booking, "undo")}"' in response.text
    assert response.context["pending"] == []


def test_confirm_on_the_list_as_a_plain_form_leads_back_to_the_list_with_undo(ada_client, booking):
    response = ada_client.post(url(booking, "confirm"), {"page": "list"}, follow=True)

    assert response.redirect_chain == [(f"{LIST}?decided={booking.pk}", 302)]
    assert f'action="{url(booking, "undo")}"' in response.text


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_confirm_on_a_later_page_of_the_list_stays_there(ada_client, adas_partner, booking, headers):
    for _ in range(20):
        make_booking(adas_partner)
    sent = dict(
        re.findall(r'type="hidden" name="(page|back)" value="(.*?)"', ada_client.get(f"{LIST}?page=2").text)
    )

    response = ada_client.post(url(booking, "confirm"), sent, headers=headers, follow=True)

    assert sent == {"page": "list", "back": "page=2"}
    results = [result.card.pk for result in response.context["results"]]
    assert (response.context["page"].number, results) == (2, [booking.pk])
    assert f'hx-get="{LIST}?page=2&amp;decided={booking.pk}"' in response.text


@pytest.mark.parametrize(
    "back",
    [
        "",
        "page=0",
        "page=-1",
        "page=nonsense",
        f"page={'9' * 30}",
        "page=²",
        "decided=²&decided=0",
        "%00",
        "status=?",
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_nonsensical_way_back_still_shows_the_list(ada_client, booking, back, headers):
    form = {"page": "list", "back": back}

    response = ada_client.post(url(booking, "confirm"), form, headers=headers, follow=True)

    assert (response.status_code, response.context["page"].number) == (200, 1)
    assert fresh(booking).status == "confirmed"


def test_confirm_works_up_to_the_last_second_before_the_start(ada_client, booking, time_machine):
    time_machine.move_to(booking.starts_at - timedelta(seconds=1), tick=False)
    client = client_of(booking.partner.members.get().user)

    client.post(url(booking, "confirm"))

    assert fresh(booking).status == "confirmed"


def test_confirm_after_the_start_says_why_not(ada, booking, time_machine):
    time_machine.move_to(booking.starts_at, tick=False)

    response = client_of(ada).post(url(booking, "confirm"), follow=True)

    assert "The course date has already started." in response.text
    assert fresh(booking).status == "pending"


def test_confirm_after_a_colleague_says_who_was_faster(ada, ben_client, booking):
    confirm(booking, ada)

    response = ben_client.post(url(booking, "confirm"), follow=True)

    assert re.search(r"This booking is already confirmed\. That was Ada on .* at 12:00\.", response.text)
    assert fresh(booking).decided_by_user == ada
    assert kinds(booking) == ["booking.confirmed"]


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_confirm_after_a_colleague_declined_says_who_and_changes_nothing(ada, ben_client, booking, headers):
    decline(booking, ada)

    response = ben_client.post(url(booking, "confirm"), headers=headers, follow=True)

    assert response.status_code == 200
    assert re.search(r"This booking is already declined\. That was Ada on .* at 12:00\.", response.text)
    assert fresh(booking).status == "declined"


# --- Decline


def test_the_decline_form_offers_the_reasons_of_the_spec(ada_client, booking):
    response = ada_client.get(url(booking, "decline"))

    assert response.status_code == 200
    assert re.findall(r'name="reason" value="(\w+)"', response.text) == [
        "date_unavailable",
        "capacity_full",
        "equipment_issue",
        "personal_reason",
        "other",
    ]


def test_decline_keeps_reason_and_notes_and_leads_to_the_booking(ada, ada_client, booking):
    form = {"reason": "equipment_issue", "notes": " Der Herd ist kaputt. "}

    response = ada_client.post(url(booking, "decline"), form, follow=True)

    assert response.redirect_chain == [(url(booking), 302)]
    booking = fresh(booking)
    assert (booking.status, booking.decline_reason, booking.decline_notes) == (
        "declined",
        "equipment_issue",
        "Der Herd ist kaputt.",
    )
    assert (booking.declined_by, booking.decided_by_user, booking.declined_at) == ("portal", ada, NOON)
    assert "Der Herd ist kaputt." in response.text
    assert kinds(booking) == ["booking.declined"]


@pytest.mark.parametrize(
    ("form", "field", "message"),
    [
        ({}, "reason", "Please choose one of the reasons."),
        ({"reason": "", "notes": "Weil"}, "reason", "Please choose one of the reasons."),
        ({"reason": "nonsense"}, "reason", "Please choose one of the reasons."),
        (
            {"reason": "other"},
            "notes",
            "Please say in a few words why. Our team needs it to help the customer.",
        ),
        (
            {"reason": "other", "notes": "  "},
            "notes",
            "Please say in a few words why. Our team needs it to help the customer.",
        ),
        ({"reason": "capacity_full", "notes": "x" * 2001}, "notes", None),
        ({"reason": "capacity_full", "notes": "a\0b"}, "notes", None),
        ({"reason": "a\0b"}, "reason", None),
    ],
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_an_incomplete_decline_answers_422_with_the_form(ada_client, booking, form, field, message, headers):
    response = ada_client.post(url(booking, "decline"), form, headers=headers)

    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert message is None or message in response.text
    assert f'action="{url(booking, "decline")}"' in response.text
    assert fresh(booking).status == "pending"


def test_what_was_typed_stays_in_a_form_that_is_incomplete(ada_client, booking):
    response = ada_client.post(url(booking, "decline"), {"reason": "", "notes": "Der Herd ist kaputt."})

    assert "Der Herd ist kaputt." in response.text


def test_decline_after_a_colleague_confirmed_says_who_and_changes_nothing(ada, ben_client, booking):
    confirm(booking, ada)

    form = ben_client.get(url(booking, "decline"))
    response = ben_client.post(url(booking, "decline"), {"reason": "capacity_full"}, follow=True)

    assert "That was Ada on" in form.text
    assert "This booking is already confirmed. That was Ada on" in response.text
    assert fresh(booking).status == "confirmed"


# --- Undo


@pytest.mark.parametrize("make", [confirm, decline])
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_undo_makes_the_booking_wait_again(ada, ben_client, booking, make, headers):
    make(booking, ada)

    response = ben_client.post(url(booking, "undo"), headers=headers, follow=True)

    assert (response.status_code, is_fragment(response)) == (200, bool(headers))
    assert "Undone. Nobody outside has been told." in response.text
    assert fresh(booking).status == "pending"


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_undo_after_the_window_says_why_not(ada, ada_client, booking, headers, time_machine):
    confirm(booking, ada)
    time_machine.move_to(NOON + timedelta(seconds=600), tick=False)

    response = ada_client.post(url(booking, "undo"), headers=headers, follow=True)

    assert "This can no longer be undone" in response.text
    assert fresh(booking).status == "confirmed"


def test_undo_on_the_list_answers_htmx_with_the_list(ada, ada_client, booking):
    confirm(booking, ada)

    response = ada_client.post(url(booking, "undo"), {"page": "list"}, headers=HTMX)

    assert (is_fragment(response), 'id="bookings"' in response.text) == (True, True)
    assert [each.pk for each in response.context["pending"]] == [booking.pk]
