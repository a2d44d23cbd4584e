"""Who may sign in, and who of them is staff, on the audit trail.

Not by the generic trigger: that one copies whole rows, and neither a password's hash nor each sign-in belongs on a
trail that nobody can ever change. So it names its columns, and of an address it keeps a fingerprint: that it changed.
"""

from django.db import migrations

AUDIT = """
CREATE FUNCTION portal_audit_user() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    before jsonb;
    after jsonb := jsonb_build_object('email', md5(NEW.email), 'is_manager', NEW.is_manager, 'is_active', NEW.is_active);
    kept jsonb;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        before := jsonb_build_object('email', md5(OLD.email), 'is_manager', OLD.is_manager, 'is_active', OLD.is_active);
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
CREATE TRIGGER audit AFTER INSERT OR UPDATE OF is_manager, is_active, email ON miomente_partner_portal_users
FOR EACH ROW EXECUTE FUNCTION portal_audit_user()
"""
NO_AUDIT = "DROP TRIGGER audit ON miomente_partner_portal_users; DROP FUNCTION portal_audit_user()"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("core", "0002_tenancy")]

    operations = [migrations.RunSQL(AUDIT, NO_AUDIT)]
