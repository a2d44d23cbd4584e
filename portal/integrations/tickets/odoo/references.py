"""External ids ("module.name") and numbers of Odoo's records."""

from portal.integrations.tickets.odoo.config import OdooClient
from portal.integrations.tickets.odoo.refusals import OdooRefused

_UNKNOWN = "builtins.ValueError"


def number_of(client: OdooClient, model: str, reference: str) -> int | None:
    """The record's number; None when Odoo knows no such record of that model, or hides it from our user.

    :raises TicketDeskError: as every call
    """
    if reference.isdecimal():
        return int(reference)
    module, _dot, name = reference.partition(".")
    try:
        found = client.call("ir.model.data", "check_object_reference", {"module": module, "xml_id": name})
    except OdooRefused as refusal:
        if refusal.exception == _UNKNOWN:
            return None
        raise
    is_one = isinstance(found, list) and len(found) == 2 and found[0] == model
    return found[1] if is_one and isinstance(found[1], int) and found[1] else None
