"""What the form that declines does not propose, and how somebody comes to it to propose another date."""

import re

import pytest

from portal.bookings.tests.looking import fresh, kinds
from portal.bookings.tests.pages import HTMX, confirm, is_fragment, url
from portal.conftest import NOON
from portal.dates import operations as dates
from portal.dates.models import CourseDate
from portal.dates.tests.factories import make_date
from portal.rebooking import proposals
from portal.rebooking.models import ProposedDate
from portal.rebooking.tests.declining import KEY, NEW, REASON, errors, evening, other_date, proposed

pytestmark = pytest.mark.usefixtures("noon")

# --- What cannot be proposed


def refused(client, booking, form: dict[str, object], headers=None) -> dict[str, list[str]]:
    """What the form says; nothing has changed."""
    response = client.post(url(booking, "decline"), {**REASON, **form}, headers=headers or {})

    assert response.status_code == 422
    assert 'action="' + url(booking, "decline") in response.text
    assert is_fragment(response) is False
    # Nobody has to look for what is wrong.
    assert re.search(r'<details class="form-more proposals" open', response.text)
    assert fresh(booking).status == "pending"
    assert not ProposedDate.objects.exists()
    assert not CourseDate.objects.filter(made_by="portal").exists()
    return errors(response)


NOT_LISTED = "This date cannot be proposed (any more). Please choose one from the list."


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_same_date_twice_is_said_where_it_stands_the_second_time(ada_client, booking, headers):
    chosen = other_date(booking, 12)
    form = {"proposal-first": chosen.pk, "proposal-second": chosen.pk}

    assert refused(ada_client, booking, form, headers) == {"second": ["This date is chosen already."]}


@pytest.mark.parametrize(
    "values",
    [
        {"cancelled_at": NOON},
        {"day": 1},
        {"course": None},
    ],
    ids=["cancelled", "past", "of another course"],
)
def test_a_date_that_is_not_listed_is_refused(ada_client, booking, values):
    day = values.pop("day", 12)
    not_listed = other_date(booking, day, **values)

    assert refused(ada_client, booking, {"proposal-first": not_listed.pk}) == {"first": [NOT_LISTED]}


def test_the_declined_date_itself_is_refused(ada_client, booking):
    assert refused(ada_client, booking, {"proposal-first": booking.course_date_id}) == {"first": [NOT_LISTED]}


def test_another_partners_date_is_refused_as_one_that_is_not_there(ada_client, eves_partner, booking):
    eves = make_date(eves_partner, starts_at=evening(12), capacity=10)

    assert refused(ada_client, booking, {"proposal-first": eves.pk}) == {"first": [NOT_LISTED]}
    assert refused(ada_client, booking, {"proposal-first": "999999999"}) == {"first": [NOT_LISTED]}
    assert refused(ada_client, booking, {"proposal-first": "²\0x"}) == {"first": [NOT_LISTED]}


def test_a_date_that_is_off_is_refused_with_the_reason(ada_client, booking):
    full = other_date(booking, 12, capacity=1)

    assert refused(ada_client, booking, {"proposal-first": full.pk}) == {
        "first": ["This date has too few free seats for this booking."]
    }


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"starts_on": ""}, "starts_on", "Please say on which day it takes place."),
        (
            {"starts_on": "2030-04-30"},
            "starts_time",
            "This time has already passed. Please choose a later one.",
        ),
        (
            {"starts_on": "2030-05-02", "starts_time": "11:00", "ends_time": "12:00"},
            "starts_on",
            "This date begins too soon for somebody to move to it.",
        ),
        ({"starts_time": ""}, "starts_time", "Please say when it begins."),
        ({"ends_time": ""}, "ends_time", "Please say when it ends, or how long it takes."),
        ({"capacity": "1"}, "capacity", "This date has too few free seats for this booking."),
        ({"capacity": "0"}, "capacity", "Ensure this value is greater than or equal to 1."),
        ({"starts_on": "someday"}, "starts_on", "Enter a valid date."),
    ],
)
def test_a_new_date_that_cannot_be_meant_is_said_at_its_field(ada_client, booking, values, field, message):
    typed = {f"proposal-{name}": value for name, value in values.items()}

    assert refused(ada_client, booking, {**NEW, **typed}) == {field: [message]}


def test_what_was_proposed_stays_in_a_form_without_a_reason(ada_client, booking):
    chosen = other_date(booking, 12)

    response = ada_client.post(url(booking, "decline"), {"proposal-first": chosen.pk, **NEW})

    assert response.status_code == 422
    assert f'<option value="{chosen.pk}" selected>' in response.text
    assert 'value="2030-05-20"' in response.text
    assert f'value="{KEY}"' in response.text
    assert '<details class="form-more proposals" open' in response.text


def test_a_date_cancelled_while_the_form_is_sent_takes_the_decline_back(ada_client, booking, monkeypatch):
    """Between reading the form and locking its dates, somebody cancels one of them."""
    chosen = other_date(booking, 12)
    locked = proposals.lock_dates

    def cancelled_first(*args):
        dates.cancel_date(chosen, actor="test", at=NOON)
        return locked(*args)

    monkeypatch.setattr(proposals, "lock_dates", cancelled_first)
    response = ada_client.post(url(booking, "decline"), {**REASON, **NEW, "proposal-first": chosen.pk})

    assert response.status_code == 422
    assert errors(response) == {"__all__": ["Sun 12 May: This date is cancelled."]}
    assert "Sun 12 May: This date is cancelled." in response.text
    assert (fresh(booking).status, kinds(booking)) == ("pending", [])
    assert not CourseDate.objects.filter(made_by="portal").exists()


# --- "Change"


def test_who_comes_to_propose_another_date_finds_that_first(ada_client, booking):
    other_date(booking, 12)

    plain = ada_client.get(url(booking, "decline")).text
    change = ada_client.get(url(booking, "decline") + "?change=1").text

    assert '<h1 id="dialog-title">Decline booking</h1>' in plain
    assert plain.index('name="reason"') < plain.index('name="proposal-first"')
    assert '<h1 id="dialog-title">Propose another date</h1>' in change
    assert change.index('name="proposal-first"') < change.index('name="reason"')


def test_who_comes_to_propose_another_date_has_to_name_one(ada_client, booking):
    chosen = other_date(booking, 12)

    response = ada_client.post(url(booking, "decline"), {**REASON, "proposal-change": "True"})

    assert response.status_code == 422
    assert errors(response) == {"first": ["Please choose at least one date, or enter a new one."]}
    assert '<h1 id="dialog-title">Propose another date</h1>' in response.text
    assert fresh(booking).status == "pending"

    ada_client.post(
        url(booking, "decline"), {**REASON, "proposal-change": "True", "proposal-first": chosen.pk}
    )

    assert proposed(booking) == [(1, chosen.pk)]


def test_only_who_may_decide_is_offered_to_propose_another_date(ada_client, vera_client, booking):
    address = f'href="{url(booking, "decline")}?change=1"'

    assert address in ada_client.get(url(booking)).text
    assert address not in vera_client.get(url(booking)).text


def test_nobody_is_offered_to_propose_another_date_for_what_is_decided(ada, ada_client, booking):
    confirm(booking, ada)

    assert "change=1" not in ada_client.get(url(booking)).text
