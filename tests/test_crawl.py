"""Every address there is, walked by somebody it does not belong to.

The list comes from the URL table itself: a new view is in it without anybody remembering. What the arguments of a
new view stand for has to be said below; else the first test fails and says so.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from portal.bookings import operations
from portal.bookings.models import Booking, Customer, StaffQuestion
from portal.bookings.operations import By
from portal.bookings.tests.factories import make_booking, make_unmatched_order
from portal.conftest import NOON, client_of
from portal.core import jobs, outbox, tenancy
from portal.core.models import Link, OutboxMail
from portal.partners.operations import invite_member

# What only Ada's people may ever see.
SECRETS = ("Adelgunde", "Wagenknecht", "adelgunde@customers.example", "0171 39200 77", "Keine Zwiebeln bitte")
# Addresses that show everything to everybody, by intention.
OPEN = {"demo": "only in demo mode, bound to this machine: whoever plays it sees all roles"}
# By the name of the view or of its group: what of Ada's each argument stands for.
ARGUMENTS = {
    "bookings": {"pk": "booking", "token": "stolen hash"},
    "api": {"booking_id": "booking"},
    "partners": {"token": "stolen hash"},
    "manage:retry_job": {"pk": "job"},
    "manage:send_mail_again": {"pk": "refused mail"},
    "manage:settle_question": {"pk": "question"},
    "manage:assign": {"pk": "unmatched order"},
    "manage:partner": {"pk": "partner"},
    "manage:invite": {"pk": "partner"},
    "account_reset_password_from_key": {"uidb36": "user", "key": "stolen hash"},
}
# Pages that must show Ada her customer: what the crawl looks for is really there.
SHOWN_TO_ADA = {
    "bookings:list",
    "bookings:detail",
    "bookings:decline",
    "api:list_bookings",
    "api:list_pending",
    "api:get_booking",
}
# Where somebody is sent who may not see what was asked for.
AWAY = ("/login", "/confirmation-error?reason=invalid")
FORM = {"reason": "capacity_full", "notes": "Nein", "page": "list", "name": "Eve", "role": "owner"}


@dataclass(frozen=True)
class Address:
    name: str
    arguments: tuple[str, ...]

    @property
    def group(self) -> str:
        return self.name.rpartition(":")[0]

    @property
    def known(self) -> dict[str, str]:
        return ARGUMENTS.get(self.name) or ARGUMENTS.get(self.group) or {}

    def path(self, ids: dict[str, object]) -> str:
        return reverse(self.name, kwargs={name: ids[self.known[name]] for name in self.arguments})


def addresses(resolver: URLResolver | None = None, group: str = "") -> Iterator[Address]:
    resolver = resolver or get_resolver()
    for each in resolver.url_patterns:
        if isinstance(each, URLPattern):
            arguments = tuple(each.pattern.regex.groupindex)
            yield Address(f"{group}:{each.name or each.pattern}".lstrip(":"), arguments)
        else:
            yield from addresses(each, ":".join(filter(None, (group, each.namespace))))


def closed_addresses() -> list[Address]:
    return [each for each in addresses() if each.group.split(":")[0] not in OPEN]


@pytest.fixture
def ids(adas_partner, ada) -> dict[str, object]:
    """Something of Ada's for every argument that any address has."""
    booking = make_booking(adas_partner, notes="Keine Zwiebeln bitte")
    decided = make_booking(adas_partner, notes="Keine Zwiebeln bitte")
    Customer.objects.update(
        first_name="Adelgunde",
        last_name="Wagenknecht",
        email="adelgunde@customers.example",
        phone="0171 39200 77",
    )
    operations.ask_partner(booking, at=NOON)
    operations.confirm_booking(decided, by=By("portal", ada), at=NOON)
    invite_member(adas_partner, email="new@example.org", name="Neu", role="staff", actor="test", at=NOON)
    asked = make_booking(adas_partner, staff_question=StaffQuestion.REVIVED)
    refused = outbox.put("booking_cancelled", subject=booking, recipient="a@example.org", at=NOON)
    OutboxMail.objects.filter(pk=refused.pk).update(state="failed", problem="No such mailbox.")
    jobs.defer("bookings.import_hint", hints=["1"])
    return {
        "booking": booking.pk,
        "partner": adas_partner.pk,
        "question": asked.pk,
        "refused mail": refused.pk,
        "unmatched order": make_unmatched_order(partner_value="", reason="no_partner").pk,
        "job": ProcrastinateJob.objects.latest("id").pk,
        "user": ada.pk,
        # All that a look into the database would give a thief.
        "stolen hash": Link.objects.get(purpose="decide").token_hash,
    }


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def everything_of(partner_id: object) -> dict[str, str]:
    """All rows of the partner in all tables, as text: what must stay as it is."""
    with tenancy.system("tests"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.columns "
            "WHERE column_name = 'partner_id' AND table_schema = 'public'"
        )
        found = {}
        for (table,) in sorted(cursor.fetchall()):
            cursor.execute(
                f"SELECT coalesce(string_agg(row::text, '\n' ORDER BY row::text), '') "
                f"FROM {table} row WHERE partner_id = %s",
                [partner_id],
            )
            found[table] = cursor.fetchone()[0]
        return found


def visit(client: Client, address: Address, ids: dict[str, object]) -> list[tuple[str, HttpResponse]]:
    path = address.path(ids)
    form = {**FORM, "partner": ids["partner"]}
    return [
        (f"GET {path}", client.get(path)),
        (f"GET {path} as a fragment", client.get(path, headers={"HX-Request": "true"})),
        (f"GET {path} by a click", client.get(path, headers=CLICK)),
        (f"POST {path}", client.post(path, form)),
        (f"POST {path} as JSON", client.post(path, form, content_type="application/json")),
    ]


CLICK = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Accept": "text/html"}


def leaks(answers: list[tuple[str, HttpResponse]]) -> list[tuple[str, str]]:
    return [
        (request, secret)
        for request, response in answers
        for secret in SECRETS
        if secret in response.content.decode() + str(response.headers)
    ]


def is_closed(response: HttpResponse) -> bool:
    to = response.headers.get("Location", "") or response.headers.get("HX-Redirect", "")
    return response.status_code in (400, 401, 403, 404, 405) or any(to.startswith(each) for each in AWAY)


def closed_or_failed(request: str, response: HttpResponse) -> str:
    return (
        ""
        if is_closed(response)
        else f"{request} → {response.status_code} {response.headers.get('Location', '')}"
    )


def test_it_is_said_what_every_argument_of_every_address_stands_for():
    unknown = [
        f"{address.name} has the argument {name!r}: say in ARGUMENTS of {__name__} what of Ada's it stands for."
        for address in closed_addresses()
        for name in address.arguments
        if name not in address.known
    ]

    assert unknown == []


def test_every_address_has_a_name_of_its_own():
    names = [address.name for address in addresses()]

    assert [name for name in names if names.count(name) > 1] == []
    assert len(names) > 50


@pytest.mark.parametrize("address", closed_addresses(), ids=lambda address: address.name)
def test_eve_finds_nothing_of_adas_anywhere(address, ids, eve):
    before = everything_of(ids["partner"])

    answers = visit(client_of(eve), address, ids)

    assert leaks(answers) == []
    assert [response.status_code for _, response in answers if response.status_code >= 500] == []
    if address.arguments and address.name != "account_reset_password_from_key":
        assert [failed for each in answers if (failed := closed_or_failed(*each))] == []
    if address.group == "manage":
        assert {response.status_code for _, response in answers} <= {404, 405}
    assert everything_of(ids["partner"]) == before


@pytest.mark.parametrize("address", closed_addresses(), ids=lambda address: address.name)
def test_nobody_who_is_not_signed_in_finds_anything(address, ids):
    before = everything_of(ids["partner"])

    answers = visit(Client(), address, ids)

    assert leaks(answers) == []
    assert [response.status_code for _, response in answers if response.status_code >= 500] == []
    if address.group in ("manage", "bookings", "api") and address.arguments:
        assert [failed for each in answers if (failed := closed_or_failed(*each))] == []
    assert everything_of(ids["partner"]) == before


@pytest.mark.parametrize("address", closed_addresses(), ids=lambda address: address.name)
def test_ada_gets_every_page_of_hers_and_none_of_the_staff(address, ids, ada):
    path = address.path(ids)

    response = client_of(ada).get(path)

    assert response.status_code in ((404, 405) if address.group == "manage" else (200, 302, 401, 404, 405))
    if address.name in SHOWN_TO_ADA:
        assert (response.status_code, "Adelgunde" in response.text) == (200, True)


def test_what_the_crawl_counts_on_exists():
    assert {address.name for address in addresses()} >= SHOWN_TO_ADA


@pytest.mark.parametrize(
    "address",
    [each for each in closed_addresses() if each.group == "manage"],
    ids=lambda address: address.name,
)
def test_mona_gets_every_page_of_the_staff(address, ids, mona):
    client = client_of(mona)

    got, posted = client.get(address.path(ids)), client.post(address.path(ids), FORM)

    assert (got.status_code, posted.status_code) in [
        (200, 405),
        (200, 302),
        (200, 422),
        (405, 302),
        (405, 422),
    ]


def test_a_very_large_number_is_an_id_that_nobody_has(ids, ada, mona):
    # "<int:pk>" takes any number of digits; the database does not.
    ids = {name: 10**25 if isinstance(value, int) else value for name, value in ids.items()}

    for address in closed_addresses():
        if address.arguments:
            for client in (client_of(ada), client_of(mona)):
                answers = visit(client, address, ids)
                assert [response.status_code for _, response in answers if response.status_code >= 500] == []


def test_a_booking_stays_out_of_sight_even_where_the_filter_is_forgotten(ids, eves_partner):
    """The policy of the database is the second lock: this asks for all bookings in Eve's scope."""
    with tenancy.scope(partner_ids=[eves_partner.pk]):
        assert list(Booking.objects.all()) == []
