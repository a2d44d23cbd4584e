"""Every address there is, walked by somebody it does not belong to. What is walked stands in tests/crawling.py."""

import pytest
from django.http import HttpResponse

from portal.bookings.models import Booking
from portal.core import tenancy
from tests.crawling import (
    FORM,
    addresses,
    body_of,
    closed_addresses,
    everything_of,
    leaks,
    undone,
    visit,
)

# Pages that must show Ada her customer: what the crawl looks for is really there.
SHOWN_TO_ADA = {
    "bookings:list",
    "bookings:detail",
    "bookings:decline",
    "bookings:export_csv",
    "api:list_bookings",
    "api:list_pending",
    "api:get_booking",
    "api:list_rebookings",
    "home:dashboard",
}
# Where somebody is sent who may not see what was asked for.
AWAY = ("/login", "/confirmation-error?reason=invalid")


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
        f"{address.name} has the argument {name!r}: say in ARGUMENTS of tests.crawling what of Ada's it stands for."
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
def test_eve_finds_nothing_of_adas_anywhere(address, world):
    answers = visit(world.client("other owner"), address, world.ids)

    assert leaks(answers) == []
    assert [response.status_code for _, response in answers if response.status_code >= 500] == []
    if address.arguments and address.name != "account_reset_password_from_key":
        assert [failed for each in answers if (failed := closed_or_failed(*each))] == []
    if address.group == "manage":
        assert {response.status_code for _, response in answers} <= {404, 405}
    assert everything_of(world.partners["adas"].pk) == world.adas_rows


@pytest.mark.parametrize("address", closed_addresses(), ids=lambda address: address.name)
def test_nobody_who_is_not_signed_in_finds_anything(address, world):
    answers = visit(world.client("nobody"), address, world.ids)

    assert leaks(answers) == []
    assert [response.status_code for _, response in answers if response.status_code >= 500] == []
    if address.group in ("manage", "bookings", "api") and address.arguments:
        assert [failed for each in answers if (failed := closed_or_failed(*each))] == []
    assert everything_of(world.partners["adas"].pk) == world.adas_rows


@pytest.mark.parametrize("address", closed_addresses(), ids=lambda address: address.name)
def test_ada_gets_every_page_of_hers_and_none_of_the_staff(address, world):
    response = world.client("owner").get(address.path(world.ids))
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
def test_mona_gets_every_page_of_the_staff(address, world):
    client, path = world.client("manager"), address.path(world.ids)

    got, posted = client.get(path), client.post(path, FORM)
    body_of(got)

    assert (got.status_code, posted.status_code) in [
        (200, 405),
        (200, 302),
        (200, 422),
        (405, 302),
        (405, 422),
    ]


def test_a_very_large_number_is_an_id_that_nobody_has(world):
    # "<int:pk>" takes any number of digits; the database does not.
    ids = {name: 10**25 if isinstance(value, int) else value for name, value in world.ids.items()}

    for address in closed_addresses():
        if address.arguments:
            for role in ("owner", "manager"):
                with undone():
                    answers = visit(world.client(role), address, ids)
                assert [response.status_code for _, response in answers if response.status_code >= 500] == []


def test_a_booking_stays_out_of_sight_even_where_the_filter_is_forgotten(world):
    """The policy of the database is the second lock: this asks for all bookings in Eve's scope."""
    with tenancy.scope(partner_ids=[world.partners["eves"].pk]):
        assert list(Booking.objects.all()) == []
