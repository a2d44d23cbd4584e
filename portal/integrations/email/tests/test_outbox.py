"""The outbox hands its mails to the configured sender."""

from datetime import UTC, datetime

import pytest

from portal.core.jobs import Hold
from portal.core.mailing import RenderedMail
from portal.core.models import OutboxMail
from portal.core.outbox import MailRefused, RecipientRefused
from portal.integrations.email import EmailUnavailable
from portal.integrations.email.outbox import deliver
from portal.integrations.email.tags import Tagged, read_tags, tags_of
from portal.integrations.models import DemoMail

pytestmark = pytest.mark.django_db

MAIL = RenderedMail("Anfrage", "Text\n", "<p>Text</p>\n", {"X-Kind": "request"})


def row(recipient="ada@example.test"):
    return OutboxMail(
        recipient=recipient, message_id="<1@example.test>", created_at=datetime(2030, 5, 1, tzinfo=UTC)
    )


def test_deliver_sends_the_mail_with_the_message_id_of_its_row(settings):
    settings.EMAIL_SENDER = "portal.integrations.email.embedded.email_sender"

    deliver(row(), MAIL)

    mail = DemoMail.objects.get()
    assert (mail.message_id, mail.to_address, mail.subject, mail.text, mail.html, mail.headers["X-Kind"]) == (
        "<1@example.test>",
        "ada@example.test",
        "Anfrage",
        "Text\n",
        "<p>Text</p>\n",
        "request",
    )


def test_deliver_says_when_a_mail_is_refused_for_good():
    with pytest.raises(MailRefused, match="not a valid e-mail address"):
        deliver(row(recipient="nobody"), MAIL)


def test_deliver_lets_a_server_that_is_down_be_tried_again(settings):
    settings.EMAIL_SENDER = "portal.integrations.email.smtp.email_sender"
    settings.SMTP_HOST, settings.SMTP_PORT, settings.SMTP_SECURITY = "127.0.0.1", 1, "none"

    with pytest.raises(EmailUnavailable):
        deliver(row(), MAIL)


@pytest.mark.parametrize(
    ("server", "error"),
    [("knowing_nobody", RecipientRefused), ("refusing", MailRefused), ("misconfigured", Hold)],
)
def test_deliver_tells_the_outbox_what_a_refusal_means(settings, server, error):
    settings.EMAIL_SENDER = f"portal.core.tests.mail_servers.{server}"

    with pytest.raises(MailRefused if error is MailRefused else error) as raised:
        deliver(row(), MAIL)

    assert type(raised.value) is error


def test_what_the_provider_gets_with_a_mail_finds_the_mail_again():
    mail = OutboxMail(pk=7, partner_id=3, message_id="<1@example.test>")

    assert read_tags(tags_of(mail)) == Tagged(7, 3, "<1@example.test>")
    assert read_tags(tags_of(OutboxMail(pk=7, message_id="<1@example.test>"))) == Tagged(
        7, None, "<1@example.test>"
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"portal_mail": None},
        {"portal_mail": 7},
        {"portal_mail": "-7"},
        {"portal_mail": "٧"},
        {"portal_mail": "9" * 19},
        {"portal_mail": ""},
        {"portal_partner": None},
        {"portal_partner": "x"},
        {"portal_message": None},
    ],
)
def test_tags_of_others_are_no_tags(wrong):
    tags = {"portal_mail": "7", "portal_partner": "3", "portal_message": "<1@example.test>", **wrong}

    assert read_tags(tags) is None
