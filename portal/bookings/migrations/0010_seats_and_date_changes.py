"""Bookings take seats of their date, kept by triggers; whole dates may fall through.

Triggers, because bookings change in many ways (import in bulk, decisions, the clock, an undo) and none may forget the
seats. A booking takes its participants' seats while it is live; a declined one until its decline settles, since until
then it may be undone. The shop counts what it sold as long as it has not cancelled it: after a decline, too.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from portal.core.tenancy import tenant_policy

_TAKEN = """
    CASE WHEN {row}.status IN ('pending', 'confirmed', 'expired')
           OR ({row}.status = 'declined' AND {row}.settled_at IS NULL)
         THEN {row}.participants ELSE 0 END
"""
# A rebooking makes a new row of the same order item: the shop has sold that one once, on its first date.
_SOLD = (
    "CASE WHEN {row}.status <> 'cancelled' AND {row}.generation = 1 THEN {row}.shop_participants ELSE 0 END"
)
_INSERT = """
    INSERT INTO miomente_partner_portal_seats
        (partner_id, course_date_id, source, source_key, quantity, shop_quantity, created_at)
    SELECT each.partner_id, each.course_date_id, 'booking', each.id::text, {taken}, {sold}, each.created_at
    FROM {rows} AS each WHERE each.course_date_id IS NOT NULL AND ({taken}) + ({sold}) > 0
"""


def _insert(rows: str) -> str:
    return _INSERT.format(rows=rows, taken=_TAKEN.format(row="each"), sold=_SOLD.format(row="each"))


TRIGGERS = f"""
CREATE FUNCTION portal_booking_seats_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    {_insert("added")};
    RETURN NULL;
END
$$;

CREATE FUNCTION portal_booking_seats_moved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    taken integer := {_TAKEN.format(row="NEW")};
    sold integer := {_SOLD.format(row="NEW")};
BEGIN
    IF NEW.course_date_id IS NULL THEN
        DELETE FROM miomente_partner_portal_seats
        WHERE partner_id = NEW.partner_id AND source = 'booking' AND source_key = NEW.id::text;
    ELSE
        INSERT INTO miomente_partner_portal_seats AS kept
            (partner_id, course_date_id, source, source_key, quantity, shop_quantity, created_at)
        VALUES (NEW.partner_id, NEW.course_date_id, 'booking', NEW.id::text, taken, sold, NEW.created_at)
        ON CONFLICT (partner_id, source, source_key) DO UPDATE
        SET course_date_id = excluded.course_date_id, quantity = excluded.quantity,
            shop_quantity = excluded.shop_quantity, changed_at = now()
        WHERE (kept.course_date_id, kept.quantity, kept.shop_quantity)
            IS DISTINCT FROM (excluded.course_date_id, excluded.quantity, excluded.shop_quantity);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER seats_added AFTER INSERT ON miomente_partner_portal_booking_confirmations
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION portal_booking_seats_added();
CREATE TRIGGER seats_moved AFTER UPDATE ON miomente_partner_portal_booking_confirmations
    FOR EACH ROW WHEN (
        (OLD.course_date_id, OLD.status, OLD.participants, OLD.shop_participants, OLD.settled_at)
        IS DISTINCT FROM (NEW.course_date_id, NEW.status, NEW.participants, NEW.shop_participants, NEW.settled_at)
    ) EXECUTE FUNCTION portal_booking_seats_moved();

{_insert("miomente_partner_portal_booking_confirmations")};
"""  # noqa: S608 -- made of the texts above alone
DROP_TRIGGERS = """
DROP TRIGGER seats_moved ON miomente_partner_portal_booking_confirmations;
DROP TRIGGER seats_added ON miomente_partner_portal_booking_confirmations;
DROP FUNCTION portal_booking_seats_moved();
DROP FUNCTION portal_booking_seats_added();
DELETE FROM miomente_partner_portal_seats WHERE source = 'booking';
"""


class Migration(migrations.Migration):
    dependencies = [
        ("bookings", "0009_customer_language"),
        ("dates", "0003_seats"),
        ("partners", "0003_mail_settings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DateCancellation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reason", models.CharField(max_length=100)),
                ("notes", models.TextField(blank=True)),
                ("way", models.CharField(max_length=50)),
                ("settles_at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(null=True)),
                ("created_at", models.DateTimeField()),
                (
                    "course_date",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cancellations",
                        to="dates.coursedate",
                    ),
                ),
                (
                    "decided_by_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="partners.partner"
                    ),
                ),
            ],
            options={
                "db_table": "miomente_partner_portal_date_cancellations",
            },
        ),
        migrations.CreateModel(
            name="CancelledBooking",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reached_at", models.DateTimeField(null=True)),
                (
                    "booking",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="date_cancellations",
                        to="bookings.booking",
                    ),
                ),
                (
                    "partner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="partners.partner"
                    ),
                ),
                (
                    "reached_by_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "cancellation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bookings",
                        to="bookings.datecancellation",
                    ),
                ),
            ],
            options={
                "db_table": "miomente_partner_portal_cancelled_bookings",
            },
        ),
        migrations.AddConstraint(
            model_name="datecancellation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at", None)), fields=("course_date",), name="date_cancelled_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="cancelledbooking",
            constraint=models.UniqueConstraint(
                fields=("cancellation", "booking"), name="booking_once_per_cancellation"
            ),
        ),
        tenant_policy("miomente_partner_portal_date_cancellations"),
        tenant_policy("miomente_partner_portal_cancelled_bookings"),
        migrations.RunSQL(TRIGGERS, DROP_TRIGGERS),
    ]
