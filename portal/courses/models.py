"""A course."""

from django.db import models

from portal.partners.models import Partner


class Course(models.Model):
    EVENT_SUBJECT = "course"

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="courses")
    magento_product_id = models.BigIntegerField()
    sku = models.CharField(max_length=100, blank=True)
    name = models.CharField(max_length=300)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "miomente_partner_portal_courses"
        # Per partner: should the shop hand a product to another partner, nobody sees the other's bookings.
        constraints = [
            models.UniqueConstraint(fields=["partner", "magento_product_id"], name="course_once_per_partner")
        ]
        indexes = [models.Index(fields=["partner", "name"], name="course_partner_name")]

    def __str__(self) -> str:
        return self.name
