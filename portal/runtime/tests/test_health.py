from django.db import connection

from portal.runtime import health


def test_healthz_answers_without_the_database(client):
    response = client.get("/healthz")

    assert (response.status_code, response.text) == (200, "ok\n")


def test_readyz_answers_when_all_migrations_are_there(client, transactional_db):
    response = client.get("/readyz")

    assert (response.status_code, response.text) == (200, "ready\n")


def test_readyz_waits_for_missing_migrations(client, db, monkeypatch):
    monkeypatch.setattr(health, "_known", set())
    monkeypatch.setattr(health, "pending_migrations", lambda: ["core.0001_initial"])

    response = client.get("/readyz")

    assert (response.status_code, response.text) == (
        503,
        "not ready: migrations are missing: run `portal migrate`\n",
    )


def test_readyz_says_when_the_database_is_away(client, transactional_db, monkeypatch):
    connection.close()
    with monkeypatch.context() as away:
        away.setitem(connection.settings_dict, "PORT", "1")

        response = client.get("/readyz")

    assert (response.status_code, response.text) == (503, "not ready: the database does not answer\n")
