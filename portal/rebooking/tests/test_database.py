"""What the specification names in the database is there under its name: programs beside us read it."""

import re

from django.db import connection

from portal.core.tenancy import scope
from portal.rebooking.tests.factories import make_rebooking

TABLE = "miomente_partner_portal_rebooking_tokens"
COLUMNS = set(
    """
    id original_confirmation_id original_order_id original_order_item_id course_product_id course_sku customer_email
    customer_name original_participants original_price token token_expires_at status new_confirmation_id new_order_id
    new_date rebooked_at odoo_ticket_id created_at updated_at
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

    assert {"token", "status", "original_order_id"} - columns == set()


def test_a_change_by_plain_sql_moves_updated_at(adas_partner):
    rebooking = make_rebooking(adas_partner)

    with scope(partner_ids=[adas_partner.pk]):
        found = rows(
            f"UPDATE {TABLE} SET course_sku = 'x', updated_at = '2001-01-01' WHERE id = %s"
            " RETURNING updated_at = now()",
            rebooking.pk,
        )

    assert found == [(True,)]
