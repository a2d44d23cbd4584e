"""Row level security of the ground's own tables, the way to open a link, and the audit trail.

A link is opened before anybody knows whose it is, so one function may look across partners: it takes the hash of
a token and says which link and which partner, nothing more. The audit table is written by its trigger function
only; both run as the owner of the schema.
"""

from django.db import migrations

from portal.core.tenancy import tenant_policy

OPEN_LINK = """
CREATE FUNCTION portal_open_link(wanted_hash text, wanted_purpose text)
RETURNS TABLE (link_id uuid, partner_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT link.id, link.partner_id
    FROM public.miomente_partner_portal_links link
    WHERE link.purpose = wanted_purpose AND (
        link.token_hash = wanted_hash
        OR link.id = (
            SELECT former.link_id FROM public.miomente_partner_portal_former_links former
            WHERE former.token_hash = wanted_hash
        )
    )
$$
"""

AUDIT = """
CREATE FUNCTION portal_without_persons(row_values jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    -- The trail can never be changed, so of a person it keeps a fingerprint: that something changed, not what.
    SELECT jsonb_object_agg(
        key, CASE WHEN key IN ('contact', 'email', 'phone', 'name') THEN to_jsonb(md5(value::text)) ELSE value END
    ) FROM jsonb_each(row_values)
$$;
CREATE FUNCTION portal_audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    before jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
    after jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
    whole jsonb := coalesce(after, before);
BEGIN
    IF TG_OP = 'UPDATE' THEN
        -- Only what differs: the trail says what was changed, not what the row was.
        SELECT jsonb_object_agg(key, value) INTO before FROM jsonb_each(to_jsonb(OLD)) WHERE value IS DISTINCT FROM to_jsonb(NEW) -> key;
        SELECT jsonb_object_agg(key, value) INTO after FROM jsonb_each(to_jsonb(NEW)) WHERE value IS DISTINCT FROM to_jsonb(OLD) -> key;
        IF before IS NULL THEN
            RETURN NULL;
        END IF;
    END IF;
    INSERT INTO public.miomente_partner_portal_audit (table_name, row_id, partner_id, actor, at, old, new)
    VALUES (
        TG_TABLE_NAME, whole ->> 'id',
        CASE WHEN TG_TABLE_NAME = 'miomente_partner_portal_partners' THEN (whole ->> 'id')::bigint
             ELSE (whole ->> 'partner_id')::bigint END,
        coalesce(nullif(current_setting('portal.actor', true), ''), 'unknown'), clock_timestamp(),
        public.portal_without_persons(before), public.portal_without_persons(after)
    );
    RETURN NULL;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [
        tenant_policy("miomente_partner_portal_events"),
        tenant_policy("miomente_partner_portal_links"),
        tenant_policy("miomente_partner_portal_former_links"),
        tenant_policy("miomente_partner_portal_link_visits"),
        tenant_policy("miomente_partner_portal_outbox"),
        tenant_policy("miomente_partner_portal_outside_ids"),
        tenant_policy("miomente_partner_portal_audit"),
        migrations.RunSQL(OPEN_LINK, "DROP FUNCTION portal_open_link(text, text)"),
        migrations.RunSQL(AUDIT, "DROP FUNCTION portal_audit(); DROP FUNCTION portal_without_persons(jsonb)"),
    ]
