"""The second factor: setting it up, signing in with it, and changing it."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from portal.accounts import tokens
from portal.accounts.tests.codes import (
    CODE,
    LOGIN,
    NEW_CODES,
    PASSWORD,
    REMOVE,
    SECURITY,
    SET_UP,
    code_of,
    is_signed_in,
    owed,
    set_up,
    sign_in,
    trail_of,
)
from portal.conftest import NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def client() -> Client:
    return Client(headers={"Accept-Language": "en"})


# --- Setting it up


def test_setting_it_up_shows_ten_recovery_codes_once_and_mails_a_notice(client, ada, run_jobs):
    sign_in(client, "ada@example.org")

    _secret, codes = set_up(client)

    ada.refresh_from_db()
    assert (len(codes), len(set(codes)), ada.second_factor_at) == (10, 10, NOON)
    assert owed() == [("second_factor_set_up", "ada@example.org", "user")]
    assert is_signed_in(client)
    later = client.get(SECURITY).text + client.get(NEW_CODES).text
    assert [code for code in codes if code in later] == []
    assert trail_of(ada) == [(f"user:{ada.pk}", {"has_second_factor": False}, {"has_second_factor": True})]


def test_setting_it_up_shows_a_picture_and_the_key_and_no_script(client, ada):
    sign_in(client, "ada@example.org")

    page = client.get(SET_UP)

    assert 'src="data:image/svg+xml;base64,' in page.text
    assert page.context["form"].secret in page.text
    assert "img-src 'self' data:" in page.headers["Content-Security-Policy"]


def test_a_wrong_code_sets_nothing_up_and_keeps_the_picture(client, ada):
    sign_in(client, "ada@example.org")
    secret = client.get(SET_UP).context["form"].secret

    answer = client.post(SET_UP, {"code": "000000"})

    ada.refresh_from_db()
    assert (answer.context["form"].secret, ada.second_factor_at, owed()) == (secret, None, [])
    assert "This code is wrong or was used already." in answer.text


def test_setting_it_up_twice_leads_to_the_page_about_security(client, ada):
    sign_in(client, "ada@example.org")
    secret, _codes = set_up(client)

    again = client.post(SET_UP, {"code": code_of(secret, later_seconds=30)})

    assert (again.status_code, again.headers["Location"]) == (302, SECURITY)
    assert len(owed()) == 1


def test_the_secrets_cannot_be_read_in_the_database(client, ada):
    sign_in(client, "ada@example.org")
    secret, codes = set_up(client)

    kept = str(list(Authenticator.objects.values()))
    assert [each for each in (secret, *codes) if each in kept] == []
    assert secret not in str(client.session.items())


def test_setting_it_up_ends_all_other_sessions_and_tokens(client, ada):
    thief = Client()
    for each in (thief, client):
        sign_in(each, "ada@example.org")
    pair = tokens.issue_pair(ada, at=NOON)

    set_up(client)

    assert thief.get("/dashboard/bookings").headers["Location"].startswith(LOGIN)
    assert client.get("/dashboard/bookings").status_code == 200
    with pytest.raises(tokens.TokenRefused):
        tokens.refresh_pair(pair.refresh, at=NOON)


# --- Signing in


def test_signing_in_takes_the_code_beside_the_password(client, ada, factor, clock):
    clock.shift(timedelta(minutes=2))
    first = sign_in(client, "ada@example.org", next="/dashboard/bookings")
    was_in = is_signed_in(client)
    second = client.post(CODE, {"code": code_of(factor[0])})

    assert (first.headers["Location"], was_in) == (CODE, False)
    assert second.headers["Location"] == "/dashboard/bookings"
    assert is_signed_in(client)


def test_before_the_code_there_is_nothing_to_see(client, ada, factor):
    sign_in(client, "ada@example.org")

    paths = ["/dashboard/bookings", "/", SECURITY]
    assert all(client.get(path).headers["Location"].startswith(LOGIN) for path in paths)
    assert client.get("/api/partner/bookings").status_code == 401


@pytest.mark.parametrize(
    ("seconds", "works"), [(-60, False), (-59, True), (-30, True), (0, True), (30, True), (60, False)]
)
def test_a_code_is_taken_half_a_minute_early_and_late(client, ada, factor, clock, seconds, works):
    clock.shift(timedelta(minutes=10) - timedelta(seconds=1) if seconds == -59 else timedelta(minutes=10))
    sign_in(client, "ada@example.org")

    client.post(CODE, {"code": code_of(factor[0], later_seconds=-30 if seconds == -59 else seconds)})

    assert is_signed_in(client) is works


@pytest.mark.parametrize("later_seconds", [0, 29, 31, 59])
def test_a_code_works_once_for_as_long_as_it_is_right(client, ada, factor, clock, later_seconds):
    clock.shift(timedelta(minutes=10))
    code = code_of(factor[0], later_seconds=30)
    for each in (client, thief := Client()):
        sign_in(each, "ada@example.org")
        each.post(CODE, {"code": code})
        clock.shift(timedelta(seconds=later_seconds))

    assert (is_signed_in(client), is_signed_in(thief)) == (True, False)


def test_the_code_that_set_it_up_does_not_sign_in(client, ada, factor):
    sign_in(client, "ada@example.org")

    client.post(CODE, {"code": code_of(factor[0])})

    assert not is_signed_in(client)


def test_a_recovery_code_signs_in_once(client, ada, factor):
    code = factor[1][3]
    for each in (client, thief := Client()):
        sign_in(each, "ada@example.org")
        each.post(CODE, {"code": f"{code[:4]}-{code[4:]}"})

    assert (is_signed_in(client), is_signed_in(thief)) == (True, False)
    assert "9 recovery codes left" in client.get(SECURITY).text


def test_guessing_codes_ends_after_five_tries_from_wherever(client, ada, factor, clock):
    clock.shift(timedelta(minutes=10))
    sign_in(client, "ada@example.org")
    for number in range(5):
        client.post(CODE, {"code": f"00000{number}"}, REMOTE_ADDR=f"10.0.0.{number}")

    answer = client.post(CODE, {"code": code_of(factor[0])}, REMOTE_ADDR="10.0.0.9")

    assert not is_signed_in(client)
    (error,) = answer.context["form"].errors.as_data()["code"]
    assert error.code == "too_many_login_attempts"


def test_a_second_factor_of_another_secret_key_is_a_wrong_code_and_no_failure(
    client, ada, factor, settings, clock
):
    clock.shift(timedelta(minutes=10))
    sign_in(client, "ada@example.org")
    row = Authenticator.objects.get(type="totp")
    row.data = {"secret": "gAAAAA-of-another-key"}
    row.save()

    answer = client.post(CODE, {"code": code_of(factor[0])})

    assert (answer.status_code, is_signed_in(client)) == (200, False)


# --- Changing it


@pytest.mark.parametrize("address", [SET_UP, REMOVE, NEW_CODES])
@pytest.mark.parametrize(("seconds", "is_asked"), [(299, False), (300, True)])
def test_changing_it_takes_a_password_of_the_last_five_minutes(
    client, ada, clock, address, seconds, is_asked
):
    sign_in(client, "ada@example.org")
    if address != SET_UP:
        set_up(client)
    clock.shift(timedelta(seconds=seconds))

    answer = client.get(address)

    if not is_asked:
        assert answer.status_code == 200
        return
    assert answer.headers["Location"].startswith(PASSWORD)
    client.post(PASSWORD, {"password": "secret"})
    assert client.get(address).status_code == 200


def test_a_wrong_password_opens_nothing(client, ada, clock):
    sign_in(client, "ada@example.org")
    clock.shift(timedelta(minutes=10))

    client.post(PASSWORD, {"password": "wrong"})

    assert client.get(SET_UP).headers["Location"].startswith(PASSWORD)


def test_switching_it_off_makes_the_password_enough_and_mails_a_notice(client, ada):
    sign_in(client, "ada@example.org")
    set_up(client)

    answer = client.post(REMOVE)

    assert (answer.status_code, answer.headers["Location"]) == (302, SECURITY)
    assert (is_signed_in(client), Authenticator.objects.count()) == (True, 0)
    assert [kind for kind, _, _ in owed()] == ["second_factor_set_up", "second_factor_removed"]
    assert sign_in(Client(), "ada@example.org").headers["Location"] == reverse("home:start")


def test_new_recovery_codes_replace_the_old_ones(client, ada):
    sign_in(client, "ada@example.org")
    _secret, old = set_up(client)

    new = client.post(NEW_CODES).context["codes"]

    assert (len(new), set(new) & set(old)) == (10, set())
    assert [kind for kind, _, _ in owed()] == ["second_factor_set_up", "recovery_codes_renewed"]
    for codes, works in ((old, False), (new, True)):
        sign_in(other := Client(), "ada@example.org")
        other.post(CODE, {"code": codes[0]})
        assert is_signed_in(other) is works


def test_without_a_second_factor_there_are_no_recovery_codes(client, ada):
    sign_in(client, "ada@example.org")

    answer = client.post(NEW_CODES)

    assert "Please set that up first." in answer.text
    assert (Authenticator.objects.count(), owed()) == (0, [])
