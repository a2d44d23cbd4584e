"""Dates have seats, and partners make dates of their own. The ledger says who takes which seats."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from portal.core.tenancy import tenant_policy

# Until now nobody but the shop has said anything of a date.
KNOWN_FACTS = """
UPDATE miomente_partner_portal_course_dates
SET shop_facts = jsonb_build_object(
    'starts_on', starts_on, 'starts_time', starts_time, 'ends_time', ends_time,
    'duration_minutes', duration_minutes, 'location', location
)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0003_catalog"),
        ("dates", "0002_tenancy"),
        ("partners", "0003_mail_settings"),
    ]

    operations = [
        migrations.CreateModel(
            name="SeatEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("booking", "Booking"),
                            ("hold", "Held"),
                            ("elsewhere", "Sold elsewhere"),
                            ("blocked", "Blocked"),
                        ],
                        max_length=10,
                    ),
                ),
                ("source_key", models.CharField(max_length=80)),
                ("quantity", models.PositiveIntegerField()),
                ("shop_quantity", models.PositiveIntegerField(db_default=0, default=0)),
                ("expires_at", models.DateTimeField(null=True)),
                ("note", models.CharField(blank=True, db_default="", max_length=200)),
                ("actor", models.CharField(blank=True, db_default="", max_length=80)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "miomente_partner_portal_seats",
            },
        ),
        migrations.CreateModel(
            name="CatalogRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("way", models.CharField(max_length=16)),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
                ("report", models.JSONField(default=dict)),
                ("problem", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "db_table": "miomente_partner_portal_catalog_runs",
                "indexes": [models.Index(fields=["-started_at"], name="catalog_run_newest")],
            },
        ),
        migrations.AddField(
            model_name="coursedate",
            name="booking_deadline_hours",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="coursedate",
            name="cancelled_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="coursedate",
            name="capacity",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="coursedate",
            name="currency",
            field=models.CharField(db_default="EUR", default="EUR", max_length=3),
        ),
        migrations.AddField(
            model_name="coursedate",
            name="made_by",
            field=models.CharField(
                choices=[("shop", "Shop"), ("portal", "Portal")],
                db_default="shop",
                default="shop",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="coursedate",
            name="min_participants",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="coursedate",
            name="notes",
            field=models.TextField(blank=True, db_default=""),
        ),
        migrations.AddField(
            model_name="coursedate",
            name="price_cents",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="coursedate",
            name="shop_facts",
            field=models.JSONField(db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name="coursedate",
            name="shop_read_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="coursedate",
            name="shop_salable",
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name="coursedate",
            name="shop_total",
            field=models.IntegerField(null=True),
        ),
        migrations.AddField(
            model_name="coursedate",
            name="shop_state",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "Not read yet"),
                    ("on_sale", "On sale"),
                    ("off_sale", "Not on sale"),
                    ("gone", "No longer in the shop"),
                ],
                db_default="",
                default="",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="coursedate",
            name="updated_at",
            field=models.DateTimeField(auto_now=True, null=True),
        ),
        migrations.AddIndex(
            model_name="coursedate",
            index=models.Index(fields=["magento_product_id"], name="date_by_product"),
        ),
        migrations.AddIndex(
            model_name="coursedate",
            index=models.Index(fields=["course", "starts_on"], name="date_course_day"),
        ),
        migrations.AddIndex(
            model_name="coursedate",
            index=models.Index(
                condition=models.Q(("cancelled_at", None)), fields=["starts_on"], name="date_by_day"
            ),
        ),
        migrations.AddIndex(
            model_name="coursedate",
            index=models.Index(
                condition=models.Q(("cancelled_at__isnull", False)),
                fields=["starts_on"],
                name="date_cancelled_by_day",
            ),
        ),
        migrations.AddIndex(
            model_name="coursedate",
            index=models.Index(
                condition=models.Q(
                    ("shop_total__lt", models.F("capacity")),
                    ("shop_total__gt", models.F("capacity")),
                    _connector="OR",
                ),
                fields=["starts_on"],
                name="date_drifting",
            ),
        ),
        migrations.AddConstraint(
            model_name="coursedate",
            constraint=models.CheckConstraint(
                condition=models.Q(("made_by__in", ("shop", "portal"))), name="date_made_by_known"
            ),
        ),
        migrations.AddField(
            model_name="seatentry",
            name="course_date",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="seat_entries",
                to="dates.coursedate",
            ),
        ),
        migrations.AddField(
            model_name="seatentry",
            name="partner",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="partners.partner",
            ),
        ),
        migrations.AddIndex(
            model_name="seatentry",
            index=models.Index(
                fields=["course_date"],
                include=("partner", "source", "quantity", "shop_quantity", "expires_at"),
                name="seats_of_date",
            ),
        ),
        migrations.AddIndex(
            model_name="seatentry",
            index=models.Index(
                condition=models.Q(("expires_at__isnull", False)),
                fields=["expires_at"],
                name="seats_expiring",
            ),
        ),
        migrations.AddIndex(
            model_name="seatentry",
            index=models.Index(fields=["changed_at"], name="seats_changed"),
        ),
        migrations.AddConstraint(
            model_name="seatentry",
            constraint=models.UniqueConstraint(
                fields=("partner", "source", "source_key"), name="seats_once_per_source"
            ),
        ),
        migrations.AddConstraint(
            model_name="seatentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("source__in", ("booking", "hold", "elsewhere", "blocked"))),
                name="seats_source_known",
            ),
        ),
        tenant_policy("miomente_partner_portal_seats"),
        migrations.RunSQL(KNOWN_FACTS, migrations.RunSQL.noop),
    ]
