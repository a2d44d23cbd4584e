"""What the times of reminders follow from, so that they can be found anew whenever a rule or a setting changes.

Bookings that waited before there were reminders begin their ladder now, at the hour of the day they were asked for:
everybody gets the first reminder within a day, nobody a heap of them at once.
"""

from django.db import migrations, models

# The clock looks at them with its next tick, and finds the true times.
BEGIN_LADDERS = """
UPDATE miomente_partner_portal_booking_confirmations
SET ladder_from = asked_at + date_trunc('day', greatest(now() - asked_at, interval '0')),
    remind_at = now(), escalate_at = now()
WHERE status = 'pending' AND asked_at IS NOT NULL AND released_at IS NOT NULL AND ladder_from IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("bookings", "0006_search")]

    operations = [
        migrations.AddField(
            model_name="booking",
            name="ladder_from",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="booking",
            name="ladder_rung",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="booking",
            name="reopened_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL(BEGIN_LADDERS, migrations.RunSQL.noop),
    ]
