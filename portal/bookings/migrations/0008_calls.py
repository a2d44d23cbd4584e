"""Whom staff call, and all bookings by day whosever they are: both lists are read by index at a million rows."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bookings", "0007_ladder")]

    operations = [
        migrations.AddIndex(
            model_name="booking",
            index=models.Index(
                condition=models.Q(("escalated_at__isnull", False), ("status", "pending")),
                fields=["escalated_at"],
                name="booking_escalated",
            ),
        ),
        migrations.AddIndex(
            model_name="booking",
            index=models.Index(
                condition=models.Q(("status", "expired")), fields=["expired_at"], name="booking_expired"
            ),
        ),
        migrations.AddIndex(
            model_name="booking",
            index=models.Index(fields=["-starts_on", "-id"], name="booking_by_day"),
        ),
    ]
