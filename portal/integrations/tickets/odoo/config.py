"""Which Odoo, and how it is spoken to."""

from dataclasses import dataclass, field
from typing import Any, Protocol


class OdooClient(Protocol):
    """One of Odoo's wire formats; the names of models, methods and arguments are the same in all."""

    def call(self, model: str, method: str, arguments: dict[str, object]) -> Any:
        """What the method returns. Records are named by the argument `ids`.

        :raises TicketDeskUnavailable: no answer, or one that says nothing about the call
        :raises TicketDeskAuthFailed: the key is wrong, expired, or its user disabled
        :raises OdooRefused: a named exception, which stays the same however often the call is made
        """

    def version(self) -> str | None:
        """Like "19.0"; None when the address answers, but not as an Odoo with this interface.

        :raises TicketDeskUnavailable: nobody answers
        """


@dataclass(frozen=True)
class OdooSettings:
    """References are external ids ("module.name") or numbers; an empty one is left out.

    :param login: of the bot user; only JSON-RPC wants it
    :param api: "json2", "jsonrpc", or "auto": whichever this Odoo speaks
    :param flavour: which kind of ticket the model is (see `fields`), or "auto": by its fields
    :param model: empty for the flavour's own
    :param prefix: stands before the key of each ticket; it must not be the name of a module installed in Odoo
    :param categories: pairs of our word and Odoo's reference
    :param stages: the same for how far a case is
    """

    url: str
    database: str
    api_key: str = field(repr=False)
    login: str = ""
    api: str = "auto"
    flavour: str = "auto"
    model: str = ""
    prefix: str = "partner_portal"
    team: str = ""
    tag: str = ""
    channel: str = ""
    categories: tuple[tuple[str, str], ...] = ()
    stages: tuple[tuple[str, str], ...] = ()
