"""What the portal does at Odoo's help desk."""

import random
import time
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from portal.integrations.tickets import (
    NewTicket,
    Ticket,
    TicketDeskRejected,
    TicketDeskUnavailable,
    check_note_key,
)
from portal.integrations.tickets.odoo import check
from portal.integrations.tickets.odoo.config import OdooClient, OdooSettings
from portal.integrations.tickets.odoo.fields import TicketFields, column, read_fields
from portal.integrations.tickets.odoo.json2 import OdooRefused

_LOAD_TRIES = 3
_UNKNOWN_REFERENCE = "builtins.ValueError"
_MAX_REASON = 200


class OdooTicketDesk:
    def __init__(
        self, odoo: OdooSettings, client: OdooClient, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._odoo = odoo
        self._client = client
        self._sleep = sleep
        self._known_fields: TicketFields | None = None

    def open_ticket(self, ticket: NewTicket) -> Ticket:
        # A timeout after Odoo has saved looks like a failure to us, and the job tries again. load() with
        # our own external id creates once and otherwise returns what is there; "search, then create"
        # made four tickets out of four parallel calls.
        ticket_id = self._load(ticket)
        return Ticket(id=str(ticket_id), number=self._number(ticket_id))

    def add_note(self, ticket_id: str, body_html: str, note_key: str) -> None:
        check_note_key(note_key)
        if not ticket_id.isdecimal():
            raise TicketDeskRejected(_("The ticket does not exist any more."))
        message_id = f"<{note_key}@{self._odoo.prefix.replace('_', '-')}>"
        # Odoo itself takes the same note twice.
        if self._client.call("mail.message", "search_count", {"domain": [["message_id", "=", message_id]]}):
            return
        self._client.call(
            self._odoo.model,
            "message_post",
            {
                "ids": [int(ticket_id)],
                "body": body_html,
                "body_is_html": True,
                # An internal note: a comment would be mailed to the customer.
                "subtype_xmlid": "mail.mt_note",
                "message_id": message_id,
            },
        )

    def check(self) -> list[str]:
        return check.problems(self._odoo, self._client)

    def _load(self, ticket: NewTicket) -> int:
        row = self._row(ticket)
        arguments: dict[str, object] = {
            "fields": list(row),
            "data": [list(row.values())],
            # Create it if it is absent, else leave it as it is. Without this, load() writes over what
            # staff have changed in the meantime.
            "context": {"mode": "update", "noupdate": True},
        }
        reason = ""
        for attempt in range(_LOAD_TRIES):
            if attempt:
                self._sleep(random.uniform(0.1, 0.4) * attempt)  # noqa: S311 -- only to step out of each other's way
            answer = self._client.call(self._odoo.model, "load", arguments)
            # Refused: perhaps because another worker was faster with the same key.
            if ticket_id := _loaded_id(answer) or self._existing_id(ticket.key):
                return ticket_id
            reason = _reason(answer, ticket)
        raise TicketDeskRejected(_("Odoo does not take the ticket: {reason}").format(reason=reason))

    def _row(self, ticket: NewTicket) -> dict[str, str]:
        fields = self._fields()
        row = {
            "id": f"{self._odoo.prefix}.{ticket.key}",
            "name": ticket.subject,
            "description": ticket.body_html,
        }
        for word, value in (
            ("customer_name", ticket.customer_name),
            ("customer_email", ticket.customer_email),
            ("priority", ticket.priority),
        ):
            if name := fields.name(word):
                row[name] = value
        if name := fields.name("assignee"):
            # Left out, the help desk assigns the ticket to our own user, and nobody picks it up.
            row[f"{name}/.id"] = ""
        return row | self._references(fields, ticket.category)

    def _references(self, fields: TicketFields, category: str) -> dict[str, str]:
        configured = {
            "team": self._odoo.team,
            "category": dict(self._odoo.categories).get(category, ""),
            "tag": self._odoo.tag,
            "channel": self._odoo.channel,
        }
        return {
            column(name, reference): reference
            for word, reference in configured.items()
            if reference and (name := fields.name(word))
        }

    def _existing_id(self, key: str) -> int | None:
        try:
            answer = self._client.call(
                "ir.model.data", "check_object_reference", {"module": self._odoo.prefix, "xml_id": key}
            )
        except OdooRefused as refusal:
            if refusal.exception == _UNKNOWN_REFERENCE:
                return None
            raise
        found = answer[1] if isinstance(answer, list) and len(answer) == 2 else None
        return found if isinstance(found, int) and found else None

    def _number(self, ticket_id: int) -> str:
        name = self._fields().name("number")
        if name is None:
            return str(ticket_id)
        rows = self._client.call(self._odoo.model, "read", {"ids": [ticket_id], "fields": [name]})
        if not rows:
            # Deleted between the two calls. The next try opens a new one.
            raise TicketDeskUnavailable(_("The ticket was removed in Odoo at this moment."))
        return str(rows[0].get(name) or ticket_id)

    def _fields(self) -> TicketFields:
        if self._known_fields is None:
            self._known_fields = read_fields(self._client, self._odoo.model)
        return self._known_fields


def _loaded_id(answer: Any) -> int | None:
    ids = answer.get("ids") if isinstance(answer, dict) else None
    return ids[0] if isinstance(ids, list) and ids and isinstance(ids[0], int) else None


def _reason(answer: Any, ticket: NewTicket) -> str:
    """Odoo's words, for staff only: they are translated text. What we sent is taken out of them."""
    messages = answer.get("messages", []) if isinstance(answer, dict) else []
    text = " ".join(" ".join(str(message.get("message", "")) for message in messages).split())
    for value in (ticket.body_html, ticket.subject, ticket.customer_name, ticket.customer_email):
        text = text.replace(value, "…") if value else text
    return text[:_MAX_REASON]
