"""A date: one scheduled run of a course."""

import uuid

from django.db import models
from django.db.models import Q

from portal.courses.models import Course
from portal.partners.models import Partner


class CourseDate(models.Model):
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
    created_at = models.DateTimeField()

    class Meta:
        db_table = "miomente_partner_portal_course_dates"
        constraints = [
            models.UniqueConstraint(fields=["partner", "magento_product_id"], name="date_once_per_partner"),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(starts_on__isnull=False, starts_time__isnull=False),
                name="date_start_needs_day_and_time",
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "starts_on"], name="date_partner_day"),
            models.Index(fields=["partner", "sku"], condition=Q(magento_product_id=None), name="date_by_sku"),
        ]

    def __str__(self) -> str:
        return f"{self.course_id} on {self.starts_on}"
