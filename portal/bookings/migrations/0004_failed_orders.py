"""Orders that could not be taken in: the watermark moves on, so they are remembered here and tried again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0003_decline_reasons"),
    ]

    operations = [
        migrations.CreateModel(
            name="FailedOrder",
            fields=[
                ("magento_order_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("number", models.CharField(max_length=50)),
                ("failed_at", models.DateTimeField()),
            ],
            options={
                "db_table": "miomente_partner_portal_failed_orders",
            },
        ),
    ]
