"""The rights that `portal migrate` gives to the processes."""

import psycopg
from django.db import connection

from portal.runtime.migrating import grant_rights
from portal.runtime.postgres import APP_ROLE, OWNER_ROLE
from tests import database

MAKE = """
CREATE FUNCTION portal_test_function() RETURNS int LANGUAGE sql AS 'SELECT 1';
REVOKE EXECUTE ON FUNCTION portal_test_function() FROM PUBLIC
"""


def test_the_processes_may_call_our_functions_and_nothing_is_granted_that_is_not_ours(transactional_db):
    said: list[str] = []
    name = connection.settings_dict["NAME"]
    with psycopg.connect(database.cluster.url(OWNER_ROLE, name)) as owner:
        owner.add_notice_handler(lambda notice: said.append(notice.message_primary or ""))
        owner.execute(MAKE)

        grant_rights(owner)

        row = owner.execute(
            "SELECT has_function_privilege(%s, 'portal_test_function()', 'EXECUTE')", [APP_ROLE]
        ).fetchone()
        owner.rollback()
    assert (row, said) == ((True,), [])
