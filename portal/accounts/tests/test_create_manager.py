"""`portal create-manager EMAIL`, and the trail of who is staff."""

import re
from hashlib import md5
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from portal.accounts.models import User
from portal.core import tenancy
from portal.core.models import Audit, OutboxMail
from portal.integrations.models import DemoMail

pytestmark = pytest.mark.django_db
LINK = r"http://localhost:8000(/account/password/reset/key/\S+)"


def fingerprint(address: str) -> str:
    return md5(address.encode()).hexdigest()


def run(*arguments: str) -> list[str]:
    out = StringIO()
    call_command("create_manager", *arguments, stdout=out)
    return out.getvalue().splitlines()


def trail() -> list[tuple[str, dict | None, dict]]:
    with tenancy.system("tests"):
        rows = Audit.objects.filter(table_name="miomente_partner_portal_users").order_by("id")
        return [(row.actor, row.old, row.new) for row in rows]


def choose_password(client, address: str) -> None:
    page = client.get(address, follow=True)
    client.post(page.request["PATH_INFO"], {"password1": "a new password", "password2": "a new password"})


@pytest.mark.parametrize("way", ["printed", "mailed"])
def test_create_manager_makes_a_login_by_the_printed_and_by_the_mailed_link(client, run_jobs, way):
    said = run("Boss@Example.org ", "--name", "Berta Boss")
    run_jobs("core.send_mail")

    text = said[1] if way == "printed" else DemoMail.objects.get(to_address="boss@example.org").text
    choose_password(client, re.search(LINK, text)[1])
    answer = client.post(
        reverse("account_login"), {"login": "boss@example.org", "password": "a new password"}
    )
    boss = User.objects.get()
    assert said[0] == "boss@example.org is a manager now."
    assert (boss.name, boss.is_manager, boss.is_active) == ("Berta Boss", True, True)
    assert answer.headers["Location"] == reverse("home:start")
    # Nothing of other people's before the second factor.
    assert client.get("/manage/").headers["Location"] == reverse("mfa_activate_totp")


def test_create_manager_again_prints_a_link_and_changes_nothing():
    run("boss@example.org", "--name", "Berta Boss")
    before = User.objects.values().get()

    said = run("boss@example.org", "--name", "Somebody")

    assert said[0] == "boss@example.org was a manager already."
    assert re.search(LINK, said[1])
    assert User.objects.values().get() == before
    with tenancy.system("tests"):
        assert [mail.recipient for mail in OutboxMail.objects.all()] == ["boss@example.org"]


def test_create_manager_promotes_a_user_who_keeps_name_and_password(ada):
    said = run("ADA@example.org")

    ada.refresh_from_db()
    assert said[0] == "ada@example.org is a manager now."
    assert (ada.name, ada.is_manager, ada.check_password("secret")) == ("Ada", True, True)


@pytest.mark.parametrize("email", ["", "boss", "boss@", "a b@example.org"])
def test_create_manager_refuses_what_is_no_address(email):
    with pytest.raises(CommandError, match="is no e-mail address"):
        run(email)

    assert User.objects.count() == 0


# --- The trail


def test_who_is_staff_stands_on_the_trail_without_passwords_and_sign_ins(client):
    run("boss@example.org")
    boss = User.objects.get()
    boss.set_password("secret")
    boss.save()
    client.post(reverse("account_login"), {"login": "boss@example.org", "password": "secret"})
    with tenancy.system("tests", actor="user:7"):
        User.objects.update(is_manager=False, email="berta@example.org")
        User.objects.update(is_active=False)

    boss.refresh_from_db()
    assert boss.last_login is not None
    assert trail() == [
        (
            "shell",
            None,
            {
                "email": fingerprint("boss@example.org"),
                "is_manager": True,
                "is_active": True,
                "has_second_factor": False,
            },
        ),
        (
            "user:7",
            {"email": fingerprint("boss@example.org"), "is_manager": True},
            {"email": fingerprint("berta@example.org"), "is_manager": False},
        ),
        ("user:7", {"is_active": True}, {"is_active": False}),
    ]


def test_promoting_stands_on_the_trail(ada):
    before = trail()

    run("ada@example.org")

    assert trail() == [*before, ("shell", {"is_manager": False}, {"is_manager": True})]


def test_a_member_who_becomes_a_manager_signs_in_again(ada_client, adas_partner):
    before = ada_client.get("/dashboard/bookings").status_code

    run("ada@example.org")

    answer = ada_client.get("/dashboard/bookings")
    assert (before, answer.status_code, answer.url) == (200, 302, "/login?next=/dashboard/bookings")
