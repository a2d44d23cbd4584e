"""Sessions, their cookies, and the headers around pages with people in them."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.tests.codes import CODE, LOGIN, code_of, is_signed_in, set_up, sign_in
from portal.core import tenancy
from portal.core.models import OutboxMail
from portal.integrations.models import DemoMail

pytestmark = pytest.mark.django_db


def test_signing_in_gives_the_session_another_key(client, ada):
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    planted = session.session_key

    sign_in(client, "ada@example.org")

    assert is_signed_in(client)
    assert client.session.session_key != planted
    thief = Client()
    thief.cookies["sessionid"] = planted
    assert thief.get("/dashboard/bookings").headers["Location"].startswith(LOGIN)


def test_the_code_gives_the_session_another_key_once_more(client, ada, clock):
    sign_in(client, "ada@example.org")
    secret, _codes = set_up(client)
    client.post(reverse("account_logout"))
    clock.shift(timedelta(minutes=5))
    sign_in(client, "ada@example.org")
    before = client.session.session_key

    client.post(CODE, {"code": code_of(secret)})

    assert is_signed_in(client)
    assert client.session.session_key != before


def test_signing_out_ends_the_session_for_whoever_has_its_cookie(ada_client):
    thief = Client()
    thief.cookies["sessionid"] = ada_client.cookies["sessionid"].value
    assert thief.get("/dashboard/bookings").status_code == 200

    ada_client.post(reverse("account_logout"))

    assert thief.get("/dashboard/bookings").headers["Location"].startswith(LOGIN)


@pytest.mark.parametrize(("hours", "is_open"), [(12 * 3600 - 1, True), (12 * 3600, False)])
def test_a_session_of_the_staff_ends_after_twelve_hours_however_busy(
    client, mona, clock, settings, hours, is_open
):
    settings.SESSION_SAVE_EVERY_REQUEST = True
    sign_in(client, "mona@example.org")
    clock.shift(timedelta(seconds=hours // 2))
    client.get("/manage/")
    clock.shift(timedelta(seconds=hours - hours // 2))

    assert (client.get("/manage/").status_code == 200) is is_open


def test_a_session_of_the_staff_that_came_with_a_code_is_as_short(client, mona, clock):
    sign_in(client, "mona@example.org")
    type(mona).objects.update(second_factor_at=None)
    sign_in(client, "mona@example.org")
    secret, _codes = set_up(client)
    client.post(reverse("account_logout"))
    clock.shift(timedelta(minutes=5))
    sign_in(client, "mona@example.org")
    client.post(CODE, {"code": code_of(secret)})

    assert client.session.get_expiry_age() == 12 * 3600


def test_a_session_of_a_partner_lasts_two_weeks(client, ada, clock):
    sign_in(client, "ada@example.org")

    assert client.session.get_expiry_age() == 14 * 24 * 3600


def test_the_cookies_are_out_of_reach_of_scripts_and_other_sites(client, ada):
    client.get(LOGIN)
    sign_in(client, "ada@example.org")

    session, csrf = client.cookies["sessionid"], client.cookies["csrftoken"]
    assert (session["httponly"], session["samesite"], csrf["samesite"]) == (True, "Lax", "Lax")


ASK = """
from portal.config import settings as s
print([s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS])
"""


@pytest.mark.parametrize(
    ("url", "expected"),
    [("https://portal.example", [True, True, 31536000]), ("http://localhost:8000", [False, False, 0])],
)
def test_over_https_cookies_are_secure_and_browsers_never_come_without(url, expected):
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        env={**os.environ, "PORTAL_URL": url},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == str(expected)


@pytest.mark.parametrize("path", ["/dashboard/bookings", "/api/partner/bookings", "/account/security"])
def test_pages_with_people_stay_in_no_cache_and_in_no_frame(ada_client, path):
    headers = ada_client.get(path).headers

    assert headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


# --- Mails about the account


def test_with_the_mail_server_away_every_page_works_and_the_mail_is_owed(client, ada, settings, run_jobs):
    settings.EMAIL_SENDER = "portal.core.tests.mail_servers.down"
    sign_in(client, "ada@example.org")
    set_up(client)
    changed = client.post(
        reverse("account_change_password"),
        {"oldpassword": "secret", "password1": "another secret", "password2": "another secret"},
    )
    asked = client.post(reverse("account_reset_password"), {"email": "ada@example.org"})

    assert (changed.status_code, asked.status_code) == (302, 302)
    assert DemoMail.objects.count() == 0
    settings.EMAIL_SENDER = "portal.integrations.email.embedded.email_sender"
    run_jobs("accounts.owe_password_reset", "core.send_mail")
    assert sorted(sent_kinds()) == ["password_changed", "password_reset", "second_factor_set_up"]
    assert {mail.to_address for mail in DemoMail.objects.all()} == {"ada@example.org"}


def sent_kinds() -> list[str]:
    with tenancy.system("tests"):
        return list(OutboxMail.objects.filter(state="sent").values_list("kind", flat=True))
