"""An OutgoingEmail as a message in MIME. All senders use it, so all refuse the same mails."""

import re
from email.headerregistry import Address, AddressHeader
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from typing import cast

from django.utils.translation import gettext as _

from portal.integrations.email import EmailRecipientRefused, EmailRejected, OutgoingEmail

_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_OWN_HEADERS = {
    "from",
    "to",
    "cc",
    "bcc",
    "sender",
    "reply-to",
    "subject",
    "message-id",
    "date",
    "mime-version",
}


def build_message(email: OutgoingEmail, *, default_from: str) -> EmailMessage:
    """The mail as it goes over the wire, dated now.

    Line breaks in subjects and headers become spaces, so no value can start a header of its own.

    :raises EmailRecipientRefused: for an address no mail can be sent to
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(email.from_address or default_from)
    message["To"] = _recipient(email.to)
    if email.reply_to:
        message["Reply-To"] = _address(email.reply_to)
    message["Subject"] = _one_line(email.subject)
    message["Message-ID"] = email.message_id
    message["Date"] = formatdate(localtime=True)
    # Keeps vacation notes and other robots from answering.
    message["Auto-Submitted"] = "auto-generated"
    _add_headers(message, email)
    # Quoted-printable, because not every relay on the way takes eight bits, and a relay that recodes
    # the body breaks its signature.
    message.set_content(email.text, cte="quoted-printable")
    if email.html:
        message.add_alternative(email.html, subtype="html", cte="quoted-printable")
    return message


def address_of(message: EmailMessage, header: str) -> str:
    """The bare address in `From` or `To`."""
    return cast("AddressHeader", message[header]).addresses[0].addr_spec


def is_address(text: str) -> bool:
    """Whether a mail could go to it or come from it."""
    try:
        _address(text)
    except EmailRejected:
        return False
    return True


def _recipient(text: str) -> Address:
    try:
        return _address(text)
    except EmailRejected as rejection:
        raise EmailRecipientRefused(str(rejection)) from rejection


def _add_headers(message: EmailMessage, email: OutgoingEmail) -> None:
    for name, value in email.headers.items():
        if not _HEADER_NAME.fullmatch(name) or name.lower() in _OWN_HEADERS:
            raise ValueError(f"{name!r} is not a header a mail may add.")
        del message[name]
        message[name] = _one_line(value)


def _address(text: str) -> Address:
    probe = EmailMessage(policy=SMTP)
    try:
        probe["To"] = text
        header = cast("AddressHeader", probe["To"])
        (address,) = header.addresses
        if probe["To"].defects or not (address.username and address.domain) or " " in address.addr_spec:
            raise ValueError
        # The part after the @ travels in its ASCII form, which every server understands.
        domain = address.domain.encode("idna").decode("ascii")
        return Address(_one_line(address.display_name), address.username, domain)
    except (ValueError, IndexError, UnicodeError) as error:
        raise EmailRejected(_("The address is not a valid e-mail address.")) from error


def _one_line(text: str) -> str:
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
