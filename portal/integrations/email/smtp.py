"""Mail over SMTP, with the standard library. One connection per mail: the outbox sends few."""

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Literal, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from portal.integrations.email import (
    EmailRecipientRefused,
    EmailRejected,
    EmailSettingsWrong,
    EmailUnavailable,
    OutgoingEmail,
)
from portal.integrations.email.message import address_of, build_message, is_address

Security = Literal["starttls", "tls", "none"]

# An enhanced status code (RFC 3463) of the seventh class speaks of a policy, not of the address.
_POLICY = re.compile(rb"\s*5\.7\.\d")


@dataclass(frozen=True)
class SmtpServer:
    """Where mail is handed over.

    :param hello_name: how the portal introduces itself; looking it up may wait long for a name server
    :param certificates: the authorities to trust; None for those of the system
    """

    host: str
    port: int
    security: Security = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    hello_name: str = "localhost"
    timeout_seconds: float = 10
    certificates: str | None = None


class SmtpEmailSender:
    def __init__(self, server: SmtpServer, *, default_from: str) -> None:
        self._server = server
        self._default_from = default_from

    def send(self, email: OutgoingEmail) -> None:
        message = build_message(email, default_from=self._default_from)
        with _session(self._server) as session:
            _hand_over(session, message)

    def check(self) -> list[str]:
        try:
            with _session(self._server) as session:
                session.noop()
        except EmailUnavailable as problem:
            return [str(problem)]
        if not is_address(self._default_from):
            return [_("MAIL_FROM is not a valid e-mail address.")]
        return []


def email_sender() -> SmtpEmailSender:
    server = SmtpServer(
        host=settings.SMTP_HOST,
        port=settings.SMTP_PORT,
        security=cast("Security", settings.SMTP_SECURITY),
        user=settings.SMTP_USER,
        password=settings.SMTP_PASSWORD,
        hello_name=urlsplit(settings.PORTAL_URL).hostname or "localhost",
    )
    return SmtpEmailSender(server, default_from=settings.MAIL_FROM)


@contextmanager
def _session(server: SmtpServer) -> Iterator[smtplib.SMTP]:
    """A connection that has said hello, is encrypted as configured and signed in.

    :raises EmailUnavailable: with a sentence on what went wrong, in the block as well
    """
    session: smtplib.SMTP | None = None
    try:
        session = _connect(server)
        _sign_in(session, server)
        yield session
    except smtplib.SMTPAuthenticationError as error:
        # Not the mail's fault: it waits until somebody has put the password right.
        raise EmailSettingsWrong(_("The mail server does not accept SMTP_USER and SMTP_PASSWORD.")) from error
    except ssl.SSLError as error:
        raise EmailUnavailable(
            _("No trusted, encrypted connection to the mail server came about. Please check SMTP_SECURITY.")
        ) from error
    except smtplib.SMTPResponseException as error:
        raise EmailUnavailable(
            _("The mail server answered with code {code}.").format(code=error.smtp_code)
        ) from error
    except (smtplib.SMTPException, OSError) as error:
        raise EmailUnavailable(_("The mail server cannot be reached, or it broke off.")) from error
    finally:
        _leave(session)


def _connect(server: SmtpServer) -> smtplib.SMTP:
    trust = ssl.create_default_context(cafile=server.certificates)
    if server.security == "tls":
        return smtplib.SMTP_SSL(
            server.host, server.port, server.hello_name, timeout=server.timeout_seconds, context=trust
        )
    session = smtplib.SMTP(server.host, server.port, server.hello_name, timeout=server.timeout_seconds)
    try:
        session.ehlo()
        if server.security == "starttls":
            _encrypt(session, trust)
    except BaseException:
        session.close()
        raise
    return session


def _encrypt(session: smtplib.SMTP, trust: ssl.SSLContext) -> None:
    # Never without it: a server in between that hides STARTTLS would read the password and every link.
    if not session.has_extn("starttls"):
        raise EmailUnavailable(_("The mail server does not offer STARTTLS. Please check SMTP_SECURITY."))
    session.starttls(context=trust)


def _sign_in(session: smtplib.SMTP, server: SmtpServer) -> None:
    session.ehlo_or_helo_if_needed()
    if not server.user:
        return
    try:
        session.login(server.user, server.password)
    except (smtplib.SMTPResponseException, smtplib.SMTPServerDisconnected):
        raise
    except smtplib.SMTPException as error:
        raise EmailUnavailable(
            _("The mail server offers no way to sign in that we know. Please check SMTP_SECURITY.")
        ) from error
    except UnicodeEncodeError:
        # `from None`: the error's own text is the password.
        raise EmailUnavailable(_("SMTP_USER and SMTP_PASSWORD may only have ASCII characters.")) from None


def _hand_over(session: smtplib.SMTP, message: EmailMessage) -> None:
    try:
        session.send_message(message, address_of(message, "From"), [address_of(message, "To")])
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        if code >= 500:
            # A relay that does not know us refuses every recipient: no address is to blame for that.
            reason = EmailRejected if _POLICY.match(text) else EmailRecipientRefused
            raise reason(
                _("The mail server refuses this recipient with code {code}.").format(code=code)
            ) from None  # The error's own text names the address.
        raise EmailUnavailable(
            _("The mail server does not take mail for this recipient now (code {code}).").format(code=code)
        ) from None
    except smtplib.SMTPSenderRefused as error:
        # The same for every mail, so a matter of configuration and not of this one.
        raise EmailSettingsWrong(
            _("The mail server does not accept MAIL_FROM as sender (code {code}).").format(
                code=error.smtp_code
            )
        ) from error
    except smtplib.SMTPDataError as error:
        if error.smtp_code < 500:
            raise
        raise EmailRejected(
            _("The mail server refuses this mail with code {code}.").format(code=error.smtp_code)
        ) from error


def _leave(session: smtplib.SMTP | None) -> None:
    """Say goodbye. The mail is taken by now, so nothing that goes wrong here may count as a failure."""
    if session is None:
        return
    with suppress(smtplib.SMTPException, OSError):
        session.quit()
    session.close()
