"""Dates of all partners, as the staff see them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON, client_of
from portal.core import tenancy
from portal.dates import operations
from portal.dates.models import CourseDate
from portal.dates.tests.factories import make_course, make_date
from portal.dates.tests.seats import told

HOME, DATES = "/manage/", "/manage/dates"


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def in_days(days: float):
    return NOON + timedelta(days=days)


def counts(response) -> dict[str, int]:
    return {each.filter.value: each.count for each in response.context["counts"]}


def listed(client, kind: str, **query: str) -> list[int]:
    response = client.get(DATES, {"filter": kind, **query})
    assert response.status_code == 200
    return [card.pk for card in response.context["page"]]


def _sold_elsewhere(date: CourseDate, quantity: int) -> CourseDate:
    operations.sell_elsewhere(date, quantity=quantity, key=f"of {date.pk}", actor="user:1", at=NOON)
    return date


@pytest.fixture
def dates(adas_partner, eves_partner, ada) -> dict[str, CourseDate]:
    """Of two partners, one of each kind and some that are none."""
    oversold = make_booking(eves_partner, starts_at=in_days(40), participants=3).course_date
    oversold.capacity = 2
    oversold.save()
    cancelled = make_date(adas_partner, starts_at=in_days(1), capacity=10)
    operations.cancel_date(cancelled, actor=ada.actor, at=NOON)
    make_date(adas_partner, starts_at=in_days(-1), capacity=10, shop_total=12, shop_state="on_sale")
    return {
        "today": make_date(adas_partner, starts_at=in_days(0)),
        "week": make_date(eves_partner, starts_at=in_days(6)),
        "too_empty": make_date(eves_partner, starts_at=in_days(13), capacity=10),
        "later": make_date(eves_partner, starts_at=in_days(14), capacity=10),
        "crowded": _sold_elsewhere(make_date(adas_partner, starts_at=in_days(13.4), capacity=5), 4),
        "not yet": _sold_elsewhere(make_date(adas_partner, starts_at=in_days(14), capacity=5), 5),
        "oversold": oversold,
        "drift": make_date(
            adas_partner, starts_at=in_days(50), capacity=10, shop_total=12, shop_state="on_sale"
        ),
    }


def test_the_first_page_counts_and_each_count_opens_its_rows(mona_client, dates):
    wanted = {
        "today": [dates["today"].pk],
        "week": [dates["today"].pk, dates["week"].pk],
        "too_empty": [dates["too_empty"].pk],
        "crowded": [dates["crowded"].pk],
        "oversold": [dates["oversold"].pk],
        "drift": [dates["drift"].pk],
    }

    response = mona_client.get(HOME)

    assert counts(response) == {kind: len(rows) for kind, rows in wanted.items()}
    for kind, rows in wanted.items():
        assert f'href="{DATES}?filter={kind}"' in response.text
        assert listed(mona_client, kind) == rows


def test_the_first_page_counts_what_waits_at_all_partners(mona_client, adas_partner, eves_partner):
    make_booking(adas_partner)
    make_booking(eves_partner)
    make_booking(eves_partner, status="confirmed", confirmed_at=NOON)

    response = mona_client.get(HOME)

    assert response.context["pending"] == 2
    assert 'href="/manage/bookings?status=pending"' in response.text


def test_the_live_part_of_the_first_page_counts_nothing(mona_client, dates):
    response = mona_client.get(HOME, headers={"HX-Request": "true"})

    assert (response.status_code, "counts" in response.context) == (200, False)


def test_without_dates_all_counts_are_nought(mona_client):
    assert set(counts(mona_client.get(HOME)).values()) == {0}
    assert "No date is like that" in mona_client.get(DATES).text


def test_a_row_says_whose_it_is_and_how_full(mona_client, dates):
    text = mona_client.get(DATES, {"filter": "oversold"}).text

    for said in ("Töpferei Eva", "Sushi-Kurs", "Mon 10 Jun, from 12:00", "3 of 2 taken", "Oversold"):
        assert said in text
    course = dates["oversold"].course
    assert (
        f"/manage/bookings?course_id={course.magento_product_id}&amp;from=2030-06-10&amp;to=2030-06-10"
        in text
    )


def test_a_kind_that_there_is_not_says_so_and_shows_the_week(mona_client, dates):
    response = mona_client.get(DATES, {"filter": "all"})

    assert response.context["kind"] == "week"
    assert "This has to be one of: today, week, too_empty, crowded, oversold, drift." in response.text


def test_paging(mona_client, adas_partner):
    course = make_course(adas_partner)
    made = [make_date(adas_partner, course=course, starts_at=in_days(0)).pk for _ in range(26)]

    assert (listed(mona_client, "today"), listed(mona_client, "today", page="2")) == (made[:25], made[25:])


def test_the_staff_take_over_the_shops_number(mona, mona_client, dates):
    date = dates["drift"]
    response = mona_client.post(f"{DATES}/{date.pk}/take-over")

    assert (response.status_code, response.headers["Location"]) == (302, f"{DATES}?filter=drift")
    date.refresh_from_db()
    assert date.capacity == 12
    assert told("date.capacity_changed") == [(mona.actor, {"from": 10, "to": 12})]
    assert listed(mona_client, "drift") == []


def test_what_stands_in_the_way_is_said(mona_client, dates):
    response = mona_client.post(f"{DATES}/{dates['later'].pk}/take-over", follow=True)

    assert "We do not know yet how many seats the shop has for this date." in response.text


def test_only_the_staff(ada_client, client, dates):
    for path in (DATES, f"{DATES}/{dates['drift'].pk}/take-over"):
        assert ada_client.get(path).status_code in (404, 405)
        assert ada_client.post(path).status_code in (404, 405)
    assert client.get(DATES).headers["Location"].startswith("/login")
    with tenancy.system("tests"):
        dates["drift"].refresh_from_db()
    assert dates["drift"].capacity == 10


@pytest.mark.parametrize("language", ["de", "en"])
def test_in_both_languages(mona, dates, language):
    client = client_of(mona, language)

    pages = [client.get(path) for path in (HOME, f"{DATES}?filter=drift")]

    assert [(page.status_code, f'<html lang="{language}"' in page.text) for page in pages] == [
        (200, True)
    ] * 2


@pytest.mark.parametrize("path", [HOME, f"{DATES}?filter=week"])
def test_it_costs_the_same_number_of_queries_however_many(
    mona_client, adas_partner, django_assert_num_queries, path
):
    make_date(adas_partner, starts_at=in_days(1), capacity=10)
    with CaptureQueriesContext(connection) as of_one:
        mona_client.get(path)
    for day in range(5):
        make_date(adas_partner, starts_at=in_days(day), capacity=10)

    with django_assert_num_queries(len(of_one)):
        mona_client.get(path)
