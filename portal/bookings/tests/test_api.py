"""`/api/partner/bookings`: the spec's shapes, every parameter, and the document."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.bookings import operations, queries
from portal.bookings.api_schemas import ConfirmedOut, DeclinedOut, ListOut, OneOut
from portal.bookings.models import Customer
from portal.bookings.operations import By
from portal.bookings.tests.calling import BASE, assert_error, ids, post
from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON
from portal.dates.models import CourseDate

BOOKING_KEYS = {
    "id", "magentoOrderId", "magentoOrderItemId", "orderNumber", "customer", "course", "eventDate", "eventTime",
    "participants", "price", "currency", "status", "confirmationStatus", "orderDate", "paymentStatus",
}  # fmt: skip


pytestmark = pytest.mark.usefixtures("noon")


# --- The Booking object


def test_one_booking_has_exactly_the_fields_of_the_spec(program, booking):
    response = program.get(f"{BASE}/{booking.pk}")

    assert response.json() == {
        "data": {
            "booking": {
                "id": booking.pk,
                "magentoOrderId": booking.magento_order_id,
                "magentoOrderItemId": booking.magento_order_item_id,
                "orderNumber": booking.magento_order_increment_id,
                "customer": {
                    "firstName": "Jürgen",
                    "lastName": "Müller",
                    "email": "juergen@example.com",
                    "phone": "0171 39200 01",
                },
                "course": {
                    "id": booking.course.magento_product_id,
                    "name": "Sushi-Kurs für Anfänger",
                    "sku": booking.course.sku,
                },
                "eventDate": "2030-05-08",
                "eventTime": "12:00",
                "participants": 2,
                "price": 178.0,
                "currency": "EUR",
                "status": "pending",
                "confirmationStatus": {},
                "orderDate": "2030-05-01T10:00:00+00:00",
                "paymentStatus": "paid",
            }
        },
        "success": True,
    }


def test_a_booking_without_date_time_and_phone_has_empty_texts(program, adas_partner):
    booking = make_booking(adas_partner, starts_at=None)
    Customer.objects.filter(pk=booking.customer_id).update(phone="")

    answer = program.get(f"{BASE}/{booking.pk}").json()["data"]["booking"]

    assert (answer["eventDate"], answer["eventTime"], answer["customer"]["phone"]) == ("", "", "")


@pytest.mark.parametrize(("cents", "price"), [(0, 0), (1, 0.01), (8999, 89.99), (123456789, 1234567.89)])
def test_the_price_is_the_rows_amount_to_the_cent(program, adas_partner, cents, price):
    booking = make_booking(adas_partner, shop_price_cents=cents)

    assert program.get(f"{BASE}/{booking.pk}").json()["data"]["booking"]["price"] == price


# --- The list


def test_the_list_has_the_envelope_of_the_spec(program, booking):
    body = program.get(BASE).json()

    assert set(body["data"]["bookings"][0]) == BOOKING_KEYS
    del body["data"]["bookings"]
    assert body == {
        "data": {
            "pagination": {"page": 1, "limit": 20, "total": 1, "totalPages": 1},
            "summary": {"pending": 1, "confirmed": 0, "declined": 0},
        },
        "success": True,
    }


def test_an_empty_list_is_no_error(program):
    assert program.get(BASE).json() == {
        "data": {
            "bookings": [],
            "pagination": {"page": 1, "limit": 20, "total": 0, "totalPages": 0},
            "summary": {"pending": 0, "confirmed": 0, "declined": 0},
        },
        "success": True,
    }


def test_paging(program, adas_partner):
    made = [make_booking(adas_partner, starts_at=NOON + timedelta(days=day)).pk for day in range(1, 26)][::-1]

    first = program.get(BASE)
    last = program.get(BASE, {"page": 3, "limit": 10})
    beyond = program.get(BASE, {"page": 4, "limit": 10})

    assert (ids(first), ids(last), ids(beyond)) == (made[:20], made[20:], [])
    assert last.json()["data"]["pagination"] == {"page": 3, "limit": 10, "total": 25, "totalPages": 3}
    assert len(ids(program.get(BASE, {"limit": 100}))) == 25


@pytest.fixture
def one_of_each(ada, adas_partner):
    made = {
        status: make_booking(adas_partner) for status in ("pending", "confirmed", "declined", "cancelled")
    }
    by = By("portal", ada)
    operations.confirm_booking(made["confirmed"], by=by, at=NOON)
    operations.decline_booking(
        made["declined"], reason=queries.reason_by_code("other"), notes="x", by=by, at=NOON
    )
    operations.cancel_booking(made["cancelled"], at=NOON)
    return {status: booking.pk for status, booking in made.items()}


@pytest.mark.parametrize("status", ["pending", "confirmed", "declined", "cancelled", "expired"])
def test_filter_by_status_leaves_the_summary_alone(program, one_of_each, status):
    response = program.get(BASE, {"status": status})

    assert ids(response) == ([one_of_each[status]] if status in one_of_each else [])
    assert response.json()["data"]["summary"] == {"pending": 1, "confirmed": 1, "declined": 1}


def test_all_is_every_status(program, one_of_each):
    assert sorted(ids(program.get(BASE, {"status": "all"}))) == sorted(one_of_each.values())


def test_the_list_of_pending_ignores_the_status(program, one_of_each):
    response = program.get(f"{BASE}/pending", {"status": "confirmed"})

    assert ids(response) == [one_of_each["pending"]]
    assert response.json()["data"]["summary"] == {"pending": 1, "confirmed": 1, "declined": 1}


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ({"from": "2030-05-05"}, [5, 8]),
        ({"to": "2030-05-05"}, [3, 5]),
        ({"from": "2030-05-05", "to": "2030-05-05"}, [5]),
        ({"from": "2030-05-09"}, []),
    ],
)
def test_filter_by_event_date_is_inclusive_and_moves_the_summary(program, adas_partner, days, found):
    made = {day: make_booking(adas_partner, starts_at=NOON.replace(day=day)).pk for day in (3, 5, 8)}

    response = program.get(BASE, days)

    assert sorted(ids(response)) == sorted(made[day] for day in found)
    assert response.json()["data"]["summary"]["pending"] == len(found)


def test_filter_by_payment(program, adas_partner, booking):
    unpaid = make_booking(adas_partner, shop_payment_status="open")

    assert ids(program.get(BASE, {"payment": "open"})) == [unpaid.pk]
    assert ids(program.get(BASE, {"payment": "refunded"})) == []


def test_all_wrong_parameters_are_named_at_once(program):
    answer = program.get(BASE, {"status": "maybe", "from": "soon", "limit": 0, "updatedSince": "now"})

    assert_error(answer, 422, "invalid", "status", "from", "limit", "updatedSince")


def test_a_page_costs_the_same_number_of_queries_however_long(
    program, adas_partner, django_assert_num_queries
):
    make_booking(adas_partner)
    with CaptureQueriesContext(connection) as of_one:
        program.get(BASE)
    for _ in range(5):
        make_booking(adas_partner)

    with django_assert_num_queries(len(of_one)):
        assert len(ids(program.get(BASE))) == 6


def test_a_faded_customer_is_shown_as_on_the_page(program, adas_partner):
    booking = make_booking(adas_partner, starts_at=NOON - timedelta(days=31))

    answer = program.get(f"{BASE}/{booking.pk}").json()["data"]["booking"]

    assert answer["customer"] == {"firstName": "J.", "lastName": "M.", "email": "", "phone": ""}
    assert program.get(BASE).json()["data"]["bookings"] == [answer]


def test_the_time_is_that_of_the_place(program, booking):
    CourseDate.objects.filter(pk=booking.course_date_id).update(time_zone="America/New_York")

    assert program.get(f"{BASE}/{booking.pk}").json()["data"]["booking"]["eventTime"] == "06:00"


def test_filter_by_course_takes_the_shops_id(program, adas_partner, booking):
    make_booking(adas_partner)

    assert ids(program.get(BASE, {"course_id": booking.course.magento_product_id})) == [booking.pk]
    assert ids(program.get(BASE, {"course_id": 1})) == []


@pytest.mark.parametrize(
    "of", [lambda booking: "müller", lambda booking: booking.order_number, lambda booking: ""]
)
def test_search_by_name_or_order_number(program, booking, of):
    assert ids(program.get(BASE, {"search": of(booking)})) == [booking.pk]
    assert ids(program.get(BASE, {"search": "Nobody"})) == []


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"status": "maybe"}, "status"),
        ({"from": "25.01.2030"}, "from"),
        ({"to": "2030-02-30"}, "to"),
        ({"from": "2030-05-08", "to": "2030-05-03"}, "to"),
        ({"payment": "maybe"}, "payment"),
        ({"course_id": "sushi"}, "course_id"),
        ({"course_id": 0}, "course_id"),
        ({"course_id": 2**63}, "course_id"),
        ({"search": "x" * 101}, "search"),
        ({"search": "a\0b"}, "search"),
        ({"page": 0}, "page"),
        ({"page": "two"}, "page"),
        ({"page": 10**30}, "page"),
        ({"limit": 101}, "limit"),
        ({"limit": 0}, "limit"),
    ],
)
@pytest.mark.parametrize("path", [BASE, f"{BASE}/pending"])
def test_a_wrong_parameter_is_named(program, booking, parameters, field, path):
    assert_error(program.get(path, parameters), 422, "invalid", field)


# --- The document


@pytest.fixture
def document(db):
    return Client().get("/api/openapi.json").json()


def test_the_document_is_openapi_3_1_and_knows_every_address(document):
    assert document["openapi"].startswith("3.1")
    assert {path: sorted(methods) for path, methods in document["paths"].items()} == {
        "/api/auth/token": ["post"],
        "/api/auth/refresh": ["post"],
        "/api/cron/booking-reminders": ["post"],
        "/api/partner/bookings": ["get"],
        "/api/partner/bookings/pending": ["get"],
        "/api/partner/bookings/{booking_id}": ["get"],
        "/api/partner/bookings/{booking_id}/confirm": ["post"],
        "/api/partner/bookings/{booking_id}/decline": ["post"],
        "/api/partner/courses": ["get"],
        "/api/partner/courses/{course_id}": ["get"],
        "/api/partner/dates": ["get", "post"],
        "/api/partner/dates/{date_id}": ["get", "patch"],
        "/api/partner/dates/{date_id}/cancel": ["post"],
        "/api/partner/rebookings": ["get"],
        "/api/rebook/{token}": ["get", "post"],
        "/api/rebook/{token}/hold": ["post"],
    }


def test_the_document_names_the_parameters_of_the_spec(document):
    parameters = document["paths"][BASE]["get"]["parameters"]

    assert [each["name"] for each in parameters] == [
        "status",
        "from",
        "to",
        "course_id",
        "payment",
        "search",
        "page",
        "limit",
        "updatedSince",
    ]


def test_the_document_says_which_addresses_need_a_token(document):
    needs = {
        path: bool(described.get("security"))
        for path, methods in document["paths"].items()
        for described in methods.values()
    }

    assert needs == {path: path.startswith("/api/partner/") for path in needs}


def test_real_answers_are_what_the_document_promises(program, adas_partner, one_of_each):
    unknown = make_booking(adas_partner, starts_at=None)
    pending = one_of_each["pending"]
    answers = [
        (ListOut, program.get(BASE)),
        (ListOut, program.get(f"{BASE}/pending")),
        *((OneOut, program.get(f"{BASE}/{pk}")) for pk in (*one_of_each.values(), unknown.pk)),
        (ConfirmedOut, post(program, f"{BASE}/{pending}/confirm")),
        (DeclinedOut, post(program, f"{BASE}/{unknown.pk}/decline", {"reason": "capacity_full"})),
    ]

    for schema, answer in answers:
        body = answer.json()
        # Nothing is lost or added on the way through the schema, save what has not happened yet.
        assert without_none(schema.model_validate(body, strict=True).model_dump()) == without_none(body)


def without_none(value):
    if isinstance(value, dict):
        return {key: without_none(each) for key, each in value.items() if each is not None}
    return [without_none(each) for each in value] if isinstance(value, list) else value


def test_the_docs_page_shows_every_address(document, db):
    response = Client().get("/api/docs")

    assert response.status_code == 200
    assert [path for path in document["paths"] if path not in response.text] == []
