"""For whom a request acts."""

import pytest
from django.urls import reverse

from portal.accounts.models import User
from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON, client_of
from portal.partners.models import Member

SWITCH = reverse("partners:switch")


@pytest.fixture
def carla(adas_partner, eves_partner) -> User:
    """Acts for both partners."""
    user = User.objects.create_user("carla@example.org", password="secret", name="Carla")
    for partner in (adas_partner, eves_partner):
        Member.objects.create(partner=partner, user=user, role=Member.Role.STAFF, joined_at=NOON)
    return user


def bookings_seen(client) -> list[str]:
    page = client.get(reverse("bookings:list"))
    return [card.booking.partner.company for card in page.context["page"]]


def test_switch_changes_for_whom_one_acts(carla, adas_partner, eves_partner):
    make_booking(adas_partner)
    make_booking(eves_partner)
    client = client_of(carla)
    before = bookings_seen(client)

    answer = client.post(SWITCH, {"partner": eves_partner.pk})

    assert (answer.status_code, answer.headers["Location"]) == (302, reverse("home:start"))
    assert (before, bookings_seen(client)) == (["Kochschule Ada"], ["Töpferei Eva"])


def test_the_menu_offers_all_partners_of_ones_own(carla, adas_partner, eves_partner):
    page = client_of(carla).get(reverse("bookings:list"))

    request = page.wsgi_request
    assert (request.partner, request.partners) == (adas_partner, [adas_partner, eves_partner])
    assert f'action="{SWITCH}"' in page.text
    assert f'name="partner" value="{eves_partner.pk}"' in page.text


def test_the_menu_of_a_partner_has_the_orders_and_no_placeholder(ada_client):
    menu = ada_client.get(reverse("bookings:list")).context["menu"]

    assert [(str(item.label), item.url) for item in menu] == [
        ("Overview", reverse("home:dashboard")),
        ("Bookings", reverse("bookings:list")),
        ("Dates", reverse("dates:list")),
        ("Rebookings", reverse("rebooking:list")),
        ("Courses", reverse("courses:list")),
        ("Settings", reverse("partners:settings")),
    ]
    assert {ada_client.get(item.url).status_code for item in menu} == {200}


def test_there_is_nothing_to_choose_with_one_partner(ada_client, adas_partner, eve):
    request = ada_client.get(reverse("bookings:list")).wsgi_request

    assert (request.partner, request.partners) == (adas_partner, [])


@pytest.mark.parametrize("wanted", ["", "nonsense", "0", "99999999999999999999"])
def test_switch_to_something_unknown_is_404(ada_client, wanted):
    assert ada_client.post(SWITCH, {"partner": wanted}).status_code == 404


def test_switch_to_the_partner_of_somebody_else_is_404(ada_client, adas_partner, eves_partner):
    make_booking(adas_partner)

    answer = ada_client.post(SWITCH, {"partner": eves_partner.pk})

    assert answer.status_code == 404
    assert bookings_seen(ada_client) == ["Kochschule Ada"]


def test_switch_is_for_people_who_are_signed_in(client, adas_partner):
    assert client.post(SWITCH, {"partner": adas_partner.pk}).status_code == 404


def test_a_membership_that_ended_is_not_acted_for_any_more(carla, adas_partner, eves_partner):
    client = client_of(carla)
    client.post(SWITCH, {"partner": eves_partner.pk})

    Member.objects.filter(user=carla, partner=eves_partner).delete()

    assert client.get(reverse("bookings:list")).wsgi_request.partner == adas_partner


def test_somebody_without_a_partner_is_told_what_to_do(everything):
    nobody = User.objects.create_user("nobody@example.org", password="secret")

    answer = client_of(nobody).get("/")

    assert answer.status_code == 403
    assert "You do not act for any partner." in answer.text


def test_start_sends_everybody_where_their_work_is(client, ada_client, mona_client):
    places = [each.get("/").headers["Location"] for each in (client, ada_client, mona_client)]

    assert places == ["/login", reverse("home:dashboard"), reverse("manage:home")]
