"""`/api`: the spec's shapes, every parameter, and who may do what."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from portal.accounts.tokens import issue_pair
from portal.bookings import operations, queries
from portal.bookings.api_schemas import ConfirmedOut, DeclinedOut, ListOut, OneOut
from portal.bookings.models import Customer
from portal.bookings.operations import By
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import fresh, kinds
from portal.conftest import BACKEND, NOON
from portal.core import tenancy
from portal.core.api_schemas import ErrorOut
from portal.partners.models import Member

BASE = "/api/partner/bookings"
BOOKING_KEYS = {
    "id", "magentoOrderId", "magentoOrderItemId", "orderNumber", "customer", "course", "eventDate", "eventTime",
    "participants", "price", "currency", "status", "confirmationStatus", "orderDate", "paymentStatus",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _noon(time_machine, settings):
    time_machine.move_to(NOON, tick=False)
    settings.UNDO_SECONDS = 600


def program_of(user, **headers: str) -> Client:
    """A program that acts for the user; whatever a browser would bring along is missing."""
    token = issue_pair(user, at=NOON).access
    return Client(
        enforce_csrf_checks=True,
        headers={"Authorization": f"Bearer {token}", "Accept-Language": "en", **headers},
    )


def post(client: Client, path: str, body: object = None):
    return client.post(
        path, data=json.dumps(body) if body is not None else b"", content_type="application/json"
    )


@pytest.fixture
def program(ada) -> Client:
    return program_of(ada)


@pytest.fixture
def booking(adas_partner):
    return make_booking(adas_partner)


def ids(response) -> list[int]:
    assert response.status_code == 200, response.text
    return [each["id"] for each in response.json()["data"]["bookings"]]


def assert_error(response, status: int, code: str, *fields: str) -> str:
    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/json"), (
        response.text
    )
    body = response.json()
    ErrorOut.model_validate(body)
    assert (body["success"], body["error"]["code"]) == (False, code)
    assert sorted(body["error"].get("fields", {})) == sorted(fields)
    return body["error"]["message"]


def test_a_program_signs_in_reads_decides_and_reads_again(ada, booking):
    client = Client()
    signed_in = post(client, "/api/auth/token", {"email": "Ada@Example.org ", "password": "secret"})
    client = Client(headers={"Authorization": f"Bearer {signed_in.json()['data']['accessToken']}"})

    listed = ids(client.get(BASE))
    decided = post(client, f"{BASE}/{listed[0]}/confirm").status_code
    again = client.get(f"{BASE}/{listed[0]}").json()["data"]["booking"]["status"]

    assert (listed, decided, again) == ([booking.pk], 200, "confirmed")


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
        ({"from": "2030-05-08", "to": "2030-05-03"}, []),
    ],
)
def test_filter_by_event_date_is_inclusive_and_moves_the_summary(program, adas_partner, days, found):
    made = {day: make_booking(adas_partner, starts_at=NOON.replace(day=day)).pk for day in (3, 5, 8)}

    response = program.get(BASE, days)

    assert sorted(ids(response)) == sorted(made[day] for day in found)
    assert response.json()["data"]["summary"]["pending"] == len(found)


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


# --- Decisions


def test_confirm_keeps_the_notes_and_answers_with_the_booking(ada, program, booking):
    response = post(program, f"{BASE}/{booking.pk}/confirm", {"notes": " Bitte Schürzen mitbringen "})

    body = response.json()
    assert (body["success"], set(body["data"])) == (True, {"booking", "message"})
    assert body["data"]["booking"]["status"] == "confirmed"
    assert body["data"]["booking"]["confirmationStatus"] == {"confirmedAt": "2030-05-01T10:00:00+00:00"}
    booking = fresh(booking)
    assert (booking.confirm_notes, booking.confirmed_by, booking.decided_by_user) == (
        "Bitte Schürzen mitbringen",
        "portal",
        ada,
    )


@pytest.mark.parametrize("body", [None, {}, {"notes": ""}])
def test_confirm_needs_no_body_and_is_safe_to_repeat(program, booking, body):
    statuses = [post(program, f"{BASE}/{booking.pk}/confirm", body).status_code for _ in range(2)]

    assert statuses == [200, 200]
    assert kinds(booking) == ["booking.confirmed"]


def test_decline_says_that_the_ticket_waits_for_the_undo_window(program, booking):
    response = post(program, f"{BASE}/{booking.pk}/decline", {"reason": "capacity_full", "notes": "voll"})

    data = response.json()["data"]
    assert set(data) == {"booking", "message", "odooTicketId", "ticketState"}
    assert (data["odooTicketId"], data["ticketState"]) == (None, "waiting")
    assert data["booking"]["status"] == "declined"
    assert data["booking"]["confirmationStatus"] == {
        "declinedAt": "2030-05-01T10:00:00+00:00",
        "declineReason": "capacity_full",
    }
    assert fresh(booking).decline_notes == "voll"


def test_decline_again_after_the_ticket_is_open_names_it(program, booking):
    path = f"{BASE}/{booking.pk}/decline"
    post(program, path, {"reason": "capacity_full"})
    with tenancy.system("tests"):
        operations.settle_decision(booking, at=NOON + timedelta(minutes=10))
        operations.record_ticket(booking, ticket_id="77", number="HT0077", at=NOON + timedelta(minutes=11))

    data = post(program, path, {"reason": "capacity_full"}).json()["data"]

    assert (data["odooTicketId"], data["ticketState"]) == ("77", "open")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"reason": "nonsense"}, "unknown_reason", "reason"),
        ({"reason": ""}, "unknown_reason", "reason"),
        ({"reason": "other"}, "notes_required", "notes"),
        ({"reason": "other", "notes": " "}, "notes_required", "notes"),
        ({}, "invalid", "reason"),
        ({"reason": None}, "invalid", "reason"),
        ({"reason": "x" * 51}, "invalid", "reason"),
        ({"reason": "capacity_full", "notes": "x" * 2001}, "invalid", "notes"),
        ({"reason": "capacity_full", "notes": "a\0b"}, "invalid", "notes"),
        ({"reason": "a\0b"}, "invalid", "reason"),
    ],
)
def test_an_incomplete_decline_names_what_is_wrong_and_changes_nothing(program, booking, body, code, field):
    response = post(program, f"{BASE}/{booking.pk}/decline", body)

    assert_error(response, 422, code, field)
    assert (fresh(booking).status, kinds(booking)) == ("pending", [])


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"reason": "\\ud800"}'])
def test_a_body_that_is_no_decline_is_refused_and_changes_nothing(program, booking, body):
    response = program.post(f"{BASE}/{booking.pk}/decline", data=body, content_type="application/json")

    assert response.status_code in (400, 422)
    ErrorOut.model_validate(response.json())
    assert fresh(booking).status == "pending"


def test_a_decision_against_a_decision_is_a_conflict_that_names_who_was_faster(ben, program, booking):
    operations.confirm_booking(booking, by=By("portal", ben), at=NOON)

    message = assert_error(
        post(program, f"{BASE}/{booking.pk}/decline", {"reason": "capacity_full"}), 409, "already_confirmed"
    )

    assert "Ben" in message


def test_confirm_after_the_start_is_a_conflict(program, adas_partner):
    booking = make_booking(adas_partner, starts_at=NOON)

    assert_error(post(program, f"{BASE}/{booking.pk}/confirm"), 409, "date_started")


# --- Who may


@pytest.mark.parametrize("action", ["", "/confirm", "/decline"])
def test_the_id_of_another_partners_booking_does_not_exist(eve, booking, action):
    program, path = program_of(eve), f"{BASE}/{booking.pk}{action}"

    response = post(program, path, {"reason": "capacity_full"}) if action else program.get(path)

    assert_error(response, 404, "not_found")
    assert fresh(booking).status == "pending"


def test_lists_show_nothing_of_another_partner(eve, booking):
    program = program_of(eve)

    assert [ids(program.get(path)) for path in (BASE, f"{BASE}/pending", f"{BASE}?search=Müller")] == [
        [],
        [],
        [],
    ]


@pytest.mark.parametrize("pk", ["0", "999999", "9" * 25])
def test_an_id_that_nobody_has_does_not_exist(program, pk):
    assert_error(program.get(f"{BASE}/{pk}"), 404, "not_found")
    assert_error(post(program, f"{BASE}/{pk}/confirm"), 404, "not_found")


def test_an_unpaid_booking_does_not_exist(program, adas_partner):
    unpaid = make_booking(adas_partner, released_at=None)

    assert ids(program.get(BASE)) == []
    assert_error(program.get(f"{BASE}/{unpaid.pk}"), 404, "not_found")


def test_a_viewer_reads_and_decides_nothing(vera, booking):
    program = program_of(vera)

    assert ids(program.get(BASE)) == [booking.pk]
    assert_error(post(program, f"{BASE}/{booking.pk}/confirm"), 403, "forbidden")
    assert_error(post(program, f"{BASE}/{booking.pk}/decline", {"reason": "capacity_full"}), 403, "forbidden")
    assert fresh(booking).status == "pending"


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer nonsense", "Bearer a.b.c", "Basic YTpi", "Bearer é"]
)
def test_without_a_valid_token_everything_is_401(booking, header):
    client = Client(enforce_csrf_checks=True, headers={"Authorization": header} if header else {})

    answers = [client.get(BASE), client.get(f"{BASE}/pending"), client.get(f"{BASE}/{booking.pk}")]
    answers += [
        post(client, f"{BASE}/{booking.pk}/confirm"),
        post(client, f"{BASE}/{booking.pk}/decline", {"reason": "other"}),
    ]

    for answer in answers:
        assert_error(answer, 401, "unauthorized")
    assert fresh(booking).status == "pending"


def test_an_access_token_ends_after_fifteen_minutes(program, booking, time_machine):
    time_machine.move_to(NOON + timedelta(minutes=15, seconds=-1), tick=False)
    inside = program.get(BASE).status_code
    time_machine.move_to(NOON + timedelta(minutes=15), tick=False)

    assert inside == 200
    assert_error(program.get(BASE), 401, "unauthorized")
    # Not a missing CSRF cookie: on 401 programs renew their token.
    assert_error(post(program, f"{BASE}/{booking.pk}/confirm"), 401, "unauthorized")


def test_a_user_of_two_partners_chooses_with_a_header(ada, adas_partner, eves_partner, booking):
    Member.objects.create(partner=eves_partner, user=ada, role="owner", joined_at=NOON)
    other = make_booking(eves_partner)

    def listed(**headers: str) -> list[int]:
        return ids(program_of(ada, **headers).get(BASE))

    assert listed() == [booking.pk]
    assert listed(**{"X-Partner": str(eves_partner.pk)}) == [other.pk]
    assert listed(**{"X-Partner": str(adas_partner.pk)}) == [booking.pk]


@pytest.mark.parametrize("wanted", ["of_eve", "0", "nonsense"])
def test_a_partner_the_user_does_not_act_for_does_not_exist(ada, booking, eves_partner, wanted):
    wanted = str(eves_partner.pk) if wanted == "of_eve" else wanted

    assert_error(program_of(ada, **{"X-Partner": wanted}).get(BASE), 404, "not_found")


def test_a_manager_without_a_partner_has_no_bookings_here(mona, booking):
    assert_error(program_of(mona).get(BASE), 401, "unauthorized")


def browser_of(user) -> Client:
    client = Client(enforce_csrf_checks=True, headers={"Accept-Language": "en"})
    client.force_login(user, backend=BACKEND)
    return client


def test_a_session_reads_without_and_decides_only_with_a_csrf_token(ada, booking):
    browser, path = browser_of(ada), f"{BASE}/{booking.pk}/confirm"
    read = browser.get(BASE)

    assert_error(post(browser, path), 403, "forbidden")
    refused = fresh(booking).status
    browser.get("/dashboard/bookings")
    token = browser.cookies["csrftoken"].value
    answer = browser.post(path, data="{}", content_type="application/json", headers={"X-CSRFToken": token})

    assert (ids(read), refused) == ([booking.pk], "pending")
    assert answer.status_code == 200
    assert fresh(booking).status == "confirmed"


def test_a_session_does_not_stand_in_for_a_token_that_is_wrong(ada, booking):
    response = browser_of(ada).get(BASE, headers={"Authorization": "Bearer expired"})

    assert_error(response, 401, "unauthorized")


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_what_is_not_offered_is_405(program, booking, method):
    assert getattr(program, method)(f"{BASE}/{booking.pk}").status_code == 405


# --- The document


@pytest.fixture
def document(db):
    return Client().get("/api/openapi.json").json()


def test_the_document_is_openapi_3_1_and_knows_every_address(document):
    assert document["openapi"].startswith("3.1")
    assert {path: sorted(methods) for path, methods in document["paths"].items()} == {
        "/api/auth/token": ["post"],
        "/api/auth/refresh": ["post"],
        "/api/partner/bookings": ["get"],
        "/api/partner/bookings/pending": ["get"],
        "/api/partner/bookings/{booking_id}": ["get"],
        "/api/partner/bookings/{booking_id}/confirm": ["post"],
        "/api/partner/bookings/{booking_id}/decline": ["post"],
    }


def test_the_document_names_the_parameters_of_the_spec(document):
    parameters = document["paths"][BASE]["get"]["parameters"]

    assert [each["name"] for each in parameters] == [
        "status",
        "from",
        "to",
        "course_id",
        "search",
        "page",
        "limit",
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
