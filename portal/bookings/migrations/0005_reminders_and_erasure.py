"""Reminders and escalation are due at a time; staff may decline a promise and take that back; orders to forget."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0004_failed_orders"),
        ("courses", "0002_tenancy"),
        ("dates", "0002_tenancy"),
        ("partners", "0003_mail_settings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ErasedOrder",
            fields=[
                ("magento_order_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("erased_at", models.DateTimeField()),
            ],
            options={
                "db_table": "miomente_partner_portal_erased_orders",
            },
        ),
        migrations.AddField(
            model_name="booking",
            name="escalate_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="booking",
            name="remind_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="booking",
            name="undo_settled_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="booking",
            name="undo_status",
            field=models.CharField(
                choices=[
                    ("pending", "Waiting for your answer"),
                    ("confirmed", "Confirmed"),
                    ("declined", "Declined"),
                    ("cancelled", "Cancelled by the customer"),
                    ("expired", "Not answered in time"),
                    ("rebooked", "Moved to another date"),
                ],
                default="pending",
                max_length=20,
            ),
        ),
        migrations.AddIndex(
            model_name="booking",
            index=models.Index(
                condition=models.Q(("remind_at__isnull", False), ("status", "pending")),
                fields=["remind_at"],
                name="booking_to_remind",
            ),
        ),
        migrations.AddIndex(
            model_name="booking",
            index=models.Index(
                condition=models.Q(
                    ("escalate_at__isnull", False), ("escalated_at__isnull", True), ("status", "pending")
                ),
                fields=["escalate_at"],
                name="booking_to_escalate",
            ),
        ),
        migrations.AddIndex(
            model_name="booking",
            index=models.Index(
                condition=models.Q(("asked_at__isnull", False)), fields=["asked_at"], name="booking_asked"
            ),
        ),
    ]
