"""The embedded ticket list: a table, because web and worker share it."""

from django.db import transaction
from django.utils.translation import gettext as _

from portal.integrations.models import DemoTicket, DemoTicketNote
from portal.integrations.tickets import NewTicket, Ticket, TicketDeskRejected, check_note_key


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

    def add_note(self, ticket_id: str, body_html: str, note_key: str) -> None:
        check_note_key(note_key)
        with transaction.atomic():
            row = DemoTicket.objects.filter(pk=ticket_id).first() if ticket_id.isdecimal() else None
            if row is None:
                raise TicketDeskRejected(_("The ticket does not exist any more."))
            DemoTicketNote.objects.get_or_create(
                note_key=note_key, defaults={"ticket": row, "body_html": body_html}
            )

    def check(self) -> list[str]:
        return []


def ticket_desk() -> EmbeddedTicketDesk:
    return EmbeddedTicketDesk()
