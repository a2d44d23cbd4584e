"""Signing in and out, and the language of the pages."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from portal.accounts.models import User
from portal.core import tenancy
from portal.core.models import OutboxMail
from portal.integrations.models import DemoMail

LOGIN, LANGUAGE = reverse("account_login"), reverse("set_language")
pytestmark = pytest.mark.django_db


def sign_in(client, email: str, password: str, **query: str):
    return client.post(LOGIN, {"login": email, "password": password, **query})


def errors_of(answer) -> dict[str, list[str]]:
    """What the page says is wrong, whatever was typed."""
    return {name: [str(each) for each in errors] for name, errors in answer.context["form"].errors.items()}


def test_sign_in_with_mail_and_password_leads_to_the_overview(client, ada):
    answer = client.post(LOGIN, {"login": "Ada@Example.org", "password": "secret"}, follow=True)

    assert answer.redirect_chain == [(reverse("home:start"), 302), (reverse("home:dashboard"), 302)]
    assert answer.wsgi_request.user == ada


def test_sign_in_leads_back_to_where_one_wanted_to_go(client, mona):
    answer = sign_in(client, "mona@example.org", "secret", next="/manage/imports")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/manage/imports")


def test_sign_in_leads_to_no_other_site(client, ada):
    answer = sign_in(client, "ada@example.org", "secret", next="https://evil.example/")

    assert answer.headers["Location"] == reverse("home:start")


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client, ada):
    known = sign_in(client, "ada@example.org", "wrong")
    unknown = sign_in(client, "nobody@example.org", "wrong")

    assert (known.status_code, errors_of(known)) == (unknown.status_code, errors_of(unknown))
    assert errors_of(known) != {}
    assert "_auth_user_id" not in client.session


def test_somebody_who_was_deactivated_does_not_come_in(client, ada):
    User.objects.filter(pk=ada.pk).update(is_active=False)

    sign_in(client, "ada@example.org", "secret")

    assert "_auth_user_id" not in client.session


def test_nobody_signs_up_by_themselves(client):
    assert [client.get(url).status_code for url in ("/signup", "/signup/", "/account/signup/")] == [
        404,
        404,
        404,
    ]


def test_sign_out_ends_the_session(ada_client):
    answer = ada_client.post(reverse("account_logout"))

    assert (answer.status_code, answer.headers["Location"]) == (302, LOGIN)
    assert "_auth_user_id" not in ada_client.session


# --- A forgotten password


def test_a_forgotten_password_is_set_by_a_mailed_link(client, ada, run_jobs):
    client.post(reverse("account_reset_password"), {"email": "Ada@example.org"})
    run_jobs("accounts.owe_password_reset", "core.send_mail")

    (mail,) = DemoMail.objects.all()
    assert mail.to_address == "ada@example.org"
    address = re.search(r"http://localhost:8000(/account/password/reset/key/\S+)", mail.text)[1]
    assert f'href="http://localhost:8000{address}"' in mail.html
    page = client.get(address, follow=True)
    client.post(page.request["PATH_INFO"], {"password1": "a new password", "password2": "a new password"})
    ada.refresh_from_db()
    assert ada.check_password("a new password")


def test_a_link_to_a_new_password_works_once(client, ada, run_jobs):
    client.post(reverse("account_reset_password"), {"email": "ada@example.org"})
    run_jobs("accounts.owe_password_reset", "core.send_mail")
    address = re.search(r"http://localhost:8000(/account/\S+)", DemoMail.objects.get().text)[1]
    form = client.get(address, follow=True).request["PATH_INFO"]
    client.post(form, {"password1": "a new password", "password2": "a new password"})

    thief = Client()
    form = thief.get(address, follow=True).request["PATH_INFO"]
    thief.post(form, {"password1": "another password", "password2": "another password"})

    ada.refresh_from_db()
    assert ada.check_password("a new password")


def test_asking_twice_for_a_new_password_sends_two_mails(client, ada, run_jobs):
    for _time in range(2):
        client.post(reverse("account_reset_password"), {"email": "ada@example.org"})
        run_jobs("accounts.owe_password_reset", "core.send_mail")

    with tenancy.system("tests"):
        mails = list(OutboxMail.objects.order_by("pk").values_list("kind", "version", "state"))
    assert mails == [("password_reset", 1, "sent"), ("password_reset", 2, "sent")]


def test_a_forgotten_password_of_an_unknown_address_gets_the_same_answer_and_no_mail(client, ada, run_jobs):
    url = reverse("account_reset_password")
    answers = [client.post(url, {"email": f"{name}@example.org"}) for name in ("ada", "nobody")]

    run_jobs("accounts.owe_password_reset")
    done = reverse("account_reset_password_done")
    assert [(each.status_code, each.headers["Location"]) for each in answers] == [(302, done), (302, done)]
    with tenancy.system("tests"):
        assert [mail.recipient for mail in OutboxMail.objects.all()] == ["ada@example.org"]


# --- The language


@pytest.mark.parametrize("language", ["en", "de"])
def test_set_language_keeps_it_on_the_user(ada, ada_client, language):
    answer = ada_client.post(LANGUAGE, {"language": language, "next": "/dashboard/bookings"})

    ada.refresh_from_db()
    assert (answer.status_code, answer.headers["Location"]) == (302, "/dashboard/bookings")
    assert ada.language == language
    assert ada_client.cookies["django_language"].value == language


@pytest.mark.parametrize("language", ["", "fr", "x" * 500, "en\0"])
def test_set_language_to_an_unknown_one_changes_nothing(ada, ada_client, language):
    answer = ada_client.post(LANGUAGE, {"language": language, "next": "/"})

    ada.refresh_from_db()
    assert (answer.status_code, ada.language) == (302, "de")
    assert '<html lang="en"' in ada_client.get("/dashboard/bookings").text


def test_set_language_works_for_people_who_are_not_signed_in(client):
    client.post(LANGUAGE, {"language": "en", "next": LOGIN})

    assert '<html lang="en"' in client.get(LOGIN, headers={"Accept-Language": "de"}).text


def test_set_language_leads_to_no_other_site(ada_client):
    answer = ada_client.post(LANGUAGE, {"language": "en", "next": "https://evil.example/"})

    assert answer.headers["Location"] == "/"


def test_guessing_passwords_at_the_api_is_slowed_down_like_at_the_login_page(ada, client):
    def sign_in(password: str) -> int:
        body = {"email": "ada@example.org", "password": password}
        return client.post("/api/auth/token", body, content_type="application/json").status_code

    answers = [sign_in("guess") for _ in range(6)]

    assert (answers[0], answers[-1], sign_in("secret")) == (401, 429, 429)
