"""Pages of a partner's members: who sees what."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import fresh, kinds
from portal.bookings.tests.pages import ACTIONS, HTMX, LIST, SECRETS, confirm, decline, is_fragment, url
from portal.conftest import NOON, client_of
from portal.partners.models import Member

pytestmark = pytest.mark.usefixtures("noon")


# --- The list


def test_the_list_shows_what_waits_on_top_and_all_bookings_below(ada, ada_client, adas_partner, booking):
    confirmed = make_booking(adas_partner)
    confirm(confirmed, ada)

    response = ada_client.get(LIST)

    assert response.status_code == 200
    assert [each.pk for each in response.context["pending"]] == [booking.pk]
    assert [each.pk for each in response.context["page"]] == [confirmed.pk, booking.pk]
    assert f'id="booking-{booking.pk}"' in response.text
    assert f'id="booking-{confirmed.pk}"' not in response.text
    assert all(response.text.count(f'href="{url(each)}"') for each in (booking, confirmed))


def test_the_list_as_a_fragment_is_the_same_without_the_page_around(ada_client, booking):
    response = ada_client.get(LIST, headers=HTMX)

    assert (response.status_code, is_fragment(response)) == (200, True)
    assert 'id="bookings"' in response.text
    assert "Jürgen" in response.text


def test_the_list_says_why_a_booking_was_declined(ada, ada_client, booking):
    decline(booking, ada)

    response = ada_client.get(LIST)

    assert "Date no longer available" in response.text


def test_the_list_of_another_partner_shows_nothing_of_it(eve_client, booking):
    response = eve_client.get(LIST)

    assert response.status_code == 200
    assert [secret for secret in (*SECRETS, booking.order_number) if secret in response.text] == []


def test_the_list_has_20_bookings_on_a_page(ada_client, adas_partner):
    made = [make_booking(adas_partner, starts_at=NOON + timedelta(days=number)) for number in range(1, 26)]

    first, second = ada_client.get(LIST), ada_client.get(LIST, {"page": 2})

    newest_first = [each.pk for each in reversed(made)]
    assert [each.pk for each in first.context["page"]] == newest_first[:20]
    assert [each.pk for each in second.context["page"]] == newest_first[20:]
    assert (first.context["pending_count"], len(first.context["pending"])) == (25, 25)
    assert "Page 2 of 2" in second.text


@pytest.mark.parametrize(
    "query", ["page=abc", "page=0", "page=99999999999999999999", "page=-1", "decided=²", "decided=%00"]
)
def test_a_nonsensical_address_still_shows_the_list(ada_client, booking, query):
    response = ada_client.get(f"{LIST}?{query}&decided={'9' * 30}")

    assert response.status_code == 200
    assert "Jürgen" in response.text


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_an_empty_list_says_what_comes_next(ada_client, headers):
    response = ada_client.get(LIST, headers=headers)

    assert response.status_code == 200
    assert "No bookings yet" in response.text


# --- The page of one booking


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_ada_gets_the_booking_as_page_and_as_fragment(ada_client, booking, headers):
    response = ada_client.get(url(booking), headers=headers)

    assert (response.status_code, is_fragment(response)) == (200, bool(headers))
    assert 'id="booking-card"' in response.text
    assert [secret for secret in SECRETS if secret not in response.text] == []
    assert booking.order_number in response.text


def test_the_page_says_who_decided_and_what_happened(ada, ben_client, booking):
    confirm(booking, ada)

    response = ben_client.get(url(booking))

    assert "Ada" in response.text
    assert [str(entry.text) for entry in response.context["timeline"]] == ["Confirmed"]
    assert [entry.by for entry in response.context["timeline"]] == ["Ada"]


@pytest.mark.parametrize("make", [None, confirm, decline])
def test_undo_is_offered_after_a_decision_until_it_settles(ada, ada_client, booking, make, time_machine):
    if make:
        make(booking, ada)

    inside = url(booking, "undo") in ada_client.get(url(booking)).text
    time_machine.move_to(NOON + timedelta(seconds=600), tick=False)
    outside = url(booking, "undo") in ada_client.get(url(booking)).text

    assert (inside, outside) == (make is not None, False)


# --- Who may not


@pytest.mark.parametrize("headers", [{}, HTMX])
@pytest.mark.parametrize("action", ["", *ACTIONS])
def test_eve_gets_404_everywhere_and_changes_nothing(ada, eve_client, booking, action, headers):
    if action == "undo":
        confirm(booking, ada)
    status = booking.status if action != "undo" else "confirmed"

    got = eve_client.get(url(booking, action), headers=headers)
    posted = eve_client.post(url(booking, action), {"reason": "capacity_full"}, headers=headers)

    assert got.status_code == (405 if action in ("confirm", "undo") else 404)
    assert posted.status_code == (405 if action == "" else 404)
    assert [secret for secret in SECRETS if secret in got.text + posted.text] == []
    assert fresh(booking).status == status


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_vera_sees_the_pages_without_buttons(ada, vera_client, booking, headers):
    decided = make_booking(booking.partner)
    confirm(decided, ada)

    pages = [vera_client.get(each, headers=headers) for each in (LIST, url(booking), url(decided))]

    assert [page.status_code for page in pages] == [200, 200, 200]
    assert all("Jürgen" in page.text for page in pages)
    assert [re.findall(r"/dashboard/bookings/\d+/(\w+)", page.text) for page in pages] == [[], [], []]


@pytest.mark.parametrize("action", ACTIONS)
def test_vera_may_not_decide(vera_client, booking, action):
    response = vera_client.post(url(booking, action), {"reason": "capacity_full"})

    assert response.status_code == 403
    assert (fresh(booking).status, kinds(booking)) == ("pending", [])


def test_vera_does_not_get_the_decline_form(vera_client, booking):
    assert vera_client.get(url(booking, "decline")).status_code == 403


def test_anonymous_visitors_go_to_the_login_and_come_back(db, booking):
    for path in (LIST, url(booking), url(booking, "decline")):
        response = Client().get(path)

        assert (response.status_code, response.url) == (302, f"/login?next={path}")


def test_an_expired_login_sends_htmx_to_the_login(db, booking):
    response = Client().get(url(booking), headers=HTMX)

    assert (response.status_code, response.headers["HX-Redirect"]) == (204, f"/login?next={url(booking)}")


@pytest.mark.parametrize(
    ("referer", "back"),
    [
        (f"http://testserver{LIST}?page=2", f"{LIST}%3Fpage%3D2"),
        ("https://elsewhere.example/dashboard", "/"),
        ("", "/"),
    ],
)
def test_after_the_login_an_action_leads_to_the_page_it_was_posted_from(booking, referer, back):
    # A login long ago, a page still open: the action itself is no address to come back to.
    headers = {"Referer": referer} if referer else {}

    plain = Client().post(url(booking, "confirm"), headers=headers)
    htmx = Client().post(url(booking, "confirm"), headers={**headers, **HTMX})

    assert plain.url == htmx.headers["HX-Redirect"] == f"/login?next={back}"
    assert fresh(booking).status == "pending"


def test_managers_without_a_partner_go_to_their_own_pages(mona_client, booking):
    response = mona_client.get(url(booking))

    assert (response.status_code, response.url) == (302, "/manage/")


def test_a_user_without_a_partner_is_told_so(ada, booking):
    Member.objects.filter(user=ada).delete()

    response = client_of(ada).get(LIST)

    assert response.status_code == 403
    assert "Jürgen" not in response.text


def test_a_booking_whose_payment_the_shop_waits_for_is_hidden(ada_client, adas_partner):
    unpaid = make_booking(adas_partner, released_at=None, asked_at=None)

    listed = ada_client.get(LIST)
    statuses = [ada_client.get(url(unpaid)).status_code]
    statuses += [ada_client.post(url(unpaid, action)).status_code for action in ACTIONS]

    assert (list(listed.context["page"]), listed.context["pending"]) == ([], [])
    assert "Jürgen" not in listed.text
    assert statuses == [404, 404, 404, 404]


def test_an_id_too_large_for_the_database_is_not_found(ada_client):
    assert ada_client.get(f"{LIST}/{'9' * 25}").status_code == 404


def test_decisions_need_a_csrf_token(ada, booking):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada, backend="allauth.account.auth_backends.AuthenticationBackend")

    statuses = [client.post(url(booking, action)).status_code for action in ACTIONS]

    assert statuses == [403, 403, 403]
    assert fresh(booking).status == "pending"
