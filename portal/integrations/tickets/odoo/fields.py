"""Which fields the ticket model has: OCA's help desk, Odoo's own, tasks and leads use different names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from portal.integrations.tickets import TicketDeskUnavailable
from portal.integrations.tickets.odoo.config import OdooClient

# Our word for it: the names it has in the models, the best first.
_NAMES = {
    "number": ("number", "ticket_ref"),
    "customer_name": ("contact_name", "partner_name"),
    "customer_email": ("partner_email", "email_from", "email_cc"),
    "team": ("team_id", "project_id"),
    "category": ("category_id", "ticket_type_id"),
    "tag": ("tag_ids",),
    "channel": ("channel_id",),
    "assignee": ("user_id",),
    "priority": ("priority",),
}


@dataclass(frozen=True)
class TicketFields:
    """What `fields_get` says about the configured model."""

    _fields: Mapping[str, Mapping[str, Any]]

    def name(self, word: str) -> str | None:
        """The model's field for our word; None when the model knows no such thing."""
        return next((name for name in _NAMES[word] if name in self._fields), None)

    def related_model(self, word: str) -> str:
        """Which model the field for our word refers to."""
        return str(self._fields[self.name(word) or ""].get("relation", ""))


def read_fields(client: OdooClient, model: str) -> TicketFields:
    """:raises TicketDeskError: as every call"""
    answer = client.call(model, "fields_get", {"attributes": ["type", "relation"]})
    if not isinstance(answer, dict):
        raise TicketDeskUnavailable(_("Odoo's answer cannot be understood."))
    return TicketFields(answer)


def column(field: str, reference: str) -> str:
    """How `load` wants to hear of a reference: `/.id` says that it is a number, `/id` an external id."""
    return f"{field}/.id" if reference.replace(",", "").isdecimal() else f"{field}/id"
