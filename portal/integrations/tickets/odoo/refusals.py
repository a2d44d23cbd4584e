"""What an answer of Odoo means that is none: by the exception's name, never by the status.

A database that is down answers 404, a value that Odoo will never take answers 500, and JSON-RPC says 200 to all.
"""

from typing import Any

from django.utils.translation import gettext as _

from portal.integrations.calls import Answer, NoAnswer, NoAnswerInTime, NotJson
from portal.integrations.tickets import TicketDeskAuthFailed, TicketDeskRejected, TicketDeskUnavailable

_AUTH = ("Unauthorized", "AccessDenied")
_PASSING_STATUS = {429, 502, 503, 504}
_MAX_REASON = 200


class OdooRefused(TicketDeskRejected):
    """Odoo understood the call and refused it with a named exception.

    As a text it is only that name, for logs and failed jobs: Odoo's words may quote what we sent.

    :param exception: Odoo's name of it, like `odoo.exceptions.AccessError`
    """

    def __init__(self, exception: str, reason: str) -> None:
        self.exception = exception
        self.reason = reason
        super().__init__(_("Odoo refuses this ({name}).").format(name=self._name))

    @property
    def in_odoos_words(self) -> str:
        """For whoever asked at this moment."""
        if not self.reason:
            return str(self)
        return _("Odoo refuses this ({name}): {reason}").format(name=self._name, reason=self.reason)

    @property
    def _name(self) -> str:
        return self.exception.rpartition(".")[2]


def unavailable(problem: NoAnswer) -> TicketDeskUnavailable:
    if isinstance(problem, NoAnswerInTime):
        return TicketDeskUnavailable(_("Odoo does not answer in time."))
    return TicketDeskUnavailable(_("Odoo cannot be reached, or it broke off."))


def parsed(answer: Answer) -> Any:
    """:raises TicketDeskUnavailable: when it is not JSON: a proxy speaks, or an Odoo without its database"""
    try:
        return answer.json()
    except NotJson:
        raise TicketDeskUnavailable(
            _("What answers at ODOO_URL is not Odoo's interface at the moment (status {status}).").format(
                status=answer.status
            )
        ) from None


def key_refused() -> TicketDeskAuthFailed:
    return TicketDeskAuthFailed(_("Odoo does not accept ODOO_API_KEY. It may have expired."))


def failure(error: object, *, status: int, api_key: str) -> Exception:
    """:param error: Odoo's description of its exception; of it only the name and the message are used,
    because `debug` is a traceback and the arguments are what we sent"""
    known = error if isinstance(error, dict) else {}
    name = known.get("name")
    if not isinstance(name, str) or status in _PASSING_STATUS or _is_passing(name):
        return TicketDeskUnavailable(
            _("Odoo has trouble of its own at the moment (status {status}).").format(status=status)
        )
    if name.rpartition(".")[2] in _AUTH:
        return key_refused()
    message = " ".join(str(known.get("message") or "").split())
    return OdooRefused(name, (message.replace(api_key, "…") if api_key else message)[:_MAX_REASON])


def _is_passing(exception: str) -> bool:
    return exception.startswith("psycopg2.") or exception.endswith("ConcurrencyError")
