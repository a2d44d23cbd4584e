"""Which fields a ticket has: OCA's help desk, Odoo's own, tasks and leads use different models and names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from portal.integrations.tickets import TicketDeskUnavailable
from portal.integrations.tickets.odoo.config import OdooClient, OdooSettings

DEFAULT_MODEL = "helpdesk.ticket"
MODELS = {"task": "project.task", "lead": "crm.lead"}

# Our word for it: the field of that flavour. A word that is missing is something the flavour does not know.
_COMMON = {"tag": "tag_ids", "priority": "priority", "stage": "stage_id"}
_HELP_DESK = {
    **_COMMON,
    "customer_name": "partner_name",
    "customer_email": "partner_email",
    "team": "team_id",
    "assignee": "user_id",
}
_FLAVOURS: Mapping[str, Mapping[str, str]] = {
    "oca": {
        **_HELP_DESK,
        "number": "number",
        "category": "category_id",
        "channel": "channel_id",
        "closed": "closed",
    },
    "enterprise": {
        **_HELP_DESK,
        "number": "ticket_ref",
        "category": "ticket_type_id",
        "closed": "close_date",
    },
    "task": {**_COMMON, "customer_email": "email_cc", "team": "project_id", "closed": "is_closed"},
    "lead": {
        **_COMMON,
        "customer_name": "contact_name",
        "customer_email": "email_from",
        "team": "team_id",
        "assignee": "user_id",
        "closed": "date_closed",
    },
}
FLAVOURS = tuple(_FLAVOURS)
# What says of a stage that tickets in it are closed. A task is closed by its state, in whatever stage it is.
_CLOSING = {"oca": "closed", "enterprise": "fold", "lead": "is_won"}


@dataclass(frozen=True)
class TicketFields:
    """What `fields_get` says about the configured model, in our words."""

    flavour: str
    _fields: Mapping[str, Mapping[str, Any]]

    def name(self, word: str) -> str | None:
        """The model's field for our word; None when the model knows no such thing."""
        name = _FLAVOURS[self.flavour].get(word)
        return name if name in self._fields else None

    def related_model(self, word: str) -> str:
        """Which model the field for our word refers to."""
        return str(self._fields[self.name(word) or ""].get("relation", ""))

    def closing_flag(self) -> str | None:
        """The field of a stage that says whether it closes tickets; None where no stage does."""
        return _CLOSING.get(self.flavour)

    def is_missing_number(self) -> bool:
        """Whether the model lacks what its flavour is known by: then it is of another one."""
        return "number" in _FLAVOURS[self.flavour] and self.name("number") is None

    def priority(self, wanted: str) -> str:
        """The wanted one, or the highest that the model has: tasks of Odoo 18 know two."""
        known = [str(value) for value, _label in self._fields.get("priority", {}).get("selection", [])]
        return max(known) if known and wanted not in known else wanted


def model_of(odoo: OdooSettings) -> str:
    return odoo.model or MODELS.get(odoo.flavour, DEFAULT_MODEL)


def read_fields(client: OdooClient, odoo: OdooSettings) -> TicketFields:
    """:raises TicketDeskError: as every call"""
    model = model_of(odoo)
    answer = client.call(model, "fields_get", {"attributes": ["type", "relation", "selection"]})
    if not isinstance(answer, dict):
        raise TicketDeskUnavailable(_("Odoo's answer cannot be understood."))
    flavour = odoo.flavour if odoo.flavour in _FLAVOURS else _flavour_by_fields(model, answer)
    return TicketFields(flavour, answer)


def is_closing(client: OdooClient, fields: TicketFields, stage: int) -> bool:
    """Whether tickets in the stage of this number are closed. :raises TicketDeskError: as every call"""
    flag = fields.closing_flag()
    if flag is None:
        return False
    rows = client.call(fields.related_model("stage"), "read", {"ids": [stage], "fields": [flag]})
    return bool(rows and rows[0].get(flag))


def _flavour_by_fields(model: str, fields: Mapping[str, Any]) -> str:
    by_model = {model: flavour for flavour, model in MODELS.items()}
    return by_model.get(model) or ("enterprise" if "ticket_ref" in fields else "oca")


def column(field: str, reference: str) -> str:
    """How `load` wants to hear of a reference: `/.id` says that it is a number, `/id` an external id."""
    return f"{field}/.id" if reference.replace(",", "").isdecimal() else f"{field}/id"
