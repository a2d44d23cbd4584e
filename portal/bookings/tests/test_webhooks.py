"""Calls of other systems: any payload is a hint, none does harm."""

import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from portal.bookings.models import Booking, BookingStatus, ImportRun
from portal.bookings.operations import By, confirm_booking
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import ask, fresh, kinds
from portal.bookings.views.webhooks import find_hints
from portal.conftest import NOON
from portal.core import tenancy

URL = "/api/webhooks/new-order"
CRON = "/api/cron/booking-reminders"
SECRET = "a-secret-of-the-webhook"
BEARER = {"Authorization": f"Bearer {SECRET}"}
ACCEPTED = {"data": {"accepted": True}, "success": True}
# The REST order as n8n and Magento give it, with ids that are none of an order.
ORDER = {
    "entity_id": 4711,
    "increment_id": "000004711",
    "state": "processing",
    "customer_email": "juergen@example.com",
    "items": [{"item_id": 9, "order_id": 4711, "sku": "K1", "product_id": 100}],
}


@pytest.fixture(autouse=True)
def _secrets(settings, time_machine):
    settings.NEW_ORDER_WEBHOOK_SECRET = SECRET
    settings.BOOKING_REMINDER_CRON_SECRET = SECRET
    time_machine.move_to(NOON, tick=False)


@pytest.fixture
def call(db):
    def post(
        body: object, headers: dict[str, str] = BEARER, content_type: str = "application/json", url: str = URL
    ):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        # Not `post`, which would encode the body by itself.
        return Client(enforce_csrf_checks=True).generic("POST", url, data, content_type, headers=headers)

    return post


def hints() -> list[list[str]]:
    """The hints of each queued job."""
    jobs = ProcrastinateJob.objects.filter(task_name="bookings.import_hint").order_by("id")
    return [job.args["hints"] for job in jobs]


# --- Shapes


@pytest.mark.parametrize(
    ("payload", "found"),
    [
        # n8n: the order as it is, the item of a Webhook node, a list, a search result
        (ORDER, ["000004711", "4711"]),
        ({"headers": {"host": "x"}, "params": {}, "query": {}, "body": ORDER}, ["000004711", "4711"]),
        ([ORDER], ["000004711", "4711"]),
        ({"items": [ORDER, {"entity_id": 4712}], "total_count": 2}, ["000004711", "4711", "4712"]),
        # modules with templates of their own: only an id, as a number or a text, spelled in any way
        ({"order_id": "4711"}, ["4711"]),
        ({"orderId": 4711}, ["4711"]),
        ({"incrementId": "DE-000004711"}, ["DE-000004711"]),
        ({"order_increment_id": " 000004711 "}, ["000004711"]),
        ({"data": {"order": {"increment_id": "000004711"}}}, ["000004711"]),
        # Adobe I/O Events
        ({"event": {"data": {"value": {"entity_id": "4711", "_isNew": True}}}}, ["4711"]),
        ({"data": {"value": {"increment_id": "000004711", "items": []}}}, ["000004711"]),
        # nothing to look up
        ({}, None),
        ([], None),
        ({"hello": "world"}, None),
        ({"entity_id": None, "order_id": True, "increment_id": ""}, None),
        ({"entity_id": 1.5, "order_id": {"a": []}, "increment_id": ["x"]}, None),
        ("4711", None),
        (4711, None),
        (None, None),
    ],
)
def test_every_shape_is_accepted_and_queues_one_job_with_its_hints(call, payload, found):
    response = call(payload)

    assert (response.status_code, response.json()) == (202, ACCEPTED)
    assert hints() == ([] if found is None else [found])


def test_forms_and_query_strings_are_hints_too(call):
    form = call(b"order_id=4711&state=new", content_type="application/x-www-form-urlencoded")
    query = call(b"not JSON", url=f"{URL}?increment_id=000004712")

    assert (form.status_code, query.status_code) == (202, 202)
    assert hints() == [["4711"], ["000004712"]]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "application/json"),
        (b"\xff\xfe\x00", "application/json"),
        (b"{" * 100, "application/json"),
        (b"[" * 200_000, "application/json"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "application/json"),
        (b'{"entity_id": ' + b"9" * 6000 + b"}", "application/json"),
        (b'{"entity_id": NaN, "order_id": Infinity}', "application/json"),
        (b'{"entity_id": "\\u0000", "order_id": "\\ud800", "increment_id": "a b\\nc"}', "application/json"),
        (b'{"increment_id": "\'; DROP TABLE x; --"}', "application/json"),
        (b'{"increment_id": "' + b"x" * 51 + b'"}', "application/json"),
        (b"nonsense", "multipart/form-data"),
        (b"nonsense", "multipart/form-data; boundary=x"),
        (b"&".join(b"a%d=1" % number for number in range(1500)), "application/x-www-form-urlencoded"),
        (b"nonsense", "text/plain; charset=no-such-charset"),
        (b"<order/>", "application/xml"),
    ],
)
def test_nonsense_is_accepted_and_harmless(call, body, content_type):
    response = call(body, content_type=content_type)

    assert (response.status_code, response.json()) == (202, ACCEPTED)
    assert hints() == []


def test_a_deep_payload_is_read_to_a_sensible_depth_only(call):
    deep: object = {"entity_id": 2}
    for _ in range(50):
        deep = {"more": deep}

    call({"entity_id": 1, "deep": deep})

    assert hints() == [["1"]]


def test_a_large_list_gives_one_job_with_a_limited_number_of_hints(call):
    call([{"entity_id": number} for number in range(5000)])

    assert [len(each) for each in hints()] == [200]


def test_a_body_of_more_than_a_megabyte_is_refused_before_it_is_read(call):
    body = b'{"entity_id": 1, "x": "' + b"x" * 1_000_000 + b'"}'

    statuses = [call(body).status_code, call(b"x" * 3_000_000, headers={}).status_code]

    assert statuses == [413, 413]
    assert hints() == []


def test_the_same_call_again_is_accepted_again(call):
    assert [call(ORDER).status_code for _ in range(3)] == [202, 202, 202]


def test_hints_without_an_order_look_again_a_few_times_and_give_up(call, run_jobs):
    with tenancy.system("tests"):
        call({"entity_id": 4711, "increment_id": "../../etc/passwd", "order_id": "9" * 40})
        ran = run_jobs("bookings.import_hint")

    assert ran == ["bookings.import_hint"] * 4
    assert (Booking.objects.count(), ImportRun.objects.count()) == (0, 0)


def test_what_the_payload_says_about_prices_states_or_people_is_never_kept(call, run_jobs):
    with tenancy.system("tests"):
        call({**ORDER, "customer_email": "someone@example.com", "grand_total": 1})
        kept = str([(job.task_name, job.args) for job in ProcrastinateJob.objects.all()])

    assert "someone@example.com" not in kept


def test_find_hints_reads_lists_in_lists():
    assert list(find_hints([[{"order_id": 1}], [[{"order_id": "2"}]]])) == ["1", "2"]


# --- Secrets


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"X-Webhook-Signature": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


BODY = json.dumps(ORDER).encode()


def test_a_signature_of_the_body_is_as_good_as_the_secret_itself(call):
    assert call(BODY, headers=signed(BODY)).status_code == 202
    assert len(hints()) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer é"},
        {"Authorization": f"Bearer {SECRET}x"},
        {"Authorization": f"Basic {SECRET}"},
        {"X-Webhook-Signature": ""},
        {"X-Webhook-Signature": "sha256="},
        {"X-Webhook-Signature": "sha256=" + "0" * 64},
        signed(BODY, "wrong"),
        signed(BODY + b" "),
        {"X-Webhook-Signature": signed(BODY)["X-Webhook-Signature"].removeprefix("sha256=")},
    ],
)
@pytest.mark.parametrize("url", [URL, CRON])
def test_a_missing_or_wrong_secret_is_401(call, headers, url):
    response = call(BODY, headers=headers, url=url)

    assert (response.status_code, response.json()["error"]["code"]) == (401, "unauthorized")
    assert hints() == []


@pytest.mark.parametrize("headers", [{}, BEARER, {"Authorization": "Bearer "}, signed(BODY, "")])
@pytest.mark.parametrize("url", [URL, CRON])
def test_without_a_configured_secret_nobody_may_call(call, settings, headers, url):
    settings.NEW_ORDER_WEBHOOK_SECRET = settings.BOOKING_REMINDER_CRON_SECRET = ""

    assert call(BODY, headers=headers, url=url).status_code == 401


@pytest.mark.parametrize("url", [URL, CRON])
def test_only_posts_are_calls(db, url):
    assert Client().get(url, headers=BEARER).status_code == 405


# --- The clock from outside


def test_the_clock_from_outside_reminds_and_escalates_once_and_says_how_much(
    call, adas_partner, run_jobs, time_machine
):
    booking, _ = ask(adas_partner)
    run_jobs("core.send_mail")
    counts = []
    for days in (1, 2):
        time_machine.move_to(NOON + timedelta(days=days), tick=False)
        for _again in range(2):
            done = call({}, url=CRON).json()["data"]
            counts.append((done["remind partners"], done["escalate bookings"]))
        run_jobs("core.send_mail")

    # The last reminder escalates by itself.
    assert counts == [(1, 0), (0, 0), (1, 0), (0, 0)]
    assert kinds(booking) == [
        "mail.sent",
        *("booking.reminded", "mail.sent"),
        *("booking.reminded", "booking.escalated", "mail.sent"),
    ]


def test_the_document_of_the_api_says_how_to_call_the_clock_and_what_it_answers(db):
    described = Client().get("/api/openapi.json").json()["paths"][CRON]["post"]

    assert sorted(described["responses"]) == ["200", "401"]
    assert "BOOKING_REMINDER_CRON_SECRET" in described["description"]


def test_the_clock_from_outside_settles_what_is_due_once(call, ada, adas_partner, settings):
    settings.UNDO_SECONDS = 0
    booking = make_booking(adas_partner)
    confirm_booking(booking, by=By("portal", ada), at=NOON)

    answers = [call({}, url=CRON) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.json()["data"]["settle decisions"] for answer in answers] == [1, 0]
    booking = fresh(booking)
    assert (booking.status, booking.settled_at) == (BookingStatus.CONFIRMED, NOON)
