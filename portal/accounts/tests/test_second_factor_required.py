"""The second factor: who must have one, programs, and a lost phone."""

from datetime import timedelta
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from portal.accounts import policies, tokens
from portal.accounts.models import User
from portal.accounts.tests.callers import caller_of
from portal.accounts.tests.codes import (
    LOGIN,
    SET_UP,
    code_of,
    owed,
    set_up,
    sign_in,
    trail_of,
)
from portal.conftest import NOON
from portal.integrations.models import DemoMail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


# --- Who must have one


CLOSED = ("/manage/", "/manage/partners", "/manage/waiting")


def test_a_manager_without_one_is_led_to_set_it_up_and_sees_nothing_before(client, new_manager, adas_partner):
    sign_in(client, "mia@example.org")

    assert [client.get(path).headers["Location"] for path in CLOSED] == [SET_UP] * len(CLOSED)
    assert client.get("/manage/", headers={"HX-Request": "true"}).headers["HX-Redirect"] == SET_UP
    page = client.get("/", follow=True)
    assert page.request["PATH_INFO"] == SET_UP
    assert "/manage/" not in page.text
    assert "Kochschule Ada" not in page.text


def test_a_manager_comes_in_once_it_is_set_up(client, new_manager, adas_partner):
    sign_in(client, "mia@example.org")

    set_up(client)

    assert client.get("/manage/").status_code == 200
    assert "Kochschule Ada" in client.get("/manage/partners").text


def test_a_manager_who_is_a_member_has_to_set_it_up_before_the_bookings(client, ada):
    User.objects.filter(pk=ada.pk).update(is_manager=True)
    sign_in(client, "ada@example.org")

    page = client.get("/dashboard/bookings", follow=True)
    api = client.get("/api/partner/bookings")

    assert (page.request["PATH_INFO"], api.status_code) == (SET_UP, 403)


def test_a_session_from_before_ends_when_the_factor_is_set_up_elsewhere(client, new_manager):
    before = Client()
    for each in (before, client):
        sign_in(each, "mia@example.org")
    set_up(client)

    assert before.get("/manage/").headers["Location"].startswith(LOGIN)


@pytest.mark.parametrize(
    ("is_required", "is_manager", "has_factor", "lacks"),
    [
        (True, True, False, True),
        (True, True, True, False),
        (True, False, False, False),
        (False, True, False, False),
    ],
)
def test_lacks_second_factor(settings, is_required, is_manager, has_factor, lacks):
    settings.REQUIRE_MANAGER_MFA = is_required
    user = User(is_manager=is_manager, second_factor_at=NOON if has_factor else None)

    assert policies.lacks_second_factor(user) is lacks


# --- Programs


def token(client: Client, email: str, **more: str) -> tuple[int, str]:
    body = {"email": email, "password": "secret", **more}
    answer = client.post("/api/auth/token", body, content_type="application/json")
    return answer.status_code, answer.json().get("error", {}).get("code", "")


def test_a_program_sends_the_code_as_otp(client, ada, factor, clock):
    clock.shift(timedelta(minutes=10))
    code = code_of(factor[0])

    assert token(client, "ada@example.org") == (401, "mfa_required")
    assert token(client, "ada@example.org", otp="000000") == (401, "invalid_otp")
    assert token(client, "ada@example.org", otp=code) == (200, "")
    assert token(client, "ada@example.org", otp=code) == (401, "invalid_otp")
    assert token(client, "ada@example.org", otp=factor[1][0]) == (200, "")


def test_a_program_that_guesses_codes_is_slowed_down(client, ada, factor, clock):
    clock.shift(timedelta(minutes=10))
    answers = [token(client, "ada@example.org", otp=f"00000{number}") for number in range(6)]

    assert answers == [(401, "invalid_otp")] * 5 + [(429, "too_many_attempts")]
    assert token(client, "ada@example.org", otp=code_of(factor[0])) == (429, "too_many_attempts")


def test_a_manager_without_one_gets_no_token_and_one_from_before_opens_nothing(client, new_manager):
    pair = tokens.issue_pair(new_manager, at=NOON)

    assert token(client, "mia@example.org") == (401, "mfa_required")
    assert token(client, "mia@example.org", otp="123456") == (401, "mfa_required")
    with pytest.raises(tokens.TokenRefused):
        caller_of(pair.access, at=NOON)


# --- A lost phone


def reset(email: str) -> list[str]:
    out = StringIO()
    call_command("reset_mfa", email, stdout=out)
    return out.getvalue().splitlines()


def test_reset_mfa_lets_in_with_the_password_ends_sessions_and_tells_by_mail(client, ada, factor, run_jobs):
    before = trail_of(ada)

    said = reset("Ada@Example.org ")

    assert said == ["ada@example.org signs in with the password alone now, and was told so by mail."]
    assert Authenticator.objects.count() == 0
    assert sign_in(client, "ada@example.org").headers["Location"] == reverse("home:start")
    assert trail_of(ada)[len(before) :] == [
        ("shell", {"has_second_factor": True}, {"has_second_factor": False})
    ]
    run_jobs("core.send_mail")
    assert DemoMail.objects.latest("pk").subject != ""
    assert owed()[-1] == ("second_factor_reset", "ada@example.org", "user")


def test_reset_mfa_again_changes_nothing(ada):
    before = owed()

    reset("ada@example.org")

    assert owed() == before


def test_reset_mfa_of_a_manager_leads_to_a_new_factor(client, new_manager):
    sign_in(client, "mia@example.org")
    set_up(client)

    said = reset("mia@example.org")

    assert said[1] == "The portal asks for a new second factor right after the next sign-in."
    assert client.get("/manage/").headers["Location"].startswith(LOGIN)
    sign_in(client, "mia@example.org")
    assert client.get("/manage/").headers["Location"] == SET_UP


def test_reset_mfa_of_an_unknown_address_says_so(db):
    with pytest.raises(CommandError, match="Nobody signs in as nobody@"):
        reset("nobody@example.org")
