"""`/api/partner/rebookings`: what became of the links that a partner's customers got."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.bookings.operations import erase_orders
from portal.bookings.tests.calling import assert_error, program_of
from portal.conftest import NOON, client_of
from portal.rebooking import operations
from portal.rebooking.api_schemas import RebookingListAnswer
from portal.rebooking.tests.factories import make_free_date, make_rebooking

REBOOKINGS = "/api/partner/rebookings"
HOUR = timedelta(hours=1)

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def program(ada) -> Client:
    return program_of(ada)


def listed(response) -> list[dict[str, object]]:
    assert response.status_code == 200, response.text
    RebookingListAnswer.model_validate(response.json())
    return response.json()["data"]["rebookings"]


def ids(response) -> list[object]:
    return [each["id"] for each in listed(response)]


def use(rebooking, *, days: int = 14):
    date = make_free_date(rebooking.original_booking.course, days)
    return operations.rebook(rebooking, date.pk, at=NOON + HOUR).rebooking


# --- One rebooking


def test_a_rebooking_that_was_used(program, adas_partner):
    rebooking = use(make_rebooking(adas_partner, magento_order_increment_id="100000042"))

    (row,) = listed(program.get(REBOOKINGS))

    assert row == {
        "id": rebooking.pk,
        "originalOrderNumber": "100000042",
        "originalDate": "2030-05-08",
        "newOrderNumber": "100000042",
        "newDate": "2030-05-15",
        "customerName": "Jürgen Müller",
        "status": "used",
        "rebooked_at": "2030-05-01T11:00:00+00:00",
    }


def test_until_the_customer_has_chosen_nothing_is_new(program, adas_partner):
    rebooking = make_rebooking(adas_partner, starts_at=None, course_date=None)

    (row,) = listed(program.get(REBOOKINGS))

    assert row == {
        "id": rebooking.pk,
        "originalOrderNumber": rebooking.original_booking.order_number,
        "originalDate": "",
        "newOrderNumber": None,
        "newDate": None,
        "customerName": "Jürgen Müller",
        "status": "active",
        "rebooked_at": None,
    }


def test_long_after_the_date_only_initials_are_left(program, adas_partner, noon, settings, ada):
    settings.CUSTOMER_FADE_DAYS = 30
    make_rebooking(adas_partner)
    date = NOON + timedelta(days=7)

    names = []
    for days in (29, 30):
        noon.move_to(date + timedelta(days=days), tick=False)
        names += [each["customerName"] for each in listed(client_of(ada).get(REBOOKINGS))]

    assert names == ["Jürgen Müller", "J. M."]


def test_of_an_erased_customer_no_name_is_left(program, adas_partner, mona):
    rebooking = make_rebooking(adas_partner)
    erase_orders([rebooking.original_order_id], actor=mona.actor, at=NOON)

    (row,) = listed(program.get(REBOOKINGS))

    assert row["customerName"] == "(erased)"


# --- The list


def test_the_newest_comes_first_and_another_partners_never(program, adas_partner, eves_partner):
    make_rebooking(eves_partner)
    made = [make_rebooking(adas_partner, at=NOON - hours * HOUR).pk for hours in (2, 0, 1)]

    response = program.get(REBOOKINGS)

    assert ids(response) == [made[1], made[2], made[0]]
    assert response.json()["data"]["pagination"] == {"page": 1, "limit": 20, "total": 3, "totalPages": 1}


def test_an_empty_list_is_no_error(program):
    assert program.get(REBOOKINGS).json() == {
        "data": {"rebookings": [], "pagination": {"page": 1, "limit": 20, "total": 0, "totalPages": 0}},
        "success": True,
    }


def test_filter_by_status(program, adas_partner, mona):
    made = {status: make_rebooking(adas_partner) for status in ("active", "used", "expired", "cancelled")}
    use(made["used"])
    operations.expire_link(made["expired"], at=made["expired"].token_expires_at)
    operations.revoke_link(made["cancelled"], user=mona, at=NOON)

    for status, rebooking in made.items():
        (row,) = listed(program.get(REBOOKINGS, {"status": status}))
        assert (row["id"], row["status"]) == (rebooking.pk, status)
    assert len(ids(program.get(REBOOKINGS, {"status": "all"}))) == 4
    assert len(ids(program.get(REBOOKINGS, {"status": ""}))) == 4


def test_paging(program, adas_partner):
    made = [make_rebooking(adas_partner, at=NOON - hours * HOUR).pk for hours in range(5)]

    last = program.get(REBOOKINGS, {"page": 3, "limit": 2})

    assert (ids(last), ids(program.get(REBOOKINGS, {"page": 4, "limit": 2}))) == ([made[4]], [])
    assert last.json()["data"]["pagination"] == {"page": 3, "limit": 2, "total": 5, "totalPages": 3}


def test_all_wrong_parameters_are_named_at_once(program):
    wrong = {"status": "maybe", "limit": 101, "page": "x"}

    assert_error(program.get(REBOOKINGS, wrong), 422, "invalid", *wrong)


def test_a_page_costs_the_same_number_of_queries_however_long(
    program, adas_partner, django_assert_num_queries
):
    use(make_rebooking(adas_partner))
    with CaptureQueriesContext(connection) as of_one:
        program.get(REBOOKINGS)
    for _ in range(5):
        use(make_rebooking(adas_partner))

    with django_assert_num_queries(len(of_one)):
        assert len(ids(program.get(REBOOKINGS))) == 6


# --- Who may ask


def test_a_viewer_looks_and_a_browser_may_ask_too(adas_partner, vera, ada):
    rebooking = make_rebooking(adas_partner)

    for client in (program_of(vera), client_of(vera), client_of(ada)):
        assert ids(client.get(REBOOKINGS)) == [rebooking.pk]


def test_nobody_else_may_ask(db, mona):
    assert_error(Client().get(REBOOKINGS), 401, "unauthorized")
    assert_error(program_of(mona).get(REBOOKINGS), 403, "forbidden")
