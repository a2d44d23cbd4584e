"""A booking may have a candidate beside it, and says whether the shop's stock of its date has the sale.

Until now the first row of an order item was taken to be the one that the shop has sold. Once a customer has moved and
both stocks are corrected it is the last one; so the triggers ask the row.
"""

from django.db import migrations, models
from django.db.models import Q

_TAKEN = """
    CASE WHEN {row}.status IN ('pending', 'confirmed', 'expired')
           OR ({row}.status = 'declined' AND {row}.settled_at IS NULL)
         THEN {row}.participants ELSE 0 END
"""
_SOLD = "CASE WHEN {row}.status <> 'cancelled' AND {row}.%s THEN {row}.shop_participants ELSE 0 END"
_NOW, _BEFORE = _SOLD % "is_sold_here", _SOLD % "generation = 1"
_COLUMNS = ("course_date_id", "status", "participants", "shop_participants", "settled_at")


def _functions(sold: str) -> str:
    taken_each, sold_each = _TAKEN.format(row="each"), sold.format(row="each")
    return f"""
CREATE OR REPLACE FUNCTION portal_booking_seats_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO miomente_partner_portal_seats
        (partner_id, course_date_id, source, source_key, quantity, shop_quantity, created_at)
    SELECT each.partner_id, each.course_date_id, 'booking', each.id::text, {taken_each}, {sold_each}, each.created_at
    FROM added AS each WHERE each.course_date_id IS NOT NULL AND ({taken_each}) + ({sold_each}) > 0;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION portal_booking_seats_moved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    taken integer := {_TAKEN.format(row="NEW")};
    sold integer := {sold.format(row="NEW")};
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
"""  # noqa: S608 -- made of the texts above alone


def _moved_when(columns: tuple[str, ...]) -> str:
    old, new = (", ".join(f"{row}.{name}" for name in columns) for row in ("OLD", "NEW"))
    return f"""
DROP TRIGGER seats_moved ON miomente_partner_portal_booking_confirmations;
CREATE TRIGGER seats_moved AFTER UPDATE ON miomente_partner_portal_booking_confirmations
    FOR EACH ROW WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION portal_booking_seats_moved();
"""


class Migration(migrations.Migration):
    dependencies = [("bookings", "0010_seats_and_date_changes")]

    operations = [
        migrations.AddField(
            model_name="booking",
            name="is_candidate",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="booking",
            name="is_sold_here",
            field=models.BooleanField(db_default=True, default=True),
        ),
        migrations.RemoveConstraint(model_name="booking", name="booking_one_live_row_per_part"),
        migrations.AddConstraint(
            model_name="booking",
            constraint=models.UniqueConstraint(
                condition=~Q(status="rebooked") & Q(is_candidate=False),
                fields=("magento_order_item_id", "part"),
                name="booking_one_live_row_per_part",
            ),
        ),
        migrations.AddConstraint(
            model_name="booking",
            constraint=models.UniqueConstraint(
                condition=Q(is_candidate=True, status__in=("pending", "confirmed")),
                fields=("magento_order_item_id", "part"),
                name="booking_one_candidate_per_part",
            ),
        ),
        migrations.RunSQL(
            _functions(_NOW) + _moved_when((*_COLUMNS, "is_sold_here")),
            _functions(_BEFORE) + _moved_when(_COLUMNS),
        ),
    ]
