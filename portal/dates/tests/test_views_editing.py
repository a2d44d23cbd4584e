"""Changing a date, cancelling and restoring it."""

from dataclasses import replace
from datetime import date, time

import pytest

from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON
from portal.core.models import Event
from portal.dates import operations
from portal.dates.models import CourseDate
from portal.dates.plans import plan_of
from portal.dates.tests.factories import make_date
from portal.dates.tests.pages import HTMX, errors, is_fragment, shown, url
from portal.dates.tests.planning import PLAN, plan_date

pytestmark = pytest.mark.usefixtures("noon")


def values_of(client, course_date, **changes) -> dict[str, str]:
    """What a browser sends back of the form, with some changes; fields that are off are not sent."""
    form = client.get(url(course_date, "edit")).context["form"]
    names = [name for name, field in form.fields.items() if not field.disabled]
    kept = {name: form[name].value() for name in names}
    words = {name: _as_sent(value) for name, value in kept.items()}
    shown_with = {form[name].html_initial_name: words[name] for name in names if not name.endswith("_was")}
    return {**words, **shown_with, **changes}


def _as_sent(value) -> str:
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return "" if value is None else str(value)


def fresh(course_date):
    return CourseDate.objects.get(pk=course_date.pk)


def test_a_date_is_changed(ada_client, adas_partner):
    made = plan_date(adas_partner)

    response = ada_client.post(
        url(made, "edit"), values_of(ada_client, made, starts_on="2030-05-09", price_cents="95")
    )

    assert (response.status_code, response["Location"]) == (302, url(made))
    changed = fresh(made)
    assert (changed.starts_on, changed.price_cents, changed.sequence) == (date(2030, 5, 9), 9500, 1)


def test_the_form_sent_back_untouched_changes_nothing(ada_client, adas_partner):
    for made in (
        plan_date(adas_partner),
        make_date(adas_partner),
        make_date(adas_partner, duration_minutes=90),
    ):
        before = plan_of(made)

        ada_client.post(url(made, "edit"), values_of(ada_client, made))

        assert (plan_of(fresh(made)), fresh(made).sequence) == (before, 0)


def test_what_others_change_while_somebody_types_stays(ada_client, adas_partner):
    made = plan_date(adas_partner)
    begun = values_of(ada_client, made, notes="Schürzen mitbringen", duration_minutes="240")
    ada_client.post(url(made, "edit"), values_of(ada_client, made, starts_time="19:00", capacity="20"))

    response = ada_client.post(url(made, "edit"), begun)

    assert response.status_code == 302
    expected = {"starts_time": time(19), "ends_time": time(23), "duration_minutes": 240, "capacity": 20}
    assert plan_of(fresh(made)) == replace(plan_of(made), notes="Schürzen mitbringen", **expected)


def test_the_form_says_what_it_was_shown_with_however_often_something_is_wrong(ada_client, adas_partner):
    made = plan_date(adas_partner)
    wrong = values_of(ada_client, made, capacity="-1", notes="Schürzen mitbringen")
    ada_client.post(url(made, "edit"), values_of(ada_client, made, location="Nebenan"))

    page = ada_client.post(url(made, "edit"), wrong).text

    assert '<input type="hidden" name="initial-capacity" value="12" ' in page
    assert '<input type="hidden" name="initial-location" value="Küche am Fluss" ' in page


@pytest.mark.parametrize(
    ("changes", "ends", "minutes"),
    [
        ({"starts_time": "10:00"}, time(13), 180),
        ({"ends_time": "22:30"}, time(22, 30), 270),
        ({"duration_minutes": "240"}, time(22), 240),
        ({"ends_time": "22:00", "duration_minutes": "240"}, time(22), 240),
        ({"ends_time": "", "duration_minutes": "60"}, time(19), 60),
        ({"ends_time": "20:00", "duration_minutes": ""}, time(20), 120),
    ],
)
def test_of_end_and_duration_that_counts_which_was_changed(ada_client, adas_partner, changes, ends, minutes):
    made = plan_date(adas_partner)

    ada_client.post(url(made, "edit"), values_of(ada_client, made, **changes))

    assert (fresh(made).ends_time, fresh(made).duration_minutes) == (ends, minutes)


def test_end_and_duration_that_contradict_each_other_are_refused(ada_client, adas_partner):
    made = plan_date(adas_partner)

    response = ada_client.post(
        url(made, "edit"), values_of(ada_client, made, ends_time="22:00", duration_minutes="60")
    )

    assert list(errors(response)) == ["duration_minutes"]


def test_when_a_booked_date_takes_place_is_off(ada_client, adas_partner):
    made = plan_date(adas_partner)
    make_booking(adas_partner, course_date=made, course=made.course)

    page = ada_client.get(url(made, "edit"))
    form = page.context["form"]
    assert [name for name in form.fields if form.fields[name].disabled] == [
        *("starts_on", "starts_time", "ends_time", "duration_minutes", "time_zone")
    ]
    assert "Somebody has booked this date" in page.text

    response = ada_client.post(url(made, "edit"), values_of(ada_client, made, location="Nebenan"))
    assert response.status_code == 302
    assert plan_of(fresh(made)) == replace(plan_of(made), location="Nebenan")


def test_a_booking_that_comes_while_one_types_is_not_moved(ada_client, adas_partner):
    made = plan_date(adas_partner)
    values = values_of(ada_client, made, starts_time="19:00", location="Nebenan")
    make_booking(adas_partner, course_date=made, course=made.course)

    response = ada_client.post(url(made, "edit"), values)

    assert response.status_code == 422
    assert list(errors(response)) == ["starts_on"]
    assert shown(response)["starts_time"] == "19:00"
    assert plan_of(fresh(made)) == plan_of(made)


def test_fewer_seats_than_are_taken_are_refused_at_the_field(ada_client, adas_partner):
    made = plan_date(adas_partner)
    operations.sell_elsewhere(made, quantity=9, key="a", actor="user:1", at=NOON)

    response = ada_client.post(
        url(made, "edit"), values_of(ada_client, made, capacity="8", location="Nebenan")
    )

    assert errors(response) == {"capacity": ["9 seats are taken already: there must be at least as many."]}
    assert fresh(made).location == PLAN.location


def test_a_cancelled_date_is_restored_before_it_is_changed(ada_client, adas_partner):
    made = plan_date(adas_partner)
    values = values_of(ada_client, made, location="Nebenan")
    operations.cancel_date(made, actor="user:1", at=NOON)

    assert "Take that back first" in ada_client.get(url(made, "edit")).text
    assert ada_client.post(url(made, "edit"), values).status_code == 422
    assert fresh(made).location == PLAN.location


def test_cancelling_offers_to_undo_it(ada_client, adas_partner):
    made = plan_date(adas_partner)

    response = ada_client.post(url(made, "cancel"), headers=HTMX)

    assert is_fragment(response)
    assert "This date is cancelled" in response.text
    assert url(made, "restore") in response.text
    assert fresh(made).cancelled_at == NOON
    assert ada_client.post(url(made, "restore"))["Location"] == url(made)
    assert fresh(made).cancelled_at is None


def test_a_booked_date_says_what_is_possible_instead(ada_client, adas_partner):
    made = plan_date(adas_partner)
    make_booking(adas_partner, course_date=made, course=made.course)

    page = ada_client.get(url(made)).text
    refused = ada_client.post(url(made, "cancel"), headers=HTMX)

    assert url(made, "cancel") not in page
    assert "it is not simply cancelled" in page
    assert "Somebody has booked this date, so it cannot just be cancelled." in refused.text
    assert fresh(made).cancelled_at is None


def test_what_has_begun_is_not_cancelled(ada_client, adas_partner, time_machine):
    made = plan_date(adas_partner)
    time_machine.move_to(made.starts_at, tick=False)

    ada_client.post(url(made, "cancel"))

    assert fresh(made).cancelled_at is None
    assert url(made, "cancel") not in ada_client.get(url(made)).text


@pytest.mark.parametrize("action", ["edit", "cancel", "restore"])
def test_a_viewer_changes_nothing(vera_client, adas_partner, action):
    made = plan_date(adas_partner)

    assert vera_client.post(url(made, action)).status_code == 403
    assert vera_client.get(url(made, action)).status_code in (403, 405)
    assert url(made, action) not in vera_client.get(url(made)).text
    assert len(Event.objects.all()) == 1


@pytest.mark.parametrize("action", ["", "edit", "cancel", "restore"])
def test_another_partner_finds_no_date(eve_client, adas_partner, action):
    made = plan_date(adas_partner)
    ask = eve_client.get if action in ("", "edit") else eve_client.post

    assert ask(url(made, action)).status_code == 404
