"""What is counted holds for all processes, whatever becomes of the request that brought it."""

import os
import re
import subprocess
import sys

import pytest
from django.core.cache import cache, caches
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from portal.accounts import shared_cache, sweeps
from portal.accounts.tests.codes import LOGIN, is_signed_in, sign_in
from portal.conftest import NOON
from tests.threads import run_together

pytestmark = pytest.mark.django_db
TOKEN = "/api/auth/token"


@pytest.fixture
def other():
    """The cache as another process has it: with its own connection."""
    made = caches.create_connection("default")
    yield made
    made.close()


def test_what_one_puts_the_other_gets(other):
    cache.set("key", [1.5, 2.5], 60)

    assert other.get("key") == [1.5, 2.5]
    assert (other.delete("key"), other.delete("key"), cache.get("key", "nothing")) == (True, False, "nothing")


def test_add_takes_only_what_is_free(other):
    assert [cache.add("key", 1, 60), other.add("key", 2, 60)] == [True, False]
    assert cache.get("key") == 1


def test_what_is_over_is_gone_and_may_be_added_again(other):
    cache.set("key", 1, -1)

    assert (other.get("key"), other.add("key", 2, 60), cache.get("key")) == (None, True, 2)


def test_of_many_who_add_at_the_same_moment_one_succeeds():
    def add() -> bool:
        mine = caches.create_connection("default")
        try:
            return mine.add("contended", 1, 60)
        finally:
            mine.close()

    assert sorted(run_together(*[add] * 6)) == [False] * 5 + [True]


def test_nothing_is_kept_for_ever():
    with pytest.raises(ValueError, match="has an end"):
        cache.set("key", 1, None)


def test_what_is_put_stays_when_the_request_is_rolled_back(other):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        cache.set("key", 1, 60)
        raise ZeroDivisionError

    assert other.get("key") == 1


def test_the_sweep_removes_what_is_over():
    cache.set("over", 1, -1)
    cache.set("lasting", 1, 60)

    assert sweeps.forget_attempts(NOON) == 1
    assert (cache.get("over"), cache.get("lasting"), len(rows())) == (None, 1, 1)


def test_no_address_of_a_person_stands_in_the_table(client, ada):
    client.post(LOGIN, {"login": "ada@example.org", "password": "wrong"}, REMOTE_ADDR="192.0.2.7")

    assert len(rows()) > 0
    assert [key for key, _value in rows() if not re.fullmatch("[0-9a-f]{64}", key)] == []
    assert [value for _key, value in rows() if "ada" in value or "192.0.2.7" in value] == []


def rows() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT key, value::text FROM {shared_cache.TABLE}")
        return cursor.fetchall()


IN_A_TRANSACTION = """
import django; django.setup()
from django.core.cache import cache
from django.db import transaction
with transaction.atomic():
    cache.set("pooled", 1, 60)
    print(cache.get("pooled"))
"""


def test_a_pool_that_is_used_up_stops_no_counting():
    settings = {**os.environ, "TESTING": "", "DATABASE_POOL_SIZE": "1"}

    done = subprocess.run(
        [sys.executable, "-c", IN_A_TRANSACTION], env=settings, capture_output=True, text=True, check=False
    )

    assert (done.stdout, done.stderr) == ("1\n", "")


# --- Slowing down whoever guesses


ANOTHER_PROCESS = f"""
import django; django.setup()
from django.test import Client
answer = Client().post({TOKEN!r}, {{"email": "ada@example.org", "password": "guess"}},
                       content_type="application/json", REMOTE_ADDR="10.9.9.9", HTTP_HOST="testserver")
print(answer.status_code)
"""


@pytest.mark.django_db(transaction=True)
def test_wrong_passwords_of_two_processes_are_counted_together(client, ada):
    def guess_here() -> int:
        body = {"email": "ada@example.org", "password": "guess"}
        return client.post(TOKEN, body, content_type="application/json").status_code

    def guess_there() -> int:
        done = subprocess.run(
            [sys.executable, "-c", ANOTHER_PROCESS],
            env={**os.environ, "ALLOWED_HOSTS": "testserver"},
            capture_output=True,
            text=True,
            check=True,
        )
        return int(done.stdout)

    # Five by account are allowed, wherever they come from.
    answers = [guess_here(), guess_there(), guess_here(), guess_there(), guess_here()]

    assert answers == [401] * 5
    assert (guess_there(), guess_here()) == (429, 429)


@pytest.mark.django_db(transaction=True)
def test_wrong_passwords_that_come_together_are_counted_together(ada):
    def guess() -> int:
        body = {"email": "ada@example.org", "password": "guess"}
        return Client().post(TOKEN, body, content_type="application/json").status_code

    answers = run_together(*[guess] * 8)

    assert sorted(answers) == [401] * 5 + [429] * 3


def test_wrong_passwords_at_the_page_and_at_the_api_count_together(client, ada):
    body = {"email": "ada@example.org", "password": "guess"}
    for _time in range(3):
        sign_in(client, "ada@example.org", "guess")
        client.post(TOKEN, body, content_type="application/json")

    sign_in(client, "ada@example.org", "secret")

    assert not is_signed_in(client)


def test_a_wrong_password_stays_counted_when_its_request_fails(client, ada, monkeypatch):
    client.raise_request_exception = False
    for _time in range(5):
        with monkeypatch.context() as broken:
            # After the password was checked, while the page is made: 500, and the request is rolled back.
            broken.setattr("portal.core.context.theme", lambda _request: 1 / 0)
            assert sign_in(client, "ada@example.org", "guess").status_code == 500

    sign_in(client, "ada@example.org", "secret")

    assert not is_signed_in(client)


def test_asking_for_new_passwords_is_slowed_down_by_address(client, ada):
    url = reverse("account_reset_password")

    answers = [
        client.post(url, {"email": "ada@example.org"}, REMOTE_ADDR=f"10.0.0.{number}").status_code
        for number in range(6)
    ]

    assert answers == [302] * 5 + [429]


def test_signing_in_is_slowed_down_by_the_visitors_own_address_behind_proxies(settings, ada):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    client = Client()

    def guess(address: str, number: int) -> int:
        form = {"login": f"nobody{number}@example.org", "password": "guess"}
        return client.post(LOGIN, form, headers={"X-Forwarded-For": address}).status_code

    answers = [guess("192.0.2.1", number) for number in range(31)]

    assert (answers[-1], guess("192.0.2.2", 99)) == (429, 200)
