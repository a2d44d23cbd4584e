"""Every page of the staff: who gets it, and that it shows what there is."""

import pytest
from django.test import Client
from django.urls import reverse

from portal.bookings.models import StaffQuestion
from portal.bookings.tests.factories import make_booking, make_unmatched_order
from portal.conftest import NOON
from portal.manage.tests.factories import make_refused_mail, make_stuck_job, make_waiting_job

# Pages by the name of their URL, and the id of the part that a live page fetches again.
LIVE_PAGES = {
    "home": "problems",
    "calls": "calls",
    "waiting": "waiting",
    "questions": "questions",
    "imports": "runs",
    "unmatched": "orders",
}


@pytest.fixture
def pages(adas_partner):
    """The address of every page that is read, with something on it."""
    booking = make_booking(adas_partner, staff_question=StaffQuestion.CHANGED_AFTER_DECLINE)
    make_refused_mail(booking)
    make_stuck_job("bookings.import_changed")
    make_waiting_job("bookings.import_changed", next_try_at=NOON)
    order = make_unmatched_order()
    return {
        **{name: reverse(f"manage:{name}") for name in (*LIVE_PAGES, "partners", "create_partner")},
        "assign": reverse("manage:assign", args=[order.pk]),
        "partner": reverse("manage:partner", args=[adas_partner.pk]),
    }


@pytest.fixture
def actions(adas_partner):
    """The address of every action."""
    booking = make_booking(adas_partner, staff_question=StaffQuestion.CHANGED_AFTER_DECLINE)
    return {
        "retry_job": reverse("manage:retry_job", args=[make_stuck_job("bookings.import_changed")]),
        "send_mail_again": reverse("manage:send_mail_again", args=[make_refused_mail(booking).pk]),
        "settle_question": reverse("manage:settle_question", args=[booking.pk]),
        "import_now": reverse("manage:import_now"),
        "assign": reverse("manage:assign", args=[make_unmatched_order().pk]),
        "create_partner": reverse("manage:create_partner"),
        "partner": reverse("manage:partner", args=[adas_partner.pk]),
        "invite": reverse("manage:invite", args=[adas_partner.pk]),
    }


def statuses(client: Client, urls: dict[str, str], method: str) -> dict[str, int]:
    return {name: getattr(client, method)(url).status_code for name, url in urls.items()}


def test_mona_gets_every_page(mona_client, pages):
    assert statuses(mona_client, pages, "get") == dict.fromkeys(pages, 200)


def test_ada_gets_none_of_them(ada_client, pages):
    assert statuses(ada_client, pages, "get") == dict.fromkeys(pages, 404)


def test_ada_may_do_nothing_there(ada_client, actions):
    assert statuses(ada_client, actions, "post") == dict.fromkeys(actions, 404)


def test_nobody_is_sent_to_the_login(client, pages):
    answers = {name: client.get(url) for name, url in pages.items()}

    assert {name: (answer.status_code, answer.headers["Location"]) for name, answer in answers.items()} == {
        name: (302, f"/login?next={url}") for name, url in pages.items()
    }


def test_an_expired_login_sends_a_live_page_to_the_login(client, pages):
    answer = client.get(pages["waiting"], headers={"HX-Request": "true"})

    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/login?next=/manage/waiting")


@pytest.mark.parametrize("name", LIVE_PAGES)
def test_a_live_page_answers_htmx_with_the_part_that_changes(mona_client, pages, name):
    answer = mona_client.get(pages[name], headers={"HX-Request": "true"})

    assert answer.text.strip().startswith(f'<div id="{LIVE_PAGES[name]}"')
    assert "<html" not in answer.text


def test_empty_pages_say_what_would_be_there(mona_client):
    found = {name: mona_client.get(reverse(f"manage:{name}")).text for name in (*LIVE_PAGES, "partners")}

    expected = {
        "home": "Nothing needs you",
        "calls": "Nobody to call",
        "waiting": "Nothing waits",
        "questions": "No order needs a decision",
        "imports": "The shop has not been read yet",
        "unmatched": "Every order has its partner",
        "partners": "No partners yet",
    }
    assert {name: text for name, text in expected.items() if text not in found[name]} == {}


def test_the_menu_leads_to_the_pages_of_the_staff(mona_client):
    text = mona_client.get(reverse("manage:home")).text

    for name in ("home", "calls", "bookings", "partners", "waiting", "unmatched", "imports"):
        assert f'href="{reverse(f"manage:{name}")}"' in text
