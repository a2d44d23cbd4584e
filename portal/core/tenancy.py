"""Whose rows a piece of work may see, enforced by PostgreSQL's row level security.

The application's own filter is the access path, the policy is the check: a forgotten filter shows nothing
instead of another partner's bookings. The scope lives exactly as long as one transaction.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection, migrations, transaction

# (setting in PostgreSQL, value when nothing is allowed)
_SETTINGS = ("portal.scope", "portal.partner_ids", "portal.user_id", "portal.actor")
_SET = "SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in _SETTINGS)
_READ = "SELECT " + ", ".join(f"coalesce(current_setting('{name}', true), '')" for name in _SETTINGS)

# Rows of these tables are never changed or removed by the processes (granted by `portal migrate`); where they may not
# even add some, triggers do.
APPEND_ONLY_TABLES = {
    "miomente_partner_portal_events": "INSERT, SELECT",
    "miomente_partner_portal_audit": "SELECT",
    "miomente_partner_portal_booking_search": "SELECT",
}

_reasons: set[str] = set()


def register_system_reason(reason: str) -> str:
    """Put `reason` on the short list of work that may see all partners."""
    _reasons.add(reason)
    return reason


@contextmanager
def scope(*, partner_ids: Iterable[int] = (), user_id: int | None = None, actor: str = "") -> Iterator[None]:
    """See the rows of these partners (and the memberships of this user) until the block ends.

    Opens a transaction or a savepoint. An inner scope replaces the outer one and gives it back.
    """
    with _settings("", partner_ids, user_id, actor):
        yield


@contextmanager
def system(reason: str, *, actor: str = "system") -> Iterator[None]:
    """See all partners.

    :raises LookupError: for a reason that nobody registered
    """
    if reason not in _reasons:
        raise LookupError(f"No system scope is registered for {reason!r}.")
    with _settings("all", (), None, actor):
        yield


@contextmanager
def _settings(kind: str, partner_ids: Iterable[int], user_id: int | None, actor: str) -> Iterator[None]:
    with transaction.atomic():
        before = _read()
        enter(kind, partner_ids=partner_ids, user_id=user_id, actor=actor)
        yield
        # Not in a `finally`: after an exception the rollback gives the old values back, and a broken
        # transaction would refuse this statement and hide what really happened.
        _write(before)


def enter(
    kind: str = "", *, partner_ids: Iterable[int] = (), user_id: int | None = None, actor: str = ""
) -> None:
    """Set the scope of the running transaction. For the request middleware and links; others use `scope`."""
    if not connection.in_atomic_block:
        # Outside a transaction PostgreSQL would forget the setting at once, and say nothing.
        raise transaction.TransactionManagementError("A scope needs a transaction.")
    ids = "{" + ",".join(str(int(each)) for each in partner_ids) + "}"
    _write((kind, ids, "" if user_id is None else str(int(user_id)), actor))


def _read() -> tuple[str, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_READ)
        return tuple(cursor.fetchone())


def _write(values: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SET, values)


def tenant_policy(table: str, *, column: str | None = "partner_id", also: str = "") -> migrations.RunSQL:
    """The migration that puts `table` under row level security: deny unless the scope allows.

    The form matters: `(select …) OR = ANY((select …))` is evaluated once per query and keeps the planner's
    estimates; a plain equality on every joined table made the same list fifty times slower.

    :param column: where the partner's id stands; None for rows that only staff and system jobs see
    :param also: one more SQL condition under which a row may be seen
    """
    _check_name(table)
    allowed = "(select current_setting('portal.scope', true) = 'all')"
    if column is not None:
        _check_name(column)
        allowed += (
            f" OR {column} = ANY((select coalesce(nullif(current_setting('portal.partner_ids', true), ''), '{{}}')"
            "::bigint[])::bigint[])"
        )
    using = f"{allowed} OR {also}" if also else allowed
    return migrations.RunSQL(
        sql=f"""
            CREATE POLICY tenant ON {table} USING ({using}) WITH CHECK ({allowed});
            CREATE POLICY owner_all ON {table} TO CURRENT_USER USING (true) WITH CHECK (true);
            ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
            ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        """,
        reverse_sql=f"""
            ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
            ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
            DROP POLICY tenant ON {table};
            DROP POLICY owner_all ON {table};
        """,
    )


def audited(table: str) -> migrations.RunSQL:
    """The migration that records every change of `table` in the append-only audit table."""
    _check_name(table)
    return migrations.RunSQL(
        sql=f"CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION portal_audit()",
        reverse_sql=f"DROP TRIGGER audit ON {table}",
    )


def _check_name(name: str) -> None:
    if not re.fullmatch(r"[a-z_]+", name):
        raise ValueError(name)


# Tables that carry no partner, each with its reason. The test walks every table of the database.
SYSTEM_TABLES: dict[str, str] = {}


def system_table(table: str, reason: str) -> None:
    """Say why `table` is under no policy."""
    SYSTEM_TABLES[table] = reason
