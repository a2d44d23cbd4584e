"""Opening the links in mails, and their button: one click for people, none for robots."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from portal.bookings.tests.looking import (
    CLICK,
    ENGLISH,
    ask,
    fresh,
    is_private,
    kinds,
    link_of,
    visits,
)
from portal.conftest import NOON
from portal.core import tenancy

pytestmark = pytest.mark.usefixtures("noon")


# --- A person's click


def test_a_click_confirms_provisionally_and_leads_to_the_success_page(person, adas_partner):
    booking, token = ask(adas_partner)

    response = person.get(f"/api/confirm/{token}")

    booking = fresh(booking)
    assert response.status_code == 302
    assert re.fullmatch(r"/confirmation-success\?t=[\w:-]+", response.url)
    assert (booking.status, booking.confirmed_at, booking.confirmed_by) == ("confirmed", NOON, "email_token")
    assert booking.provisional_until == NOON + timedelta(seconds=10)
    assert kinds(booking) == ["booking.confirmed"]
    assert visits(booking) == [("confirm", "person")]
    assert link_of(booking).used_at == NOON
    assert is_private(response)


def test_the_success_page_shows_the_booking_and_offers_undo(person, adas_partner):
    booking, token = ask(adas_partner)

    response = person.get(f"/api/confirm/{token}", follow=True)

    assert response.status_code == 200
    assert booking.order_number in response.text
    assert "Jürgen Müller" in response.text
    assert f"/api/confirm/{token}?undo" in response.text
    assert is_private(response)


def test_a_click_close_to_the_start_still_stays_provisional_for_ten_seconds(person, adas_partner):
    booking, token = ask(adas_partner, starts_at=NOON + timedelta(hours=1))

    person.get(f"/api/confirm/{token}")

    assert fresh(booking).settles_at == NOON + timedelta(seconds=10)


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": "curl/8.5", "Accept": "*/*"},
        {**CLICK, "Sec-Purpose": "prefetch"},
        {**CLICK, "Sec-Purpose": "prefetch;prerender"},
        {**CLICK, "Purpose": "prefetch"},
        {**CLICK, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {**CLICK, "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
        {**CLICK, "Sec-Fetch-Dest": "iframe"},
    ],
)
def test_opening_without_a_persons_click_changes_nothing_and_shows_the_button(db, adas_partner, headers):
    booking, token = ask(adas_partner)

    response = Client(headers={**headers, **ENGLISH}).get(f"/api/confirm/{token}", follow=True)

    assert response.redirect_chain == [(f"/confirm/{token}", 302)]
    assert (response.status_code, is_private(response)) == (200, True)
    assert "Not confirmed yet" in response.text
    assert f'action="/api/confirm/{token}"' in response.text
    assert (fresh(booking).status, kinds(booking)) == ("pending", [])
    assert visits(booking) == [("confirm", "robot"), ("page", "robot")]


@pytest.mark.parametrize("path", ["/api/confirm/", "/api/decline/"])
def test_a_head_request_changes_nothing_and_is_kept_as_a_robots_visit(person, adas_partner, path):
    booking, token = ask(adas_partner)

    response = person.head(f"{path}{token}")

    assert (response.status_code, response.content, is_private(response)) == (200, b"", True)
    assert (fresh(booking).status, kinds(booking)) == ("pending", [])
    assert visits(booking) == [(path.split("/")[2], "robot")]


@pytest.mark.parametrize(("seconds", "status"), [(119, "pending"), (120, "confirmed")])
def test_opening_confirms_only_after_the_grace_of_its_mail(
    person, adas_partner, settings, seconds, status, time_machine
):
    settings.CONFIRM_GRACE_SECONDS = 120
    booking, token = ask(adas_partner, at=NOON + timedelta(days=1))  # the mail left at NOON
    time_machine.move_to(NOON + timedelta(seconds=seconds), tick=False)

    response = person.get(f"/api/confirm/{token}")

    assert fresh(booking).status == status
    assert response.url.startswith("/confirmation-success" if status == "confirmed" else f"/confirm/{token}")


def test_a_scanner_faster_than_our_note_that_the_mail_has_left_confirms_nothing(
    person, adas_partner, settings
):
    settings.CONFIRM_GRACE_SECONDS = 120
    booking, token = ask(adas_partner)
    with tenancy.system("tests"):
        link = link_of(booking)
        link.mailed_at = None
        link.save()

    person.get(f"/api/confirm/{token}")

    assert fresh(booking).status == "pending"


def test_opening_never_confirms_when_the_setting_says_so(person, adas_partner, settings):
    settings.CONFIRM_ON_OPEN = "never"
    booking, token = ask(adas_partner)

    response = person.get(f"/api/confirm/{token}")

    assert response.url == f"/confirm/{token}"
    assert fresh(booking).status == "pending"
    assert visits(booking) == [("confirm", "person")]


# --- The button, Gmail, and undo


def test_the_button_confirms_for_good_and_leads_to_the_success_page(person, adas_partner):
    booking, token = ask(adas_partner)

    response = person.post(f"/api/confirm/{token}")

    booking = fresh(booking)
    assert response.status_code == 302
    assert response.url.startswith("/confirmation-success?t=")
    assert (booking.status, booking.provisional_until, booking.confirmed_by) == (
        "confirmed",
        None,
        "email_token",
    )
    assert is_private(response)


def test_the_button_works_without_a_session_or_a_csrf_token(adas_partner):
    booking, token = ask(adas_partner)

    response = Client(enforce_csrf_checks=True, headers=CLICK).post(f"/api/confirm/{token}")

    assert response.status_code == 302
    assert fresh(booking).status == "confirmed"


def test_gmails_action_confirms_once_however_often_it_posts(mail_program, adas_partner):
    booking, token = ask(adas_partner)

    answers = [mail_program.post(f"/api/confirm/{token}") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert [answer.json() for answer in answers] == [{"data": {"status": "confirmed"}, "success": True}] * 3
    assert kinds(booking) == ["booking.confirmed"]


def test_undo_by_link_inside_the_window_leads_to_the_page_with_the_button(person, adas_partner, time_machine):
    booking, token = ask(adas_partner)
    person.post(f"/api/confirm/{token}")
    time_machine.move_to(NOON + timedelta(seconds=599), tick=False)

    response = person.post(f"/api/confirm/{token}?undo", follow=True)

    assert response.redirect_chain == [(f"/confirm/{token}", 302)]
    assert "Not confirmed yet" in response.text
    assert fresh(booking).status == "pending"
    assert kinds(booking) == ["booking.confirmed", "booking.confirmation_undone"]
    assert is_private(response)


def test_undo_by_link_outside_the_window_changes_nothing(mail_program, person, adas_partner, time_machine):
    booking, token = ask(adas_partner)
    person.post(f"/api/confirm/{token}")
    time_machine.move_to(NOON + timedelta(seconds=600), tick=False)

    answer = mail_program.post(f"/api/confirm/{token}?undo")
    page = person.post(f"/api/confirm/{token}?undo", follow=True)

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "settled")
    assert (page.status_code, "This booking is confirmed." in page.text) == (200, True)
    assert fresh(booking).status == "confirmed"


def test_undo_of_what_nobody_decided_is_refused(mail_program, adas_partner):
    booking, token = ask(adas_partner)

    answer = mail_program.post(f"/api/confirm/{token}?undo")

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_decided")
    assert kinds(booking) == []


def test_opening_the_address_of_undo_confirms_like_any_click_and_undoes_nothing(person, adas_partner):
    booking, token = ask(adas_partner)
    person.post(f"/api/confirm/{token}")

    person.get(f"/api/confirm/{token}?undo")

    assert fresh(booking).status == "confirmed"


# --- Robots that open everything


def test_opening_decline_within_ten_seconds_takes_the_confirmation_by_opening_back(
    person, adas_partner, time_machine
):
    booking, token = ask(adas_partner)
    person.get(f"/api/confirm/{token}")
    time_machine.move_to(NOON + timedelta(seconds=9), tick=False)

    person.get(f"/api/decline/{token}")

    booking = fresh(booking)
    assert (booking.status, booking.confirmed_at, booking.settles_at) == ("pending", None, None)
    assert kinds(booking) == ["booking.confirmed", "booking.confirmation_taken_back"]
    assert visits(booking) == [("confirm", "person"), ("decline", "person")]


def test_opening_decline_after_ten_seconds_leaves_the_confirmation(person, adas_partner, time_machine):
    booking, token = ask(adas_partner)
    person.get(f"/api/confirm/{token}")
    time_machine.move_to(NOON + timedelta(seconds=10), tick=False)

    person.get(f"/api/decline/{token}")

    assert fresh(booking).status == "confirmed"
    assert kinds(booking) == ["booking.confirmed"]


def test_opening_decline_does_not_take_back_what_the_button_confirmed(person, adas_partner):
    booking, token = ask(adas_partner)
    person.post(f"/api/confirm/{token}")

    person.get(f"/api/decline/{token}")

    assert fresh(booking).status == "confirmed"


@pytest.mark.parametrize(("seconds", "status"), [(0, "pending"), (10, "pending"), (11, "confirmed")])
def test_opening_does_not_confirm_right_after_the_decline_link_was_opened(
    person, adas_partner, time_machine, seconds, status
):
    booking, token = ask(adas_partner)
    person.get(f"/api/decline/{token}")
    time_machine.move_to(NOON + timedelta(seconds=seconds), tick=False)

    person.get(f"/api/confirm/{token}")

    assert fresh(booking).status == status
