"""A whole date that falls through, and the customers who still have to hear of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from portal.bookings.models.booking import Booking
from portal.dates.models import CourseDate
from portal.partners.models import Partner


class DateCancellation(models.Model):
    """“Kurs fällt aus”: all live bookings of a date declined in one go."""

    EVENT_SUBJECT = "date_cancellation"

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    course_date = models.ForeignKey(CourseDate, on_delete=models.PROTECT, related_name="cancellations")
    reason = models.CharField(max_length=100)
    notes = models.TextField(blank=True)
    way = models.CharField(max_length=50)
    decided_by_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    settles_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "miomente_partner_portal_date_cancellations"
        constraints = [
            models.UniqueConstraint(
                fields=["course_date"], condition=Q(undone_at=None), name="date_cancelled_once"
            )
        ]

    def __str__(self) -> str:
        return f"cancellation of date {self.course_date_id}"


class CancelledBooking(models.Model):
    """A booking that fell through with its date, and whether its customer knows."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="+")
    cancellation = models.ForeignKey(DateCancellation, on_delete=models.CASCADE, related_name="bookings")
    booking = models.ForeignKey(Booking, on_delete=models.CASCADE, related_name="date_cancellations")
    # Ticked off by hand: somebody has spoken with the customer.
    reached_at = models.DateTimeField(null=True)
    reached_by_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        db_table = "miomente_partner_portal_cancelled_bookings"
        constraints = [
            models.UniqueConstraint(fields=["cancellation", "booking"], name="booking_once_per_cancellation")
        ]

    def __str__(self) -> str:
        return f"booking {self.booking_id} of cancellation {self.cancellation_id}"
