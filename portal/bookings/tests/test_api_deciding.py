"""`/api/partner/bookings`: decisions, and who may do what."""

from datetime import timedelta

import pytest
from django.test import Client

from portal.bookings import operations
from portal.bookings.operations import By
from portal.bookings.tests.calling import BASE, assert_error, ids, post, program_of
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import fresh, kinds
from portal.conftest import BACKEND, NOON
from portal.core import tenancy
from portal.core.api_schemas import ErrorOut
from portal.partners.models import Member

pytestmark = pytest.mark.usefixtures("noon")


def test_a_program_signs_in_reads_decides_and_reads_again(ada, booking):
    client = Client()
    signed_in = post(client, "/api/auth/token", {"email": "Ada@Example.org ", "password": "secret"})
    client = Client(headers={"Authorization": f"Bearer {signed_in.json()['data']['accessToken']}"})

    listed = ids(client.get(BASE))
    decided = post(client, f"{BASE}/{listed[0]}/confirm").status_code
    again = client.get(f"{BASE}/{listed[0]}").json()["data"]["booking"]["status"]

    assert (listed, decided, again) == ([booking.pk], 200, "confirmed")


# --- Decisions


@pytest.mark.parametrize("number", [2**63 - 1, 2**63, 10**30])
def test_a_number_that_no_booking_has_does_not_exist(program, number):
    assert_error(post(program, f"{BASE}/{number}/confirm", {}), 404, "not_found")


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


def test_a_manager_without_a_partner_is_told_so_and_need_not_renew_the_token(mona, booking, adas_partner):
    program = program_of(mona)
    answers = [program.get(BASE), program.get(f"{BASE}/pending"), program.get(f"{BASE}/{booking.pk}")]
    answers += [
        post(program, f"{BASE}/{booking.pk}/confirm"),
        post(program, f"{BASE}/{booking.pk}/decline", {"reason": "capacity_full"}),
        program_of(mona, **{"X-Partner": str(adas_partner.pk)}).get(BASE),
    ]

    said = {assert_error(answer, 403, "forbidden") for answer in answers}
    assert said == {"You do not act for any partner."}
    assert fresh(booking).status == "pending"


def test_the_document_names_the_403_of_every_call(client, db):
    paths = client.get("/api/openapi.json").json()["paths"]

    calls = [call for path, calls in paths.items() if "/partner/" in path for call in calls.values()]
    assert len(calls) == 13
    assert all("403" in call["responses"] for call in calls)


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


@pytest.mark.parametrize("body", ["x", ["notes"], 17, False, [], ""])
def test_confirm_with_a_body_that_is_no_object_is_refused_and_confirms_nothing(program, booking, body):
    response = post(program, f"{BASE}/{booking.pk}/confirm", body)

    assert_error(response, 422, "invalid", "body")
    assert fresh(booking).status == "pending"


def test_confirm_takes_null_for_no_body(program, booking):
    response = program.post(f"{BASE}/{booking.pk}/confirm", "null", content_type="application/json")

    assert response.json()["data"]["booking"]["status"] == "confirmed"
