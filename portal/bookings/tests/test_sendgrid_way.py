"""The whole way with SendGrid: a request leaves over its API, its webhook tells what became of it, staff call."""

import json

import pytest
from django.test import Client

from portal.bookings.tests.looking import ask, fresh, kinds
from portal.conftest import NOON
from portal.core import tenancy
from portal.core.models import OutboxMail
from portal.integrations.email.tests.test_sendgrid_events import KEY, public_key_of, signed
from tests.sendgrid_server import SendGridServer

TEMPLATE = "d-0123456789abcdef0123456789abcdef"


@pytest.fixture
def sendgrid(settings, time_machine):
    time_machine.move_to(NOON, tick=False)
    with SendGridServer(templates=(TEMPLATE,)) as server:
        settings.EMAIL_SENDER = "portal.integrations.email.sendgrid.email_sender"
        settings.SENDGRID_API_KEY, settings.SENDGRID_API_URL = "SG.key", server.url
        settings.SENDGRID_WEBHOOK_PUBLIC_KEY = public_key_of(KEY)
        settings.PORTAL_URL = "https://portal.example"
        yield server


def tell(mail: dict, event: str, *, times: int = 1) -> None:
    """As SendGrid does: with the custom args of the mail among its own fields."""
    (to,) = mail["personalizations"]
    told = {
        "email": to["to"][0]["email"],
        "event": event,
        "timestamp": int(NOON.timestamp()),
        "sg_event_id": event,
        **mail["custom_args"],
    }
    body = json.dumps([told] * times).encode()
    response = Client().post(
        "/api/webhooks/sendgrid-events", body, content_type="application/json", headers=signed(body)
    )
    assert response.json() == {"data": {"accepted": times}, "success": True}


def test_a_request_that_bounces_ends_on_the_call_list(adas_partner, sendgrid, run_jobs):
    booking, token = ask(adas_partner)
    run_jobs("core.send_mail")
    (request,) = [call.body for call in sendgrid.mails]
    sent = kinds(booking)

    tell(request, "bounce", times=2)
    run_jobs("core.record_fate", "core.run_subscriber")

    assert token in request["content"][1]["value"]
    assert sent == ["mail.sent"]
    assert kinds(booking)[1:3] == ["mail.bounced", "booking.escalated"]
    with tenancy.system("tests"):
        assert OutboxMail.objects.get(kind="booking_request").fate == "bounced"
    assert fresh(booking).escalated_at == NOON


def test_a_template_of_the_account_gets_the_data_of_the_spec(adas_partner, sendgrid, settings, run_jobs):
    settings.SENDGRID_TEMPLATES = {"booking_confirmation": TEMPLATE}
    booking, token = ask(adas_partner, notes="Keine Nüsse")

    run_jobs("core.send_mail")

    (mail,) = [call.body for call in sendgrid.mails]
    (to,) = mail["personalizations"]
    data = to["dynamic_template_data"]
    assert mail["template_id"] == TEMPLATE
    assert {name: data[name] for name in data if name not in ("subject", "expiresAt", "price")} == {
        "partnerName": "Kochschule Ada Kontakt",
        "partnerEmail": "partner1@example.org",
        "orderNumber": booking.order_number,
        "customer": {"name": "Jürgen Müller", "email": "juergen@example.com", "phone": "0171 39200 01"},
        "course": {"name": "Sushi-Kurs für Anfänger", "date": "Mi., 8. Mai 2030", "time": "12:00"},
        "previousDate": "",
        "participants": 2,
        "notes": "Keine Nüsse",
        "confirmUrl": f"https://portal.example/api/confirm/{token}",
        "declineUrl": f"https://portal.example/api/decline/{token}",
        "bookingUrl": f"https://portal.example/dashboard/bookings/{booking.pk}",
        "declineReason": "",
        "odooTicketId": "",
        "isLastReminder": False,
        "language": "de",
    }
    assert data["subject"].startswith("Neue Buchung: Jürgen Müller")
    assert data["price"].startswith("178,00")
    assert data["expiresAt"].startswith("Mi., 8. Mai 2030")


def test_a_provider_that_refuses_our_key_loses_no_mail(adas_partner, sendgrid, settings, run_jobs):
    settings.SENDGRID_API_KEY = "SG.revoked"
    ask(adas_partner)

    with pytest.raises(Exception, match="SENDGRID_API_KEY"):
        run_jobs("core.send_mail")

    assert OutboxMail.objects.get(kind="booking_request").state == "waiting"
