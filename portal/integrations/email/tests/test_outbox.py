"""The outbox hands its mails to the configured sender."""

from datetime import UTC, datetime

import pytest

from portal.core.mailing import RenderedMail
from portal.core.models import OutboxMail
from portal.core.outbox import MailRefused
from portal.integrations.email import EmailUnavailable
from portal.integrations.email.outbox import deliver
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
