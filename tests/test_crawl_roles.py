"""Who may do what: every address of the URL table, asked for by every role, judged by one small table of rules."""

from collections import defaultdict
from itertools import product

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from portal.accounts import tokens
from portal.conftest import NOON
from portal.partners.access import stream_scope
from tests.crawling import (
    FORM,
    FRAGMENT,
    Address,
    body_of,
    closed_addresses,
    leaks,
    undone,
)

ROLES = ("nobody", "viewer", "staff", "owner", "other owner", "manager", "manager and member", "new manager")
MEMBERS = ("viewer", "staff", "owner", "other owner", "manager and member")
DECIDERS = ("staff", "owner", "other owner", "manager and member")
OWNERS = ("owner", "other owner", "manager and member")
MANAGERS = ("manager", "manager and member")
# Where addresses begin, who may look there, and who may act there.
AREAS = {
    "/manage/": (MANAGERS, MANAGERS),
    "/dashboard/bookings": (MEMBERS, DECIDERS),
    "/dashboard/settings": (MEMBERS, OWNERS),
    "/dashboard": (MEMBERS, DECIDERS),
    "/api/partner/": (MEMBERS, DECIDERS),
}
# What everybody who may look there may do, too: it is about themselves.
OWN = {"partners:save_profile"}
SET_UP = reverse("mfa_activate_totp")


def area_of(path: str) -> str:
    return next((area for area in AREAS if path.startswith(area)), "")


def guarded() -> list[Address]:
    # Where an address lies does not hang on whose it is.
    ids: dict[str, object] = defaultdict(lambda: 1, {"stolen hash": "x"})
    return [each for each in closed_addresses() if area_of(each.path(ids))]


def expected(address: Address, path: str, role: str, *, acts: bool) -> str:
    """The rules. Who may not come in gets one of these answers; who may gets what the page says."""
    lookers, actors = AREAS[area_of(path)]
    is_api, is_staffs = path.startswith("/api/"), path.startswith("/manage/")
    allowed = actors if acts and address.name not in OWN else lookers
    if role == "nobody":
        return "sign in"
    if role == "new manager":
        return "forbidden" if is_api else "set up"
    if is_staffs:
        return "in" if role in allowed else "missing"
    if role == "manager":
        return "forbidden" if is_api else "own pages"
    if role not in allowed:
        return "forbidden"
    return "missing" if role == "other owner" and address.arguments else "in"


def outcome(response: HttpResponse) -> str:
    to = response.headers.get("Location", "") or response.headers.get("HX-Redirect", "")
    assert response.status_code < 500
    if response.status_code == 401 or to.startswith("/login"):
        return "sign in"
    named = {"/manage/": "own pages", SET_UP: "set up"}.get(to)
    return named or {403: "forbidden", 404: "missing", 405: "no such method"}.get(response.status_code, "in")


def ask(client: Client, path: str, method: str, headers: dict[str, str]) -> HttpResponse:
    """One request, as if it had not been."""
    form, kind = {**FORM, "email": "guest@example.org"}, {}
    if path.startswith("/api/"):
        form, kind = {"reason": "capacity_full"}, {"content_type": "application/json"}
    with undone():
        if method == "GET":
            answer = client.get(path, headers=headers)
        else:
            answer = client.post(path, form, headers=headers, **kind)
        body_of(answer)
    return answer


def takes(client: Client, path: str, method: str) -> bool:
    return ask(client, path, method, {}).status_code != 405


@pytest.mark.parametrize("address", guarded(), ids=lambda address: address.name)
def test_every_role_gets_what_the_rules_say(address, world):
    path = address.path(world.ids)
    clients = {role: world.client(role) for role in ROLES}
    methods = [each for each in ("GET", "POST") if takes(clients["manager and member"], path, each)]
    wrong, seen = [], []
    for method, role, headers in product(methods, ROLES, ({}, FRAGMENT)):
        answer = ask(clients[role], path, method, headers)
        # A page that leads to an action is for those who may act; the API has several methods at one address.
        acts = method == "POST" if address.group == "api" else "POST" in methods
        wanted = expected(address, path, role, acts=acts)
        if outcome(answer) != wanted:
            wrong.append((method, role, bool(headers), outcome(answer), wanted))
        if role in ("nobody", "other owner", "new manager"):
            seen.append((f"{method} {path} {role}", answer))

    assert wrong == []
    assert leaks(seen) == []


@pytest.mark.parametrize(
    "address",
    [each for each in guarded() if each.group == "api"],
    ids=lambda address: address.name,
)
def test_every_role_gets_the_same_by_a_token(address, world):
    path = address.path(world.ids)
    method = "POST" if address.name in ("api:confirm", "api:decline", "api:cancel_date") else "GET"
    wrong, seen = [], []
    for role, user in world.people.items():
        access = tokens.issue_pair(user, at=NOON).access if user else "nonsense"
        answer = ask(Client(), path, method, {"Authorization": f"Bearer {access}"})
        wanted = expected(address, path, role, acts=method == "POST")
        # A program of somebody who lacks the second factor has no valid token at all.
        wanted = "sign in" if role == "new manager" else wanted
        if outcome(answer) != wanted:
            wrong.append((role, outcome(answer), wanted))
        if role in ("nobody", "other owner", "new manager", "manager"):
            seen.append((f"{path} {role}", answer))

    assert wrong == []
    assert leaks(seen) == []


def test_the_event_stream_tells_each_role_of_its_own_partners(world):
    heard = {role: stream_scope(None, user) for role, user in world.people.items() if user}

    own, other = (frozenset([world.partners[whose].pk]) for whose in ("adas", "eves"))
    assert heard == {
        "viewer": own,
        "staff": own,
        "owner": own,
        "other owner": other,
        "manager": None,
        "manager and member": None,
        "new manager": frozenset(),
    }


def test_every_address_under_the_dashboard_and_the_staffs_is_in_an_area():
    outside = [
        each.name
        for each in closed_addresses()
        if each.name.startswith(
            ("manage:", "api:confirm", "api:decline", "api:list", "api:get", "api:cancel")
        )
        and each not in guarded()
    ]

    assert outside == []


# --- Posting from elsewhere, and looking without changing anything

# Programs post here with a secret of their own, and no cookie counts.
NO_COOKIE = {
    "api:token",
    "api:refresh",
    "api:tick",
    "bookings:new_order",
    "bookings:tick",
    "integrations:mail_events",
}


@pytest.mark.parametrize("address", closed_addresses(), ids=lambda address: address.name)
def test_nothing_takes_a_post_of_another_site(address, world):
    if address.name in NO_COOKIE:
        pytest.skip("takes no cookie")
    path = address.path(world.ids)
    for role in ("owner", "manager"):
        client = world.client(role, enforce_csrf_checks=True)
        with undone():
            assert client.post(path, FORM).status_code in (403, 404, 405)


@pytest.mark.parametrize("address", closed_addresses(), ids=lambda address: address.name)
def test_looking_changes_nothing(address, world):
    path = address.path(world.ids)
    for role in ("nobody", "owner", "manager", "new manager"):
        client = world.client(role)
        before = written()
        for headers in ({}, FRAGMENT):
            for answer in (client.get(path, headers=headers), client.head(path, headers=headers)):
                body_of(answer)
        assert {table: count for table, count in written().items() if count != before.get(table)} == {}


def written() -> dict[str, int]:
    """How many rows this transaction has written so far, by table; a session is no data of anybody."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
            " WHERE relname <> 'django_session'"
        )
        return {table: number for table, number in cursor.fetchall() if number}
