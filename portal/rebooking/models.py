"""A link to rebook and what became of it, the dates that partners propose, their terms, and corrections of stock."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.bookings.models import Booking
from portal.dates.models import CourseDate
from portal.partners.models import Partner


class PricePolicy(models.TextChoices):
    """What a customer who rebooks may pay. Nobody pays more than before, either way."""

    SAME = "same", _("Only dates that cost as much or less")
    KEEP = "keep", _("Any date, at the price that was paid")


class Choice(models.TextChoices):
    """What a customer wants whom no date fits."""

    NONE = "", ""
    OTHER_DATES = "other_dates", _("Other dates")
    VOUCHER = "voucher", _("A voucher")
    REFUND = "refund", _("The money back")


class TimeOfDay(models.TextChoices):
    ANY = "", _("at any time")
    MORNING = "morning", _("in the morning")
    AFTERNOON = "afternoon", _("in the afternoon")
    EVENING = "evening", _("in the evening")


class Rebooking(models.Model):
    """One link to rebook one booking: who got it, what was chosen, and what came of it.

    A booking that is declined again gets another row of its own; the rows of one order item are one thread.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", _("Waiting for the customer")
        USED = "used", _("Rebooked")
        EXPIRED = "expired", _("Not used in time")
        CANCELLED = "cancelled", _("Withdrawn")

    class Cause(models.TextChoices):
        DECLINED = "declined", _("The date was declined.")
        STAFF = "staff", _("Our team has sent the link.")

    class Ended(models.TextChoices):
        """Why a link was withdrawn."""

        NOT = "", ""
        STAFF = "staff", _("Our team has withdrawn the link.")
        ORDER_CANCELLED = "order_cancelled", _("The order was cancelled.")
        REFUNDED = "refunded", _("The order was refunded.")
        ERASED = "erased", _("The customer asked to be forgotten.")
        REPLACED = "replaced", _("A newer link has taken its place.")

    class NeedsStaff(models.TextChoices):
        NOT = "", ""
        NO_DATES = "no_dates", _("There is no date to offer.")
        NONE_FITS = "none_fits", _("None of the dates fits the customer.")
        UNANSWERED = "unanswered", _("The customer has not answered our reminders.")
        EXPIRED = "expired", _("The link was not used in time.")
        TOO_OFTEN = "too_often", _("Declined again and again: the customer gets no further link by itself.")
        NO_ADDRESS = "no_address", _("There is no e-mail address to write to.")
        BOUNCED = "bounced", _("The e-mail did not reach the customer.")

    EVENT_SUBJECT = "rebooking"

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+", db_index=False)
    original_booking = models.ForeignKey(
        Booking, on_delete=models.PROTECT, related_name="rebookings", db_column="original_confirmation_id"
    )
    original_order_id = models.BigIntegerField()
    original_order_item_id = models.BigIntegerField()
    course_product_id = models.BigIntegerField()
    course_sku = models.CharField(max_length=100, blank=True)
    # Where the link went, and to whom; nobody's once the customer is erased.
    customer_email = models.CharField(max_length=255, null=True)
    customer_name = models.CharField(max_length=255, null=True)
    original_participants = models.PositiveSmallIntegerField()
    # What the customer paid for all participants, with tax.
    original_price = models.DecimalField(max_digits=10, decimal_places=2, null=True)

    # The SHA-256 of the token; `token_of(link)` makes the token anew whenever a mail is rendered.
    token = models.CharField(max_length=64, unique=True)
    token_expires_at = models.DateTimeField()
    # Of the link to this booking: each row has a token of its own.
    link_version = models.PositiveIntegerField(default=1)
    status = models.CharField(max_length=20, choices=Status, default=Status.ACTIVE)
    cause = models.CharField(max_length=20, choices=Cause, default=Cause.DECLINED)
    ended = models.CharField(max_length=20, choices=Ended, blank=True, default=Ended.NOT)

    # While the customer makes up their mind, a hold of the ledger keeps the seats.
    held_date = models.ForeignKey(
        CourseDate, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    held_until = models.DateTimeField(null=True)

    new_booking = models.OneToOneField(
        Booking,
        null=True,
        on_delete=models.PROTECT,
        related_name="made_by_rebooking",
        db_column="new_confirmation_id",
    )
    new_order_id = models.BigIntegerField(null=True)
    new_date = models.DateField(null=True)
    rebooked_at = models.DateTimeField(null=True)
    # As shown before the click: the rule, what the new date costs for all, and how much that is more or less.
    price_policy = models.CharField(max_length=8, choices=PricePolicy, blank=True, default="")
    new_price_cents = models.BigIntegerField(null=True)
    difference_cents = models.BigIntegerField(null=True)

    choice = models.CharField(max_length=12, choices=Choice, blank=True, default=Choice.NONE)
    chosen_at = models.DateTimeField(null=True)
    # Monday is 0.
    wish_weekdays: Any = models.JSONField(default=list)
    wish_time = models.CharField(max_length=10, choices=TimeOfDay, blank=True, default=TimeOfDay.ANY)
    wish_until = models.DateField(null=True)
    wish_note = models.TextField(blank=True, default="")

    remind_at = models.DateTimeField(null=True)
    reminder_count = models.PositiveSmallIntegerField(default=0)
    # Staff should look at it, since when, and when somebody did.
    needs_staff = models.CharField(max_length=12, choices=NeedsStaff, blank=True, default=NeedsStaff.NOT)
    needs_staff_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    odoo_ticket_id = models.CharField(max_length=50, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "miomente_partner_portal_rebooking_tokens"
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=("active", "used", "expired", "cancelled")),
                name="rebooking_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status="used", new_booking__isnull=False, rebooked_at__isnull=False)
                | (~Q(status="used") & Q(new_booking__isnull=True, rebooked_at__isnull=True)),
                name="rebooking_used_iff_booked",
            ),
            models.CheckConstraint(
                condition=Q(held_date__isnull=True, held_until__isnull=True)
                | Q(held_date__isnull=False, held_until__isnull=False),
                name="rebooking_hold_has_end",
            ),
            models.UniqueConstraint(
                fields=["original_booking"], condition=Q(status="active"), name="rebooking_one_active_link"
            ),
            models.UniqueConstraint(
                fields=["original_booking", "link_version"], name="rebooking_once_per_link"
            ),
        ]
        indexes = [
            models.Index(fields=["status"], name="idx_rebooking_status"),
            models.Index(fields=["original_order_id"], name="idx_rebooking_original_order"),
            models.Index(fields=["original_order_item_id"], name="rebooking_thread"),
            models.Index(fields=["partner", "-created_at", "-id"], name="rebooking_partner_list"),
            models.Index(
                fields=["token_expires_at"], condition=Q(status="active"), name="rebooking_to_expire"
            ),
            models.Index(
                fields=["remind_at"],
                condition=Q(status="active", remind_at__isnull=False),
                name="rebooking_to_remind",
            ),
            # What staff have to look at, the oldest first.
            models.Index(
                fields=["needs_staff_at"],
                condition=~Q(needs_staff="") & Q(settled_at=None),
                name="rebooking_open_case",
            ),
            models.Index(fields=["rebooked_at"], condition=Q(status="used"), name="rebooking_by_rebooked_at"),
        ]

    def __str__(self) -> str:
        return f"rebooking {self.pk}"

    def is_held(self, at: datetime) -> bool:
        return self.held_until is not None and at < self.held_until


class ProposedDate(models.Model):
    """A date that the partner proposes instead of the declined one; the best has rank 1.

    `proposed_at` is the moment of the decline that it belongs to: what an undone decline had proposed counts no more.
    """

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="+", db_index=False)
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="proposed_dates")
    course_date = models.ForeignKey(CourseDate, on_delete=models.PROTECT, related_name="+")
    rank = models.PositiveSmallIntegerField()
    proposed_at = models.DateTimeField()

    class Meta:
        db_table = "miomente_partner_portal_rebooking_proposals"
        ordering = ["rank"]
        constraints = [
            models.UniqueConstraint(
                fields=["booking", "proposed_at", "course_date"], name="proposed_once_per_decline"
            ),
            models.UniqueConstraint(fields=["booking", "proposed_at", "rank"], name="proposed_rank_once"),
        ]

    def __str__(self) -> str:
        return f"{self.course_date_id} for booking {self.booking_id}"


class RebookingTerms(models.Model):
    """What a partner wants otherwise than the marketplace (REBOOK_PRICE_POLICY)."""

    EVENT_SUBJECT = "rebooking_terms"

    partner = models.OneToOneField(Partner, on_delete=models.CASCADE, related_name="rebooking_terms")
    price_policy = models.CharField(max_length=8, choices=PricePolicy, blank=True, default="")

    class Meta:
        db_table = "miomente_partner_portal_rebooking_terms"

    def __str__(self) -> str:
        return f"terms of {self.partner_id}"


class StockChange(models.Model):
    """So many seats that the shop should sell more or (negative) fewer of a date, since a booking has moved.

    The shop takes absolute numbers only. So what it has and what it shall have is kept before it is written: a repeat
    after a lost answer sees which of the two it finds.
    """

    class Reason(models.TextChoices):
        REBOOKED = "rebooked"
        # The shop gives seats back where it has sold them, not where they had gone.
        CANCELLED = "cancelled"
        CHANGED = "changed"

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="+", db_index=False)
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="stock_changes")
    course_date = models.ForeignKey(CourseDate, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=10, choices=Reason)
    delta = models.IntegerField()
    planned_before = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    planned_after = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    done_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "miomente_partner_portal_stock_changes"
        indexes = [
            models.Index(fields=["course_date"], condition=Q(done_at=None), name="stock_change_open"),
        ]

    def __str__(self) -> str:
        return f"{self.delta} on {self.course_date_id}"
