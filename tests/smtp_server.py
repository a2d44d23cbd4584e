"""A mail server for tests: speaks real SMTP, keeps what it takes, and fails as told."""

import ssl
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

# Kind: at which step, and what is answered there.
_ANSWERS = {
    "recipient_450": ("rcpt", "450 4.2.0 Greylisted"),
    "recipient_451": ("rcpt", "451 4.3.0 Try again later"),
    "recipient_550": ("rcpt", "550 5.1.1 No such mailbox"),
    "recipient_550_in_short": ("rcpt", "550 No such mailbox"),
    "recipient_552": ("rcpt", "552 5.2.2 The mailbox is full"),
    "recipient_554": ("rcpt", "554 5.7.1 Relay access denied"),
    "sender_550": ("mail", "550 5.7.1 Sender not allowed"),
    "data_451": ("data", "451 4.3.0 Try again later"),
    "data_554": ("data", "554 5.7.1 Looks like spam"),
}
# Kind: at which step the connection is gone.
_DROPS = {
    "drop_at_recipient": "rcpt",
    "drop_before_answer": "data",  # taken, but the sender never hears of it
    "drop_after_answer": "quit",  # taken, and the sender knows
}


@dataclass(frozen=True)
class ReceivedMail:
    sender: str
    recipients: list[str]
    message: EmailMessage
    raw: bytes

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])

    def part(self, subtype: str) -> str:
        """The text of the part with this type, like "plain" or "html"."""
        for part in self.message.walk():
            if part.get_content_type() == f"text/{subtype}":
                return part.get_content()
        raise LookupError(subtype)


class SmtpServer:
    """Runs inside a `with` block on a free port of 127.0.0.1.

    :param login: user and password that are asked for
    :param certificate: offers STARTTLS, or speaks TLS from the first byte when `is_tls_only`
    """

    def __init__(
        self,
        *,
        login: tuple[str, str] | None = None,
        certificate: ssl.SSLContext | None = None,
        is_tls_only: bool = False,
    ) -> None:
        self.mails: list[ReceivedMail] = []
        self._failures: list[str] = []
        self.login = login
        options: dict[str, Any] = {
            "auth_require_tls": False,
            "enable_SMTPUTF8": False,
            # Else it asks a name server, which a test must not.
            "server_hostname": "mail.example.test",
        }
        if login:
            options["authenticator"] = self._authenticate
        else:
            options["auth_exclude_mechanism"] = ["LOGIN", "PLAIN"]
        if certificate and is_tls_only:
            options["ssl_context"] = certificate
        elif certificate:
            options |= {"tls_context": certificate, "require_starttls": True}
        self._controller = _FreePortController(_Handler(self), hostname="127.0.0.1", port=0, **options)

    @property
    def host(self) -> str:
        return "127.0.0.1"

    @property
    def port(self) -> int:
        return self._controller.port

    @property
    def message_ids(self) -> set[str]:
        return {mail.message_id for mail in self.mails}

    def fail_next(self, kind: str, *, times: int = 1) -> None:
        """Make the next mails fail in this way, then work again."""
        assert kind in _ANSWERS or kind in _DROPS, kind
        self._failures += [kind] * times

    def heal(self) -> None:
        self._failures.clear()

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._controller.stop()

    def take_failure(self, step: str) -> str | None:
        for kind in self._failures:
            if step in (_ANSWERS.get(kind, ("",))[0], _DROPS.get(kind)):
                self._failures.remove(kind)
                return kind
        return None

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        given = (data.login.decode(), data.password.decode()) if isinstance(data, LoginPassword) else None
        return AuthResult(success=given == self.login, handled=given == self.login)


class _FreePortController(Controller):
    def _trigger_server(self) -> None:
        # Port 0 lets the system choose, so two test runs never meet; only now do we know which.
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class _Handler:
    def __init__(self, server: SmtpServer) -> None:
        self._server = server

    async def handle_MAIL(  # noqa: N802 -- named by aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._server.login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        if answer := self._answer(server, "mail"):
            return answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802 -- named by aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self._answer(server, "rcpt"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- as above
        raw = envelope.original_content or b""
        failure = self._server.take_failure("data")
        if failure in _ANSWERS:
            return _ANSWERS[failure][1]
        message = message_from_bytes(raw, policy=default)
        assert isinstance(message, EmailMessage)
        mail = ReceivedMail(envelope.mail_from or "", list(envelope.rcpt_tos), message, raw)
        self._server.mails.append(mail)
        if failure:
            _drop(server)
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- as above
        self._answer(server, "quit")
        return "221 Bye"

    def _answer(self, server: SMTP, step: str) -> str | None:
        failure = self._server.take_failure(step)
        if failure in _DROPS:
            _drop(server)
            return "421 Bye"
        return _ANSWERS[failure][1] if failure else None


def _drop(server: SMTP) -> None:
    assert server.transport is not None
    server.transport.abort()
