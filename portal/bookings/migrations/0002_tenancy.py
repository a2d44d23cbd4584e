"""Bookings and customers belong to a partner; orders without one are for staff and the import alone."""

from django.db import migrations

from portal.core.tenancy import tenant_policy

# The spec's own trigger: reports of the marketplace read updated_at, so raw SQL must not leave it behind.
TOUCH = """
CREATE FUNCTION update_booking_confirmation_timestamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END
$$;
CREATE TRIGGER booking_confirmation_updated BEFORE UPDATE ON miomente_partner_portal_booking_confirmations
    FOR EACH ROW EXECUTE FUNCTION update_booking_confirmation_timestamp();
"""


class Migration(migrations.Migration):
    dependencies = [("bookings", "0001_initial")]

    operations = [
        tenant_policy("miomente_partner_portal_booking_confirmations"),
        tenant_policy("miomente_partner_portal_customers"),
        tenant_policy("miomente_partner_portal_unmatched_orders", column=None),
        migrations.RunSQL(
            TOUCH,
            "DROP TRIGGER booking_confirmation_updated ON miomente_partner_portal_booking_confirmations;"
            "DROP FUNCTION update_booking_confirmation_timestamp()",
        ),
    ]
