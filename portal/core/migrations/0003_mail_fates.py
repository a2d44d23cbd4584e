"""What became of a mail after the provider took it, and addresses that mails do not reach any more."""

import django.db.models.deletion
from django.db import migrations, models

from portal.core.tenancy import tenant_policy


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_tenancy"),
    ]

    operations = [
        migrations.AddField(
            model_name="outboxmail",
            name="audience",
            field=models.CharField(
                choices=[("partner", "Partner"), ("customer", "Customer"), ("user", "User")],
                default="partner",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="outboxmail",
            name="fate",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", ""),
                    ("deferred", "not delivered yet, the provider keeps trying"),
                    ("delivered", "delivered"),
                    ("bounced", "came back: the address does not exist"),
                    ("blocked", "refused by the receiving server"),
                    ("dropped", "not sent: the address had failed before"),
                    ("spam", "marked as spam by the recipient"),
                ],
                default="",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="outboxmail",
            name="fate_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="BouncedAddress",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("partner_id", models.BigIntegerField(null=True)),
                ("address", models.CharField(max_length=254)),
                (
                    "fate",
                    models.CharField(
                        choices=[
                            ("", ""),
                            ("deferred", "not delivered yet, the provider keeps trying"),
                            ("delivered", "delivered"),
                            ("bounced", "came back: the address does not exist"),
                            ("blocked", "refused by the receiving server"),
                            ("dropped", "not sent: the address had failed before"),
                            ("spam", "marked as spam by the recipient"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
            ],
            options={
                "db_table": "miomente_partner_portal_bounced_addresses",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("partner_id", "address"), name="bounced_address_once", nulls_distinct=False
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MailFate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("partner_id", models.BigIntegerField(null=True)),
                (
                    "fate",
                    models.CharField(
                        choices=[
                            ("", ""),
                            ("deferred", "not delivered yet, the provider keeps trying"),
                            ("delivered", "delivered"),
                            ("bounced", "came back: the address does not exist"),
                            ("blocked", "refused by the receiving server"),
                            ("dropped", "not sent: the address had failed before"),
                            ("spam", "marked as spam by the recipient"),
                        ],
                        max_length=10,
                    ),
                ),
                ("outside_id", models.CharField(max_length=120, unique=True)),
                ("at", models.DateTimeField()),
                (
                    "mail",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="fates",
                        to="core.outboxmail",
                    ),
                ),
            ],
            options={
                "db_table": "miomente_partner_portal_mail_fates",
            },
        ),
        tenant_policy("miomente_partner_portal_mail_fates"),
        tenant_policy("miomente_partner_portal_bounced_addresses"),
    ]
