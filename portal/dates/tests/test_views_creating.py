"""The form for a new date."""

import re
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from portal.conftest import NOON
from portal.core.models import Event
from portal.dates.models import CourseDate
from portal.dates.plans import DatePlan, plan_of
from portal.dates.tests.factories import make_course, make_date
from portal.dates.tests.pages import DATES, errors, shown, url
from portal.dates.tests.planning import plan_date

pytestmark = pytest.mark.usefixtures("noon")

NEW = f"{DATES}/new"
KEY = "b6f1a2c4-0000-4000-8000-000000000001"


@pytest.fixture
def course(adas_partner):
    return make_course(adas_partner, duration_minutes=180, location="Küche am Fluss", price_cents=8900)


@pytest.fixture
def typed(course):
    """A form filled in as one does."""
    return {
        "key": KEY,
        "course": str(course.pk),
        "starts_on": "2030-05-08",
        "starts_time": "18:00",
        "ends_time": "21:30",
        "duration_minutes": "",
        "capacity": "12",
        "price_cents": "89,00",
        "location": "Nebenan",
        "notes": "Messer schleifen\r\nWein kaufen",
        "min_participants": "4",
        "booking_deadline_hours": "24",
        "time_zone": "Europe/Berlin",
        "ends_was": "",
        "duration_was": "",
    }


def test_a_date_is_planned(ada, ada_client, typed, course):
    response = ada_client.post(NEW, typed)

    made = CourseDate.objects.get()
    assert (response.status_code, response["Location"]) == (302, url(made))
    assert plan_of(made) == DatePlan(
        starts_on=date(2030, 5, 8),
        starts_time=time(18),
        ends_time=time(21, 30),
        duration_minutes=210,
        capacity=12,
        min_participants=4,
        price_cents=8900,
        location="Nebenan",
        notes="Messer schleifen\r\nWein kaufen",
        booking_deadline_hours=24,
    )
    assert (made.course, made.made_by) == (course, "portal")
    assert [(event.kind, event.actor) for event in Event.objects.all()] == [("date.created", ada.actor)]
    assert "only in the portal" in ada_client.get(url(made)).text


def test_a_form_that_is_sent_twice_makes_one_date(ada_client, typed):
    first, second = ada_client.post(NEW, typed), ada_client.post(NEW, typed)

    assert first["Location"] == second["Location"]
    assert CourseDate.objects.count() == 1


def test_what_is_left_empty_is_as_the_course_says(ada_client, typed):
    empty = {"ends_time": "", "price_cents": "", "location": "", "capacity": "", "min_participants": ""}

    ada_client.post(NEW, {**typed, **empty})

    made = CourseDate.objects.get()
    assert (made.duration_minutes, made.price_cents, made.location) == (180, 8900, "Küche am Fluss")
    assert (made.capacity, made.min_participants) == (None, 0)


def test_the_form_begins_with_the_course(ada_client, course):
    fields = shown(ada_client.get(NEW, {"course": course.pk, "on": "2030-05-20"}))

    assert fields["course"] == str(course.pk)
    assert (fields["starts_on"], fields["duration_minutes"]) == ("2030-05-20", "180")
    assert (fields["price_cents"], fields["location"]) == ("89.00", "Küche am Fluss")
    assert UUID(fields["key"])


def test_a_form_for_one_more_begins_a_week_later(ada_client, adas_partner):
    made = plan_date(adas_partner)

    response = ada_client.get(NEW, {"like": made.pk})

    assert shown(response) == {
        **shown(response),
        "course": str(made.course_id),
        "starts_on": "2030-05-15",
        "starts_time": "18:00:00",
        "ends_time": "21:00:00",
        "duration_minutes": "180",
        "capacity": "12",
        "min_participants": "4",
        "price_cents": "89.00",
        "location": "Küche am Fluss",
        "notes": "Messer schleifen",
        "booking_deadline_hours": "24",
    }


def test_one_more_like_a_date_of_last_year_is_still_to_come(ada_client, adas_partner):
    old = make_date(adas_partner, starts_at=datetime(2029, 5, 9, 18, tzinfo=ZoneInfo("Europe/Berlin")))

    # A Wednesday again, and not today's, which is over before anybody comes.
    assert shown(ada_client.get(NEW, {"like": old.pk}))["starts_on"] == "2030-05-08"


def test_nobody_plans_one_more_like_a_date_of_somebody_else(ada_client, course, eves_partner):
    theirs = plan_date(eves_partner)

    assert shown(ada_client.get(NEW, {"like": theirs.pk}))["location"] == ""


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"course": ""}, {"course": ["Please choose the course."]}),
        ({"course": "999999"}, {"course": ["Please choose one of your courses."]}),
        ({"course": "9" * 30}, {"course": ["Please choose one of your courses."]}),
        ({"starts_on": ""}, {"starts_on": ["Please say on which day it takes place."]}),
        ({"starts_on": "2030-02-30"}, {"starts_on": ["Enter a valid date."]}),
        (
            {"starts_on": "2030-04-30"},
            {"starts_time": ["This time has already passed. Please choose a later one."]},
        ),
        (
            {"starts_on": "0001-01-01"},
            {"starts_time": ["This time has already passed. Please choose a later one."]},
        ),
        ({"starts_on": "9999-12-31"}, {"starts_on": ["Please choose a day within the next five years."]}),
        ({"starts_time": "25:00"}, {"starts_time": ["Enter a valid time."]}),
        (
            {"starts_on": "2031-03-30", "starts_time": "02:30"},
            {
                "starts_time": [
                    "This time does not exist on that day: the clocks go forward. Please choose another one."
                ]
            },
        ),
        (
            {"starts_on": "2031-03-29", "ends_time": "02:30"},
            {
                "ends_time": [
                    "It cannot end then: the clocks go forward and leave this time out. Please choose another one."
                ]
            },
        ),
        (
            {"ends_time": "18:00"},
            {"ends_time": ["It would end at the moment it begins. Please check the end."]},
        ),
        (
            {"duration_minutes": "90"},
            {"duration_minutes": ["End and duration do not fit together. Please say only one of them."]},
        ),
        (
            {"duration_minutes": "0"},
            {"duration_minutes": ["Ensure this value is greater than or equal to 1."]},
        ),
        ({"capacity": "9" * 30}, {"capacity": ["Ensure this value is less than or equal to 10000."]}),
        ({"capacity": "9" * 5000}, {"capacity": ["Enter a whole number."]}),
        ({"capacity": "-1"}, {"capacity": ["Ensure this value is greater than or equal to 0."]}),
        ({"capacity": "zwölf"}, {"capacity": ["Enter a whole number."]}),
        (
            {"min_participants": "13"},
            {"min_participants": ["The minimum is higher than the number of seats."]},
        ),
        ({"price_cents": "viel"}, {"price_cents": ["This has to be an amount, like 89.00."]}),
        ({"price_cents": "-5"}, {"price_cents": ["This has to be an amount, like 89.00."]}),
        ({"price_cents": "1" * 20}, {"price_cents": ["This has to be an amount, like 89.00."]}),
        (
            {"location": "x" * 301},
            {"location": ["Ensure this value has at most 300 characters (it has 301)."]},
        ),
        ({"location": "Küche\x07"}, {"location": ["This text has characters that cannot be kept."]}),
        ({"location": "Küche\0"}, {"location": ["This text has characters that cannot be kept."]}),
        ({"notes": "Messer\x1b"}, {"notes": ["This text has characters that cannot be kept."]}),
        (
            {"booking_deadline_hours": "7"},
            {"booking_deadline_hours": ["Select a valid choice. 7 is not one of the available choices."]},
        ),
        (
            {"time_zone": "Mond/Krater"},
            {"time_zone": ["Select a valid choice. Mond/Krater is not one of the available choices."]},
        ),
    ],
)
def test_what_cannot_be_meant_is_said_at_its_field_and_nothing_is_lost(ada_client, typed, changes, expected):
    response = ada_client.post(NEW, {**typed, **changes})

    assert response.status_code == 422
    found = errors(response)
    assert {name: texts[:1] for name, texts in found.items()} == expected
    for name, [text, *_more] in found.items():
        assert re.search(rf'<[a-z]+ [^>]*name="{name}"[^>]*aria-invalid="true"', response.text), name
        assert text.replace("'", "&#x27;") in response.text
    assert {name: response.context["form"].data[name] for name in typed} == {**typed, **changes}
    assert CourseDate.objects.count() == 0


def test_the_key_is_kept_when_something_is_wrong(ada_client, typed):
    response = ada_client.post(NEW, {**typed, "capacity": "viele"})

    assert shown(response)["key"] == KEY


def test_a_broken_key_makes_no_date(ada_client, typed):
    assert ada_client.post(NEW, {**typed, "key": "x"}).status_code == 422
    assert CourseDate.objects.count() == 0


def test_two_dates_at_the_same_time_are_both_made_and_the_page_says_so(ada_client, typed, course):
    ada_client.post(NEW, typed)
    second = ada_client.post(NEW, {**typed, "key": KEY.replace("b6", "c7")})

    assert CourseDate.objects.count() == 2
    assert "At the same time there is another date of this course" in ada_client.get(second["Location"]).text


def test_a_partner_without_courses_is_told_why_nothing_can_be_planned(ada_client):
    assert "There is no course to plan yet" in ada_client.get(NEW).text


def test_a_viewer_plans_nothing(vera_client, typed):
    assert (vera_client.get(NEW).status_code, vera_client.post(NEW, typed).status_code) == (403, 403)
    assert CourseDate.objects.count() == 0


def test_nobody_plans_a_date_of_somebody_elses_course(eve_client, typed):
    assert list(errors(eve_client.post(NEW, typed))) == ["course"]
    assert CourseDate.objects.count() == 0


def test_the_past_begins_at_the_very_minute(ada_client, typed, time_machine):
    time_machine.move_to(NOON + timedelta(minutes=1), tick=False)
    late = {**typed, "starts_on": "2030-05-01", "starts_time": "12:01", "ends_time": "13:00"}

    assert list(errors(ada_client.post(NEW, late))) == ["starts_time"]
    assert ada_client.post(NEW, {**late, "starts_time": "12:02"}).status_code == 302
