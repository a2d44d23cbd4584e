"""A booking and its customer."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.bookings.querysets import BookingQuerySet
from portal.courses.models import Course
from portal.dates.clockwork import day_is_over
from portal.dates.models import CourseDate
from portal.partners.models import Partner


class BookingStatus(models.TextChoices):
    PENDING = "pending", _("Waiting for your answer")
    CONFIRMED = "confirmed", _("Confirmed")
    DECLINED = "declined", _("Declined")
    CANCELLED = "cancelled", _("Cancelled by the customer")
    EXPIRED = "expired", _("Not answered in time")
    REBOOKED = "rebooked", _("Moved to another date")


# The whole life of a booking. docs/states/booking.md is generated from these three tables.
NEXT_STATUSES: dict[BookingStatus, set[BookingStatus]] = {
    BookingStatus.PENDING: {
        BookingStatus.CONFIRMED,
        BookingStatus.DECLINED,
        BookingStatus.CANCELLED,
        BookingStatus.EXPIRED,
        BookingStatus.REBOOKED,
    },
    BookingStatus.CONFIRMED: {BookingStatus.DECLINED, BookingStatus.CANCELLED, BookingStatus.REBOOKED},
    BookingStatus.DECLINED: {BookingStatus.CANCELLED, BookingStatus.REBOOKED},
    BookingStatus.EXPIRED: {
        BookingStatus.CONFIRMED,
        BookingStatus.DECLINED,
        BookingStatus.CANCELLED,
        BookingStatus.REBOOKED,
    },
    BookingStatus.CANCELLED: set(),
    BookingStatus.REBOOKED: set(),
}
# Undo inside its window, a confirmation taken back, or a shop change that needs a new answer.
BACK_TO_PENDING = {BookingStatus.CONFIRMED, BookingStatus.DECLINED}
# What an undo gives back when staff had decided about something else than a pending booking.
BACK_BY_UNDO: dict[BookingStatus, set[BookingStatus]] = {
    BookingStatus.CONFIRMED: {BookingStatus.EXPIRED},
    BookingStatus.DECLINED: {BookingStatus.EXPIRED, BookingStatus.CONFIRMED},
}


class PaymentStatus(models.TextChoices):
    PAID = "paid", _("Paid")
    PARTIAL = "partial", _("Partly paid")
    OPEN = "open", _("Not paid yet")
    REFUNDED = "refunded", _("Refunded")
    PARTIALLY_REFUNDED = "partially_refunded", _("Partly refunded")


class StaffQuestion(models.TextChoices):
    """What the import could not decide by itself."""

    NONE = "", ""
    CHANGED_AFTER_DECLINE = "changed_after_decline", _("The shop changed this order after it was declined.")
    CHANGED_AFTER_EXPIRY = (
        "changed_after_expiry",
        _("The shop changed this order after nobody had answered it."),
    )
    REVIVED = "revived", _("The shop shows a cancelled booking as sold again.")
    REFUNDED_WITHOUT_QUANTITY = "refunded", _("The money went back, but the order still holds the seats.")
    DATE_MOVED_AFTER_REBOOKING = "date_after_rebooking", _("The shop moved a date that was rebooked here.")


class Customer(models.Model):
    """The person of one order. Erasing one leaves this row empty, and the nightly re-read respects that."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="+")
    magento_order_id = models.BigIntegerField()
    first_name = models.CharField(max_length=255, blank=True)
    last_name = models.CharField(max_length=255, blank=True)
    email = models.CharField(max_length=255, blank=True)
    phone = models.CharField(max_length=255, blank=True)
    # Of the store the order was made in.
    language = models.CharField(max_length=2, default="de", db_default="de")
    erased_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "miomente_partner_portal_customers"
        constraints = [
            models.UniqueConstraint(fields=["partner", "magento_order_id"], name="customer_once_per_order")
        ]

    def __str__(self) -> str:
        return f"customer of order {self.magento_order_id}"

    @property
    def name(self) -> str:
        nobody = _("(erased)") if self.erased_at else _("(no name)")
        return f"{self.first_name} {self.last_name}".strip() or str(nobody)


class Booking(models.Model):
    """Participants on one date for one customer: one top-level item of a shop order.

    `shop_*` is what the import last saw and nobody else writes; the rest is the portal's.
    """

    EVENT_SUBJECT = "booking"

    # Without an index of its own: the indexes below begin with it.
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="bookings", db_index=False)
    customer_number = models.CharField(max_length=50)
    magento_order_id = models.BigIntegerField()
    magento_order_item_id = models.BigIntegerField()
    magento_order_increment_id = models.CharField(max_length=50)
    # A group may split (part); a rebooking makes a new row of the same item (generation).
    part = models.PositiveSmallIntegerField(default=1)
    generation = models.PositiveSmallIntegerField(default=1)
    previous = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="next_generations")
    # A new date that is asked for while the booking it would replace still stands. It stays one for ever when the
    # partner declines it; once confirmed it is the booking, and the other one is rebooked.
    is_candidate = models.BooleanField(default=False, db_default=False)
    # Whether the shop's stock of its date has the sale: a row that was rebooked has it until they are corrected.
    is_sold_here = models.BooleanField(default=True, db_default=True)

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="bookings")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="bookings")
    # Null while the shop has not said when the course takes place.
    course_date = models.ForeignKey(CourseDate, null=True, on_delete=models.PROTECT, related_name="bookings")
    course_name = models.CharField(max_length=300)
    starts_on = models.DateField(null=True)
    starts_at = models.DateTimeField(null=True)
    participants = models.PositiveSmallIntegerField()
    notes = models.TextField(blank=True)
    ordered_at = models.DateTimeField()

    shop_state = models.CharField(max_length=32)
    shop_status = models.CharField(max_length=32, blank=True)
    shop_participants = models.PositiveSmallIntegerField()
    shop_price_cents = models.BigIntegerField()
    shop_currency = models.CharField(max_length=3, default="EUR")
    shop_payment_status = models.CharField(max_length=20, choices=PaymentStatus)
    shop_payment_method = models.CharField(max_length=64, blank=True)
    shop_previous_order_id = models.BigIntegerField(null=True)
    shop_hash = models.CharField(max_length=64)
    shop_read_at = models.DateTimeField()

    status = models.CharField(max_length=20, choices=BookingStatus, default=BookingStatus.PENDING)
    # Rises when the shop changes date or participants: the partner is asked anew, older links are outdated.
    version = models.PositiveIntegerField(default=1)
    change_count = models.PositiveIntegerField(default=0)
    # Null while the shop waits for the payment: neither shown nor mailed.
    released_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    confirmation_token = models.CharField(max_length=64, unique=True, null=True)
    token_expires_at = models.DateTimeField(null=True)

    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.CharField(max_length=50, blank=True)
    confirm_notes = models.TextField(blank=True)
    declined_at = models.DateTimeField(null=True)
    declined_by = models.CharField(max_length=50, blank=True)
    decline_reason = models.CharField(max_length=100, blank=True)
    decline_notes = models.TextField(blank=True)
    decided_by_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    cancelled_at = models.DateTimeField(null=True)
    expired_at = models.DateTimeField(null=True)
    # A confirmation by opening a link can be taken back until then, should the opener be a robot.
    provisional_until = models.DateTimeField(null=True)
    # From `settles_at` on the outside learns of the decision; until then undo leaves no trace there.
    settles_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)

    # What an undo inside the window gives back: a confirmed booking that staff declined is confirmed again.
    undo_status = models.CharField(max_length=20, choices=BookingStatus, default=BookingStatus.PENDING)
    undo_settled_at = models.DateTimeField(null=True)

    # The ladder of reminders: when it began, the highest rung behind us, and the last time a decision was undone.
    ladder_from = models.DateTimeField(null=True)
    ladder_rung = models.PositiveSmallIntegerField(default=0, db_default=0)
    reopened_at = models.DateTimeField(null=True)
    # The next steps of the clock with a booking that nobody answers; null when there is none.
    remind_at = models.DateTimeField(null=True)
    escalate_at = models.DateTimeField(null=True)
    reminder_count = models.PositiveSmallIntegerField(default=0)
    last_reminder_at = models.DateTimeField(null=True)
    escalated_at = models.DateTimeField(null=True)
    odoo_ticket_id = models.CharField(max_length=50, blank=True)
    odoo_ticket_number = models.CharField(max_length=50, blank=True)
    decline_told_at = models.DateTimeField(null=True)
    staff_question = models.CharField(max_length=32, choices=StaffQuestion, blank=True, default="")

    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)

    # Put on by lists, for all their rows at once.
    decline_reason_label: str = ""

    objects = BookingQuerySet.as_manager()

    class Meta:
        db_table = "miomente_partner_portal_booking_confirmations"
        constraints = [
            models.UniqueConstraint(
                fields=["magento_order_item_id", "part", "generation"], name="booking_key"
            ),
            models.UniqueConstraint(
                fields=["magento_order_item_id", "part"],
                condition=~Q(status=BookingStatus.REBOOKED) & Q(is_candidate=False),
                name="booking_one_live_row_per_part",
            ),
            models.UniqueConstraint(
                fields=["magento_order_item_id", "part"],
                condition=Q(is_candidate=True, status__in=("pending", "confirmed")),
                name="booking_one_candidate_per_part",
            ),
            models.CheckConstraint(condition=Q(participants__gte=1), name="booking_has_participants"),
            models.CheckConstraint(condition=Q(status__in=BookingStatus.values), name="booking_status_known"),
            models.CheckConstraint(
                condition=Q(status=BookingStatus.CANCELLED, cancelled_at__isnull=False)
                | (~Q(status=BookingStatus.CANCELLED) & Q(cancelled_at__isnull=True)),
                name="booking_cancelled_iff_time",
            ),
            models.CheckConstraint(
                condition=~Q(status=BookingStatus.CONFIRMED) | Q(confirmed_at__isnull=False),
                name="booking_confirmed_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(status=BookingStatus.DECLINED)
                | Q(declined_at__isnull=False) & ~Q(decline_reason=""),
                name="booking_declined_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True) | Q(settles_at__isnull=False),
                name="booking_settled_was_due",
            ),
        ]
        indexes = [
            # The list of a partner: everything shown, newest date first.
            models.Index(
                fields=["partner", "-starts_on", "-id"],
                condition=Q(released_at__isnull=False),
                name="booking_partner_list",
            ),
            models.Index(
                fields=["partner", "starts_on", "id"],
                condition=Q(status=BookingStatus.PENDING, released_at__isnull=False),
                name="booking_partner_pending",
            ),
            models.Index(fields=["partner", "status"], name="booking_partner_status"),
            models.Index(fields=["customer_number"], name="idx_booking_conf_customer"),
            models.Index(fields=["magento_order_id"], name="idx_booking_conf_magento_order"),
            models.Index(fields=["partner", "magento_order_increment_id"], name="booking_partner_order"),
            models.Index(
                fields=["settles_at"],
                condition=Q(settles_at__isnull=False, settled_at__isnull=True),
                name="booking_to_settle",
            ),
            models.Index(
                fields=["starts_on"], condition=Q(status=BookingStatus.PENDING), name="booking_to_expire"
            ),
            models.Index(
                fields=["status", "reminder_count", "created_at"],
                condition=Q(status=BookingStatus.PENDING),
                name="idx_booking_conf_pending",
            ),
            models.Index(
                fields=["remind_at"],
                condition=Q(status=BookingStatus.PENDING, remind_at__isnull=False),
                name="booking_to_remind",
            ),
            models.Index(
                fields=["escalate_at"],
                condition=Q(
                    status=BookingStatus.PENDING, escalate_at__isnull=False, escalated_at__isnull=True
                ),
                name="booking_to_escalate",
            ),
            # Whom staff call: who did not answer in time, and whose date has passed since.
            models.Index(
                fields=["escalated_at"],
                condition=Q(status=BookingStatus.PENDING, escalated_at__isnull=False),
                name="booking_escalated",
            ),
            models.Index(
                fields=["expired_at"], condition=Q(status=BookingStatus.EXPIRED), name="booking_expired"
            ),
            # The list of the staff: everything of everybody, newest date first.
            models.Index(fields=["-starts_on", "-id"], name="booking_by_day"),
            # The numbers per partner, of a range of days.
            models.Index(fields=["asked_at"], condition=Q(asked_at__isnull=False), name="booking_asked"),
            models.Index(
                fields=["settled_at"],
                condition=Q(status=BookingStatus.DECLINED, decline_told_at__isnull=True),
                name="booking_decline_to_tell",
            ),
            models.Index(
                fields=["staff_question"], condition=~Q(staff_question=""), name="booking_staff_question"
            ),
        ]

    def __str__(self) -> str:
        return f"booking {self.pk}"

    @property
    def order_number(self) -> str:
        return self.magento_order_increment_id

    @property
    def price_cents(self) -> int:
        return self.shop_price_cents

    @property
    def currency(self) -> str:
        return self.shop_currency

    @property
    def payment_status(self) -> str:
        return self.shop_payment_status

    def get_payment_status_display(self) -> str:
        return str(PaymentStatus(self.shop_payment_status).label)

    @property
    def is_history(self) -> bool:
        """Ordered before the portal began: silent for ever."""
        return self.confirmed_by == "import"

    @property
    def decided_way(self) -> str:
        """How the decision that stands was made; empty while none does."""
        return {
            BookingStatus.CONFIRMED.value: self.confirmed_by,
            BookingStatus.DECLINED.value: self.declined_by,
        }.get(self.status, "")

    @property
    def is_on_hold(self) -> bool:
        """By the shop: the partner may answer, but nobody presses for it."""
        return self.shop_state == "holded"

    @property
    def has_cancelled_date(self) -> bool:
        return self.course_date is not None and self.course_date.cancelled_at is not None

    @property
    def is_rebooked_here(self) -> bool:
        """The portal has given it its date, or asks for it: the shop knows another one."""
        return self.generation > 1

    @property
    def moved_from(self) -> "Booking | None":
        """Whose place it took or would take: the same order item on another date."""
        return self.previous if self.previous and self.previous.is_same_item(self) else None

    @property
    def carries_on(self) -> "Booking | None":
        """What was promised before the shop edited the order."""
        return self.previous if self.previous and not self.previous.is_same_item(self) else None

    def is_same_item(self, other: "Booking") -> bool:
        return self.magento_order_item_id == other.magento_order_item_id

    @property
    def is_open_candidate(self) -> bool:
        """The partner may still promise it, if only by an undo."""
        is_over = self.status in (BookingStatus.CANCELLED, BookingStatus.REBOOKED, BookingStatus.EXPIRED)
        is_refused = self.status == BookingStatus.DECLINED and self.settled_at is not None
        return self.is_candidate and not is_over and not is_refused

    @property
    def zone(self) -> str:
        return self.course_date.time_zone if self.course_date else settings.TIME_ZONE

    def may_become(self, status: BookingStatus) -> bool:
        return status in NEXT_STATUSES[BookingStatus(self.status)]

    def has_started(self, at: datetime) -> bool:
        """Known to the minute, or to the day, or (without a date) never."""
        if self.starts_at:
            return at >= self.starts_at
        return self.starts_on is not None and at >= day_is_over(self.starts_on, self.zone)
