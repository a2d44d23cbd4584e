"""What the import keeps beside bookings: orders it could not place, its runs, and who is to be forgotten."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portal.dates.models import ShopReading
from portal.partners.models import Partner


class UnmatchedOrder(models.Model):
    """An order item of a course whose partner the portal does not know. Staff assign it, or the partner comes.

    It keeps ids only; once there is a partner, the order is read from the shop again.
    """

    class Reason(models.TextChoices):
        UNKNOWN_PARTNER = "unknown_partner", _("No partner with this id exists here.")
        NO_PARTNER = "no_partner", _("The course names no partner.")

    magento_order_item_id = models.BigIntegerField(unique=True)
    magento_order_id = models.BigIntegerField()
    magento_order_increment_id = models.CharField(max_length=50)
    partner_value = models.CharField(max_length=255, blank=True)
    course_name = models.CharField(max_length=300)
    sku = models.CharField(max_length=100, blank=True)
    starts_on = models.DateField(null=True)
    participants = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=20, choices=Reason)
    ordered_at = models.DateTimeField()
    is_history = models.BooleanField(default=False)
    is_cancelled = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    assigned_partner = models.ForeignKey(Partner, null=True, on_delete=models.SET_NULL, related_name="+")
    matched_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "miomente_partner_portal_unmatched_orders"
        indexes = [
            models.Index(
                fields=["partner_value"], condition=Q(matched_at__isnull=True), name="unmatched_by_value"
            ),
            models.Index(fields=["-ordered_at"], condition=Q(matched_at__isnull=True), name="unmatched_open"),
        ]

    def __str__(self) -> str:
        return f"order item {self.magento_order_item_id}"


class FailedOrder(models.Model):
    """An order that could not be taken in. Every poll tries it again, and staff see it until then."""

    magento_order_id = models.BigIntegerField(primary_key=True)
    number = models.CharField(max_length=50)
    failed_at = models.DateTimeField()

    class Meta:
        db_table = "miomente_partner_portal_failed_orders"

    def __str__(self) -> str:
        return f"order {self.magento_order_id}"


class ErasedOrder(models.Model):
    """An order whose customer asked to be forgotten: whatever the shop says later, nobody's data comes back."""

    magento_order_id = models.BigIntegerField(primary_key=True)
    erased_at = models.DateTimeField()

    class Meta:
        db_table = "miomente_partner_portal_erased_orders"

    def __str__(self) -> str:
        return f"erased order {self.magento_order_id}"


class ImportRun(ShopReading):
    """Of orders."""

    class Meta:
        db_table = "miomente_partner_portal_import_runs"
        indexes = [models.Index(fields=["-started_at"], name="import_run_newest")]
