"""A partner's first page: what waits, what comes, what deserves a look."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.bookings import operations as bookings
from portal.bookings.operations import By
from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON, client_of
from portal.dates import operations
from portal.dates.tests.factories import make_course, make_date
from portal.dates.tests.pages import HTMX, is_fragment
from portal.dates.tests.seats import sell

HOME = "/dashboard"


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def in_days(days: float):
    return NOON + timedelta(days=days)


def shown(response) -> dict[str, list[int]]:
    overview = response.context["overview"]
    parts = ("waiting", "today", "week", "attention", "crowded")
    return {part: [card.pk for card in getattr(overview, part)] for part in parts}


NOTHING = {"waiting": [], "today": [], "week": [], "attention": [], "crowded": []}


# --- What waits


def test_the_most_urgent_of_all_that_waits_stands_on_top(ada_client, adas_partner, ada):
    made = [make_booking(adas_partner, starts_at=in_days(day)) for day in (9, 2, 5, 3)]
    answered = make_booking(adas_partner, starts_at=in_days(1))
    bookings.confirm_booking(answered, by=By("portal", ada), at=NOON)

    response = ada_client.get(HOME)

    assert shown(response)["waiting"] == [made[1].pk, made[3].pk, made[2].pk]
    assert "4 bookings wait for your answer" in response.text
    assert "1 more" in response.text
    assert "<title>(4) Overview" in response.text
    assert response.text.index("wait for your answer") < response.text.index('id="today"')


def test_it_says_until_when_an_answer_is_expected(ada_client, adas_partner):
    make_booking(adas_partner, escalate_at=in_days(2))

    assert "Please answer by Fri 3 May, 12:00" in ada_client.get(HOME).text


def test_when_everything_is_answered_it_says_so(ada_client, adas_partner):
    make_date(adas_partner)

    assert "Every booking has your answer." in ada_client.get(HOME).text


def test_a_viewer_is_not_asked_to_answer(ada_client, vera_client, adas_partner):
    make_booking(adas_partner)

    texts = [client.get(HOME).text for client in (ada_client, vera_client)]

    assert [("Answer now" in text, "Show them" in text) for text in texts] == [(True, False), (False, True)]


# --- What comes


def test_today_and_the_six_days_after(ada_client, adas_partner, ada):
    made = {day: make_date(adas_partner, starts_at=in_days(day), capacity=10) for day in (-1, 0, 1, 6, 7)}
    cancelled = make_date(adas_partner, starts_at=in_days(1))
    operations.cancel_date(cancelled, actor=ada.actor, at=NOON)

    response = ada_client.get(HOME)

    assert (shown(response)["today"], shown(response)["week"]) == ([made[0].pk], [made[1].pk, made[6].pk])
    assert "0 of 10 taken" in response.text
    assert f"/dashboard/dates/{made[0].pk}/sheet" in response.text


def test_the_first_and_the_last_minute_of_a_day(ada_client, adas_partner, time_machine):
    """By the wall clock where the courses are: half past ten in the evening in UTC is the next day already."""
    today, tomorrow = (
        make_date(adas_partner, starts_at=in_days(0)),
        make_date(adas_partner, starts_at=in_days(1)),
    )

    time_machine.move_to(NOON.replace(hour=21, minute=59), tick=False)
    assert shown(ada_client.get(HOME))["today"] == [today.pk]
    time_machine.move_to(NOON.replace(hour=22, minute=0), tick=False)
    assert shown(ada_client.get(HOME))["today"] == [tomorrow.pk]


def test_today_is_where_the_partner_is(ada_client, adas_partner, time_machine):
    """At ten in the evening in UTC it is still the same afternoon in New York."""
    adas_partner.time_zone = "America/New_York"
    adas_partner.save()
    today = make_date(adas_partner, starts_at=in_days(0))

    time_machine.move_to(NOON.replace(hour=22), tick=False)

    assert shown(ada_client.get(HOME))["today"] == [today.pk]


def test_of_very_many_dates_the_first_are_shown(ada_client, adas_partner):
    course = make_course(adas_partner)
    for _ in range(21):
        make_date(adas_partner, course=course, starts_at=in_days(1))

    response = ada_client.get(HOME)

    assert len(shown(response)["week"]) == 20
    assert "All dates in the calendar" in response.text


def test_a_quiet_week_leads_to_the_calendar(ada_client, adas_partner):
    make_course(adas_partner)

    text = ada_client.get(HOME).text

    assert "No date takes place today." in text
    assert "No date takes place in the six days after." in text


# --- What deserves a look


def test_too_empty_oversold_and_different_from_the_shop(ada_client, adas_partner):
    too_empty = make_date(adas_partner, starts_at=in_days(3), capacity=10)
    drifting = make_date(
        adas_partner, starts_at=in_days(40), capacity=10, shop_total=12, shop_salable=12, shop_state="on_sale"
    )
    oversold = make_booking(adas_partner, starts_at=in_days(30), participants=3).course_date
    oversold.capacity = 2
    oversold.save()
    make_date(adas_partner, starts_at=in_days(30), capacity=10)

    response = ada_client.get(HOME)

    assert shown(response)["attention"] == [too_empty.pk, oversold.pk, drifting.pk]
    for said in ("Too few participants", "Oversold", "Seats differ from the shop"):
        assert said in response.text


def test_full_and_nearly_full(ada_client, adas_partner):
    nearly, full, half = (make_date(adas_partner, starts_at=in_days(30), capacity=10) for _ in range(3))
    for date, quantity in ((nearly, 8), (full, 10), (half, 5)):
        sell(date, quantity, key=f"e{date.pk}")

    assert shown(ada_client.get(HOME))["crowded"] == [nearly.pk, full.pk]


def test_when_all_is_as_it_should_be_it_says_so(ada_client, adas_partner):
    sell(make_date(adas_partner, starts_at=in_days(1), capacity=10), 5)

    assert "All dates are as they should be" in ada_client.get(HOME).text


# --- Whose, and how


def test_a_new_partner_is_welcomed(ada_client, adas_partner):
    response = ada_client.get(HOME)

    assert shown(response) == NOTHING
    assert "Welcome! Nice that you are here." in response.text
    assert "/dashboard/settings" in response.text


def test_nothing_of_another_partner(eve_client, adas_partner, eves_partner):
    make_booking(adas_partner, starts_at=in_days(0))
    make_date(adas_partner, starts_at=in_days(1), capacity=10)

    assert shown(eve_client.get(HOME)) == NOTHING


def test_who_is_led_where(client, ada_client, mona_client):
    assert client.get(HOME).headers["Location"] == "/login?next=/dashboard"
    assert mona_client.get(HOME).headers["Location"] == "/manage/"
    assert ada_client.get("/").headers["Location"] == HOME


@pytest.mark.parametrize("language", ["de", "en"])
def test_in_both_languages(ada, adas_partner, language):
    make_booking(adas_partner, starts_at=in_days(0))
    make_date(adas_partner, starts_at=in_days(1), capacity=10)

    response = client_of(ada, language).get(HOME)

    assert (response.status_code, f'<html lang="{language}"' in response.text) == (200, True)


def test_a_live_page_fetches_only_its_part(ada_client):
    response = ada_client.get(HOME, headers=HTMX)

    assert (response.status_code, is_fragment(response)) == (200, True)


def test_the_menu_marks_the_page(ada_client):
    assert '<a class="menu-item" href="/dashboard" aria-current="page">' in ada_client.get(HOME).text


def test_it_costs_the_same_few_queries_however_much_there_is(
    ada_client, adas_partner, django_assert_num_queries
):
    make_date(adas_partner, starts_at=in_days(1), capacity=10)
    for _ in range(3):
        make_booking(adas_partner, starts_at=in_days(0))
    with CaptureQueriesContext(connection) as of_few:
        ada_client.get(HOME)
    for day in range(6):
        make_booking(adas_partner, starts_at=in_days(day))
        make_date(adas_partner, starts_at=in_days(day), capacity=10)

    with django_assert_num_queries(len(of_few)):
        ada_client.get(HOME)
    # The session, the user, the partner and the scope are asked for by every page.
    assert len(of_few) <= 16
