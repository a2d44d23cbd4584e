"""Links in mails on later visits, the pages they lead to, and what is kept of their tokens."""

import hashlib
import json
import re
from datetime import timedelta

import pytest
from django.db import connection

from portal.bookings import operations, queries
from portal.bookings.models import BookingStatus
from portal.bookings.operations import By
from portal.bookings.tests.looking import (
    BUTTON,
    CLICK,
    ask,
    fresh,
    is_private,
    kinds,
    link_of,
    token_of,
)
from portal.conftest import NOON
from portal.core import tenancy
from portal.partners.operations import save_partner

pytestmark = pytest.mark.usefixtures("noon")


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
def test_a_link_of_what_was_decided_otherwise_says_already_processed(
    person, mail_program, ada, adas_partner, end
):
    booking, token = ask(adas_partner)
    end(booking, ada)
    status = fresh(booking).status

    opened = person.get(f"/api/confirm/{token}")
    posted = person.post(f"/api/confirm/{token}")
    answer = mail_program.post(f"/api/confirm/{token}")

    assert opened.url == posted.url == "/confirmation-error?reason=already_processed"
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "already_processed")
    assert fresh(booking).status == status != "confirmed"
    assert person.get(f"/confirm/{token}").status_code == 200


@pytest.mark.parametrize(
    "token", ["0" * 64, "f" * 64, "g" * 64, "A" * 64, "0" * 63, "0" * 65, "x", "%00", "é", "'--"]
)
def test_an_unknown_or_malformed_token_is_invalid_everywhere(person, mail_program, db, token):
    answers = [
        person.get(f"/api/confirm/{token}"),
        person.get(f"/api/decline/{token}"),
        person.get(f"/confirm/{token}"),
    ]
    answers.append(person.post(f"/api/confirm/{token}"))
    answers.append(person.post(f"/api/confirm/{token}?undo"))
    refused = mail_program.post(f"/api/confirm/{token}")

    assert [answer.url for answer in answers] == ["/confirmation-error?reason=invalid"] * 5
    assert all(is_private(answer) for answer in answers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "invalid")


def test_a_link_expires_after_seven_days(person, mail_program, adas_partner, time_machine):
    booking, token = ask(adas_partner, starts_at=NOON + timedelta(days=20))
    assert link_of(booking).expires_at == NOON + timedelta(days=7)
    time_machine.move_to(NOON + timedelta(days=7), tick=False)

    opened = person.get(f"/api/confirm/{token}")
    posted = person.post(f"/api/confirm/{token}")
    answer = mail_program.post(f"/api/confirm/{token}")

    assert opened.url == posted.url == "/confirmation-error?reason=expired"
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "expired")
    assert BUTTON not in person.get(f"/confirm/{token}").text.partition("<h1")[2]
    assert fresh(booking).status == "pending"


def test_the_days_of_a_link_are_a_setting(adas_partner, settings):
    settings.BOOKING_TOKEN_EXPIRY_DAYS = 3

    booking, _ = ask(adas_partner, starts_at=NOON + timedelta(days=20))

    assert link_of(booking).expires_at == fresh(booking).token_expires_at == NOON + timedelta(days=3)


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
    person, mail_program, adas_partner
):
    booking, old = ask(adas_partner)
    booking.version, booking.participants = 2, 5
    booking.save()
    operations.ask_partner(booking, at=NOON)

    opened = person.get(f"/api/confirm/{old}")
    posted = mail_program.post(f"/api/confirm/{old}")

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


def test_the_success_page_is_over_for_an_address_that_is_asked_no_more(person, adas_partner):
    _, token = ask(adas_partner)
    url = success_url(person, token)
    adas_partner.email = "new@example.org"
    save_partner(adas_partner, actor="test", at=NOON)

    response = person.get(url)

    assert (response.status_code, response.url) == (302, f"/confirm/{token}")


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


def test_the_cookieless_answer_to_a_program_is_json(mail_program, adas_partner):
    _, token = ask(adas_partner)

    response = mail_program.post(
        f"/api/confirm/{token}", data=json.dumps({}), content_type="application/json"
    )

    assert response.headers["Content-Type"] == "application/json"
    assert BookingStatus.CONFIRMED in response.text
