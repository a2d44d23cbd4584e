"""The schema of the small shop with its empty tables, and the demo's clock.

Only where the demo is installed: a real portal never sees this schema.
"""

from django.conf import settings
from django.db import migrations, models

from portal.integrations.shop.embedded import create_small_shop, drop_small_shop


def create_shop(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        # In development one role may be everything, and the processes' own one does not exist.
        cursor.execute(
            "SELECT coalesce((SELECT rolname FROM pg_roles WHERE rolname = %s), current_user)",
            [settings.DATABASE_APP_ROLE],
        )
        [role] = cursor.fetchone()
        create_small_shop(cursor, role)


def drop_shop(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        drop_small_shop(cursor)


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.RunPython(create_shop, drop_shop),
        migrations.CreateModel(
            name="DemoClock",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("offset_hours", models.FloatField(default=0)),
            ],
            options={
                "db_table": "miomente_partner_portal_demo_clock",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="demo_clock_is_one_row"),
                    models.CheckConstraint(
                        condition=models.Q(("offset_hours__gte", 0)), name="demo_clock_is_not_behind"
                    ),
                ],
            },
        ),
    ]
