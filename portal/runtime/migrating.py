"""`portal migrate`: bring the database to this version as its owner, and grant the processes their rights."""

import hashlib
import os
from collections.abc import Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from portal.runtime.failure import Failure

_PACKAGE = Path(__file__).resolve().parent.parent
# Any number, the same for all: two machines that start at the same time migrate one after the other.
_ADVISORY_LOCK = 7_340_001


def migrate() -> bool:
    """Run what is missing and grant rights. False when nothing changed since the last time, in a moment.

    Call it first in a process: Django is set up here, as the owner of the database.

    :raises Failure: when the database does not answer
    """
    owner_url = (
        os.environ.get("MIGRATION_DATABASE_URL", "").strip() or os.environ.get("DATABASE_URL", "").strip()
    )
    if not owner_url:
        raise Failure("DATABASE_URL is missing: there is no database to migrate.")
    stamp = code_stamp()
    try:
        with psycopg.connect(owner_url, autocommit=True) as connection:
            if _stamp_of(connection) == stamp:
                return False
            connection.execute("SELECT pg_advisory_lock(%s)", [_ADVISORY_LOCK])
            if _stamp_of(connection) == stamp:
                return False  # Another machine did it while this one waited.
            _run_migrations(owner_url)
            grant_rights(connection)
            write_stamp(connection, connection.info.dbname, stamp)
    except psycopg.OperationalError as problem:
        raise Failure(f"The database does not answer: {str(problem).strip().splitlines()[0]}") from problem
    return True


def code_stamp() -> str:
    """Changes whenever a migration, an app list or a package with migrations of its own may have changed."""
    digest = hashlib.sha256()
    for path in sorted([*_PACKAGE.glob("**/migrations/**/*.py"), *_PACKAGE.glob("**/*.sql"), *_more_files()]):
        digest.update(str(path.relative_to(_PACKAGE)).encode() + path.read_bytes())
    for installed in sorted(f"{each.name}=={each.version}" for each in distributions()):
        digest.update(installed.encode())
    for name in ("DEMO", "TESTING", "DATABASE_APP_ROLE"):
        digest.update(f"{name}={os.environ.get(name, '')}".encode())
    return digest.hexdigest()[:16]


def grant_rights(connection: "psycopg.Connection[tuple[Any, ...]]") -> None:
    """Let the processes' role read and write every table, append-only ones excepted. Safe to repeat."""
    from django.conf import settings  # noqa: PLC0415 -- set up by the migrations, not before

    from portal.core.tenancy import APPEND_ONLY_TABLES  # noqa: PLC0415 -- as above

    role = sql.Identifier(settings.DATABASE_APP_ROLE)
    if connection.execute("SELECT current_user = %s", [settings.DATABASE_APP_ROLE]).fetchone() == (True,):
        return  # One role for everything: `portal check` complains about it.
    with connection.transaction():
        schemas = _schemas(connection)
        for schema in schemas:
            _grant_in_schema(connection, sql.Identifier(schema), role)
        _grant_functions(connection, schemas, settings.DATABASE_APP_ROLE)
        _limit(connection, {**APPEND_ONLY_TABLES, "django_migrations": "SELECT"}, role)


def _grant_in_schema(
    connection: "psycopg.Connection[tuple[Any, ...]]", schema: sql.Identifier, role: sql.Identifier
) -> None:
    for grant in (
        "GRANT USAGE ON SCHEMA {schema} TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
    ):
        connection.execute(sql.SQL(grant).format(schema=schema, role=role))


def _grant_functions(
    connection: "psycopg.Connection[tuple[Any, ...]]", schemas: list[str], role: str
) -> None:
    """Ours alone: those of extensions are anybody's, and not ours to grant."""
    for (grant,) in connection.execute(_FUNCTION_GRANTS, [role, schemas]).fetchall():
        connection.execute(grant.encode())


_FUNCTION_GRANTS = """
SELECT format('GRANT EXECUTE ON ROUTINE %%s TO %%I', pg_proc.oid::regprocedure, %s::text)
FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
WHERE nspname = ANY(%s) AND proowner = current_user::regrole
"""


def _limit(
    connection: "psycopg.Connection[tuple[Any, ...]]", rights_of: Mapping[str, str], role: sql.Identifier
) -> None:
    for name, rights in rights_of.items():
        if connection.execute("SELECT to_regclass(%s)", [name]).fetchone() == (None,):
            continue
        table = sql.Identifier(name)
        connection.execute(sql.SQL("REVOKE ALL ON {} FROM {}").format(table, role))
        connection.execute(sql.SQL("GRANT {} ON {} TO {}").format(sql.SQL(rights), table, role))


def _schemas(connection: "psycopg.Connection[tuple[Any, ...]]") -> list[str]:
    """The public one, and those that migrations made (the sample shop has its own)."""
    rows = connection.execute(
        "SELECT nspname FROM pg_namespace WHERE nspname = 'public' OR nspowner = current_user::regrole"
    )
    return [name for (name,) in rows if not name.startswith("pg_")]


def _run_migrations(owner_url: str) -> None:
    os.environ["DATABASE_URL"] = owner_url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.config.settings")
    import django  # noqa: PLC0415 -- the settings read the address set above
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    django.setup()
    # Migrations send several commands in one string, which server-side binding refuses.
    connection.settings_dict["OPTIONS"] = {}
    call_command("migrate", interactive=False, verbosity=0)
    connection.close()


def _stamp_of(connection: "psycopg.Connection[tuple[Any, ...]]") -> str:
    row = connection.execute(
        "SELECT coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database"
        " WHERE datname = current_database()"
    ).fetchone()
    return row[0].removeprefix("portal ") if row else ""


def write_stamp(connection: "psycopg.Connection[tuple[Any, ...]]", database: str, stamp: str) -> None:
    """Remember in the database that this version has been there."""
    # A comment of the database itself: a dump restored elsewhere comes without it and is migrated again.
    comment = sql.SQL("COMMENT ON DATABASE {} IS {}")
    connection.execute(comment.format(sql.Identifier(database), sql.Literal(f"portal {stamp}")))


def _more_files() -> list[Path]:
    # The policies of the tables and the rights are code, too.
    return [_PACKAGE / "core" / "tenancy.py", _PACKAGE / "config" / "settings.py", Path(__file__).resolve()]
