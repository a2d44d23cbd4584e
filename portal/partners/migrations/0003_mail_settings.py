"""Each partner says who gets booking mails, when it wants its peace, and who stands in."""

import datetime

import django.db.models.deletion
from django.db import migrations, models

from portal.core.tenancy import audited, tenant_policy


class Migration(migrations.Migration):
    dependencies = [
        ("partners", "0002_tenancy"),
    ]

    operations = [
        migrations.AddField(
            model_name="member",
            name="gets_booking_mails",
            field=models.BooleanField(default=False, verbose_name="Gets booking mails"),
        ),
        migrations.AddField(
            model_name="partner",
            name="is_mailed",
            field=models.BooleanField(default=True, verbose_name="Booking mails go to this address"),
        ),
        migrations.AddField(
            model_name="partner",
            name="phone_doubted_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="partner",
            name="quiet_from",
            field=models.TimeField(default=datetime.time(21, 0), verbose_name="Quiet from"),
        ),
        migrations.AddField(
            model_name="partner",
            name="quiet_until",
            field=models.TimeField(default=datetime.time(8, 0), verbose_name="Quiet until"),
        ),
        migrations.AddField(
            model_name="partner",
            name="time_zone",
            field=models.CharField(default="Europe/Berlin", max_length=64, verbose_name="Time zone"),
        ),
        migrations.CreateModel(
            name="Absence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("first_on", models.DateField(verbose_name="First day")),
                ("last_on", models.DateField(verbose_name="Last day")),
                (
                    "deputy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stands_in",
                        to="partners.member",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="absences",
                        to="partners.member",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="absences",
                        to="partners.partner",
                    ),
                ),
            ],
            options={
                "db_table": "miomente_partner_portal_absences",
                "ordering": ["first_on", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("last_on__gte", models.F("first_on"))),
                        name="absence_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("member__isnull", True),
                            models.Q(("member", models.F("deputy")), _negated=True),
                            _connector="OR",
                        ),
                        name="absence_has_somebody_else",
                    ),
                ],
            },
        ),
        tenant_policy("miomente_partner_portal_absences"),
        audited("miomente_partner_portal_absences"),
    ]
