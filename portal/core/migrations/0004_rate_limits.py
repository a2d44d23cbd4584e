"""How much each caller has used of what it may call. Unlogged: after a crash everybody begins anew, at no cost before.

Each call is one statement that changes one row. `tat` is when the caller's allowance would be whole again (the
"theoretical arrival time" of GCRA).
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0003_mail_fates")]

    operations = [
        migrations.RunSQL(
            "CREATE UNLOGGED TABLE miomente_partner_portal_rate_limits "
            "(key text PRIMARY KEY, tat timestamptz NOT NULL) WITH (fillfactor = 50)",
            "DROP TABLE miomente_partner_portal_rate_limits",
        ),
    ]
