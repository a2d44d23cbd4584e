"""A date: one scheduled run of a course."""

import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from portal.courses.models import Course
from portal.partners.models import Partner

# Where the shop has another number of seats than we. Neither half is true while one of the numbers is unknown.
DRIFTS = Q(shop_total__lt=F("capacity")) | Q(shop_total__gt=F("capacity"))


class CourseDate(models.Model):
    class MadeBy(models.TextChoices):
        SHOP = "shop", _("Shop")
        PORTAL = "portal", _("Portal")

    class ShopState(models.TextChoices):
        """How the shop's catalog has it, as last read."""

        UNKNOWN = "", _("Not read yet")
        ON_SALE = "on_sale", _("On sale")
        OFF_SALE = "off_sale", _("Not on sale")
        GONE = "gone", _("No longer in the shop")

    EVENT_SUBJECT = "date"

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="dates")
    course = models.ForeignKey(Course, on_delete=models.PROTECT, related_name="dates")
    # The product that sells this date; for a course without dates of its own the course product itself. Null
    # when it had left the catalog before we saw it: then the sku tells dates apart.
    magento_product_id = models.BigIntegerField(null=True)
    sku = models.CharField(max_length=100, blank=True)
    # Wall clock and zone are the truth; `starts_at` is computed from them. The shop may not know the time, or
    # not even the day.
    starts_on = models.DateField(null=True)
    starts_time = models.TimeField(null=True)
    ends_time = models.TimeField(null=True)
    time_zone = models.CharField(max_length=40, default="Europe/Berlin")
    starts_at = models.DateTimeField(null=True)
    duration_minutes = models.PositiveIntegerField(null=True)
    location = models.CharField(max_length=300, blank=True)
    # For calendars: the same UID for ever, a higher sequence with every change of time.
    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    sequence = models.PositiveIntegerField(default=0)

    made_by = models.CharField(max_length=10, choices=MadeBy, default=MadeBy.SHOP, db_default="shop")
    # Seats there are in all; null while nobody has said. What is taken stands in the ledger, never in a counter.
    capacity = models.PositiveIntegerField(null=True)
    min_participants = models.PositiveIntegerField(default=0, db_default=0)
    # What one seat costs with tax.
    price_cents = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, default="EUR", db_default="EUR")
    # For the partner's own people.
    notes = models.TextField(blank=True, db_default="")
    # Bookings end so long before the start.
    booking_deadline_hours = models.PositiveSmallIntegerField(default=0, db_default=0)
    cancelled_at = models.DateTimeField(null=True)

    # What the shop said last, by the names of the fields above: a field follows the shop when the shop changes it,
    # so an edit made here stays until then.
    shop_facts = models.JSONField(default=dict, db_default={})
    shop_state = models.CharField(
        max_length=10, choices=ShopState, blank=True, default=ShopState.UNKNOWN, db_default=""
    )
    # Seats the shop still sells, as last read.
    shop_salable = models.IntegerField(null=True)
    # Seats the shop has in all: what it sold then and what it still did sell. Unlike the number above it stays true
    # while orders come in, so that it is this one that is held against the capacity.
    shop_total = models.IntegerField(null=True)
    shop_read_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True, null=True)

    class Meta:
        db_table = "miomente_partner_portal_course_dates"
        constraints = [
            models.UniqueConstraint(fields=["partner", "magento_product_id"], name="date_once_per_partner"),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(starts_on__isnull=False, starts_time__isnull=False),
                name="date_start_needs_day_and_time",
            ),
            models.CheckConstraint(condition=Q(made_by__in=("shop", "portal")), name="date_made_by_known"),
        ]
        indexes = [
            models.Index(fields=["partner", "starts_on"], name="date_partner_day"),
            models.Index(fields=["partner", "sku"], condition=Q(magento_product_id=None), name="date_by_sku"),
            # Of whichever partner: a product may change hands.
            models.Index(fields=["magento_product_id"], name="date_by_product"),
            models.Index(fields=["course", "starts_on"], name="date_course_day"),
            # Of everybody, for the staff.
            models.Index(fields=["starts_on"], condition=Q(cancelled_at=None), name="date_by_day"),
            models.Index(
                fields=["starts_on"], condition=Q(cancelled_at__isnull=False), name="date_cancelled_by_day"
            ),
            models.Index(fields=["starts_on"], condition=DRIFTS, name="date_drifting"),
        ]

    def __str__(self) -> str:
        return f"{self.course_id} on {self.starts_on}"


class SeatEntry(models.Model):
    """Seats of a date that something takes. Free are the capacity less all entries that have not expired.

    Those of bookings are kept by a trigger on the bookings, so that no way of changing a booking can forget them:
    participants as long as the booking is live, a declined one until its decline settles.
    """

    class Source(models.TextChoices):
        BOOKING = "booking", _("Booking")
        HOLD = "hold", _("Held")
        ELSEWHERE = "elsewhere", _("Sold elsewhere")
        BLOCKED = "blocked", _("Blocked")

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+", db_index=False)
    course_date = models.ForeignKey(
        CourseDate, on_delete=models.PROTECT, related_name="seat_entries", db_index=False
    )
    source = models.CharField(max_length=10, choices=Source)
    # Whoever takes seats names them once: the same key again changes nothing.
    source_key = models.CharField(max_length=80)
    quantity = models.PositiveIntegerField()
    # Seats that the shop counts as sold by the same entry: it still does so after a decline.
    shop_quantity = models.PositiveIntegerField(default=0, db_default=0)
    expires_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True, db_default="")
    actor = models.CharField(max_length=80, blank=True, db_default="")
    created_at = models.DateTimeField()
    # By the clock of the database: what changed since the shop's stock was last read.
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "miomente_partner_portal_seats"
        constraints = [
            models.UniqueConstraint(fields=["partner", "source", "source_key"], name="seats_once_per_source"),
            models.CheckConstraint(
                condition=Q(source__in=("booking", "hold", "elsewhere", "blocked")), name="seats_source_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["course_date"],
                include=["partner", "source", "quantity", "shop_quantity", "expires_at"],
                name="seats_of_date",
            ),
            models.Index(fields=["expires_at"], condition=Q(expires_at__isnull=False), name="seats_expiring"),
            models.Index(fields=["changed_at"], name="seats_changed"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} seats of {self.course_date_id} for {self.source} {self.source_key}"


class ShopReading(models.Model):
    """What one reading of the shop found and did."""

    way = models.CharField(max_length=16)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    report: Any = models.JSONField(default=dict)
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.way} {self.started_at:%Y-%m-%d %H:%M}"


class CatalogRun(ShopReading):
    """Of the catalog."""

    class Meta:
        db_table = "miomente_partner_portal_catalog_runs"
        indexes = [models.Index(fields=["-started_at"], name="catalog_run_newest")]
