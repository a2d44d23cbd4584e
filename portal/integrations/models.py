"""The tables of the embedded twins. They stand for systems outside, so no row belongs to a partner."""

from django.db import models
from django.db.models.functions import Now


class DemoMail(models.Model):
    """One delivery to the embedded mailbox."""

    # Not unique: a sender that dies between our answer and its own note delivers the same message
    # again, and a real mailbox takes both.
    message_id = models.TextField(db_index=True)
    to_address = models.TextField(db_index=True)
    subject = models.TextField()
    text = models.TextField()
    html = models.TextField(blank=True, default="")
    headers = models.JSONField(default=dict)
    sent_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "miomente_partner_portal_demo_mails"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.subject} ({self.message_id})"


class DemoTicket(models.Model):
    """One ticket of the embedded ticket list."""

    key = models.TextField(unique=True)
    subject = models.TextField()
    body_html = models.TextField()
    customer_name = models.TextField(blank=True, default="")
    customer_email = models.TextField(blank=True, default="")
    category = models.TextField()
    priority = models.CharField(max_length=1)
    order_number = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "miomente_partner_portal_demo_tickets"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.number} {self.subject}"

    @property
    def number(self) -> str:
        """What people call the ticket, made of the row's own number: T0007."""
        return f"T{self.pk:04}"


class DemoTicketNote(models.Model):
    """One internal note on a ticket of the embedded ticket list."""

    ticket = models.ForeignKey(DemoTicket, on_delete=models.CASCADE, related_name="notes")
    note_key = models.TextField(unique=True)
    body_html = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "miomente_partner_portal_demo_ticket_notes"
        ordering = ["id"]

    def __str__(self) -> str:
        return self.note_key
