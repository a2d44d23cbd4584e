"""Which Odoo, and how it is spoken to."""

from dataclasses import dataclass, field
from typing import Any, Protocol


class OdooClient(Protocol):
    """One of Odoo's wire formats; the names of models, methods and arguments are the same in all."""

    def call(self, model: str, method: str, arguments: dict[str, object]) -> Any: ...

    def version(self) -> str | None: ...


@dataclass(frozen=True)
class OdooSettings:
    """References are external ids ("module.name") or numbers; an empty one is left out.

    :param prefix: stands before the key of each ticket; it must not be the name of a module installed in Odoo
    :param categories: pairs of our word and Odoo's reference
    """

    url: str
    database: str
    api_key: str = field(repr=False)
    model: str = "helpdesk.ticket"
    prefix: str = "partner_portal"
    team: str = ""
    tag: str = ""
    channel: str = ""
    categories: tuple[tuple[str, str], ...] = ()
