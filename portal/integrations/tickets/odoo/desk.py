"""What the portal does at Odoo's help desk."""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from portal.integrations.tickets import (
    NewTicket,
    Priority,
    Stage,
    Ticket,
    TicketDeskRejected,
    TicketDeskUnavailable,
    TicketGone,
    check_note_key,
)
from portal.integrations.tickets.odoo import check
from portal.integrations.tickets.odoo.config import OdooClient, OdooSettings
from portal.integrations.tickets.odoo.fields import TicketFields, column, is_closing, model_of, read_fields
from portal.integrations.tickets.odoo.references import number_of
from portal.integrations.tickets.odoo.refusals import OdooRefused

_LOAD_TRIES = 3
_MAX_REASON = 200


class OdooTicketDesk:
    def __init__(
        self, odoo: OdooSettings, client: OdooClient, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._odoo = odoo
        self._model = model_of(odoo)
        self._client = client
        self._sleep = sleep
        self._known_fields: TicketFields | None = None

    def open_ticket(self, ticket: NewTicket) -> Ticket:
        # A timeout after Odoo has saved looks like a failure to us, and the job tries again. load() with
        # our own external id creates once and otherwise returns what is there; "search, then create"
        # made four tickets out of four parallel calls.
        ticket_id = self._load(ticket)
        return Ticket(id=str(ticket_id), number=self._number(ticket_id))

    def find_ticket(self, key: str) -> Ticket | None:
        ticket_id = self._existing_id(key)
        return Ticket(id=str(ticket_id), number=self._number(ticket_id)) if ticket_id else None

    def add_note(self, ticket_id: str, body_html: str, note_key: str) -> None:
        check_note_key(note_key)
        record_id = _record_id(ticket_id)
        message_id = f"<{note_key}@{self._odoo.prefix.replace('_', '-')}>"
        # Odoo itself takes the same note twice.
        if self._client.call("mail.message", "search_count", {"domain": [["message_id", "=", message_id]]}):
            return
        with _gone_if_missing():
            self._client.call(
                self._model,
                "message_post",
                {
                    "ids": [record_id],
                    "body": body_html,
                    "body_is_html": True,
                    # An internal note: a comment would be mailed to the customer.
                    "subtype_xmlid": "mail.mt_note",
                    "message_id": message_id,
                },
            )

    def update_ticket(self, ticket_id: str, *, category: str, priority: Priority) -> None:
        names = {word: self._fields().name(word) for word in ("closed", "priority", "category")}
        row = self._read(_record_id(ticket_id), [name for name in names.values() if name])
        if names["closed"] and row.get(names["closed"]):
            return
        values: dict[str, object] = {}
        if name := names["priority"]:
            # Staff may have found it more urgent than we do.
            values[name] = max(self._fields().priority(priority), str(row.get(name) or "0"))
        if (name := names["category"]) and (number := self._category_number(category)):
            values[name] = number
        if values:
            with _gone_if_missing():
                self._client.call(self._model, "write", {"ids": [int(ticket_id)], "vals": values})

    def move_ticket(self, ticket_id: str, *, stage: Stage) -> None:
        field, closed = self._fields().name("stage"), self._fields().name("closed")
        row = self._read(_record_id(ticket_id), [closed or "id"])
        number = self._stage_number(stage)
        if field is None or number is None or (closed and row.get(closed)):
            return
        with _gone_if_missing():
            self._client.call(
                self._model,
                "write",
                {
                    "ids": [int(ticket_id)],
                    "vals": {field: number},
                    # Tracked, a stage with a template of its own mails the customer.
                    "context": {"tracking_disable": True},
                },
            )

    def key_expires_at(self, *, at: datetime) -> datetime | None:
        user = self._client.call("res.users", "context_get", {})
        uid = user.get("uid") if isinstance(user, dict) else None
        domain = [["expiration_date", "!=", False], *([["user_id", "=", uid]] if uid else [])]
        try:
            rows = self._client.call(
                "res.users.apikeys", "search_read", {"domain": domain, "fields": ["expiration_date"]}
            )
        except OdooRefused:
            # Odoo 17 has keys without an end.
            return None
        # Which of several is ours Odoo does not say; it is none of those that have ended.
        ends = [_moment(row["expiration_date"]) for row in rows]
        return min((end for end in ends if end > at), default=None)

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
            answer = self._client.call(self._model, "load", arguments)
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
            ("priority", fields.priority(ticket.priority)),
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
        return number_of(self._client, self._model, f"{self._odoo.prefix}.{key}")

    def _category_number(self, category: str) -> int | None:
        reference = dict(self._odoo.categories).get(category, "")
        if not reference:
            return None
        return number_of(self._client, self._fields().related_model("category"), reference)

    def _stage_number(self, stage: Stage) -> int | None:
        """None for one that is not configured, or that closes tickets: `check` says so."""
        reference = dict(self._odoo.stages).get(stage, "")
        if not reference:
            return None
        model = self._fields().related_model("stage")
        number = number_of(self._client, model, reference)
        return None if number is None or is_closing(self._client, self._fields(), number) else number

    def _number(self, ticket_id: int) -> str:
        name = self._fields().name("number")
        if name is None:
            return str(ticket_id)
        try:
            row = self._read(ticket_id, [name])
        except TicketGone as error:
            # Deleted between the two calls. The next try opens a new one.
            raise TicketDeskUnavailable(_("The ticket was removed in Odoo at this moment.")) from error
        return str(row.get(name) or ticket_id)

    def _read(self, record_id: int, names: list[str]) -> dict[str, Any]:
        with _gone_if_missing():
            rows = self._client.call(self._model, "read", {"ids": [record_id], "fields": names})
        if not rows:
            raise TicketGone
        row: dict[str, Any] = rows[0]
        return row

    def _fields(self) -> TicketFields:
        if self._known_fields is None:
            self._known_fields = read_fields(self._client, self._odoo)
        return self._known_fields


@contextmanager
def _gone_if_missing() -> Iterator[None]:
    try:
        yield
    except OdooRefused as refusal:
        if refusal.exception.endswith("MissingError"):
            raise TicketGone from refusal
        raise


def _record_id(ticket_id: str) -> int:
    if not ticket_id.isdecimal():
        raise TicketGone
    return int(ticket_id)


def _moment(text: str) -> datetime:
    """Odoo's times are in UTC and do not say so."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


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
