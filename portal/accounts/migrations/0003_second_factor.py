"""The second factor: since when a user has one, on the audit trail; and a place where attempts are counted.

The table of attempts is unlogged: what is counted there is forgotten within minutes anyway, and a crash of the
database that forgets it earlier is worth being spared the disk at every sign-in.
"""

from django.db import migrations, models

ATTEMPTS = """
CREATE UNLOGGED TABLE miomente_partner_portal_attempts (
    key text PRIMARY KEY,
    value text NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX attempts_expired ON miomente_partner_portal_attempts (expires_at);
"""
NO_ATTEMPTS = "DROP TABLE miomente_partner_portal_attempts"

AUDIT = """
CREATE OR REPLACE FUNCTION portal_user_facts(person miomente_partner_portal_users) RETURNS jsonb
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public AS $$
    SELECT jsonb_build_object(
        'email', md5(person.email), 'is_manager', person.is_manager, 'is_active', person.is_active,
        'has_second_factor', person.second_factor_at IS NOT NULL
    )
$$;
CREATE OR REPLACE FUNCTION portal_audit_user() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    before jsonb;
    after jsonb := portal_user_facts(NEW);
    kept jsonb;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        before := portal_user_facts(OLD);
        kept := before;
        -- Only what differs: a save writes all columns.
        SELECT jsonb_object_agg(key, value) INTO before FROM jsonb_each(before) WHERE value <> after -> key;
        SELECT jsonb_object_agg(key, value) INTO after FROM jsonb_each(after) WHERE value <> kept -> key;
        IF before IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO public.miomente_partner_portal_audit (table_name, row_id, partner_id, actor, at, old, new)
    VALUES (
        TG_TABLE_NAME, NEW.id::text, NULL,
        coalesce(nullif(current_setting('portal.actor', true), ''), 'unknown'), clock_timestamp(), before, after
    );
    RETURN NULL;
END
$$;
DROP TRIGGER audit ON miomente_partner_portal_users;
CREATE TRIGGER audit AFTER INSERT OR UPDATE OF is_manager, is_active, email, second_factor_at
ON miomente_partner_portal_users FOR EACH ROW EXECUTE FUNCTION portal_audit_user()
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_audit")]

    operations = [
        migrations.AddField(
            model_name="user", name="second_factor_at", field=models.DateTimeField(null=True, editable=False)
        ),
        migrations.RunSQL(ATTEMPTS, NO_ATTEMPTS),
        migrations.RunSQL(AUDIT, migrations.RunSQL.noop),
    ]
