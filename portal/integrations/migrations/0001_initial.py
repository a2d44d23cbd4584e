"""The tables of the embedded mailbox and ticket list. They stand for outside systems and carry no partner."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="DemoMail",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("message_id", models.TextField(db_index=True)),
                ("to_address", models.TextField(db_index=True)),
                ("subject", models.TextField()),
                ("text", models.TextField()),
                ("html", models.TextField(blank=True, default="")),
                ("headers", models.JSONField(default=dict)),
                ("sent_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "miomente_partner_portal_demo_mails",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="DemoTicket",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.TextField(unique=True)),
                ("subject", models.TextField()),
                ("body_html", models.TextField()),
                ("customer_name", models.TextField(blank=True, default="")),
                ("customer_email", models.TextField(blank=True, default="")),
                ("category", models.TextField()),
                ("priority", models.CharField(max_length=1)),
                ("order_number", models.TextField(blank=True, default="")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "db_table": "miomente_partner_portal_demo_tickets",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="DemoTicketNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("note_key", models.TextField(unique=True)),
                ("body_html", models.TextField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "ticket",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notes",
                        to="integrations.demoticket",
                    ),
                ),
            ],
            options={
                "db_table": "miomente_partner_portal_demo_ticket_notes",
                "ordering": ["id"],
            },
        ),
    ]
