"""What the specification names in the database is there under its name: programs beside us read it."""

import re

from django.db import connection

from portal.bookings.tests.factories import make_booking

TABLE = "miomente_partner_portal_booking_confirmations"
REASONS = "miomente_partner_portal_decline_reasons"
COLUMNS = set(
    """
    id magento_order_id magento_order_item_id magento_order_increment_id customer_number status confirmation_token
    token_expires_at confirmed_at confirmed_by declined_at declined_by decline_reason decline_notes reminder_count
    last_reminder_at escalated_at odoo_ticket_id created_at updated_at
""".split()  # noqa: SIM905 -- one per line would be twenty lines
)


def rows(statement: str, *arguments: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return cursor.fetchall()


def test_the_table_has_every_column_of_the_spec(db):
    found = rows("SELECT column_name FROM information_schema.columns WHERE table_name = %s", TABLE)

    assert COLUMNS - {name for (name,) in found} == set()


def test_what_the_spec_looks_up_by_has_an_index(db):
    found = rows("SELECT indexdef FROM pg_indexes WHERE tablename = %s", TABLE)
    columns = {match[1] for (index,) in found if (match := re.search(r"btree \((.*?)\)", index))}

    assert {
        "customer_number",
        "confirmation_token",
        "magento_order_id",
        "partner_id, status",
    } - columns == set()
    assert any(
        "WHERE" in index and "'pending'" in index and "idx_booking_conf_pending" in index
        for (index,) in found
    )


def test_a_change_by_plain_sql_moves_updated_at(adas_partner):
    booking = make_booking(adas_partner)

    found = rows(
        f"UPDATE {TABLE} SET notes = 'x', updated_at = '2001-01-01' WHERE id = %s RETURNING updated_at = now()",
        booking.pk,
    )

    assert found == [(True,)]


def test_the_reasons_of_the_spec_are_there_in_their_order(db):
    found = rows(f"SELECT code, label_de, label_en, sort_order FROM {REASONS} ORDER BY sort_order")

    assert found == [
        ("date_unavailable", "Termin nicht mehr verfügbar", "Date no longer available", 1),
        ("capacity_full", "Kapazität erschöpft", "Capacity full", 2),
        ("equipment_issue", "Ausstattungsproblem", "Equipment issue", 3),
        ("personal_reason", "Persönlicher Grund", "Personal reason", 4),
        ("other", "Sonstiges", "Other", 99),
    ]
