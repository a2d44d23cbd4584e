"""The spec's reasons to decline. "Sonstiges" says nothing by itself, so it asks for a note."""

from django.db import migrations

REASONS = [
    ("date_unavailable", "Termin nicht mehr verfügbar", "Date no longer available", False, 1),
    ("capacity_full", "Kapazität erschöpft", "Capacity full", False, 2),
    ("equipment_issue", "Ausstattungsproblem", "Equipment issue", False, 3),
    ("personal_reason", "Persönlicher Grund", "Personal reason", False, 4),
    ("other", "Sonstiges", "Other", True, 99),
]


def seed(apps, schema_editor):
    DeclineReason = apps.get_model("bookings", "DeclineReason")
    for code, label_de, label_en, requires_notes, sort_order in REASONS:
        DeclineReason.objects.update_or_create(
            code=code,
            defaults={
                "label_de": label_de,
                "label_en": label_en,
                "requires_notes": requires_notes,
                "sort_order": sort_order,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("bookings", "0002_tenancy")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
