"""Every address there is, walked by somebody it does not belong to. What is walked stands in tests/crawling.py."""

import pytest
from django.http import HttpResponse
from django.test import Client

from portal.bookings.models import Booking
from portal.conftest import NOON, client_of
from portal.core import tenancy
from tests.crawling import FORM, addresses, body_of, closed_addresses, everything_of, leaks, make_ids, visit

# Pages that must show Ada her customer: what the crawl looks for is really there.
SHOWN_TO_ADA = {
    "bookings:list",
    "bookings:detail",
    "bookings:decline",
    "bookings:export_csv",
    "api:list_bookings",
    "api:list_pending",
    "api:get_booking",
}
# Where somebody is sent who may not see what was asked for.
AWAY = ("/login", "/confirmation-error?reason=invalid")


@pytest.fixture
def ids(adas_partner, ada) -> dict[str, object]:
    return make_ids(adas_partner, ada)


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


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
    body = body_of(response)

    assert response.status_code in ((404, 405) if address.group == "manage" else (200, 302, 401, 404, 405))
    if address.name in SHOWN_TO_ADA:
        assert (response.status_code, "Adelgunde" in body) == (200, True)


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
    body_of(got)

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
