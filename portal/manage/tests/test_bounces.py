"""Addresses that mails do not reach any more, as staff see them."""

import pytest

from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON
from portal.core import registry, tenancy
from portal.core.models import BouncedAddress
from portal.manage.bounces import bounced_addresses

URL = "/manage/bounces"


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def mark(partner, address: str, fate: str = "bounced") -> BouncedAddress:
    return BouncedAddress.objects.create(
        partner_id=partner and partner.pk, address=address, fate=fate, at=NOON
    )


def test_staff_see_whose_address_it_is_and_where_it_is_put_right(mona_client, adas_partner):
    booking = make_booking(adas_partner)
    mark(adas_partner, "partner1@example.org")
    mark(adas_partner, "juergen@example.com", "dropped")
    mark(None, "mona@example.org", "spam")

    page = mona_client.get(URL).text

    for said in (
        "partner1@example.org",
        f'href="/manage/partners/{adas_partner.pk}"',
        "came back: the address does not exist",
        f"Customer of order {booking.order_number}",
        f'href="/manage/bookings/{booking.pk}"',
        "not sent: the address had failed before",
        "mona@example.org",
        "marked as spam by the recipient",
    ):
        assert said in page


def test_without_any_the_page_says_so(mona_client):
    assert "Every address is reached" in mona_client.get(URL).text


def test_it_works_again_lifts_the_mark_and_a_second_click_finds_nothing(mona_client, adas_partner):
    found = mark(adas_partner, "partner1@example.org")
    url = f"{URL}/{found.pk}/works"

    first, second = mona_client.post(url), mona_client.post(url)

    assert (first.status_code, first.headers["Location"], second.status_code) == (302, URL, 404)
    with tenancy.system("tests"):
        assert BouncedAddress.objects.count() == 0


def test_it_is_a_problem_until_it_is_solved(adas_partner):
    before = [problem.url for problem in registry.problems(NOON)]
    mark(adas_partner, "partner1@example.org")

    after = [(problem.text, problem.since) for problem in registry.problems(NOON) if problem.url == URL]

    assert URL not in before
    assert after == [("E-mails do not reach 1 address any more.", NOON)]


def test_the_page_takes_as_many_queries_for_many_addresses_as_for_one(
    adas_partner, eves_partner, django_assert_num_queries
):
    for number in range(5):
        make_booking(adas_partner)
        mark(adas_partner, f"{number}@example.org")
        mark(eves_partner, f"{number}@example.org")

    with django_assert_num_queries(3):
        assert len(bounced_addresses()) == 10
