"""The staff's list of rebookings: which cases, in which order, what a row says, and what rebooking saved."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON, client_of
from portal.core import registry
from portal.manage import queries_rebookings
from portal.manage.rebookings import RebookingQuery
from portal.manage.tests.rebooking import chosen, waiting
from portal.manage.views import rebookings as views
from portal.rebooking import operations
from portal.rebooking.models import Choice, Rebooking, TimeOfDay
from portal.rebooking.operations import Wish
from portal.rebooking.tests.factories import confirm, decline, make_free_date, now_of

URL = reverse("manage:rebookings")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WISH = Wish(
    choice=Choice.OTHER_DATES,
    weekdays=(5, 6),
    time=TimeOfDay.EVENING,
    until=(NOON + 60 * DAY).date(),
    note="Bitte nicht im Juni",
)


@pytest.fixture(autouse=True)
def _noon(time_machine, settings):
    time_machine.move_to(NOON, tick=False)
    settings.UNDO_SECONDS = 600
    settings.REBOOK_LINK_DAYS = 30


def open_case(partner, *, at=NOON, **values) -> Rebooking:
    """No date fits the customer."""
    rebooking = waiting(partner, at=at, **values)
    operations.note_wish(rebooking, WISH, at=at)
    return now_of(rebooking)


def listed(client, **query: str) -> list[int]:
    response = client.get(URL, query)
    assert response.status_code == 200
    return [line.pk for line in response.context["page"]]


def test_each_filter_shows_its_cases(mona, mona_client, adas_partner, eves_partner):
    needs_staff, waits = open_case(adas_partner), waiting(eves_partner)
    closed = open_case(adas_partner)
    operations.settle_case(closed, user=mona, at=NOON)
    used = chosen(waiting(adas_partner))
    over = waiting(adas_partner, at=NOON - 31 * DAY)
    operations.expire_link(over, at=NOON)
    operations.revoke_link(gone := waiting(adas_partner), user=mona, at=NOON)

    found = {
        kind.value: listed(mona_client, filter=kind.value) for kind in queries_rebookings.RebookingFilter
    }

    assert found == {
        "open": [needs_staff.pk, over.pk],
        "waiting": [waits.pk, closed.pk],
        "rebooked": [used.pk],
        "all": [gone.pk, over.pk, used.pk, closed.pk, waits.pk, needs_staff.pk],
    }
    assert listed(mona_client) == found["open"]


def test_the_open_cases_are_sorted_by_age_or_by_value(mona_client, adas_partner):
    old = open_case(adas_partner, at=NOON - 2 * DAY, shop_price_cents=5000)
    dear = open_case(adas_partner, at=NOON - DAY, shop_price_cents=50000)
    young = open_case(adas_partner, at=NOON, shop_price_cents=20000)

    assert [listed(mona_client, sort=sort) for sort in ("-age", "age", "-value", "value")] == [
        [old.pk, dear.pk, young.pk],
        [young.pk, dear.pk, old.pk],
        [dear.pk, young.pk, old.pk],
        [old.pk, young.pk, dear.pk],
    ]


def test_the_headings_sort_and_say_how_it_is_sorted(mona_client, adas_partner):
    open_case(adas_partner)
    by_value = mona_client.get(URL, {"sort": "-value", "partner": "Ada"}).context["headings"]

    assert {name: (each.query, each.direction) for name, each in by_value.items()} == {
        "age": ("filter=open&sort=-age&partner=Ada", ""),
        "value": ("filter=open&sort=value&partner=Ada", "descending"),
    }
    assert mona_client.get(URL, {"filter": "all"}).context["headings"] == {}


def test_a_partner_narrows_the_list(mona_client, adas_partner, eves_partner):
    of_ada, of_eve = open_case(adas_partner), open_case(eves_partner)

    assert listed(mona_client, partner="töpferei") == [of_eve.pk]
    assert listed(mona_client, partner=adas_partner.customer_number) == [of_ada.pk]
    assert (
        "No partner of that name has a rebooking like that." in mona_client.get(URL, {"partner": "Zoo"}).text
    )


def test_a_row_says_who_what_how_dear_how_old_and_what_is_wished(mona_client, adas_partner):
    rebooking = open_case(adas_partner, at=NOON - 2 * DAY)

    text = mona_client.get(URL).text

    for said in (
        "Jürgen Müller",
        rebooking.original_booking.order_number,
        "Kochschule Ada",
        "Sushi-Kurs für Anfänger",
        "Wed 8 May, 12:00",
        "€178.00",
        "2 days",
        "None of the dates fits the customer.",
        "Wish: Other dates · Sat, Sun · in the evening · until Sun 30 June 2030",
        "Bitte nicht im Juni",
        "The link works until Wed 29 May",
        f'href="/manage/bookings/{rebooking.original_booking_id}"',
    ):
        assert said in text


def test_a_row_says_what_to_do_about_the_price_of_the_new_date(mona_client, adas_partner):
    rebooking = waiting(adas_partner)
    cheaper = make_free_date(rebooking.original_booking.course, price_cents=8000)
    operations.rebook(rebooking, cheaper.pk, at=NOON)

    text = mona_client.get(URL, {"filter": "rebooked"}).text

    assert "The new date costs €18.00 less: please settle the difference with the customer." in text


def test_a_date_asked_for_beside_a_promise_is_not_called_rebooked(mona, mona_client, adas_partner):
    booking = confirm(make_booking(adas_partner))
    chosen(operations.send_link(booking, user=mona, at=NOON))

    (line,) = mona_client.get(URL, {"filter": "rebooked"}).context["page"]

    assert (line.text, line.pill, line.current) == ("Asked for another date", "pending", booking)


def test_a_row_leads_to_the_booking_that_counts(mona_client, adas_partner):
    used = chosen(waiting(adas_partner))

    text = mona_client.get(URL, {"filter": "rebooked"}).text

    assert f'href="/manage/bookings/{used.new_booking_id}"' in text
    assert "New date: Fri 31 May, Waiting for the partner" in text


def test_who_was_declined_too_often_is_an_open_case_of_the_last_date(mona_client, adas_partner):
    rebooking = waiting(adas_partner)
    for number in range(3):
        new = decline(chosen(rebooking, at=NOON + number * HOUR).new_booking, at=NOON + (number + 1) * HOUR)
        make_free_date(new.course, days=40 + number)
        rebooking = operations.offer_rebooking(new, at=NOON + (number + 1) * HOUR) or now_of(rebooking)

    text = mona_client.get(URL).text

    assert "Declined again and again: the customer gets no further link by itself." in text
    assert f'href="/manage/bookings/{new.pk}"' in text
    page = mona_client.get(reverse("manage:booking", args=[new.pk])).text
    assert "Declined again and again: the customer gets no further link by itself." in page


def test_what_cannot_be_meant_is_said_and_the_default_shown(mona_client, adas_partner):
    case = open_case(adas_partner)

    response = mona_client.get(URL, {"filter": "lost", "sort": "name", "page": "x", "done": "²"})

    assert [line.pk for line in response.context["page"]] == [case.pk]
    assert "This has to be one of: open, waiting, rebooked, all." in response.text
    assert "This has to be one of: -age, age, -value, value." in response.text


def test_paging_keeps_what_was_asked(mona_client, adas_partner, monkeypatch):
    monkeypatch.setattr(views, "PAGE_SIZE", 2)
    made = [open_case(adas_partner, at=NOON - number * HOUR).pk for number in range(3)]

    response = mona_client.get(URL, {"sort": "age", "partner": "Ada"})

    assert [line.pk for line in response.context["page"]] == made[:2]
    assert 'href="?filter=open&amp;sort=age&amp;partner=Ada&amp;page=2"' in response.text
    assert listed(mona_client, sort="age", partner="Ada", page="2") == made[2:]


def test_empty_lists_say_what_would_be_there(mona_client):
    said = {
        "open": "No customer needs you",
        "waiting": "Nothing here yet",
        "rebooked": "Nothing here yet",
        "all": "Nothing here yet",
    }

    for kind, text in said.items():
        assert text in mona_client.get(URL, {"filter": kind}).text


def test_the_page_asks_as_often_however_many_there_are(mona_client, adas_partner, eves_partner):
    chosen(waiting(adas_partner))
    asked = []
    for _ in range(2):
        open_case(adas_partner), open_case(eves_partner)
        with CaptureQueriesContext(connection) as queries:
            mona_client.get(URL, {"filter": "all"})
        asked.append(len(queries))
        for _ in range(3):
            chosen(waiting(eves_partner))

    assert asked[0] == asked[1]


def test_a_live_page_fetches_the_cases_without_the_numbers(mona_client, adas_partner):
    open_case(adas_partner)

    answer = mona_client.get(URL, {"sort": "-value"}, headers={"HX-Request": "true"})

    assert answer.text.strip().startswith('<div id="cases"')
    assert 'hx-get="/manage/rebookings?filter=open&amp;sort=-value"' in answer.text
    assert "saved" not in answer.context


@pytest.mark.parametrize("language", ["de", "en"])
def test_in_both_languages(mona, adas_partner, language):
    open_case(adas_partner)

    page = client_of(mona, language).get(URL)

    assert (page.status_code, f'<html lang="{language}"' in page.text) == (200, True)


# --- The first page and the menu


def of_this_page() -> list[tuple[str, object]]:
    return [(str(each.text), each.since) for each in registry.problems(NOON) if each.url == URL]


def test_all_open_cases_are_one_problem_as_old_as_the_oldest(mona, adas_partner, eves_partner):
    before = of_this_page()
    first, _second = open_case(adas_partner, at=NOON - DAY), open_case(eves_partner)
    with_two = of_this_page()
    operations.settle_case(first, user=mona, at=NOON)

    assert (before, with_two, of_this_page()) == (
        [],
        [("2 customers whose date was declined need you.", NOON - DAY)],
        [("1 customer whose date was declined needs you.", NOON)],
    )


def test_the_menu_counts_the_open_cases(mona_client, adas_partner):
    open_case(adas_partner), waiting(adas_partner)

    (item,) = [each for each in mona_client.get(URL).context["menu"] if each.url == URL]

    assert (item.badge, item.active) == (1, True)


def test_a_query_is_read_as_itself_again():
    assert RebookingQuery().query() == "filter=open&sort=-age"
