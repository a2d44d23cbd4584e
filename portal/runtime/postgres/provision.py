"""The roles and the database of an embedded server. Safe to repeat; done at every start."""

from pathlib import Path

import psycopg
from psycopg import sql

from portal.runtime.postgres import layout

# The owner makes tables; the processes connect as a role that owns nothing, so that the policies bind them.
_ROLES = {
    "portal_ddl": "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB",
    "portal_app": "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB",
}


def provision(root: Path) -> None:
    with psycopg.connect(
        host=str(layout.socket_folder(root)),
        port=layout.PORT,
        user="portal_admin",
        dbname="postgres",
        autocommit=True,
    ) as connection:
        for role, attributes in _ROLES.items():
            if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
                connection.execute(sql.SQL(f"CREATE ROLE {{}} {attributes}").format(sql.Identifier(role)))
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = 'portal'").fetchone() is None:
            connection.execute("CREATE DATABASE portal OWNER portal_ddl")
