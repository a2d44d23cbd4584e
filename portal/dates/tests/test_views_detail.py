"""The page of one date, and its seats panel."""

from dataclasses import replace
from datetime import date, time
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON, client_of
from portal.core import registry
from portal.dates import operations
from portal.dates.models import CourseDate, SeatEntry
from portal.dates.seats import seats_of
from portal.dates.tests.factories import make_date
from portal.dates.tests.pages import HTMX, is_fragment, url
from portal.dates.tests.planning import PLAN, plan_date

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def made(adas_partner):
    return plan_date(adas_partner)


def take(client, course_date, action="elsewhere", quantity="2", key=None, **values):
    data = {"quantity": quantity, "key": key or str(uuid4()), **values}
    return client.post(url(course_date, action), data, headers=HTMX)


def seats(course_date):
    return seats_of([CourseDate.objects.get(pk=course_date.pk)], at=NOON)[course_date.pk]


def free(course_date):
    return seats(course_date).free


# --- What it says


def test_the_page_says_when_where_and_how_full(ada_client, made):
    text = ada_client.get(url(made)).text

    for words in (
        *("Wed 8 May, ", "18:00–21:00", "Küche am Fluss", "12 free", "0 of 12 taken", "3 h", "€89.00"),
        *("24 hours before it begins", "Messer schleifen", "only in the portal", "The date was made here."),
    ):
        assert words in text, words


def test_the_fragment_is_the_part_that_lives(ada_client, made):
    response = ada_client.get(url(made), headers=HTMX)

    assert is_fragment(response)
    assert 'id="date-card"' in response.text


def test_a_date_of_the_shop_that_was_changed_here_says_what_the_shop_still_says(ada_client, adas_partner):
    facts = {
        "starts_on": "2030-05-08",
        "starts_time": "18:00:00",
        "ends_time": "21:00:00",
        "duration_minutes": 180,
        "location": "Am Markt",
        "price_cents": 7900,
    }
    course_date = make_date(adas_partner, shop_facts=facts)
    CourseDate.objects.filter(pk=course_date.pk).update(
        starts_on=date(2030, 5, 8),
        starts_time=time(19),
        ends_time=time(22),
        duration_minutes=180,
        location="Nebenan",
        price_cents=7900,
    )

    response = ada_client.get(url(course_date))

    assert response.context["differences"] == ["Beginning: 18:00", "End: 21:00", "Place: Am Markt"]
    assert "In the shop it still says" in response.text


def test_a_date_as_the_shop_has_it_says_nothing_of_that(ada_client, adas_partner):
    course_date = make_date(adas_partner, shop_facts={"starts_on": "2030-05-08", "location": ""})

    assert "In the shop it still says" not in ada_client.get(url(course_date)).text


def test_the_hour_that_autumn_repeats_is_explained(ada_client, adas_partner):
    made = plan_date(adas_partner, replace(PLAN, starts_on=date(2030, 10, 27), starts_time=time(2, 30)))

    text = ada_client.get(url(made)).text

    assert "In this night the clocks go back and show 02:30 twice. The first one is meant." in text


def test_another_zone_than_the_partners_is_named(ada_client, made):
    assert "time in" not in ada_client.get(url(made)).text
    CourseDate.objects.filter(pk=made.pk).update(time_zone="America/New_York")

    assert "(time in New York)" in ada_client.get(url(made)).text


def test_a_date_of_which_little_is_known_has_a_page(ada_client, adas_partner):
    text = ada_client.get(url(make_date(adas_partner, starts_at=None))).text

    for words in ("Day not known yet", "time not known yet", "number of seats not known"):
        assert words in text


def test_the_page_shows_what_other_modules_say_of_the_date(ada_client, vera_client, made, monkeypatch):
    monkeypatch.setattr(registry, "_slots", {})
    registry.add_to_slot("date_detail", lambda request, about: f"{about['date'].pk} {about['may_decide']}")
    registry.add_to_slot("date_detail", lambda request, about: "")

    assert ada_client.get(url(made)).context["slots"] == [f"{made.pk} True"]
    assert vera_client.get(url(made)).context["slots"] == [f"{made.pk} False"]


def test_the_page_needs_no_query_per_entry(ada, made, monkeypatch):
    monkeypatch.setattr(registry, "_slots", {})
    client = client_of(ada)
    take(client, made, quantity="1")
    of_one = count_queries(client, made)
    for _number in range(3):
        take(client, made, quantity="1")
        take(client, made, "block", quantity="1", note="Kaputter Herd")

    assert count_queries(client, made) == of_one


def count_queries(client, course_date) -> int:
    client.get(url(course_date))
    with CaptureQueriesContext(connection) as captured:
        client.get(url(course_date))
    return len(captured)


# --- Seats


def test_seats_sold_elsewhere_are_entered_with_one_tap(ada, ada_client, made):
    response = take(ada_client, made, quantity="2")

    assert is_fragment(response)
    assert "2 seats are entered as sold elsewhere." in response.text
    assert "10 free" in response.text
    [entry] = SeatEntry.objects.all()
    assert (entry.source, entry.quantity, entry.actor) == ("elsewhere", 2, ada.actor)


def test_the_same_tap_twice_is_one(ada_client, made):
    key = str(uuid4())

    for _time in range(2):
        take(ada_client, made, key=key)

    assert free(made) == 10


def test_seats_are_blocked_with_a_reason(ada_client, made):
    response = take(ada_client, made, "block", quantity="3", note="Kaputter Herd")

    assert "3 seats are blocked." in response.text
    assert "Kaputter Herd" in response.text
    assert (seats(made).blocked, free(made)) == (3, 9)


def test_seats_are_given_back(ada_client, made):
    take(ada_client, made)
    [entry] = SeatEntry.objects.all()

    response = ada_client.post(url(made, f"seats/{entry.pk}/give-back"), headers=HTMX)

    assert "these seats are free again" in response.text
    assert f"seats/{entry.pk}/give-back" not in response.text
    assert free(made) == 12


def test_seats_of_another_date_are_not_given_back_here(ada_client, made, adas_partner):
    other = plan_date(adas_partner)
    take(ada_client, other)
    [entry] = SeatEntry.objects.all()

    assert ada_client.post(url(made, f"seats/{entry.pk}/give-back")).status_code == 404
    assert ada_client.post(url(made, f"seats/{10**25}/give-back")).status_code == 404
    assert free(other) == 10


def test_the_seats_of_a_booking_are_not_given_back_by_hand(ada_client, made, adas_partner):
    make_booking(adas_partner, course_date=made, course=made.course)
    [entry] = SeatEntry.objects.all()

    assert ada_client.post(url(made, f"seats/{entry.pk}/give-back")).status_code == 404
    assert free(made) == 10


@pytest.mark.parametrize(
    ("quantity", "sentence"),
    [
        ("", "Please say how many seats."),
        ("0", "Ensure this value is greater than or equal to 1."),
        ("-3", "Ensure this value is greater than or equal to 1."),
        ("zwei", "Enter a whole number."),
        ("9" * 30, "Ensure this value is less than or equal to 500."),
        ("9" * 5000, "Enter a whole number."),
    ],
)
@pytest.mark.parametrize("action", ["elsewhere", "block"])
def test_what_is_no_number_of_seats_is_said_at_the_field(ada_client, made, action, quantity, sentence):
    response = take(ada_client, made, action, quantity)

    assert response.status_code == 422
    assert response.context[f"{action}_form"].errors == {"quantity": [sentence]}
    assert sentence in response.text
    assert (response.context[f"{action}_form"]["quantity"].value(), free(made)) == (quantity, 12)


@pytest.mark.parametrize("action", ["elsewhere", "block"])
def test_more_seats_than_are_free_are_refused_at_the_field(ada_client, made, action):
    take(ada_client, made, quantity="10")

    response = take(ada_client, made, action, "3")

    assert "Only 2 seats are free." in response.text
    assert response.context[f"{action}_form"]["quantity"].value() == "3"
    assert free(made) == 2


def test_what_cannot_be_kept_is_refused(ada_client, made):
    assert take(ada_client, made, "block", note="x" * 201).status_code == 422
    assert take(ada_client, made, "block", note="Herd\x00").status_code == 422
    assert take(ada_client, made, key="x").status_code == 422
    assert free(made) == 12


def test_a_full_date_says_why_nothing_can_be_entered(ada_client, made):
    take(ada_client, made, quantity="12")

    text = ada_client.get(url(made)).text

    assert "No seat is free any more." in text
    assert 'name="quantity" value="1"' not in text


def test_how_many_seats_there_are_is_changed(ada_client, made):
    response = ada_client.post(url(made, "capacity"), {"capacity": "14"}, headers=HTMX)

    assert "This date has 14 seats." in response.text
    assert free(made) == 14


def test_fewer_seats_than_are_taken_are_refused_at_the_field(ada_client, made):
    take(ada_client, made, quantity="5")

    response = ada_client.post(url(made, "capacity"), {"capacity": "4"}, headers=HTMX)

    sentence = "5 seats are taken already: there must be at least as many."
    assert response.context["capacity_form"].errors == {"capacity": [sentence]}
    assert sentence in response.text
    assert free(made) == 7


@pytest.mark.parametrize("capacity", ["", "-1", "10001", "9" * 30, "viele"])
def test_what_is_no_number_of_all_seats_is_refused(ada_client, made, capacity):
    assert ada_client.post(url(made, "capacity"), {"capacity": capacity}).status_code == 422
    assert free(made) == 12


def test_the_number_of_the_shop_is_taken_over_with_one_tap(ada_client, adas_partner):
    course_date = make_date(adas_partner, capacity=12, shop_salable=15, shop_total=15)

    page = ada_client.get(url(course_date)).text
    response = ada_client.post(url(course_date, "take-over"), headers=HTMX)

    assert "The shop sells 15 seats in all, here there are 12." in page
    assert "Take over 15 from the shop" in page
    assert "The number of seats is now that of the shop." in response.text
    assert "Take over" not in response.text
    assert (free(course_date), seats(course_date).drift) == (15, 0)


def test_an_oversold_date_says_what_to_do(ada_client, adas_partner):
    course_date = make_date(adas_partner, capacity=1)
    make_booking(adas_partner, course_date=course_date, course=course_date.course)

    text = ada_client.get(url(course_date)).text

    assert "1 too many" in text
    assert "More seats are sold than there are" in text


def test_seats_of_a_cancelled_date_stay_as_they_are(ada_client, made):
    operations.cancel_date(made, actor="user:1", at=NOON)

    assert "Sold elsewhere</h3>" not in ada_client.get(url(made)).text
    for action in ("elsewhere", "block"):
        assert "<p>This date is cancelled.</p>" in take(ada_client, made, action).text
    assert "<p>This date is cancelled.</p>" in take(ada_client, made, quantity="viele").text
    assert free(made) == 12


def test_without_javascript_one_comes_back_to_the_page(ada_client, made):
    response = ada_client.post(url(made, "elsewhere"), {"quantity": "2", "key": str(uuid4())})

    assert (response.status_code, response["Location"]) == (302, url(made))
    assert "2 seats are entered as sold elsewhere." in ada_client.get(url(made)).text


@pytest.mark.parametrize("action", ["elsewhere", "block", "capacity", "take-over", "seats/1/give-back"])
def test_a_viewer_takes_nothing_and_another_partner_finds_nothing(vera_client, eve_client, made, action):
    assert vera_client.post(url(made, action)).status_code == 403
    assert eve_client.post(url(made, action)).status_code == 404
    assert vera_client.get(url(made, action)).status_code in (403, 405)
    assert url(made, action) not in vera_client.get(url(made)).text


def test_a_viewer_sees_everything_and_no_buttons(vera_client, ada_client, made):
    take(ada_client, made, "block", note="Kaputter Herd")

    text = vera_client.get(url(made)).text

    assert "Kaputter Herd" in text
    assert PLAN.notes in text
    assert '<button type="submit" class="btn" data-variant="outline">' not in text


def test_what_is_wrong_stays_on_the_page_until_it_is_put_right(ada_client, made):
    live = 'hx-trigger="portal:changed from:body"'

    assert live in ada_client.get(url(made)).text
    assert live not in take(ada_client, made, quantity="99").text
    assert live not in take(ada_client, made, quantity="viele").text
    assert live in take(ada_client, made).text
