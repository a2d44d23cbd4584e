"""Nobody finds out who has an account: not by texts, not by statuses, not by how much work an answer is."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth import hashers
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.accounts.models import User
from portal.accounts.tests.codes import LOGIN

pytestmark = pytest.mark.django_db
KNOWN, UNKNOWN, INACTIVE, INVITED = (
    f"{name}@example.org" for name in ("ada", "nobody", "gone", "new.colleague")
)
ALL = (KNOWN, UNKNOWN, INACTIVE, INVITED)


@pytest.fixture(autouse=True)
def people(ada):
    User.objects.create_user(INACTIVE, password="secret", is_active=False)
    User.objects.create_user(INVITED)


def try_page(email: str) -> HttpResponse:
    return Client().post(LOGIN, {"login": email, "password": "wrong"})


def try_api(email: str) -> HttpResponse:
    body = {"email": email, "password": "wrong"}
    return Client().post("/api/auth/token", body, content_type="application/json")


def try_reset(email: str) -> HttpResponse:
    return Client().post(reverse("account_reset_password"), {"email": email}, follow=True)


def shown(answer: HttpResponse, email: str) -> tuple[int, str, list[tuple[str, int]]]:
    """All of the answer that does not differ from one visit to the next."""
    text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.text.replace(email, "…"))
    return answer.status_code, text, getattr(answer, "redirect_chain", [])


@pytest.mark.parametrize("ask", [try_page, try_api, try_reset])
def test_every_address_gets_the_same_answer(ask: Callable[[str], HttpResponse]):
    answers = {email: shown(ask(email), email) for email in ALL}

    assert [email for email in ALL if answers[email] != answers[UNKNOWN]] == []


@pytest.mark.parametrize("ask", [try_page, try_api])
def test_every_address_costs_one_hash(ask: Callable[[str], HttpResponse], monkeypatch):
    """Hashing is what takes long, by intention: it is counted by its own function."""
    counted: list[str] = []
    hasher = type(hashers.get_hasher())
    encode = hasher.encode
    monkeypatch.setattr(hasher, "encode", lambda *given: counted.append("") or encode(*given))

    costs = {}
    for email in ALL:
        counted.clear()
        ask(email)
        costs[email] = len(counted)

    assert costs == dict.fromkeys(ALL, 1)


def test_asking_for_a_new_password_asks_the_database_the_same_for_every_address():
    costs = {}
    for email in ALL:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            try_reset(email)
        costs[email] = [re.sub(r"\d+|'[^']*'", "?", query["sql"])[:60] for query in queries]

    assert [email for email in ALL if costs[email] != costs[UNKNOWN]] == []


def test_a_deactivated_account_says_so_only_to_who_knows_its_password():
    answer = Client().post(LOGIN, {"login": INACTIVE, "password": "secret"})

    assert answer.headers["Location"] == reverse("account_inactive")
