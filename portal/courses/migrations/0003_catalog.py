"""What the shop shows of a course, so that its page needs no shop."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0002_tenancy"),
    ]

    operations = [
        migrations.AddField(
            model_name="course",
            name="currency",
            field=models.CharField(db_default="EUR", default="EUR", max_length=3),
        ),
        migrations.AddField(
            model_name="course",
            name="description",
            field=models.TextField(blank=True, db_default=""),
        ),
        migrations.AddField(
            model_name="course",
            name="duration_minutes",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="course",
            name="images",
            field=models.JSONField(db_default=[], default=list),
        ),
        migrations.AddField(
            model_name="course",
            name="is_on_sale",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.AddField(
            model_name="course",
            name="location",
            field=models.CharField(blank=True, db_default="", max_length=300),
        ),
        migrations.AddField(
            model_name="course",
            name="price_cents",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="course",
            name="shop_read_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddIndex(
            model_name="course",
            index=models.Index(fields=["magento_product_id"], name="course_by_product"),
        ),
    ]
