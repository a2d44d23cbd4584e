"""The embedded ticket list: a table, because web and worker share it."""

from datetime import datetime

from django.db import transaction

from portal.integrations.models import DemoTicket, DemoTicketNote
from portal.integrations.tickets import NewTicket, Priority, Stage, Ticket, TicketGone, check_note_key


class EmbeddedTicketDesk:
    def open_ticket(self, ticket: NewTicket) -> Ticket:
        with transaction.atomic():
            row, _is_new = DemoTicket.objects.get_or_create(
                key=ticket.key,
                defaults={
                    "subject": ticket.subject,
                    "body_html": ticket.body_html,
                    "customer_name": ticket.customer_name,
                    "customer_email": ticket.customer_email,
                    "category": ticket.category,
                    "priority": ticket.priority,
                    "order_number": ticket.order_number,
                },
            )
        return Ticket(id=str(row.pk), number=row.number)

    def find_ticket(self, key: str) -> Ticket | None:
        row = DemoTicket.objects.filter(key=key).first()
        return Ticket(id=str(row.pk), number=row.number) if row else None

    def add_note(self, ticket_id: str, body_html: str, note_key: str) -> None:
        check_note_key(note_key)
        with transaction.atomic():
            DemoTicketNote.objects.get_or_create(
                note_key=note_key, defaults={"ticket": _ticket(ticket_id), "body_html": body_html}
            )

    def update_ticket(self, ticket_id: str, *, category: str, priority: Priority) -> None:
        with transaction.atomic():
            row = _ticket(ticket_id)
            row.category, row.priority = category, max(priority, row.priority)
            row.save(update_fields=["category", "priority"])

    def move_ticket(self, ticket_id: str, *, stage: Stage) -> None:
        # The list has no stages: what happened stands in the notes.
        with transaction.atomic():
            _ticket(ticket_id)

    def key_expires_at(self, *, at: datetime) -> datetime | None:
        return None

    def check(self) -> list[str]:
        return []


def _ticket(ticket_id: str) -> DemoTicket:
    row = None
    if ticket_id.isdecimal():
        row = DemoTicket.objects.select_for_update().filter(pk=ticket_id).first()
    if row is None:
        raise TicketGone
    return row


def ticket_desk() -> EmbeddedTicketDesk:
    return EmbeddedTicketDesk()
