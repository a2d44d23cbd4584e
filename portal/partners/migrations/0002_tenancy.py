"""Partners and members under row level security and on the audit trail.

A membership is read by its user before the partner is chosen, hence the second condition.
"""

from django.db import migrations

from portal.core.tenancy import audited, tenant_policy


class Migration(migrations.Migration):
    dependencies = [("partners", "0001_initial"), ("core", "0002_tenancy")]

    operations = [
        tenant_policy("miomente_partner_portal_partners", column="id"),
        tenant_policy(
            "miomente_partner_portal_members",
            also="user_id = (select nullif(current_setting('portal.user_id', true), '')::bigint)",
        ),
        audited("miomente_partner_portal_partners"),
        audited("miomente_partner_portal_members"),
    ]
