"""`/api/partner/dates`: what it says of dates, and every parameter."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.bookings.tests.calling import assert_error, post, program_of
from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON, client_of
from portal.core import tenancy
from portal.dates import operations
from portal.dates.tests.calling import DATES, date_ids, date_in, patch
from portal.dates.tests.factories import make_course, make_date
from portal.dates.tests.seats import block, hold, sell

LARGEST = 2**63 - 1

pytestmark = pytest.mark.usefixtures("noon")


# --- One date


def test_a_date_of_the_shop(program, adas_partner):
    course = make_course(adas_partner)
    date = make_date(
        adas_partner,
        course=course,
        capacity=12,
        price_cents=8950,
        shop_state="on_sale",
        shop_salable=7,
        notes="Hintereingang",
    )
    make_booking(adas_partner, course=course, course_date=date, participants=3)
    sell(date, 2)
    block(date, 1)
    hold(date, 1)

    answer = date_in(program.get(f"{DATES}/{date.pk}"))

    assert isinstance(answer.pop("updatedAt"), str)
    assert answer == {
        "id": date.pk,
        "magentoProductId": date.magento_product_id,
        "course": {"id": course.magento_product_id, "name": "Sushi-Kurs", "sku": course.sku},
        "status": "planned",
        "eventDate": "2030-05-08",
        "eventTime": "12:00",
        "eventEndTime": "",
        "durationMinutes": None,
        "timeZone": "Europe/Berlin",
        "location": "",
        "price": 89.5,
        "currency": "EUR",
        "minParticipants": 0,
        "bookingDeadlineHours": 0,
        "notes": "Hintereingang",
        "madeBy": "shop",
        "shopState": "on_sale",
        "seats": {
            "capacity": 12,
            "booked": 3,
            "held": 1,
            "soldElsewhere": 2,
            "blocked": 1,
            "free": 5,
            "inShop": 7,
        },
    }


def test_what_nobody_knows_is_empty_or_null(program, adas_partner):
    date = make_date(adas_partner, starts_at=None)

    answer = date_in(program.get(f"{DATES}/{date.pk}"))

    assert (answer["eventDate"], answer["eventTime"], answer["price"]) == ("", "", None)
    assert (answer["seats"]["capacity"], answer["seats"]["free"]) == (None, None)
    assert answer["shopState"] == "not_read"


@pytest.mark.parametrize("pk", [1, LARGEST, 10**25])
def test_no_such_date(program, eves_partner, pk):
    eves = make_date(eves_partner)

    for path in (f"{DATES}/{eves.pk}", f"{DATES}/{pk}"):
        assert_error(program.get(path), 404, "not_found")
        assert_error(patch(program, path, {"notes": "x"}), 404, "not_found")
        assert_error(post(program, f"{path}/cancel"), 404, "not_found")
    with tenancy.system("tests"):
        eves.refresh_from_db()
    assert (eves.notes, eves.cancelled_at) == ("", None)


# --- The list


def test_the_list_is_in_the_order_they_take_place(program, adas_partner, eves_partner):
    make_date(eves_partner)
    unknown = make_date(adas_partner, starts_at=None)
    made = [make_date(adas_partner, starts_at=NOON + timedelta(days=day)).pk for day in (9, -3, 1)]

    response = program.get(DATES)

    assert date_ids(response) == [made[1], made[2], made[0], unknown.pk]
    assert response.json()["data"]["pagination"] == {"page": 1, "limit": 20, "total": 4, "totalPages": 1}


def test_an_empty_list_is_no_error(program):
    assert program.get(DATES).json() == {
        "data": {"dates": [], "pagination": {"page": 1, "limit": 20, "total": 0, "totalPages": 0}},
        "success": True,
    }


def test_filter_by_day_is_inclusive(program, adas_partner):
    made = {day: make_date(adas_partner, starts_at=NOON.replace(day=day)).pk for day in (3, 5, 8)}

    assert date_ids(program.get(DATES, {"from": "2030-05-05"})) == [made[5], made[8]]
    assert date_ids(program.get(DATES, {"to": "2030-05-05"})) == [made[3], made[5]]
    assert date_ids(program.get(DATES, {"from": "2030-05-05", "to": "2030-05-05"})) == [made[5]]


def test_filter_by_course_and_status(program, adas_partner, ada):
    planned, cancelled = make_date(adas_partner), make_date(adas_partner)
    operations.cancel_date(cancelled, actor=ada.actor, at=NOON)

    assert date_ids(program.get(DATES, {"courseId": planned.course.magento_product_id})) == [planned.pk]
    assert date_ids(program.get(DATES, {"courseId": 1})) == []
    assert date_ids(program.get(DATES, {"status": "planned"})) == [planned.pk]
    assert date_ids(program.get(DATES, {"status": "cancelled"})) == [cancelled.pk]
    assert sorted(date_ids(program.get(DATES, {"status": "all"}))) == sorted([planned.pk, cancelled.pk])


def test_paging(program, adas_partner):
    made = [make_date(adas_partner, starts_at=NOON + timedelta(days=day)).pk for day in range(1, 6)]

    last = program.get(DATES, {"page": 3, "limit": 2})

    assert (date_ids(last), date_ids(program.get(DATES, {"page": 4, "limit": 2}))) == ([made[4]], [])
    assert last.json()["data"]["pagination"] == {"page": 3, "limit": 2, "total": 5, "totalPages": 3}


def test_all_wrong_parameters_are_named_at_once(program):
    wrong = {"status": "maybe", "from": "soon", "courseId": 0, "limit": 101, "page": "x"}
    backwards = {"from": "2030-05-02", "to": "2030-05-01"}

    assert_error(program.get(DATES, wrong), 422, "invalid", *wrong)
    assert_error(program.get(DATES, backwards), 422, "invalid", "to")


def test_a_page_costs_the_same_number_of_queries_however_long(
    program, adas_partner, django_assert_num_queries
):
    make_date(adas_partner, capacity=5)
    with CaptureQueriesContext(connection) as of_one:
        program.get(DATES)
    for _ in range(5):
        make_booking(adas_partner)

    with django_assert_num_queries(len(of_one)):
        assert len(date_ids(program.get(DATES))) == 6


# --- Who may ask


def test_a_viewer_looks_and_a_browser_may_ask_too(vera, ada, adas_partner):
    date = make_date(adas_partner)

    for client in (program_of(vera), client_of(vera), client_of(ada)):
        assert date_ids(client.get(DATES)) == [date.pk]
        assert date_in(client.get(f"{DATES}/{date.pk}"))["id"] == date.pk


def test_nobody_else_may_ask(db, mona):
    assert_error(Client().get(DATES), 401, "unauthorized")
    assert_error(program_of(mona).get(DATES), 403, "forbidden")
