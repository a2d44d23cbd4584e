"""What SendGrid does to us, and what we make of it. The promises of every sender are in test_contract."""

from dataclasses import replace

import pytest

from portal.integrations.email import (
    EmailRecipientRefused,
    EmailRejected,
    EmailSettingsWrong,
    EmailUnavailable,
    OutgoingEmail,
    email_sender,
)
from portal.integrations.email.sendgrid import SendGridAccount, SendGridEmailSender
from portal.integrations.email.tests.test_contract import EMAIL
from tests.sendgrid_server import SendGridServer

TEMPLATE = "d-0123456789abcdef0123456789abcdef"


@pytest.fixture
def server():
    with SendGridServer(templates=(TEMPLATE,)) as server:
        yield server


def sender_to(server, *, default_from="Miomente <partner@miomente.de>", **values) -> SendGridEmailSender:
    account = SendGridAccount(api_key="SG.key", url=server.url, timeout_seconds=10)
    return SendGridEmailSender(replace(account, **values), default_from=default_from)


def test_the_call_is_what_sendgrid_documents(server):
    sender_to(server).send(
        replace(
            EMAIL,
            to="Ada Lovelace <ada@example.test>",
            reply_to="Hilfe <hilfe@miomente.de>",
            headers={"X-Kind": "request"},
            tags={"portal_mail": "7", "portal_partner": "3"},
            template="booking_confirmation",
            data={"orderNumber": "100012345"},
        )
    )

    (call,) = server.mails
    assert call.path == "/v3/mail/send"
    assert call.headers["content-type"] == "application/json"
    assert call.body == {
        "personalizations": [{"to": [{"email": "ada@example.test", "name": "Ada Lovelace"}]}],
        "from": {"email": "partner@miomente.de", "name": "Miomente"},
        "reply_to": {"email": "hilfe@miomente.de", "name": "Hilfe"},
        "subject": "Bitte bestätigen: Sushi für Anfänger",
        "content": [
            {"type": "text/plain", "value": EMAIL.text},
            {"type": "text/html", "value": EMAIL.html},
        ],
        "headers": {
            "Message-ID": EMAIL.message_id,
            "Auto-Submitted": "auto-generated",
            "X-Kind": "request",
        },
        "custom_args": {"portal_mail": "7", "portal_partner": "3"},
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
            "ganalytics": {"enable": False},
        },
        "mail_settings": {"bypass_unsubscribe_management": {"enable": True}},
    }


def test_a_template_of_the_account_is_filled_with_the_data_instead(server):
    mail = replace(EMAIL, template="booking_confirmation", data={"course": {"name": "Sushi"}})

    sender_to(server, templates={"booking_confirmation": TEMPLATE}).send(mail)

    (call,) = server.mails
    assert (call.body["template_id"], call.body["personalizations"][0]["dynamic_template_data"]) == (
        TEMPLATE,
        {"subject": EMAIL.subject, "course": {"name": "Sushi"}},
    )
    assert {"subject", "content"} & set(call.body) == set()


def test_a_template_is_used_for_its_own_mail_alone(server):
    sender_to(server, templates={"booking_reminder": TEMPLATE}).send(
        replace(EMAIL, template="booking_confirmation")
    )

    assert "template_id" not in server.mails[0].body


@pytest.mark.parametrize(
    ("failure", "error", "sentence"),
    [
        ("unauthorized", EmailSettingsWrong, "SendGrid does not accept SENDGRID_API_KEY."),
        ("wrong_sender", EmailSettingsWrong, "SendGrid does not let this key send mail from MAIL_FROM."),
        ("too_large", EmailRejected, "SendGrid refuses this mail with code 413 (–)."),
        ("too_many", EmailUnavailable, "SendGrid does not take mail at the moment (code 429)."),
        ("trouble", EmailUnavailable, "SendGrid does not take mail at the moment (code 500)."),
        ("maintenance", EmailUnavailable, "SendGrid does not take mail at the moment (code 503)."),
        ("a_login_page", EmailUnavailable, "SendGrid does not take mail at the moment (code 200)."),
        ("elsewhere", EmailSettingsWrong, "What answers at SENDGRID_API_URL is not SendGrid's API."),
        ("no_such_page", EmailSettingsWrong, "What answers at SENDGRID_API_URL is not SendGrid's API."),
        ("drop_before", EmailUnavailable, "SendGrid cannot be reached, or it broke off."),
    ],
)
def test_each_failure_has_its_class_and_the_next_try_sends(server, failure, error, sentence):
    server.fail_next(failure)

    with pytest.raises(EmailUnavailable if error is EmailUnavailable else error) as raised:
        sender_to(server).send(EMAIL)

    assert (type(raised.value), str(raised.value)) == (error, sentence)
    assert server.mails == []
    sender_to(server).send(EMAIL)
    assert [call.body["headers"]["Message-ID"] for call in server.mails] == [EMAIL.message_id]


@pytest.mark.parametrize(("failure", "seconds"), [("slow", 0.5), ("dripping", 0.5), ("drop_after", 10)])
def test_an_answer_that_never_comes_is_tried_again_with_the_same_message_id(server, failure, seconds):
    server.fail_next(failure)

    with pytest.raises(EmailUnavailable):
        sender_to(server, timeout_seconds=seconds).send(EMAIL)
    sender_to(server).send(EMAIL)

    assert [call.body["headers"]["Message-ID"] for call in server.mails] == [EMAIL.message_id] * 2


@pytest.mark.parametrize(
    ("failure", "seconds"), [("too_many", range(90, 91)), ("too_many_until", range(190, 201))]
)
def test_sendgrid_says_how_long_it_wants_to_be_left_alone(server, failure, seconds):
    server.fail_next(failure)

    with pytest.raises(EmailUnavailable) as raised:
        sender_to(server).send(EMAIL)

    assert raised.value.retry_after_seconds in seconds


def test_a_recipient_that_sendgrid_refuses_is_the_addresss_fault_and_is_not_named(server):
    with pytest.raises(EmailRecipientRefused) as raised:
        sender_to(server).send(replace(EMAIL, to="ada@localhost"))

    assert str(raised.value) == "SendGrid refuses this recipient."


def test_a_sender_that_sendgrid_refuses_is_a_matter_of_settings(server):
    with pytest.raises(EmailSettingsWrong):
        sender_to(server, default_from="partner@localhost").send(EMAIL)


def test_a_template_that_does_not_exist_keeps_the_mails_waiting(server):
    sender = sender_to(server, templates={"booking_declined": "d-" + "f" * 32})

    with pytest.raises(EmailSettingsWrong) as raised:
        sender.send(replace(EMAIL, template="booking_declined"))

    assert str(raised.value) == "SendGrid does not know one of the SENDGRID_TEMPLATE_… ids."


def test_a_mail_that_sendgrid_refuses_for_good_names_the_field_and_no_content(server):
    with pytest.raises(EmailRejected) as raised:
        sender_to(server).send(OutgoingEmail("ada@example.test", "Hallo", "", "", EMAIL.message_id))

    assert str(raised.value) == "SendGrid refuses this mail with code 400 (content)."


def test_check_says_what_is_wrong_with_the_account(server, settings):
    settings.SENDGRID_API_KEY, settings.SENDGRID_API_URL = "SG.wrong", server.url
    settings.EMAIL_SENDER = "portal.integrations.email.sendgrid.email_sender"
    assert email_sender().check() == ["SendGrid does not accept SENDGRID_API_KEY."]

    settings.SENDGRID_API_KEY, settings.SENDGRID_WEBHOOK_PUBLIC_KEY = "SG.key", "not a key"
    server.scopes = ["templates.read"]
    assert email_sender().check() == [
        "SENDGRID_WEBHOOK_PUBLIC_KEY is not the public key that SendGrid shows.",
        "SENDGRID_API_KEY may not send mail: its scope mail.send is missing.",
    ]


def test_check_of_an_address_that_is_none():
    sender = SendGridEmailSender(SendGridAccount("SG.key", url="http://127.0.0.1:1"), default_from="nobody")

    assert sender.check() == [
        "MAIL_FROM is not a valid e-mail address.",
        "SendGrid cannot be reached, or it broke off.",
    ]


def test_the_key_is_not_in_what_we_print():
    assert "SG.secret" not in repr(SendGridAccount(api_key="SG.secret"))
