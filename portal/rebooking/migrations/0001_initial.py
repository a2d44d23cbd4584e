"""Links to rebook (the spec's table), proposed dates, a partner's terms, and corrections of the shop's stock."""

import django.db.models.deletion
from django.db import migrations, models

from portal.core.tenancy import audited, tenant_policy

# As for bookings: reports of the marketplace read updated_at, so raw SQL must not leave it behind. With a function of
# its own, since that of the bookings also keeps what their search needs.
TOUCH = """
CREATE FUNCTION update_rebooking_token_timestamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END
$$;
CREATE TRIGGER rebooking_token_updated BEFORE UPDATE ON miomente_partner_portal_rebooking_tokens
    FOR EACH ROW EXECUTE FUNCTION update_rebooking_token_timestamp();
"""
UNTOUCH = """
DROP TRIGGER rebooking_token_updated ON miomente_partner_portal_rebooking_tokens;
DROP FUNCTION update_rebooking_token_timestamp();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("bookings", "0011_rebooking"),
        ("dates", "0003_seats"),
        ("partners", "0003_mail_settings"),
    ]

    operations = [
        migrations.CreateModel(
            name="RebookingTerms",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "price_policy",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("same", "Only dates that cost as much or less"),
                            ("keep", "Any date, at the price that was paid"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                (
                    "partner",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rebooking_terms",
                        to="partners.partner",
                    ),
                ),
            ],
            options={
                "db_table": "miomente_partner_portal_rebooking_terms",
            },
        ),
        migrations.CreateModel(
            name="ProposedDate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rank", models.PositiveSmallIntegerField()),
                ("proposed_at", models.DateTimeField()),
                (
                    "booking",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="proposed_dates",
                        to="bookings.booking",
                    ),
                ),
                (
                    "course_date",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="dates.coursedate"
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="partners.partner",
                    ),
                ),
            ],
            options={
                "db_table": "miomente_partner_portal_rebooking_proposals",
                "ordering": ["rank"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("booking", "proposed_at", "course_date"), name="proposed_once_per_decline"
                    ),
                    models.UniqueConstraint(
                        fields=("booking", "proposed_at", "rank"), name="proposed_rank_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Rebooking",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("original_order_id", models.BigIntegerField()),
                ("original_order_item_id", models.BigIntegerField()),
                ("course_product_id", models.BigIntegerField()),
                ("course_sku", models.CharField(blank=True, max_length=100)),
                ("customer_email", models.CharField(max_length=255, null=True)),
                ("customer_name", models.CharField(max_length=255, null=True)),
                ("original_participants", models.PositiveSmallIntegerField()),
                ("original_price", models.DecimalField(decimal_places=2, max_digits=10, null=True)),
                ("token", models.CharField(max_length=64, unique=True)),
                ("token_expires_at", models.DateTimeField()),
                ("link_version", models.PositiveIntegerField(default=1)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("active", "Waiting for the customer"),
                            ("used", "Rebooked"),
                            ("expired", "Not used in time"),
                            ("cancelled", "Withdrawn"),
                        ],
                        default="active",
                        max_length=20,
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("declined", "The date was declined."),
                            ("staff", "Our team has sent the link."),
                        ],
                        default="declined",
                        max_length=20,
                    ),
                ),
                (
                    "ended",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", ""),
                            ("staff", "Our team has withdrawn the link."),
                            ("order_cancelled", "The order was cancelled."),
                            ("refunded", "The order was refunded."),
                            ("erased", "The customer asked to be forgotten."),
                            ("replaced", "A newer link has taken its place."),
                        ],
                        default="",
                        max_length=20,
                    ),
                ),
                ("held_until", models.DateTimeField(null=True)),
                ("new_order_id", models.BigIntegerField(null=True)),
                ("new_date", models.DateField(null=True)),
                ("rebooked_at", models.DateTimeField(null=True)),
                (
                    "price_policy",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("same", "Only dates that cost as much or less"),
                            ("keep", "Any date, at the price that was paid"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                ("new_price_cents", models.BigIntegerField(null=True)),
                ("difference_cents", models.BigIntegerField(null=True)),
                (
                    "choice",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", ""),
                            ("other_dates", "Other dates"),
                            ("voucher", "A voucher"),
                            ("refund", "The money back"),
                        ],
                        default="",
                        max_length=12,
                    ),
                ),
                ("chosen_at", models.DateTimeField(null=True)),
                ("wish_weekdays", models.JSONField(default=list)),
                (
                    "wish_time",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "at any time"),
                            ("morning", "in the morning"),
                            ("afternoon", "in the afternoon"),
                            ("evening", "in the evening"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                ("wish_until", models.DateField(null=True)),
                ("wish_note", models.TextField(blank=True, default="")),
                ("remind_at", models.DateTimeField(null=True)),
                ("reminder_count", models.PositiveSmallIntegerField(default=0)),
                (
                    "needs_staff",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", ""),
                            ("no_dates", "There is no date to offer."),
                            ("none_fits", "None of the dates fits the customer."),
                            ("unanswered", "The customer has not answered our reminders."),
                            ("expired", "The link was not used in time."),
                            (
                                "too_often",
                                "Declined again and again: the customer gets no further link by itself.",
                            ),
                            ("no_address", "There is no e-mail address to write to."),
                            ("bounced", "The e-mail did not reach the customer."),
                        ],
                        default="",
                        max_length=12,
                    ),
                ),
                ("needs_staff_at", models.DateTimeField(null=True)),
                ("settled_at", models.DateTimeField(null=True)),
                ("odoo_ticket_id", models.CharField(blank=True, max_length=50)),
                ("created_at", models.DateTimeField()),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "held_date",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dates.coursedate",
                    ),
                ),
                (
                    "new_booking",
                    models.OneToOneField(
                        db_column="new_confirmation_id",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="made_by_rebooking",
                        to="bookings.booking",
                    ),
                ),
                (
                    "original_booking",
                    models.ForeignKey(
                        db_column="original_confirmation_id",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rebookings",
                        to="bookings.booking",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="partners.partner",
                    ),
                ),
            ],
            options={
                "db_table": "miomente_partner_portal_rebooking_tokens",
                "indexes": [
                    models.Index(fields=["status"], name="idx_rebooking_status"),
                    models.Index(fields=["original_order_id"], name="idx_rebooking_original_order"),
                    models.Index(fields=["original_order_item_id"], name="rebooking_thread"),
                    models.Index(fields=["partner", "-created_at", "-id"], name="rebooking_partner_list"),
                    models.Index(
                        condition=models.Q(("status", "active")),
                        fields=["token_expires_at"],
                        name="rebooking_to_expire",
                    ),
                    models.Index(
                        condition=models.Q(("remind_at__isnull", False), ("status", "active")),
                        fields=["remind_at"],
                        name="rebooking_to_remind",
                    ),
                    models.Index(
                        condition=models.Q(
                            models.Q(("needs_staff", ""), _negated=True), ("settled_at", None)
                        ),
                        fields=["needs_staff_at"],
                        name="rebooking_open_case",
                    ),
                    models.Index(
                        condition=models.Q(("status", "used")),
                        fields=["rebooked_at"],
                        name="rebooking_by_rebooked_at",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ("active", "used", "expired", "cancelled"))),
                        name="rebooking_status_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("new_booking__isnull", False),
                                ("rebooked_at__isnull", False),
                                ("status", "used"),
                            ),
                            models.Q(
                                models.Q(("status", "used"), _negated=True),
                                ("new_booking__isnull", True),
                                ("rebooked_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="rebooking_used_iff_booked",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("held_date__isnull", True), ("held_until__isnull", True)),
                            models.Q(("held_date__isnull", False), ("held_until__isnull", False)),
                            _connector="OR",
                        ),
                        name="rebooking_hold_has_end",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "active")),
                        fields=("original_booking",),
                        name="rebooking_one_active_link",
                    ),
                    models.UniqueConstraint(
                        fields=("original_booking", "link_version"), name="rebooking_once_per_link"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="StockChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("rebooked", "Rebooked"),
                            ("cancelled", "Cancelled"),
                            ("changed", "Changed"),
                        ],
                        max_length=10,
                    ),
                ),
                ("delta", models.IntegerField()),
                ("planned_before", models.DecimalField(decimal_places=4, max_digits=12, null=True)),
                ("planned_after", models.DecimalField(decimal_places=4, max_digits=12, null=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                (
                    "booking",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="stock_changes",
                        to="bookings.booking",
                    ),
                ),
                (
                    "course_date",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dates.coursedate",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="partners.partner",
                    ),
                ),
            ],
            options={
                "db_table": "miomente_partner_portal_stock_changes",
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at", None)),
                        fields=["course_date"],
                        name="stock_change_open",
                    )
                ],
            },
        ),
        tenant_policy("miomente_partner_portal_rebooking_tokens"),
        tenant_policy("miomente_partner_portal_rebooking_proposals"),
        tenant_policy("miomente_partner_portal_rebooking_terms"),
        tenant_policy("miomente_partner_portal_stock_changes"),
        audited("miomente_partner_portal_rebooking_terms"),
        migrations.RunSQL(TOUCH, UNTOUCH),
    ]
