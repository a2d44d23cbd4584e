"""What the ground keeps: events, links, mails to send, ids of outside systems, and the audit trail.

They carry `partner_id` as a plain number, since partners stand above this layer.
"""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """One thing that happened. Append-only: the processes may insert and read, nothing else.

    It is the timeline people see, the source of live pages and of subscribers. `data` holds ids, codes and
    numbers, never a name or an address of a person.
    """

    kind = models.CharField(max_length=64)
    partner_id = models.BigIntegerField(null=True)
    subject_type = models.CharField(max_length=32)
    subject_id = models.BigIntegerField()
    subject_version = models.PositiveIntegerField(default=1)
    # "user:7", "link", "shop", "clock": who did it, as an id.
    actor = models.CharField(max_length=64)
    at = models.DateTimeField()
    data = models.JSONField(default=dict)

    class Meta:
        db_table = "miomente_partner_portal_events"
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "id"], name="event_subject"),
            models.Index(fields=["partner_id", "id"], name="event_partner"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_type}:{self.subject_id}"


class Link(models.Model):
    """One address with a token that we mail to somebody: one per subject, recipient and purpose.

    The token is recomputed whenever a mail is rendered and never stored; `token_hash` is its SHA-256.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    partner_id = models.BigIntegerField(null=True)
    purpose = models.CharField(max_length=32)
    recipient = models.CharField(max_length=254)
    subject_type = models.CharField(max_length=32)
    subject_id = models.BigIntegerField()
    # Rises only when the shop changes date or participants, or staff revoke: older mails then lead nowhere new.
    version = models.PositiveIntegerField(default=1)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # When a mail last carried it: scanners open links at delivery, so the grace counts from here.
    mailed_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "miomente_partner_portal_links"
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "purpose", "recipient"], name="link_once_per_recipient"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.subject_type}:{self.subject_id}"


class FormerLink(models.Model):
    """A token of an older version: it still leads to its link, which then says that it is outdated."""

    token_hash = models.CharField(max_length=64, primary_key=True)
    partner_id = models.BigIntegerField(null=True)
    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="former")

    class Meta:
        db_table = "miomente_partner_portal_former_links"

    def __str__(self) -> str:
        return f"former token of {self.link_id}"


class LinkVisit(models.Model):
    """One fetch of a link, by a person or by a robot: "opened, never confirmed"."""

    class Visitor(models.TextChoices):
        PERSON = "person"
        ROBOT = "robot"

    partner_id = models.BigIntegerField(null=True)
    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="visits")
    action = models.CharField(max_length=16)
    visitor = models.CharField(max_length=8, choices=Visitor)
    at = models.DateTimeField()

    class Meta:
        db_table = "miomente_partner_portal_link_visits"
        indexes = [models.Index(fields=["link", "at"], name="link_visit_at")]

    def __str__(self) -> str:
        return f"{self.visitor} {self.action}"


class OutboxMail(models.Model):
    """One mail we owe somebody, exactly one per subject, kind, recipient, version and copy.

    The Message-ID is fixed when the row is made: whatever dies between the server's 250 and our commit, the
    same Message-ID goes out again. The body is rendered when it is sent and not kept.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        DROPPED = "dropped"  # what it was about no longer holds: nothing was sent
        FAILED = "failed"  # the mail server refuses it for good

    class Audience(models.TextChoices):
        PARTNER = "partner"
        CUSTOMER = "customer"
        USER = "user"  # about somebody's own account

    class Fate(models.TextChoices):
        """What the mail provider says of a mail after it took it; empty while it says nothing."""

        UNKNOWN = "", ""
        DEFERRED = "deferred", _("not delivered yet, the provider keeps trying")
        DELIVERED = "delivered", _("delivered")
        BOUNCED = "bounced", _("came back: the address does not exist")
        BLOCKED = "blocked", _("refused by the receiving server")
        DROPPED = "dropped", _("not sent: the address had failed before")
        SPAM = "spam", _("marked as spam by the recipient")

    partner_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=48)
    recipient = models.CharField(max_length=254)
    subject_type = models.CharField(max_length=32)
    subject_id = models.BigIntegerField()
    version = models.PositiveIntegerField(default=1)
    # Higher than 1 for what staff deliberately sent once more: a mail of its own, with a Message-ID of its own.
    copy = models.PositiveSmallIntegerField(db_default=1, default=1)
    message_id = models.CharField(max_length=120, unique=True)
    # Whose mail it is: a new address of the partner takes over the partner's mails only.
    audience = models.CharField(max_length=8, choices=Audience, default=Audience.PARTNER)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    fate = models.CharField(max_length=10, choices=Fate, blank=True, default="")
    fate_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    # A sentence for staff, without addresses or names.
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        db_table = "miomente_partner_portal_outbox"
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id", "kind", "recipient", "version", "copy"],
                name="outbox_mail_once",
            ),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="outbox_sent_iff_time",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "created_at"], condition=~Q(state="sent"), name="outbox_unsent"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_type}:{self.subject_id} v{self.version}"


class MailFate(models.Model):
    """One message of the mail provider about one of our mails. It may arrive twice; `outside_id` is the provider's."""

    partner_id = models.BigIntegerField(null=True)
    mail = models.ForeignKey(OutboxMail, on_delete=models.CASCADE, related_name="fates")
    fate = models.CharField(max_length=10, choices=OutboxMail.Fate)
    outside_id = models.CharField(max_length=120, unique=True)
    at = models.DateTimeField()

    class Meta:
        db_table = "miomente_partner_portal_mail_fates"

    def __str__(self) -> str:
        return f"{self.fate} of mail {self.mail_id}"


class BouncedAddress(models.Model):
    """An address that mails do not reach any more, until it is changed or staff say it works again."""

    partner_id = models.BigIntegerField(null=True)
    address = models.CharField(max_length=254)
    fate = models.CharField(max_length=10, choices=OutboxMail.Fate)
    at = models.DateTimeField()

    class Meta:
        db_table = "miomente_partner_portal_bounced_addresses"
        constraints = [
            models.UniqueConstraint(
                fields=["partner_id", "address"], name="bounced_address_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"bounced address {self.pk}"


class OutsideId(models.Model):
    """What another system calls something of ours, and what we last saw there or sent to it."""

    partner_id = models.BigIntegerField(null=True)
    system = models.CharField(max_length=32)
    type = models.CharField(max_length=32)
    outside_id = models.CharField(max_length=64)
    subject_type = models.CharField(max_length=32)
    subject_id = models.BigIntegerField()
    hash_seen = models.CharField(max_length=64, blank=True)
    hash_sent = models.CharField(max_length=64, blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        db_table = "miomente_partner_portal_outside_ids"
        constraints = [
            models.UniqueConstraint(fields=["system", "type", "outside_id"], name="outside_id_once"),
        ]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="outside_id_subject")]

    def __str__(self) -> str:
        return f"{self.system} {self.type} {self.outside_id}"


class Audit(models.Model):
    """Who changed a member, a role, a rate, a bank detail or a setting, from what to what.

    Written by a trigger only; the processes may read it and nothing else.
    """

    table_name = models.CharField(max_length=80)
    row_id = models.CharField(max_length=40)
    partner_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=64)
    at = models.DateTimeField()
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)

    class Meta:
        db_table = "miomente_partner_portal_audit"
        indexes = [models.Index(fields=["table_name", "row_id", "id"], name="audit_row")]

    def __str__(self) -> str:
        return f"{self.table_name} {self.row_id}"


class Watermark(models.Model):
    """How far a repeated reading of an outside system has come."""

    name = models.CharField(max_length=48, primary_key=True)
    at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "miomente_partner_portal_watermarks"

    def __str__(self) -> str:
        return self.name
