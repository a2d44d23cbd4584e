"""What SendGrid tells us over its webhook, signed with a real key, and what others would like to tell."""

import base64
import json
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON
from portal.core import outbox, tenancy
from portal.core.models import BouncedAddress, MailFate, OutboxMail
from portal.integrations.email.sendgrid_events import is_public_key

URL = "/api/webhooks/sendgrid-events"
KEY = ec.generate_private_key(ec.SECP256R1())


def public_key_of(key) -> str:
    return base64.b64encode(
        key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).decode()


@pytest.fixture(autouse=True)
def _configured(settings, time_machine):
    time_machine.move_to(NOON, tick=False)
    settings.SENDGRID_WEBHOOK_PUBLIC_KEY = public_key_of(KEY)


@pytest.fixture
def mail(adas_partner) -> OutboxMail:
    return outbox.put(
        "booking_cancelled", subject=make_booking(adas_partner), recipient="ada@example.org", at=NOON
    )


def event_about(mail: OutboxMail, event: str, *, number: int = 1, **values: object) -> dict[str, object]:
    """As SendGrid documents them, with our custom args beside its own fields."""
    return {
        "email": mail.recipient,
        "timestamp": int(NOON.timestamp()),
        "smtp-id": mail.message_id,
        "event": event,
        "sg_event_id": f"sg-event-{number}",
        "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
        "portal_mail": str(mail.pk),
        "portal_partner": str(mail.partner_id),
        "portal_message": mail.message_id,
        **values,
    }


def signed(body: bytes, *, at=NOON, key=KEY) -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    signature = key.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
    }


def call(events: object, *, headers: dict[str, str] | None = None, body: bytes | None = None):
    body = json.dumps(events).encode() if body is None else body
    return Client().post(
        URL, body, content_type="application/json", headers=signed(body) if headers is None else headers
    )


@pytest.fixture
def kept(run_jobs):
    """What is known of mails once the jobs have run, whatever scope the request ended in."""

    def look() -> list[tuple[str, str]]:
        run_jobs("core.record_fate")
        with tenancy.system("tests"):
            return list(MailFate.objects.order_by("pk").values_list("outside_id", "fate"))

    return look


def test_signed_events_are_taken_in_and_worked_off(mail, kept):
    response = call([event_about(mail, "processed"), event_about(mail, "delivered", number=2)])

    assert (response.status_code, response.json()) == (200, {"data": {"accepted": 1}, "success": True})
    assert kept() == [("sg-event-2", "delivered")]
    with tenancy.system("tests"):
        mail.refresh_from_db()
    assert (mail.fate, mail.fate_at) == ("delivered", NOON)


@pytest.mark.parametrize("wrong", [{"sg_event_id": "sg\0"}, {"portal_message": "sg\0"}])
def test_what_cannot_be_kept_is_left_out_and_the_rest_taken_in(mail, kept, wrong):
    response = call([event_about(mail, "bounce", **wrong), event_about(mail, "delivered", number=2)])

    assert (response.status_code, response.json()["data"]) == (200, {"accepted": 1})
    assert kept() == [("sg-event-2", "delivered")]


@pytest.mark.parametrize(
    ("event", "values", "fate"),
    [
        ("deferred", {"response": "400 try again later", "attempt": "5"}, "deferred"),
        ("bounce", {"type": "bounce", "reason": "500 unknown recipient", "status": "5.0.0"}, "bounced"),
        ("bounce", {"type": "blocked", "reason": "550 5.7.1 policy"}, "blocked"),
        ("dropped", {"reason": "Bounced Address", "status": "5.0.0"}, "dropped"),
        ("spamreport", {}, "spam"),
    ],
)
def test_each_word_of_sendgrid_has_ours(mail, kept, event, values, fate):
    call([event_about(mail, event, **values)])

    assert kept() == [("sg-event-1", fate)]


def test_what_waits_in_the_queue_is_ids_and_codes_alone(mail):
    call([event_about(mail, "bounce", reason="550 5.1.1 <ada@example.org> unknown")])

    job = ProcrastinateJob.objects.get(task_name="core.record_fate")
    assert job.args == {
        "partner_id": mail.partner_id,
        "mail_id": mail.pk,
        "message_id": mail.message_id,
        "fate": "bounced",
        "outside_id": "sg-event-1",
        "at": "2030-05-01T10:00:00+00:00",
    }


def test_a_batch_that_comes_twice_is_kept_once(mail, kept):
    batch = [event_about(mail, "deferred"), event_about(mail, "bounce", number=2)]
    call(batch)
    call(batch)

    assert kept() == [("sg-event-1", "deferred"), ("sg-event-2", "bounced")]
    with tenancy.system("tests"):
        assert BouncedAddress.objects.count() == 1


def test_one_event_that_makes_no_sense_takes_none_of_the_others_along(mail, kept):
    strange = [
        None,
        7,
        "bounce",
        {},
        event_about(mail, "bounce", timestamp="soon"),
        event_about(mail, "bounce", timestamp=True),
        event_about(mail, "bounce", timestamp=10**18),
        event_about(mail, "bounce", sg_event_id=""),
        event_about(mail, "bounce", sg_event_id="x" * 121),
        event_about(mail, "bounce", sg_event_id=None),
        event_about(mail, "bounce", portal_mail="7; DROP TABLE"),
        event_about(mail, ["bounce"]),
        {
            "event": "bounce",
            "email": "somebody@example.org",
            "timestamp": 1,
            "sg_event_id": "of another program",
        },
        event_about(mail, "open", number=3),
        event_about(mail, "bounce", number=4, portal_mail="999999999999999999"),
    ]

    response = call([*strange, event_about(mail, "delivered", number=5)])

    assert response.json()["data"] == {"accepted": 2}
    assert kept() == [("sg-event-5", "delivered")]


def test_a_thousand_events_take_a_handful_of_queries(mail, django_assert_max_num_queries):
    events = [event_about(mail, "delivered", number=number) for number in range(1000)]

    with django_assert_max_num_queries(6):
        assert call(events).json()["data"] == {"accepted": 1000}


def test_a_clock_that_runs_ahead_does_not_outdo_what_is_told_later(mail, run_jobs):
    call([event_about(mail, "deferred", timestamp=int((NOON + timedelta(days=3)).timestamp()))])
    run_jobs("core.record_fate")

    with tenancy.system("tests"):
        assert MailFate.objects.get().at == NOON


# --- Who is not SendGrid


BODY = b'[{"event":"bounce"}]'


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Twilio-Email-Event-Webhook-Timestamp": "1903860000"},
        {**signed(BODY), "X-Twilio-Email-Event-Webhook-Signature": "not base64!"},
        {**signed(BODY), "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(b"no DER").decode()},
        {**signed(BODY), "X-Twilio-Email-Event-Webhook-Timestamp": "1903860001"},
        {**signed(BODY), "X-Twilio-Email-Event-Webhook-Timestamp": "now"},
        {**signed(BODY), "X-Twilio-Email-Event-Webhook-Timestamp": "9" * 30},
        signed(BODY + b" "),
        signed(BODY, key=ec.generate_private_key(ec.SECP256R1())),
    ],
)
def test_whoever_is_not_sendgrid_is_sent_away(db, headers):
    response = call(None, headers=headers, body=BODY)

    assert (response.status_code, response.json()["error"]["code"]) == (401, "unauthorized")
    assert ProcrastinateJob.objects.count() == 0


@pytest.mark.parametrize(
    ("age", "status"),
    [
        (timedelta(hours=25), 200),
        (timedelta(hours=25, seconds=1), 401),
        (-timedelta(minutes=5), 200),
        (-timedelta(minutes=5, seconds=1), 401),
    ],
)
def test_sendgrid_repeats_for_a_day_and_nobody_after_that(db, age, status):
    body = b"[]"

    assert call(None, headers=signed(body, at=NOON - age), body=body).status_code == status


def test_without_a_key_there_is_nothing_here(db, settings):
    settings.SENDGRID_WEBHOOK_PUBLIC_KEY = ""

    assert call([]).status_code == 404


def test_a_key_that_is_none_lets_nobody_in(db, settings):
    settings.SENDGRID_WEBHOOK_PUBLIC_KEY = "not a key"

    assert call([]).status_code == 401


@pytest.mark.parametrize("body", [b"", b"{}", b"[", b"\xff", b'"bounce"'])
def test_what_is_signed_but_no_list_is_said_to_be_none(db, body):
    assert call(None, body=body).status_code == 400


def test_more_than_ever_comes_at_once_is_not_read(db):
    assert call(None, headers={}, body=b" " * 2_000_001).status_code == 413


def test_only_a_key_on_the_right_curve_is_one():
    assert is_public_key(public_key_of(KEY))
    assert not is_public_key(public_key_of(ec.generate_private_key(ec.SECP384R1())))
    assert not is_public_key(public_key_of(rsa.generate_private_key(65537, 2048)))
