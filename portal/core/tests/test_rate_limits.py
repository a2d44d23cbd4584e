"""So many calls and no more: counted for all processes, committed whatever becomes of the request, and said."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections
from django.test import Client, RequestFactory

from portal.accounts.models import User
from portal.bookings.tests.calling import BASE, assert_error, post, program_of
from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON, client_of, make_member, make_partner
from portal.core import rate_limits, sweeps, tenancy
from portal.core.rate_limits import Limit, client_address, hit

pytestmark = pytest.mark.django_db(transaction=True)
FIVE = Limit("partner", 5)


def used_up(_number: int) -> bool:
    try:
        return hit("partner:1", FIVE).is_allowed
    finally:
        connections.close_all()


def go_back(seconds: float) -> None:
    """As if the last calls had been so much earlier."""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {rate_limits.TABLE} SET tat = tat - %s * interval '1 second'", [seconds])


def test_of_many_calls_at_once_exactly_the_allowance_gets_through(db):
    with ThreadPoolExecutor(8) as pool:
        allowed = list(pool.map(used_up, range(40)))

    assert sum(allowed) == 5


def test_another_process_counts_the_same(db):
    code = (
        "import django; django.setup()\n"
        "from portal.core.rate_limits import Limit, hit\n"
        "print(sum(hit('partner:1', Limit('partner', 5)).is_allowed for _ in range(3)))"
    )

    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    here = [hit("partner:1", FIVE).is_allowed for _ in range(5)]

    assert there.stdout.split() == ["3"]
    assert here == [True, True, False, False, False]


def test_each_caller_has_its_own_allowance(db):
    assert [hit(f"partner:{number % 2}", FIVE).is_allowed for number in range(12)] == [True] * 10 + [
        False
    ] * 2


def test_an_allowance_comes_back_evenly(db):
    for _ in range(5):
        hit("partner:1", FIVE)

    go_back(11)
    early = hit("partner:1", FIVE)
    go_back(2)
    later = [hit("partner:1", FIVE).is_allowed for _ in range(2)]

    assert (early.is_allowed, early.retry_after_seconds) == (False, 1)
    assert later == [True, False]


def test_an_allowance_that_was_given_back_is_whole_and_only_that(db):
    for key in ("partner:1", "partner:2"):
        used = [hit(key, FIVE).is_allowed for _ in range(5)]

    rate_limits.forget("partner:1")

    assert used == [True] * 5
    assert [hit(key, FIVE).is_allowed for key in ("partner:1", "partner:2")] == [True, False]


def test_what_is_left_is_counted_down(db):
    assert [hit("partner:1", FIVE).remaining for _ in range(6)] == [4, 3, 2, 1, 0, 0]


def test_no_limit_is_no_count(db):
    assert hit("partner:1", Limit("partner", 0)) is None


def test_whole_allowances_are_forgotten_by_the_clock(db):
    hit("partner:1", FIVE)
    before = sweeps.tick(NOON)["rate limits"]
    go_back(13)

    assert (before, sweeps.tick(NOON)["rate limits"]) == (0, 1)


@pytest.mark.parametrize(
    ("proxies", "told", "address"),
    [
        (0, "1.1.1.1", "9.9.9.9"),
        (1, "", "9.9.9.9"),
        (1, "6.6.6.6, 1.1.1.1", "1.1.1.1"),
        (2, "6.6.6.6, 1.1.1.1, 2.2.2.2", "1.1.1.1"),
        (2, "1.1.1.1", "9.9.9.9"),
    ],
)
def test_only_what_our_own_proxies_wrote_says_where_a_call_comes_from(settings, proxies, told, address):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    request = RequestFactory().get("/", headers={"X-Forwarded-For": told}, REMOTE_ADDR="9.9.9.9")

    assert client_address(request) == address


# --- The API


@pytest.fixture
def program(transactional_db, settings) -> Client:
    settings.RATE_LIMIT_PER_MINUTE = 3
    with tenancy.system("tests"):
        ada = make_member(make_partner("Kochschule Ada", 1), "Ada", "owner")
        make_booking(ada.memberships.get().partner)
        return program_of(ada)


@pytest.fixture
def signed_in(program, time_machine):
    time_machine.move_to(NOON)
    return program


def test_the_api_says_what_is_left_and_then_when_to_come_back(signed_in):
    answers = [signed_in.get(BASE) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["RateLimit-Policy"] for answer in answers] == ['"partner";q=3;w=60'] * 4
    assert [answer.headers["RateLimit"].split(";")[1] for answer in answers] == ["r=2", "r=1", "r=0", "r=0"]
    assert [answer.headers.get("Retry-After") for answer in answers] == [None, None, None, "20"]
    assert_error(answers[3], 429, "rate_limited")


def test_a_call_that_only_deciders_may_make_counts_once_like_any_other(signed_in):
    body, dates = {"content_type": "application/json"}, "/api/partner/dates"

    answers = [
        signed_in.get("/api/partner/courses"),
        signed_in.post(dates, {}, **body),
        signed_in.patch(f"{dates}/1", {"notes": "x"}, **body),
        signed_in.post(f"{dates}/1/cancel", {}, **body),
    ]

    assert [answer.status_code for answer in answers] == [200, 422, 404, 429]


def test_a_call_that_is_refused_counts_too_and_other_partners_do_not(signed_in):
    with tenancy.system("tests"):
        eve = make_member(make_partner("Töpferei Eva", 2), "Eve", "owner")
    wrong = [signed_in.get(f"{BASE}/999"), signed_in.get(BASE, {"page": 0}), signed_in.get(f"{BASE}/999")]

    assert [answer.status_code for answer in wrong] == [404, 422, 404]
    assert signed_in.get(BASE).status_code == 429
    assert program_of(eve).get(BASE).status_code == 200


def test_a_counted_call_still_decides_in_one_transaction_and_in_scope(signed_in):
    booking_id = signed_in.get(BASE).json()["data"]["bookings"][0]["id"]

    assert post(signed_in, f"{BASE}/{booking_id}/confirm").json()["data"]["booking"]["status"] == "confirmed"


def test_a_session_is_counted_with_its_partner(signed_in):
    with tenancy.system("tests"):
        ada = User.objects.get(email="ada@example.org")

    browser = client_of(ada)

    assert [browser.get(BASE).status_code for _ in range(2)] == [200, 200]
    assert [signed_in.get(BASE).status_code for _ in range(2)] == [200, 429]


# --- Links


@pytest.mark.parametrize(
    "path", ["/api/confirm/{}", "/api/decline/{}", "/confirm/{}", "/confirmation-success?t={}"]
)
def test_a_link_is_opened_so_often_by_one_address_and_no_more(transactional_db, settings, path):
    settings.LINK_RATE_LIMIT_PER_MINUTE = 2
    link, another = path.format("a" * 64), path.format("b" * 64)
    client = Client(headers={"Accept-Language": "en"})

    answers = [client.get(link) for _ in range(3)]

    assert [answer.status_code == 429 for answer in answers] == [False, False, True]
    assert "Please try again in 30 seconds." in answers[2].text
    assert answers[2].headers["Retry-After"] == "30"
    assert answers[2].headers["Cache-Control"] == "no-store"
    assert client.get(another).status_code != 429
    assert client.get(link, REMOTE_ADDR="2.2.2.2").status_code != 429


def test_all_ways_to_open_a_link_count_together_and_a_post_is_answered_as_data(transactional_db, settings):
    settings.LINK_RATE_LIMIT_PER_MINUTE = 2
    token = "a" * 64
    client = Client(headers={"Accept-Language": "en"})
    client.get(f"/confirm/{token}")
    client.get(f"/api/decline/{token}")

    assert_error(client.post(f"/api/confirm/{token}"), 429, "rate_limited")


@pytest.mark.parametrize(
    "more", ["/rebook/{}/hold", "/rebook/{}/success", "/api/rebook/{}", "/api/rebook/{}/hold", "/rebook/{}/"]
)
def test_whatever_else_a_link_to_rebook_opens_counts_as_that_link(transactional_db, settings, more):
    settings.LINK_RATE_LIMIT_PER_MINUTE = 2
    token, another = "a" * 64, "b" * 64
    client = Client(headers={"Accept-Language": "en"})
    client.get(f"/rebook/{token}")
    client.post(more.format(token))

    answer = client.post(more.format(token))

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "30")
    assert client.post(more.format(another)).status_code != 429


def test_a_program_that_opens_a_link_to_rebook_too_often_hears_it_as_data(transactional_db, settings):
    settings.LINK_RATE_LIMIT_PER_MINUTE = 1
    path = "/api/rebook/" + "a" * 64
    client = Client(headers={"Accept-Language": "en", "Accept": "text/html"})
    client.get(path)

    assert_error(client.get(path), 429, "rate_limited")
    assert_error(client.post(path, {}, content_type="application/json"), 429, "rate_limited")


@pytest.mark.parametrize("path", ["/api/confirm/{}", "/api/decline/{}", "/confirm/{}"])
def test_a_query_of_ones_own_makes_no_other_link(transactional_db, settings, path):
    settings.LINK_RATE_LIMIT_PER_MINUTE = 2
    link = path.format("a" * 64)

    statuses = [Client().get(link, {"t": f"{number}"}).status_code == 429 for number in range(3)]

    assert statuses == [False, False, True]


def test_neither_token_nor_address_is_kept(transactional_db, settings):
    settings.LINK_RATE_LIMIT_PER_MINUTE = 2
    Client().get("/confirm/" + "a" * 64, REMOTE_ADDR="192.0.2.7")

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT key FROM {rate_limits.TABLE}")
        (key,) = cursor.fetchone()
    assert re.fullmatch("link:[0-9a-f]{32}", key)
    assert key != "link:" + "a" * 32
