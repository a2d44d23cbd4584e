import pytest
from django.core.mail import EmailMessage, EmailMultiAlternatives, send_mail

from portal.integrations.email import EmailRejected
from portal.integrations.models import DemoMail

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_backend(settings):
    settings.EMAIL_BACKEND = "portal.integrations.email.backend.EmailBackend"
    settings.EMAIL_SENDER = "portal.integrations.email.embedded.email_sender"


def mails():
    return [(row.to_address, row.subject, row.text, row.html) for row in DemoMail.objects.order_by("id")]


def test_a_mail_of_another_package_goes_out_with_both_parts():
    message = EmailMultiAlternatives("Neues Passwort", "Hier klicken", to=["Ada <ada@example.test>"])
    message.attach_alternative("<p>Hier klicken</p>", "text/html")

    assert message.send() == 1
    assert mails() == [("ada@example.test", "Neues Passwort", "Hier klicken", "<p>Hier klicken</p>")]


def test_each_recipient_gets_a_mail_with_its_own_message_id():
    EmailMessage("Hallo", "Text", to=["ada@example.test"], cc=["ben@example.test"]).send()

    assert [row[0] for row in mails()] == ["ada@example.test", "ben@example.test"]
    assert DemoMail.objects.values("message_id").distinct().count() == 2


def test_a_mail_of_html_alone_gets_a_text():
    message = EmailMessage("Hallo", "<p>Text</p>", to=["ada@example.test"])
    message.content_subtype = "html"
    message.send()

    assert mails() == [("ada@example.test", "Hallo", "Text", "<p>Text</p>")]


def test_headers_and_message_id_are_kept():
    EmailMessage(
        "Hallo",
        "Text",
        to=["ada@example.test"],
        reply_to=["hilfe@miomente.de"],
        headers={"Message-ID": "<own@example.test>", "X-Kind": "reset"},
    ).send()

    row = DemoMail.objects.get()
    assert (row.message_id, row.headers["X-Kind"], row.headers["Reply-To"]) == (
        "<own@example.test>",
        "reset",
        "hilfe@miomente.de",
    )


def test_a_failure_is_silent_only_when_asked_to_be():
    with pytest.raises(EmailRejected):
        send_mail("Hallo", "Text", None, ["nobody"])

    assert send_mail("Hallo", "Text", None, ["nobody"], fail_silently=True) == 0
    assert mails() == []


def test_nobody_to_send_to_is_nothing_sent():
    assert EmailMessage("Hallo", "Text").send() == 0


def test_attachments_are_not_lost_in_silence():
    message = EmailMessage("Hallo", "Text", to=["ada@example.test"])
    message.attach("a.txt", "x", "text/plain")

    with pytest.raises(ValueError, match="attachments"):
        message.send()
