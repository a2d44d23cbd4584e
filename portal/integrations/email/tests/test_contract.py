"""What every email sender promises: the same tests for the embedded mailbox, a mail server and SendGrid."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from portal.integrations.email import EmailRecipientRefused, EmailSender, OutgoingEmail, email_sender
from portal.integrations.models import DemoMail
from tests.sendgrid_server import SendGridServer
from tests.smtp_server import SmtpServer

pytestmark = pytest.mark.django_db

EMAIL = OutgoingEmail(
    to="ada@example.test",
    subject="Bitte bestätigen: Sushi für Anfänger",
    text="Grüße aus der Küche,\nMiomente\n",
    html="<p>Grüße aus der <b>Küche</b></p>\n",
    message_id="<booking-7@partner.example.test>",
)


@dataclass(frozen=True)
class Arrived:
    """What the person at the other end sees."""

    message_id: str
    from_address: str
    to: str
    reply_to: str | None
    subject: str
    text: str
    html: str
    auto_submitted: str | None


@dataclass
class Outside:
    sender: EmailSender
    arrived: Callable[[], list[Arrived]]


@pytest.fixture(params=["embedded", "smtp", "sendgrid"])
def outside(request, settings):
    settings.MAIL_FROM = "Miomente Partner Portal <partner@miomente.de>"
    if request.param == "embedded":
        settings.EMAIL_SENDER = "portal.integrations.email.embedded.email_sender"
        yield Outside(email_sender(), lambda: [_from_row(row) for row in DemoMail.objects.order_by("id")])
        return
    if request.param == "sendgrid":
        with SendGridServer(api_key="SG.right") as server:
            settings.EMAIL_SENDER = "portal.integrations.email.sendgrid.email_sender"
            settings.SENDGRID_API_KEY, settings.SENDGRID_API_URL = "SG.right", server.url
            yield Outside(email_sender(), lambda: [_from_call(call.body) for call in server.mails])
        return
    with SmtpServer(login=("portal", "password")) as server:
        settings.EMAIL_SENDER = "portal.integrations.email.smtp.email_sender"
        settings.SMTP_HOST, settings.SMTP_PORT, settings.SMTP_SECURITY = server.host, server.port, "none"
        settings.SMTP_USER, settings.SMTP_PASSWORD = "portal", "password"
        yield Outside(email_sender(), lambda: [_from_wire(mail) for mail in server.mails])


def _from_row(row):
    return Arrived(
        message_id=row.message_id,
        from_address=row.headers["From"],
        to=row.to_address,
        reply_to=row.headers.get("Reply-To"),
        subject=row.subject,
        text=row.text,
        html=row.html,
        auto_submitted=row.headers.get("Auto-Submitted"),
    )


def _from_call(body):
    ((to,),) = [each["to"] for each in body["personalizations"]]
    parts = {part["type"]: part["value"] for part in body["content"]}
    return Arrived(
        message_id=body["headers"]["Message-ID"],
        from_address=f"{body['from']['name']} <{body['from']['email']}>",
        to=to["email"],
        reply_to=body["reply_to"]["email"] if "reply_to" in body else None,
        subject=body["subject"].strip("\N{NO-BREAK SPACE}"),
        text=parts["text/plain"],
        html=parts.get("text/html", ""),
        auto_submitted=body["headers"]["Auto-Submitted"],
    )


def _from_wire(mail):
    (recipient,) = mail.recipients
    subtypes = [part.get_content_subtype() for part in mail.message.walk()]
    return Arrived(
        message_id=mail.message_id,
        from_address=mail.message["From"],
        to=recipient,
        reply_to=mail.message["Reply-To"],
        subject=mail.message["Subject"],
        text=mail.part("plain").replace("\r\n", "\n"),
        html=mail.part("html").replace("\r\n", "\n") if "html" in subtypes else "",
        auto_submitted=mail.message["Auto-Submitted"],
    )


ARRIVED = Arrived(
    message_id="<booking-7@partner.example.test>",
    from_address="Miomente Partner Portal <partner@miomente.de>",
    to="ada@example.test",
    reply_to=None,
    subject="Bitte bestätigen: Sushi für Anfänger",
    text="Grüße aus der Küche,\nMiomente\n",
    html="<p>Grüße aus der <b>Küche</b></p>\n",
    auto_submitted="auto-generated",
)


def test_send_delivers_the_mail_as_it_was_written(outside):
    outside.sender.send(EMAIL)

    assert outside.arrived() == [ARRIVED]


def test_send_delivers_a_mail_of_text_only(outside):
    outside.sender.send(replace(EMAIL, html=""))

    assert outside.arrived() == [replace(ARRIVED, html="")]


def test_send_uses_the_addresses_of_the_mail(outside):
    outside.sender.send(
        replace(
            EMAIL,
            to='"Lovelace, Ada" <ada@küche.example>',
            from_address="Kurse <kurse@miomente.de>",
            reply_to="hilfe@miomente.de",
        )
    )

    assert outside.arrived() == [
        replace(
            ARRIVED,
            to="ada@xn--kche-0ra.example",
            from_address="Kurse <kurse@miomente.de>",
            reply_to="hilfe@miomente.de",
        )
    ]


def test_send_again_delivers_the_same_message_id(outside):
    outside.sender.send(EMAIL)
    outside.sender.send(EMAIL)

    assert outside.arrived() == [ARRIVED, ARRIVED]


def test_a_line_break_in_the_subject_starts_no_header(outside):
    outside.sender.send(replace(EMAIL, subject="Sushi\r\nBcc: eve@example.test\n\nfür\tAnfänger\x00"))

    assert outside.arrived() == [replace(ARRIVED, subject="Sushi Bcc: eve@example.test für Anfänger")]


@pytest.mark.parametrize("subject", ["", "Ü" * 300, "\U0001f363 Sushi", "x" * 1200])
def test_send_keeps_unusual_subjects(outside, subject):
    outside.sender.send(replace(EMAIL, subject=subject))

    assert outside.arrived() == [replace(ARRIVED, subject=subject)]


def test_send_keeps_lines_that_look_like_the_end_of_the_mail(outside):
    text = "Anfang\n.\nQUIT\n..zwei\n" + "lang " * 400 + "\n"

    outside.sender.send(replace(EMAIL, text=text))

    assert outside.arrived() == [replace(ARRIVED, text=text)]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "ada@",
        "@example.test",
        "a@b.example, c@d.example",
        "ada@example.test\r\nBcc: eve@x.example",
        "a b@c.example",
        "käthe@example.test",
    ],
)
def test_send_rejects_what_is_not_one_address(outside, address):
    with pytest.raises(EmailRecipientRefused, match=r"^The address is not a valid e-mail address\.$"):
        outside.sender.send(replace(EMAIL, to=address))

    assert outside.arrived() == []


@pytest.mark.parametrize("name", ["Subject", "bcc", "X-Evil: 1\r\nBcc", "", "From"])
def test_a_mail_may_not_add_these_headers(outside, name):
    with pytest.raises(ValueError, match="is not a header a mail may add"):
        outside.sender.send(replace(EMAIL, headers={name: "x"}))


@pytest.mark.parametrize("message_id", ["", "booking-7", "<booking-7>", "<a@b>\r\nBcc: x@y", "<a b@c>"])
def test_a_mail_needs_a_message_id(message_id):
    with pytest.raises(ValueError, match="Message-ID"):
        replace(EMAIL, message_id=message_id)


def test_check_finds_nothing_wrong(outside):
    assert outside.sender.check() == []
