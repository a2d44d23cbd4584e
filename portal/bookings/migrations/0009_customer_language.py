"""Customers get mails now, in the language of the store they bought in."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0008_calls"),
    ]

    operations = [
        migrations.AddField(
            model_name="customer",
            name="language",
            field=models.CharField(db_default="de", default="de", max_length=2),
        ),
    ]
