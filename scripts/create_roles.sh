#!/bin/sh
# The two roles and the database of the portal, on the first start of a PostgreSQL container.
# The owner makes tables; the processes connect as a role that owns nothing, so that row level security binds them.
set -eu
psql --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" \
  --set=ddl_password="$PORTAL_DDL_PASSWORD" --set=app_password="$PORTAL_APP_PASSWORD" <<'END'
CREATE ROLE portal_ddl LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'ddl_password';
CREATE ROLE portal_app LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD :'app_password';
CREATE DATABASE portal OWNER portal_ddl;
END
