"""The database of one test run: migrated once per version, cloned for each run, put back after each test."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from portal.runtime.locks import FileLock
from portal.runtime.migrating import code_stamp, write_stamp
from portal.runtime.postgres import ADMIN_ROLE, APP_ROLE, OWNER_ROLE, Cluster

PROJECT = Path(__file__).resolve().parent.parent
KEPT = Path(os.environ.get("PORTAL_TEST_DIR", PROJECT / ".test"))
NAME = f"test_{os.getpid()}"
KEPT_TEMPLATES = 2

cluster = Cluster(KEPT / "postgres", fast=True)


def urls(name: str = NAME) -> dict[str, str]:
    return {
        "DATABASE_URL": cluster.url(APP_ROLE, name),
        "MIGRATION_DATABASE_URL": cluster.url(OWNER_ROLE, name),
    }


def create(name: str = NAME) -> None:
    """Start the server if needed and clone the migrated template. The clone is owned by the owner's role."""
    cluster.start()
    # One at a time: PostgreSQL refuses to clone a template that somebody is connected to.
    lock = FileLock(KEPT / "template.lock")
    if not lock.acquire(timeout_seconds=120):
        raise RuntimeError(f"Another test run has kept {lock.path} for two minutes.")
    try:
        with _admin() as admin:
            _drop_leftovers(admin)
            template = _template(admin)
            admin.execute(_sql("DROP DATABASE IF EXISTS {} WITH (FORCE)", name))
            admin.execute(
                _sql("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy OWNER {}", name, template, OWNER_ROLE)
            )
            # A clone comes without it; with it, a portal started on this database has nothing to migrate.
            write_stamp(admin, name, code_stamp())
    finally:
        lock.release()


def drop(name: str = NAME) -> None:
    with _admin() as admin:
        admin.execute(_sql("DROP DATABASE IF EXISTS {} WITH (FORCE)", name))


def stop() -> None:
    cluster.stop(wait=False)


def _template(admin: "psycopg.Connection[tuple[str, ...]]") -> str:
    name = f"template_{code_stamp()}"
    if not _exists(admin, name):
        unfinished = f"unfinished_{os.getpid()}"
        admin.execute(_sql("DROP DATABASE IF EXISTS {} WITH (FORCE)", unfinished))
        admin.execute(_sql("CREATE DATABASE {} OWNER {}", unfinished, OWNER_ROLE))
        _migrate(unfinished)
        with psycopg.connect(cluster.url(ADMIN_ROLE, unfinished), autocommit=True) as connection:
            connection.execute(_REMEMBER_SEEDS)
        admin.execute(_sql("ALTER DATABASE {} RENAME TO {}", unfinished, name))
        _drop_old_templates(admin)
    return name


def _migrate(name: str) -> None:
    """The real command, as the real owner, in a process of its own."""
    command = [sys.executable, "-m", "portal.runtime.cli", "migrate"]
    done = subprocess.run(
        command, env={**os.environ, **urls(name)}, cwd=PROJECT, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"The migrations failed:\n{done.stdout}{done.stderr}")


def _drop_old_templates(admin: "psycopg.Connection[tuple[str, ...]]") -> None:
    rows = admin.execute(
        "SELECT datname FROM pg_database WHERE datname LIKE 'template\\_%' ORDER BY oid DESC"
    )
    for (name,) in rows.fetchall()[KEPT_TEMPLATES:]:
        admin.execute(_sql("DROP DATABASE IF EXISTS {} WITH (FORCE)", name))


def _drop_leftovers(admin: "psycopg.Connection[tuple[str, ...]]") -> None:
    rows = admin.execute("SELECT datname FROM pg_database WHERE datname ~ '^(test|unfinished)_[0-9]+'")
    for (name,) in rows.fetchall():
        if not _is_alive(int(name.split("_")[1])):
            admin.execute(_sql("DROP DATABASE IF EXISTS {} WITH (FORCE)", name))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _exists(admin: "psycopg.Connection[tuple[str, ...]]", name: str) -> bool:
    return admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def _admin() -> "psycopg.Connection[tuple[str, ...]]":
    return psycopg.connect(cluster.url(ADMIN_ROLE, "postgres"), autocommit=True)


def _sql(statement: str, *names: str) -> sql.Composed:
    return sql.SQL(statement).format(*map(sql.Identifier, names))


# The rows that migrations made (reasons for a decline, content types) are copied aside once, and put back
# after each test that commits. Triggers and policies are off while that happens, which only the superuser
# may do: the role of the tests keeps exactly the rights it has in production.
_REMEMBER_SEEDS = """
CREATE SCHEMA portal_test;
GRANT USAGE ON SCHEMA portal_test TO PUBLIC;

CREATE VIEW portal_test.tables AS
  SELECT n.nspname AS schema, c.relname AS name, c.oid AS id, n.nspname || '.' || c.relname AS seed
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema|portal_test)'
    AND c.relname <> 'django_migrations';

DO $$
DECLARE t record; has_rows boolean;
BEGIN
  FOR t IN SELECT * FROM portal_test.tables LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.%I)', t.schema, t.name) INTO has_rows;
    IF has_rows THEN
      EXECUTE format('CREATE TABLE portal_test.%I AS TABLE %I.%I', t.seed, t.schema, t.name);
    END IF;
  END LOOP;
END $$;

CREATE FUNCTION portal_test.reset() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
  SET session_replication_role = replica SET lock_timeout = '20s' AS $$
DECLARE t record; has_rows boolean; columns text;
BEGIN
  FOR t IN SELECT *, to_regclass(format('portal_test.%I', seed)) AS kept FROM portal_test.tables LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.%I)', t.schema, t.name) INTO has_rows;
    IF has_rows THEN
      EXECUTE format('DELETE FROM %I.%I', t.schema, t.name);
    END IF;
    IF t.kept IS NOT NULL THEN
      SELECT string_agg(quote_ident(attname), ', ') INTO columns FROM pg_attribute
        WHERE attrelid = t.id AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
      EXECUTE format('INSERT INTO %I.%I (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %s',
        t.schema, t.name, columns, columns, t.kept);
    END IF;
  END LOOP;
END $$;
"""
