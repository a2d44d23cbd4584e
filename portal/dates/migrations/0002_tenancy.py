"""Rows of one partner are seen by that partner."""

from django.db import migrations

from portal.core.tenancy import tenant_policy


class Migration(migrations.Migration):
    dependencies = [("dates", "0001_initial")]

    operations = [tenant_policy("miomente_partner_portal_course_dates")]
