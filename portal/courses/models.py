"""A course."""

from django.db import models

from portal.partners.models import Partner


class Course(models.Model):
    EVENT_SUBJECT = "course"

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="courses")
    magento_product_id = models.BigIntegerField()
    sku = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=300)
    # What the shop shows of it, as last read: nobody edits it here.
    description = models.TextField(blank=True, db_default="")
    price_cents = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, default="EUR", db_default="EUR")
    # Paths below the shop's media folder, the main picture first.
    images = models.JSONField(default=list, db_default=[])
    duration_minutes = models.PositiveIntegerField(null=True)
    location = models.CharField(max_length=300, blank=True, db_default="")
    is_on_sale = models.BooleanField(default=True, db_default=True)
    # Null while the catalog itself was never read, and only an order has told of the course.
    shop_read_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "miomente_partner_portal_courses"
        # Per partner: should the shop hand a product to another partner, nobody sees the other's bookings.
        constraints = [
            models.UniqueConstraint(fields=["partner", "magento_product_id"], name="course_once_per_partner")
        ]
        indexes = [
            models.Index(fields=["partner", "name"], name="course_partner_name"),
            # Of whichever partner: a product may change hands.
            models.Index(fields=["magento_product_id"], name="course_by_product"),
        ]

    def __str__(self) -> str:
        return self.name
