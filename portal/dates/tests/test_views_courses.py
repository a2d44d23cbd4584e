"""The pages of courses."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON, client_of
from portal.dates import operations
from portal.dates.models import CourseDate
from portal.dates.tests.factories import make_course, make_date
from portal.dates.tests.pages import HTMX, is_fragment
from portal.dates.tests.seats import sell

pytestmark = pytest.mark.usefixtures("noon")
COURSES = "/dashboard/courses"


def page_of(course) -> str:
    return f"{COURSES}/{course.pk}"


def in_days(days: float):
    return NOON + timedelta(days=days)


def cards(response) -> dict[str, list[int]]:
    """The dates on the card of each course, by its name."""
    return {card.course.name: [date.pk for date in card.dates] for card in response.context["page"]}


# --- The list


def test_the_list_begins_with_what_is_on_sale(ada_client, adas_partner, eves_partner):
    make_course(eves_partner, name="Töpfern")
    make_course(adas_partner, name="Alte Rezepte", is_on_sale=False)
    make_course(adas_partner, name="Sushi")

    response = ada_client.get(COURSES)

    assert list(cards(response)) == ["Sushi", "Alte Rezepte"]
    assert response.text.count("Not on sale") == 1


def test_a_card_shows_what_comes_next(ada_client, adas_partner, ada):
    course = make_course(adas_partner, name="Sushi", price_cents=8900, duration_minutes=150, location="Hof 2")
    made = [make_date(adas_partner, course=course, starts_at=in_days(day)) for day in (9, 1, 5, 3, -1, 7)]
    operations.cancel_date(made[1], actor=ada.actor, at=NOON)

    response = ada_client.get(COURSES)

    assert cards(response) == {"Sushi": [made[3].pk, made[2].pk, made[5].pk]}
    for said in ("€89.00", "2 h 30 min", "Hof 2", "1 more date", "Sat 4 May, from 12:00"):
        assert said in response.text


def test_a_card_says_how_full_a_date_is(ada_client, adas_partner):
    date = make_date(adas_partner, capacity=10)
    sell(date, 9)

    text = ada_client.get(COURSES).text

    assert "9 of 10 taken" in text
    assert "Nearly full" in text


def test_a_date_without_a_day_comes_last_unless_it_is_gone(ada_client, adas_partner):
    course = make_course(adas_partner, name="Sushi")
    unknown = make_date(adas_partner, course=course, starts_at=None)
    make_date(adas_partner, course=course, starts_at=None, shop_state="gone")
    soon = make_date(adas_partner, course=course)

    response = ada_client.get(COURSES)

    assert cards(response) == {"Sushi": [soon.pk, unknown.pk]}
    assert "Day not known yet" in response.text


def test_a_course_without_dates_offers_to_plan_one(ada_client, vera_client, adas_partner):
    course = make_course(adas_partner)

    texts = [client.get(COURSES).text for client in (ada_client, vera_client)]

    assert [f"/dashboard/dates/new?course={course.pk}" in text for text in texts] == [True, False]
    assert all("No date is planned." in text for text in texts)


def test_search_by_a_part_of_the_name(ada_client, adas_partner):
    for name in ("Sushi für Anfänger", "Brot", "100 % Kuchen"):
        make_course(adas_partner, name=name)

    assert list(cards(ada_client.get(COURSES, {"search": " anfÄNGER "}))) == ["Sushi für Anfänger"]
    assert list(cards(ada_client.get(COURSES, {"search": "%"}))) == ["100 % Kuchen"]
    nothing = ada_client.get(COURSES, {"search": "Töpfern"})
    assert (cards(nothing), "No course is called that" in nothing.text) == ({}, True)


@pytest.mark.parametrize("search", ["x" * 101, "a\0b"])
def test_a_search_that_cannot_be_meant_says_why(ada_client, adas_partner, search):
    make_course(adas_partner)

    response = ada_client.get(COURSES, {"search": search})

    assert (response.status_code, len(cards(response)), 'aria-invalid="true"' in response.text) == (
        200,
        1,
        True,
    )


def test_paging_keeps_the_search(ada_client, adas_partner):
    for number in range(13):
        make_course(adas_partner, name=f"Sushi {number:02}")

    first = ada_client.get(COURSES, {"search": "sushi"})
    second = ada_client.get(COURSES, {"search": "sushi", "page": "2"})

    assert (len(cards(first)), list(cards(second))) == (12, ["Sushi 12"])
    assert "?search=sushi&amp;page=2" in first.text


def test_a_new_partner_reads_what_will_happen(ada_client, settings):
    text = ada_client.get(COURSES).text

    assert "No courses yet" in text
    assert settings.BRAND_SUPPORT_EMAIL in text


def test_pictures_are_the_shops_or_a_quiet_place(ada_client, adas_partner, settings):
    settings.MAGENTO_MEDIA_URL = "https://shop.example/media"
    make_course(adas_partner, name="A", images=["a.jpg", "b.jpg"])
    make_course(adas_partner, name="B")

    with_media = ada_client.get(COURSES).text
    settings.MAGENTO_MEDIA_URL = ""
    without = ada_client.get(COURSES).text

    assert re.findall(r'<img [^>]*src="([^"]*)"[^>]*>', with_media) == ["https://shop.example/media/a.jpg"]
    assert 'loading="lazy"' in with_media
    assert (with_media.count("course-picture is-empty"), without.count("course-picture is-empty")) == (1, 2)
    assert "<img" not in without


# --- One course


def test_a_course_with_all_that_the_shop_says(ada_client, adas_partner, settings):
    settings.MAGENTO_MEDIA_URL = "https://shop.example/media"
    course = make_course(
        adas_partner,
        name="Sushi",
        description="Reis & Fisch.\nZweiter <b>Absatz</b>.",
        price_cents=8900,
        duration_minutes=180,
        location="Isartorplatz 1",
        images=["a.jpg", "b.jpg"],
        shop_read_at=NOON,
    )

    text = ada_client.get(page_of(course)).text

    assert "<p>Reis &amp; Fisch.</p>" in text
    assert "<p>Zweiter &lt;b&gt;Absatz&lt;/b&gt;.</p>" in text
    for said in ("€89.00", "3 h", "Isartorplatz 1", course.sku, "Sushi, picture 2"):
        assert said in text
    assert "Text, pictures and price come from the shop." in text
    assert text.count("<img") == 2


def test_upcoming_dates_are_shown_and_past_ones_folded(ada_client, adas_partner, ada):
    course = make_course(adas_partner)
    made = {day: make_date(adas_partner, course=course, starts_at=in_days(day)) for day in (-9, -2, 0, 3, 8)}
    operations.cancel_date(made[3], actor=ada.actor, at=NOON)
    make_date(adas_partner)

    response = ada_client.get(page_of(course))

    assert [each.pk for each in response.context["upcoming"]] == [made[0].pk, made[3].pk, made[8].pk]
    assert [each.pk for each in response.context["past"]] == [made[-2].pk, made[-9].pk]
    assert '<details class="past-dates">' in response.text
    assert response.text.count("Cancelled") == 1


def test_of_very_many_dates_the_first_are_shown(ada_client, adas_partner):
    course = make_course(adas_partner)
    CourseDate.objects.bulk_create(
        CourseDate(
            partner=adas_partner, course=course, starts_on=in_days(day).date(), created_at=NOON, sku=str(day)
        )
        for day in range(51)
    )

    response = ada_client.get(page_of(course))

    assert len(response.context["upcoming"]) == 50
    assert f"view=list&amp;course={course.pk}" in response.text


def test_who_may_plan_a_date_of_it(ada_client, ben_client, vera_client, adas_partner):
    course = make_course(adas_partner)
    link = f"/dashboard/dates/new?course={course.pk}"

    texts = [client.get(page_of(course)).text for client in (ada_client, ben_client, vera_client)]

    assert [link in text for text in texts] == [True, True, False]


def test_nobody_sees_another_partners_course(eve_client, mona_client, client, adas_partner):
    course = make_course(adas_partner, name="Geheimes Zwiebelkochen")

    assert eve_client.get(page_of(course)).status_code == 404
    assert "Zwiebel" not in eve_client.get(COURSES).text
    assert mona_client.get(COURSES).headers["Location"] == "/manage/"
    assert client.get(page_of(course)).headers["Location"].startswith("/login")


@pytest.mark.parametrize("language", ["de", "en"])
def test_both_pages_in_both_languages(ada, adas_partner, language):
    date = make_date(adas_partner, capacity=10, price_cents=8900)
    client = client_of(ada, language)

    pages = [client.get(path) for path in (COURSES, page_of(date.course))]

    assert [(page.status_code, f'<html lang="{language}"' in page.text) for page in pages] == [
        (200, True)
    ] * 2


def test_live_pages_fetch_only_their_part(ada_client, adas_partner):
    date = make_date(adas_partner)

    for path in (COURSES, page_of(date.course)):
        response = ada_client.get(path, headers=HTMX)
        assert (response.status_code, is_fragment(response)) == (200, True)


@pytest.mark.parametrize("which", ["list", "detail"])
def test_both_pages_cost_the_same_number_of_queries_however_much_there_is(
    ada_client, adas_partner, django_assert_num_queries, which
):
    course = make_course(adas_partner)
    make_date(adas_partner, course=course, starts_at=in_days(-1))
    make_booking(adas_partner)
    path = COURSES if which == "list" else page_of(course)
    make_date(adas_partner, course=course)
    with CaptureQueriesContext(connection) as of_one:
        ada_client.get(path)
    for day in range(1, 6):
        make_date(adas_partner, course=course, starts_at=in_days(day), capacity=5)
        make_date(adas_partner, course=course, starts_at=in_days(-day))
        make_booking(adas_partner)

    with django_assert_num_queries(len(of_one)):
        ada_client.get(path)
