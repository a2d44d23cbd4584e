"""What mail servers do to us, and what we make of it. The promises of every sender are in test_contract."""

import shutil
import ssl
import subprocess
from dataclasses import replace

import pytest

from portal.integrations.email import (
    EmailRecipientRefused,
    EmailRejected,
    EmailSettingsWrong,
    EmailUnavailable,
)
from portal.integrations.email.smtp import SmtpEmailSender, SmtpServer
from portal.integrations.email.tests.test_contract import EMAIL
from tests.smtp_server import SmtpServer as MailServer


@pytest.fixture
def server():
    with MailServer() as server:
        yield server


def sender_to(server, **values):
    target = SmtpServer(**{"host": server.host, "port": server.port, "security": "none", **values})
    return SmtpEmailSender(replace(target, timeout_seconds=2), default_from="Miomente <partner@miomente.de>")


def test_the_mail_on_the_wire_is_plain_enough_for_every_relay(server):
    sender_to(server).send(replace(EMAIL, headers={"List-Unsubscribe": "<mailto:stop@miomente.de>"}))

    (mail,) = server.mails
    assert mail.sender == "partner@miomente.de"
    assert mail.raw.isascii()
    assert max(len(line) for line in mail.raw.splitlines()) <= 78
    assert mail.message["List-Unsubscribe"] == "<mailto:stop@miomente.de>"
    assert mail.message["Date"].datetime.tzinfo is not None
    assert [part.get_content_type() for part in mail.message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


@pytest.mark.parametrize(
    ("failure", "error", "sentence"),
    [
        ("recipient_550", EmailRejected, "The mail server refuses this recipient with code 550."),
        ("data_554", EmailRejected, "The mail server refuses this mail with code 554."),
        (
            "recipient_450",
            EmailUnavailable,
            "The mail server does not take mail for this recipient now (code 450).",
        ),
        (
            "recipient_451",
            EmailUnavailable,
            "The mail server does not take mail for this recipient now (code 451).",
        ),
        ("data_451", EmailUnavailable, "The mail server answered with code 451."),
        (
            "sender_550",
            EmailUnavailable,
            "The mail server does not accept MAIL_FROM as sender (code 550).",
        ),
        (
            "drop_at_recipient",
            EmailUnavailable,
            "The mail server cannot be reached, or it broke off.",
        ),
    ],
)
def test_each_failure_has_its_class_and_the_next_try_sends(server, failure, error, sentence):
    server.fail_next(failure)

    with pytest.raises(error) as raised:
        sender_to(server).send(EMAIL)

    assert str(raised.value) == sentence
    assert server.mails == []
    sender_to(server).send(EMAIL)
    assert server.message_ids == {EMAIL.message_id}


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        ("recipient_550", EmailRecipientRefused),
        ("recipient_550_in_short", EmailRecipientRefused),
        ("recipient_552", EmailRecipientRefused),
        # The server does not relay for us at all: no address is to blame.
        ("recipient_554", EmailRejected),
        ("data_554", EmailRejected),
    ],
)
def test_an_address_is_to_blame_only_for_what_is_its_own_fault(server, failure, error):
    server.fail_next(failure)

    with pytest.raises(EmailRejected) as raised:
        sender_to(server).send(EMAIL)

    assert type(raised.value) is error


def test_a_lost_answer_is_tried_again_with_the_same_message_id(server):
    server.fail_next("drop_before_answer")

    with pytest.raises(EmailUnavailable):
        sender_to(server).send(EMAIL)
    sender_to(server).send(EMAIL)

    assert [mail.message_id for mail in server.mails] == [EMAIL.message_id] * 2


def test_a_goodbye_that_fails_does_not_send_the_mail_twice(server):
    server.fail_next("drop_after_answer")

    sender_to(server).send(EMAIL)

    assert len(server.mails) == 1


def test_a_server_that_is_not_there_is_unavailable():
    sender = SmtpEmailSender(SmtpServer("127.0.0.1", 1, "none"), default_from="partner@miomente.de")

    with pytest.raises(EmailUnavailable):
        sender.send(EMAIL)
    assert sender.check() == ["The mail server cannot be reached, or it broke off."]


def test_a_wrong_password_keeps_the_mail_waiting():
    with MailServer(login=("portal", "right")) as server:
        sender = sender_to(server, user="portal", password="wrong")

        with pytest.raises(EmailSettingsWrong):
            sender.send(EMAIL)
        assert sender.check() == ["The mail server does not accept SMTP_USER and SMTP_PASSWORD."]
        assert server.mails == []


def test_a_password_that_smtp_cannot_carry_is_named():
    with MailServer(login=("portal", "right")) as server:
        assert sender_to(server, user="portal", password="küche").check() == [
            "SMTP_USER and SMTP_PASSWORD may only have ASCII characters."
        ]


def test_the_password_is_not_in_what_we_print():
    assert "very-secret" not in repr(SmtpServer("mail.example.test", 25, password="very-secret"))


def test_without_starttls_nothing_is_sent(server):
    sender = sender_to(server, security="starttls")

    with pytest.raises(EmailUnavailable):
        sender.send(EMAIL)
    assert sender.check() == ["The mail server does not offer STARTTLS. Please check SMTP_SECURITY."]
    assert server.mails == []


def test_a_server_that_asks_for_no_login_is_named(server):
    assert sender_to(server, user="portal", password="x").check() == [
        "The mail server offers no way to sign in that we know. Please check SMTP_SECURITY."
    ]


def test_check_names_a_sender_that_is_no_address(server):
    sender = SmtpEmailSender(SmtpServer(server.host, server.port, "none"), default_from="Miomente")

    assert sender.check() == ["MAIL_FROM is not a valid e-mail address."]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    if shutil.which("openssl") is None:
        pytest.skip("needs the Debian package openssl")
    folder = tmp_path_factory.mktemp("certificate")
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost"
    )
    subprocess.run(
        [*command.split(), "-addext", "subjectAltName=IP:127.0.0.1"],
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return folder


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_the_connection_is_encrypted_as_configured(certificate, security):
    with encrypted_server(certificate, security) as server:
        sender = sender_to(
            server,
            security=security,
            user="portal",
            password="right",
            certificates=str(certificate / "cert.pem"),
        )

        sender.send(EMAIL)

        assert (sender.check(), server.message_ids) == ([], {EMAIL.message_id})


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_certificate_that_nobody_trusts_stops_everything(certificate, security):
    with encrypted_server(certificate, security) as server:
        sender = sender_to(server, security=security)

        with pytest.raises(EmailUnavailable):
            sender.send(EMAIL)
        assert sender.check() == [
            "No trusted, encrypted connection to the mail server came about. Please check SMTP_SECURITY."
        ]


def encrypted_server(folder, security):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return MailServer(login=("portal", "right"), certificate=context, is_tls_only=security == "tls")
