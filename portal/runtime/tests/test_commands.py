"""The `portal` command as a person meets it: real processes, whole outputs."""

import os
import re
import subprocess
import sys
from contextlib import suppress

import psycopg
import pytest

from portal.runtime import checking, configuration
from portal.runtime.failure import Failure
from portal.runtime.postgres import OWNER_ROLE
from tests import database
from tests.magento_rest import KEYS, MagentoRest
from tests.magento_stock import ALL_RIGHTS
from tests.odoo_server import API_KEY, DATABASE, LOGIN, OdooServer

BARE = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}

_OAUTH = {
    "CONSUMER_KEY": KEYS["consumer_key"],
    "CONSUMER_SECRET": KEYS["consumer_secret"],
    "ACCESS_TOKEN": KEYS["token"],
    "ACCESS_SECRET": KEYS["token_secret"],
}


def portal(*arguments: str, **settings: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "portal.runtime.cli", *arguments],
        env={**BARE, **settings},
        cwd=database.PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def configured(**settings: str) -> dict[str, str]:
    names = ("SECRET_KEY", "LINK_SECRET", "DATABASE_URL", "MIGRATION_DATABASE_URL")
    return {**{name: os.environ[name] for name in names}, **settings}


@pytest.mark.parametrize("command", ["check", "serve", "stream", "worker", "import-orders"])
def test_a_start_lists_every_wrong_setting_at_once(command):
    code, output = portal(command, SECRET_KEY="short", UNDO_SECONDS="soon", MAGENTO_DB_HOST="shop.example")

    assert code == 1
    assert re.findall(r"^  - (\w+) ", output, re.MULTILINE) == [
        "SECRET_KEY",
        "LINK_SECRET",
        "DATABASE_URL",
        "UNDO_SECONDS",
        "MAGENTO_DB_NAME",
        "MAGENTO_DB_USER",
        "BOOKINGS_START_AT",
    ]
    assert "Traceback" not in output


def test_check_asks_every_part_and_finds_nothing_wrong_with_a_migrated_database(transactional_db):
    _, output = portal("check", **configured(TESTING="1"))

    answers = dict(re.findall(r"^(\w+) +(.*)$", output, re.MULTILINE))
    # What the sample shop says depends on whether it was filled.
    assert {part: answers[part] for part in ("settings", "database", "comments", "tickets", "email")} == {
        "settings": "fine",
        "database": "fine",
        "comments": "fine",
        "tickets": "fine",
        "email": "fine",
    }
    assert "shop" in answers


def real(**settings: str) -> dict[str, str]:
    """A real installation: neither tests nor demo."""
    return configured(PORTAL_URL="https://portal.example", **settings)


def test_check_names_what_a_real_installation_does_without_and_is_content(transactional_db):
    code, output = portal("check", **real())

    assert (code, output.splitlines()) == (
        0,
        [
            "settings   warning: TRUSTED_PROXY_COUNT is 0, but with https there is a proxy in front: all visitors "
            "count as one, and who guesses passwords locks all others out",
            "database   fine",
            "shop       not configured: no orders come in without MAGENTO_DATABASE_URL",
            "comments   not configured: the shop's orders get no comments without MAGENTO_API_URL",
            "tickets    warning: ODOO_URL is not set, so tickets stay in a table of the portal that nobody reads",
            "email      warning: neither SENDGRID_API_KEY nor SMTP_HOST is set, so mails stay in a table of the "
            "portal that nobody reads",
        ],
    )


@pytest.fixture
def checked(settings, capsys, db):
    """What `portal check` answers in a real installation with these settings, without a process for each."""

    def run(**values: object) -> list[str]:
        for name, value in {"TESTING": False, "PORTAL_URL": "https://portal.example", **values}.items():
            setattr(settings, name, value)
        with suppress(Failure):
            checking.ask_every_part()
        return capsys.readouterr().out.splitlines()

    return run


@pytest.mark.parametrize(
    "values", [{"ALLAUTH_TRUSTED_PROXY_COUNT": 1}, {"PORTAL_URL": "http://localhost:8000"}]
)
def test_check_misses_no_proxy_where_one_is_counted_or_none_is_there(checked, values):
    assert checked(**values)[0] == "settings   fine"


@pytest.mark.parametrize("command", ["import-orders", "import-catalog"])
def test_reading_without_a_shop_says_so(transactional_db, command):
    code, output = portal(command, **real())

    assert (code, output) == (
        1,
        "CommandError: There is no shop to read: MAGENTO_DATABASE_URL is not set (docs/settings.md).\n",
    )


def test_commands_speak_english(transactional_db, tmp_path):
    path = tmp_path / "partners.csv"
    path.write_text("partner_id,name\n10001,Ada\n")

    _, output = portal("import-partners", str(path), **real())

    # What is said and what is complained about are two streams, which may overtake each other.
    assert sorted(output.splitlines()) == [
        "0 partners created, 0 changed, 0 unchanged, 1 problems.",
        "CommandError: Some lines were not taken in.",
        "The file has no column customer_number, company.",
    ]


def test_a_wrong_moment_is_reported_once():
    settings = {**configured(), "MAGENTO_DATABASE_URL": "mysql://reader@shop.example/magento"}

    said = [portal("check", **settings, BOOKINGS_START_AT=value)[1] for value in ("soon", "")]

    assert [re.findall(r"^  - (.*)$", output, re.MULTILINE) for output in said] == [
        ["BOOKINGS_START_AT must be a time with its zone, like 2026-01-31T00:00:00+01:00."],
        ["BOOKINGS_START_AT is missing: orders before this time come in as history."],
    ]


@pytest.mark.parametrize(
    "url", ["https://shop.example/media; script-src *", "javascript:alert(1)", "shop.example"]
)
def test_an_address_of_pictures_that_would_tell_browsers_something_else_is_refused(url):
    _, output = portal("check", **configured(MAGENTO_MEDIA_URL=url))

    assert re.findall(r"^  - (.*)$", output, re.MULTILINE) == [
        "MAGENTO_MEDIA_URL must be an address like https://shop.example/media/catalog/product."
    ]


@pytest.mark.parametrize("command", [("serve",), ("serve", "--all"), ("stream",)])
@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1", "portal.example"])
def test_a_demo_is_served_to_this_machine_only(command, address):
    code, output = portal(*command, **configured(DEMO="true", HOST=address))

    assert (code, output) == (
        1,
        f"With DEMO on, HOST must be 127.0.0.1 or another address of this machine alone, not {address}.\n",
    )


@pytest.mark.parametrize(
    ("demo", "address"), [("1", "127.0.0.1"), ("1", "localhost"), ("1", "::1"), ("0", "0.0.0.0"), ("", "::")]
)
def test_other_addresses_are_taken(monkeypatch, demo, address):
    monkeypatch.setenv("DEMO", demo)
    monkeypatch.setenv("HOST", address)

    assert configuration.host() == address


def test_check_complains_about_a_role_that_owns_tables(transactional_db):
    code, output = portal(
        "check", **configured(TESTING="1", DATABASE_URL=os.environ["MIGRATION_DATABASE_URL"])
    )

    assert code == 1
    assert re.search(
        r"^database +The role portal_ddl owns \d+ tables; use one that owns nothing", output, re.MULTILINE
    )


def test_check_asks_every_system_even_when_the_database_is_away(transactional_db):
    code, output = portal("check", **configured(DATABASE_URL="postgresql://nobody@127.0.0.1:1/portal"))

    assert code == 1
    assert [line.split()[0] for line in output.splitlines() if re.match(r"\w+ {2,}", line)][:2] == [
        "settings",
        "database",
    ]
    assert "Something needs attention; see above." in output
    assert "Traceback" not in output


def test_migrate_again_has_nothing_to_do(transactional_db):
    assert portal("migrate", **configured(TESTING="1")) == (0, "The database was up to date.\n")


def test_migrate_without_an_answer_says_so(transactional_db):
    code, output = portal("migrate", DATABASE_URL="postgresql://nobody@127.0.0.1:1/portal")

    assert code == 1
    assert output.startswith("The database does not answer: ")
    assert "Traceback" not in output


def test_an_unknown_option_is_refused():
    assert portal("worker", "--fast") == (1, "`portal worker` does not know --fast.\n")


def test_events_and_audit_can_only_grow(transactional_db):
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        rights = connection.execute(
            "SELECT table_name, string_agg(privilege_type, ' ' ORDER BY privilege_type)"
            " FROM information_schema.role_table_grants WHERE grantee = current_user AND table_name IN"
            " ('miomente_partner_portal_events', 'miomente_partner_portal_audit', 'django_migrations')"
            " GROUP BY 1 ORDER BY 1"
        ).fetchall()

    assert rights == [
        ("django_migrations", "SELECT"),
        ("miomente_partner_portal_audit", "SELECT"),
        ("miomente_partner_portal_events", "INSERT SELECT"),
    ]


def test_two_machines_that_migrate_at_once_both_end_well(transactional_db):
    owner = database.cluster.url(OWNER_ROLE, database.NAME)
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(f"COMMENT ON DATABASE {database.NAME} IS 'portal of an older version'")
    command = [sys.executable, "-m", "portal.runtime.cli", "migrate"]
    environment = {**BARE, **configured(TESTING="1")}

    both = [
        subprocess.Popen(command, env=environment, cwd=database.PROJECT, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]

    said = sorted(each.communicate(timeout=60)[0] for each in both)
    assert said == ["The database is up to date now.\n", "The database was up to date.\n"]


def test_check_asks_the_shop_whether_it_takes_comments(transactional_db):
    with MagentoRest(rights={"Magento_Sales::actions_view"}) as server:
        keys = {f"MAGENTO_{name}": value for name, value in _OAUTH.items()}

        code, output = portal("check", **real(MAGENTO_API_URL=server.url, **keys))

    assert code == 1
    assert "comments   The shop's integration lacks the right Magento_Sales::comment." in output.splitlines()


def test_check_asks_the_shop_whether_it_takes_stock_where_that_is_wanted(checked):
    writer = "portal.integrations.shop.rest.magento.stock_writer"
    with MagentoRest() as server:
        keys = {f"MAGENTO_{name}": value for name, value in _OAUTH.items()}
        lacking = checked(STOCK_WRITER=writer, MAGENTO_API_URL=server.url, **keys)
        server.rights |= ALL_RIGHTS
        fine = checked()
        without = checked(STOCK_WRITER="")

    right = "Magento_CatalogInventory::cataloginventory"
    assert f"stock      The shop's integration lacks the right {right}." in lacking
    assert "stock      fine" in fine
    assert [line for line in without if line.startswith("stock")] == []


@pytest.mark.parametrize(
    ("settings", "writer"),
    [
        ({}, ""),
        ({"MAGENTO_API_URL": "https://shop.example", "MAGENTO_API_TOKEN": "t"}, ""),
        (
            {
                "MAGENTO_API_URL": "https://shop.example",
                "MAGENTO_API_TOKEN": "t",
                "MAGENTO_STOCK_WRITE": "on",
            },
            "portal.integrations.shop.rest.magento.stock_writer",
        ),
        ({"DEMO": "1"}, "portal.integrations.shop.rest.embedded.stock_writer"),
        ({"DEMO": "1", "MAGENTO_STOCK_WRITE": "off"}, ""),
    ],
)
def test_stock_is_written_in_the_demo_and_elsewhere_where_it_is_wanted(settings, writer):
    print_writer = "from portal.config import settings; print(settings.STOCK_WRITER)"
    command = [sys.executable, "-c", print_writer]
    environment = {**BARE, **real(**settings)}

    done = subprocess.run(
        command, env=environment, cwd=database.PROJECT, capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == writer


def test_check_asks_an_older_odoo_too(checked):
    desk = "portal.integrations.tickets.odoo.ticket_desk"
    with OdooServer(version="18.0") as server:
        odoo = {"TICKET_DESK": desk, "ODOO_URL": server.url, "ODOO_DB": DATABASE, "ODOO_API_KEY": API_KEY}

        without_login = checked(**odoo)
        fine = checked(**odoo, ODOO_LOGIN=LOGIN)

    assert "tickets    ODOO_LOGIN is missing: Odoo 17 and 18 want it beside ODOO_API_KEY." in without_login
    assert "tickets    fine" in fine
