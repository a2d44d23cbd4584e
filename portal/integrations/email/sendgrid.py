"""Mail over SendGrid's API, version 3. One call per mail: each has a recipient, a link and a Message-ID of its own."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from typing import Any, cast

import httpx
import orjson
from django.conf import settings
from django.utils.translation import gettext as _

from portal.core.wording import NO_BREAK_SPACE
from portal.integrations.calls import Answer, AnswerTooLong, Caller, NoAddress, NoAnswer, NoAnswerInTime
from portal.integrations.email import (
    EmailRecipientRefused,
    EmailRejected,
    EmailSettingsWrong,
    EmailUnavailable,
    OutgoingEmail,
)
from portal.integrations.email.message import build_message, is_address
from portal.integrations.email.sendgrid_events import is_public_key

_MAX_BYTES = 200_000
_OWN_FIELDS = {
    "from",
    "to",
    "reply-to",
    "subject",
    "date",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
}
# The provider would lead every link over a server of its own, where a robot opens it before the person does, and
# would add a footer to unsubscribe from what nobody can do without.
_NO_TRACKING = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": {"enable": False},
    "subscription_tracking": {"enable": False},
    "ganalytics": {"enable": False},
}
# Whoever unsubscribed from the marketplace's newsletter still gets the bookings.
_MAIL_SETTINGS = {"bypass_unsubscribe_management": {"enable": True}}
_FIELD_NAME = re.compile(r"[a-z0-9_.]{1,60}")


@dataclass(frozen=True)
class SendGridAccount:
    """
    :param templates: id of the account's own template, by the name of a mail
    :param timeout_seconds: for each step of a call, and twice that for all of it
    """

    api_key: str = field(repr=False)
    url: str = "https://api.sendgrid.com"
    templates: Mapping[str, str] = field(default_factory=dict)
    webhook_public_key: str = ""
    timeout_seconds: float = 10


class SendGridEmailSender:
    def __init__(self, account: SendGridAccount, *, default_from: str) -> None:
        self._account = account
        self._default_from = default_from
        self._caller = Caller(
            account.url,
            timeout=httpx.Timeout(account.timeout_seconds),
            total_seconds=2 * account.timeout_seconds,
            # Senders are made anew for each mail.
            at_once=1,
            longest=_MAX_BYTES,
        )

    def send(self, email: OutgoingEmail) -> None:
        message = build_message(email, default_from=self._default_from)
        answer = self._ask("POST", "/v3/mail/send", self._body(email, message))
        if answer.status != 202:
            raise _failure(answer)

    def check(self) -> list[str]:
        problems = []
        if not is_address(self._default_from):
            problems.append(_("MAIL_FROM is not a valid e-mail address."))
        key = self._account.webhook_public_key
        if key and not is_public_key(key):
            problems.append(_("SENDGRID_WEBHOOK_PUBLIC_KEY is not the public key that SendGrid shows."))
        return problems + self._problems_of_key()

    def _problems_of_key(self) -> list[str]:
        try:
            answer = self._ask("GET", "/v3/scopes", None)
            if answer.status != 200:
                raise _failure(answer)
        except (EmailUnavailable, EmailRejected) as problem:
            return [str(problem)]
        scopes = _parsed(answer).get("scopes")
        if not isinstance(scopes, list) or "mail.send" not in scopes:
            return [_("SENDGRID_API_KEY may not send mail: its scope mail.send is missing.")]
        return []

    def _body(self, email: OutgoingEmail, message: EmailMessage) -> dict[str, Any]:
        template_id = self._account.templates.get(email.template, "")
        to: dict[str, Any] = {"to": [_address(message, "To")]}
        body: dict[str, Any] = {
            "personalizations": [to],
            "from": _address(message, "From"),
            "headers": {
                name: str(value) for name, value in message.items() if name.lower() not in _OWN_FIELDS
            },
            "custom_args": dict(email.tags),
            "tracking_settings": _NO_TRACKING,
            "mail_settings": _MAIL_SETTINGS,
        }
        if email.reply_to:
            body["reply_to"] = _address(message, "Reply-To")
        if template_id:
            body["template_id"] = template_id
            to["dynamic_template_data"] = {"subject": str(message["Subject"]), **email.data}
        else:
            # SendGrid refuses an empty one.
            body["subject"] = str(message["Subject"]) or NO_BREAK_SPACE
            body["content"] = _content(email)
        return body

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None) -> Answer:
        headers = {"Authorization": f"Bearer {self._account.api_key}"}
        try:
            return self._caller.call(method, path, headers=headers, body=body)
        except NoAnswerInTime as error:
            raise EmailUnavailable(_("SendGrid does not answer in time.")) from error
        except NoAddress as error:
            raise EmailSettingsWrong(_("SENDGRID_API_URL is not an address.")) from error
        except AnswerTooLong as error:
            raise EmailUnavailable(_("SendGrid's answer is too long to be one.")) from error
        except NoAnswer as error:
            raise EmailUnavailable(_("SendGrid cannot be reached, or it broke off.")) from error


def email_sender() -> SendGridEmailSender:
    account = SendGridAccount(
        api_key=settings.SENDGRID_API_KEY,
        url=settings.SENDGRID_API_URL,
        templates=settings.SENDGRID_TEMPLATES,
        webhook_public_key=settings.SENDGRID_WEBHOOK_PUBLIC_KEY,
    )
    return SendGridEmailSender(account, default_from=settings.MAIL_FROM)


def _address(message: EmailMessage, header: str) -> dict[str, str]:
    (address,) = cast("AddressHeader", message[header]).addresses
    return {
        "email": address.addr_spec,
        **({"name": address.display_name} if address.display_name else {}),
    }


def _content(email: OutgoingEmail) -> list[dict[str, str]]:
    parts = {"text/plain": email.text, "text/html": email.html}
    # In this order, and never an empty part: SendGrid refuses both.
    return [{"type": kind, "value": value} for kind, value in parts.items() if value]


def _failure(answer: Answer) -> EmailUnavailable | EmailRejected:
    """What an answer other than "taken" means. Its own words stay out: they quote the address."""
    status, name = answer.status, _refused_field(answer)
    if status == 401:
        return EmailSettingsWrong(_("SendGrid does not accept SENDGRID_API_KEY."))
    if status == 403 or name.startswith("from"):
        return EmailSettingsWrong(_("SendGrid does not let this key send mail from MAIL_FROM."))
    if status == 400 and name.startswith("template_id"):
        return EmailSettingsWrong(_("SendGrid does not know one of the SENDGRID_TEMPLATE_… ids."))
    if status == 400 and name.startswith("personalizations.0.to"):
        return EmailRecipientRefused(_("SendGrid refuses this recipient."))
    if status in (400, 413):
        return EmailRejected(
            _("SendGrid refuses this mail with code {code} ({field}).").format(code=status, field=name or "–")
        )
    if status in (301, 302, 303, 307, 308, 404, 405):
        return EmailSettingsWrong(_("What answers at SENDGRID_API_URL is not SendGrid's API."))
    return EmailUnavailable(
        _("SendGrid does not take mail at the moment (code {code}).").format(code=status),
        retry_after_seconds=_retry_after(answer),
    )


def _refused_field(answer: Answer) -> str:
    errors = _parsed(answer).get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    name = first.get("field")
    return name if isinstance(name, str) and _FIELD_NAME.fullmatch(name) else ""


def _retry_after(answer: Answer) -> int:
    """In seconds; SendGrid's own header names the moment instead."""
    pause, moment = answer.headers.get("Retry-After", ""), answer.headers.get("X-RateLimit-Reset", "")
    if pause.isdecimal():
        return int(pause)
    return max(0, int(moment) - int(time.time())) if moment.isdecimal() else 0


def _parsed(answer: Answer) -> dict[str, Any]:
    try:
        value = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}
