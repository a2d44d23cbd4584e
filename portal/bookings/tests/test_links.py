"""Links in mails: one click for people, none for robots."""

import hashlib
import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from portal.bookings import operations, queries
from portal.bookings.models import BookingStatus
from portal.bookings.operations import By
from portal.bookings.tests.looking import ask, fresh, kinds, link_of, token_of, visits
from portal.conftest import NOON
from portal.core import tenancy

ENGLISH = {"Accept-Language": "en"}
CLICK = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Accept": "text/html,*/*", **ENGLISH}
BUTTON = "Confirm booking"


@pytest.fixture(autouse=True)
def _noon(time_machine, settings):
    time_machine.move_to(NOON, tick=False)
    settings.UNDO_SECONDS = 600


@pytest.fixture
def person(db) -> Client:
    return Client(headers=CLICK)


@pytest.fixture
def program(db) -> Client:
    return Client(headers={"Accept": "*/*", **ENGLISH})


def is_private(response) -> bool:
    return (
        response.headers["Cache-Control"] == "no-store"
        and response.headers["Referrer-Policy"] == "no-referrer"
    )


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


def test_gmails_action_confirms_once_however_often_it_posts(program, adas_partner):
    booking, token = ask(adas_partner)

    answers = [program.post(f"/api/confirm/{token}") for _ in range(3)]

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


def test_undo_by_link_outside_the_window_changes_nothing(program, person, adas_partner, time_machine):
    booking, token = ask(adas_partner)
    person.post(f"/api/confirm/{token}")
    time_machine.move_to(NOON + timedelta(seconds=600), tick=False)

    answer = program.post(f"/api/confirm/{token}?undo")
    page = person.post(f"/api/confirm/{token}?undo", follow=True)

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "settled")
    assert (page.status_code, "This booking is confirmed." in page.text) == (200, True)
    assert fresh(booking).status == "confirmed"


def test_undo_of_what_nobody_decided_is_refused(program, adas_partner):
    booking, token = ask(adas_partner)

    answer = program.post(f"/api/confirm/{token}?undo")

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


# --- Later visits


@pytest.mark.parametrize("path", ["/api/confirm/", "/confirm/"])
def test_a_second_visit_shows_that_the_booking_is_confirmed(person, adas_partner, path, time_machine):
    booking, token = ask(adas_partner)
    person.post(f"/api/confirm/{token}")
    time_machine.move_to(NOON + timedelta(days=6), tick=False)

    response = person.get(f"{path}{token}")

    assert (response.status_code, is_private(response)) == (200, True)
    assert "This booking is confirmed." in response.text
    assert BUTTON not in response.text
    assert kinds(booking) == ["booking.confirmed"]


def test_a_confirmed_booking_is_shown_even_when_its_link_has_expired(person, adas_partner, time_machine):
    _, token = ask(adas_partner)
    person.post(f"/api/confirm/{token}")
    time_machine.move_to(NOON + timedelta(days=30), tick=False)

    response = person.get(f"/api/confirm/{token}")

    assert (response.status_code, "This booking is confirmed." in response.text) == (200, True)


def decline(booking, ada):
    operations.decline_booking(
        booking, reason=queries.reason_by_code("date_unavailable"), by=By("portal", ada), at=NOON
    )


def cancel(booking, ada):
    operations.cancel_booking(booking, at=NOON)


def expire(booking, ada):
    operations.expire_booking(booking, at=booking.starts_at)


@pytest.mark.parametrize("end", [decline, cancel, expire])
def test_a_link_of_what_was_decided_otherwise_says_already_processed(person, program, ada, adas_partner, end):
    booking, token = ask(adas_partner)
    end(booking, ada)
    status = fresh(booking).status

    opened = person.get(f"/api/confirm/{token}")
    posted = person.post(f"/api/confirm/{token}")
    answer = program.post(f"/api/confirm/{token}")

    assert opened.url == posted.url == "/confirmation-error?reason=already_processed"
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "already_processed")
    assert fresh(booking).status == status != "confirmed"
    assert person.get(f"/confirm/{token}").status_code == 200


@pytest.mark.parametrize(
    "token", ["0" * 64, "f" * 64, "g" * 64, "A" * 64, "0" * 63, "0" * 65, "x", "%00", "é", "'--"]
)
def test_an_unknown_or_malformed_token_is_invalid_everywhere(person, program, db, token):
    answers = [
        person.get(f"/api/confirm/{token}"),
        person.get(f"/api/decline/{token}"),
        person.get(f"/confirm/{token}"),
    ]
    answers.append(person.post(f"/api/confirm/{token}"))
    answers.append(person.post(f"/api/confirm/{token}?undo"))
    refused = program.post(f"/api/confirm/{token}")

    assert [answer.url for answer in answers] == ["/confirmation-error?reason=invalid"] * 5
    assert all(is_private(answer) for answer in answers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "invalid")


def test_a_link_expires_after_seven_days(person, program, adas_partner, time_machine):
    booking, token = ask(adas_partner, starts_at=NOON + timedelta(days=20))
    assert link_of(booking).expires_at == NOON + timedelta(days=7)
    time_machine.move_to(NOON + timedelta(days=7), tick=False)

    opened = person.get(f"/api/confirm/{token}")
    posted = person.post(f"/api/confirm/{token}")
    answer = program.post(f"/api/confirm/{token}")

    assert opened.url == posted.url == "/confirmation-error?reason=expired"
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "expired")
    assert BUTTON not in person.get(f"/confirm/{token}").text.partition("<h1")[2]
    assert fresh(booking).status == "pending"


def test_a_link_works_until_its_last_second(person, adas_partner, time_machine):
    booking, token = ask(adas_partner, starts_at=NOON + timedelta(days=20))
    time_machine.move_to(NOON + timedelta(days=7, seconds=-1), tick=False)

    person.get(f"/api/confirm/{token}")

    assert fresh(booking).status == "confirmed"


def test_a_link_expires_with_the_start_of_the_date(person, adas_partner, time_machine):
    booking, token = ask(adas_partner, starts_at=NOON + timedelta(days=2))
    time_machine.move_to(NOON + timedelta(days=2), tick=False)

    response = person.get(f"/api/confirm/{token}")

    assert link_of(booking).expires_at == booking.starts_at
    assert response.url == "/confirmation-error?reason=expired"


def test_a_link_from_before_a_change_in_the_shop_shows_the_booking_and_confirms_nothing(
    person, program, adas_partner
):
    booking, old = ask(adas_partner)
    booking.version, booking.participants = 2, 5
    booking.save()
    operations.ask_partner(booking, at=NOON)

    opened = person.get(f"/api/confirm/{old}")
    posted = program.post(f"/api/confirm/{old}")

    assert opened.status_code == 200
    assert "This booking has changed." in opened.text
    assert f'action="/api/confirm/{old}"' not in opened.text
    assert (posted.status_code, posted.json()["error"]["code"]) == (410, "expired")
    assert (fresh(booking).status, kinds(booking)) == ("pending", [])


def test_the_link_after_a_change_in_the_shop_confirms_and_the_old_one_then_shows_it(person, adas_partner):
    booking, old = ask(adas_partner)
    booking.version = 2
    booking.save()
    operations.ask_partner(booking, at=NOON)
    new = token_of(booking)

    person.post(f"/api/confirm/{new}")
    response = person.get(f"/api/confirm/{old}")

    assert fresh(booking).status == "confirmed"
    assert (response.status_code, "This booking is confirmed." in response.text) == (200, True)


# --- The success and error pages


def success_url(person, token: str) -> str:
    return person.post(f"/api/confirm/{token}").url


def test_the_success_page_shows_no_booking_after_fifteen_minutes(person, adas_partner, time_machine):
    booking, token = ask(adas_partner)
    url = success_url(person, token)
    time_machine.move_to(NOON + timedelta(minutes=15, seconds=1), tick=False)

    response = person.get(url)

    assert (response.status_code, is_private(response)) == (200, True)
    assert "Jürgen" not in response.text
    assert booking.order_number not in response.text


@pytest.mark.parametrize("t", ["", "nonsense", "e30:1:1", "%00"])
def test_a_tampered_success_page_says_that_the_link_is_invalid(person, db, t):
    response = person.get(f"/confirmation-success?t={t}")

    assert (response.url, is_private(response)) == ("/confirmation-error?reason=invalid", True)


def test_a_success_page_with_a_changed_letter_is_invalid(person, adas_partner):
    _, token = ask(adas_partner)
    url = success_url(person, token)

    response = person.get(url[:-1] + ("A" if url[-1] != "A" else "B"))

    assert response.url == "/confirmation-error?reason=invalid"


def test_the_success_page_of_what_was_undone_shows_that_it_is_not_confirmed(person, adas_partner):
    _, token = ask(adas_partner)
    url = success_url(person, token)
    person.post(f"/api/confirm/{token}?undo")

    response = person.get(url, follow=True)

    assert response.redirect_chain == [(f"/confirm/{token}", 302)]
    assert "Not confirmed yet" in response.text


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ("invalid", "This link is not valid."),
        ("expired", "This link has expired."),
        ("already_processed", "This booking has already been answered."),
        ("<script>", "This link is not valid."),
    ],
)
def test_the_error_page_says_why(person, db, reason, text):
    response = person.get("/confirmation-error", {"reason": reason})

    assert (response.status_code, is_private(response)) == (200, True)
    assert text in response.text


# --- The decline link


def test_the_decline_link_leads_to_the_form_and_declines_nothing(ada_client, adas_partner):
    booking, token = ask(adas_partner)

    response = ada_client.get(f"/api/decline/{token}", headers=CLICK, follow=True)

    assert response.redirect_chain == [(f"/dashboard/bookings/{booking.pk}/decline?token={token}", 302)]
    assert (response.status_code, is_private(response)) == (200, True)
    assert f'value="{token}"' in response.text
    assert fresh(booking).status == "pending"


def test_the_decline_link_asks_for_the_login_first_and_comes_back(person, adas_partner):
    booking, token = ask(adas_partner)

    response = person.get(f"/api/decline/{token}", follow=True)

    form = f"/dashboard/bookings/{booking.pk}/decline%3Ftoken%3D{token}"
    assert response.redirect_chain[-1] == (f"/login?next={form}", 302)
    assert fresh(booking).status == "pending"
    assert "Jürgen" not in response.text


def test_the_decline_link_shows_nothing_to_a_member_of_another_partner(eve_client, adas_partner):
    booking, token = ask(adas_partner)

    response = eve_client.get(f"/api/decline/{token}", headers=CLICK, follow=True)

    assert response.status_code == 404
    assert "Jürgen" not in response.text
    assert fresh(booking).status == "pending"


@pytest.mark.parametrize(("uses_own_token", "way"), [(True, "email_token"), (False, "portal")])
def test_a_decline_that_came_from_the_mail_is_remembered_as_such(
    ada_client, adas_partner, uses_own_token, way
):
    booking, token = ask(adas_partner)

    ada_client.post(
        f"/dashboard/bookings/{booking.pk}/decline",
        {"reason": "capacity_full", "notes": "", "token": token if uses_own_token else "0" * 64},
    )

    assert (fresh(booking).status, fresh(booking).declined_by) == ("declined", way)


def test_the_decline_link_of_a_declined_booking_shows_the_form_page_with_the_reason_why_not(
    ada, ada_client, adas_partner
):
    booking, token = ask(adas_partner)
    decline(booking, ada)

    response = ada_client.get(f"/api/decline/{token}", headers=CLICK, follow=True)

    assert response.status_code == 200
    assert "This booking is already declined." in response.text


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_the_decline_link_can_only_be_opened(person, adas_partner, method):
    _, token = ask(adas_partner)

    assert getattr(person, method)(f"/api/decline/{token}").status_code == 405


# --- Tokens


def everything_stored() -> str:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        tables = [row[0] for row in cursor.fetchall()]
        texts = []
        for table in tables:
            cursor.execute(f"SELECT coalesce(string_agg(row::text, '\n'), '') FROM {table} row")
            texts.append(cursor.fetchone()[0])
    return "\n".join(texts)


def test_tokens_are_64_hex_characters_and_nowhere_stored_but_as_a_hash(person, adas_partner):
    booking, token = ask(adas_partner)
    person.get(f"/api/confirm/{token}", follow=True)
    person.post(f"/api/confirm/{token}?undo", follow=True)

    with tenancy.system("tests"):
        stored = everything_stored()

    assert re.fullmatch("[0-9a-f]{64}", token)
    assert token not in stored
    assert hashlib.sha256(token.encode()).hexdigest() in stored
    assert fresh(booking).confirmation_token == link_of(booking).token_hash


def test_every_link_and_every_version_has_a_token_of_its_own(adas_partner):
    first, token = ask(adas_partner)
    _, other = ask(adas_partner)
    first.version = 2
    first.save()
    operations.ask_partner(first, at=NOON)

    assert len({token, other, token_of(first)}) == 3


def test_tokens_depend_on_the_secret(adas_partner, settings):
    booking, token = ask(adas_partner)
    settings.LINK_SECRET = "another-secret-another-secret-another"

    assert token_of(booking) != token


def test_the_cookieless_answer_to_a_program_is_json(program, adas_partner):
    _, token = ask(adas_partner)

    response = program.post(f"/api/confirm/{token}", data=json.dumps({}), content_type="application/json")

    assert response.headers["Content-Type"] == "application/json"
    assert BookingStatus.CONFIRMED in response.text
