"""What every test run needs: settings, a database of its own, no network, and to know its programs."""

import gc
import os
import shutil
from collections.abc import Iterator

import hypothesis
import pytest

from tests import database, network

SETTINGS = {
    "DJANGO_SETTINGS_MODULE": "portal.config.settings",
    "SECRET_KEY": "a-secret-key-for-tests-only-0123456789",
    "LINK_SECRET": "a-link-secret-for-tests-only-0123456789",
    "TESTING": "1",
    "UNDO_SECONDS": "0",
    "CONFIRM_GRACE_SECONDS": "0",
    **database.urls(),
}
# What a developer's own environment may say about outside systems must not reach a test.
FOREIGN = (
    "MAGENTO_", "ODOO_", "SMTP_", "BRAND_", "DEMO", "PORTAL_URL", "ALLOWED_HOSTS", "BOOKINGS_START_AT",
    "MAIL_FROM", "CONFIRM_ON_OPEN", "TICK_SECONDS", "LOG_LEVEL", "DATABASE_",
    "NEW_ORDER_WEBHOOK_SECRET", "BOOKING_", "PG", "REQUIRE_MANAGER_MFA", "MANAGER_",
)  # fmt: skip
# marker → (names of the program, what to say when there is none)
PROGRAMS = {
    "mariadb": (
        ("mariadbd", "/usr/sbin/mariadbd"),
        "MariaDB is missing: install the package mariadb-server to run the tests against a real shop.",
    ),
    "browser": (
        (os.environ.get("CHROMIUM", "chromium"), "chromium", "chromium-browser", "google-chrome"),
        "Chromium is missing: install the package chromium to run the tests in a real browser.",
    ),
}


def _prepare_environment() -> None:
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        del os.environ[name]
    os.environ.update(SETTINGS)


_prepare_environment()
network.block()
# The same examples in every run: what is red here is red everywhere, and nothing is kept beside the code.
hypothesis.settings.register_profile("same_everywhere", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("same_everywhere")

import django  # noqa: E402 -- the settings read the environment prepared above

# Now, and not later by the plugin: conftest files of features import models as soon as they are read.
django.setup()
# What is loaded by now stays for the whole run: looking through it for garbage was a sixth of all time.
gc.freeze()
gc.set_threshold(50_000, 20, 100)

from django.core.cache import cache  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.test import TransactionTestCase  # noqa: E402
from django.utils import translation  # noqa: E402

from portal.accounts import shared_cache  # noqa: E402


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: object) -> Iterator[None]:
    """Migrations run as the owner, tests as the role of the processes: tenancy is real in every test."""
    database.create()
    yield
    connections.close_all()
    database.drop()
    database.stop()


def _put_seeds_back(_self: TransactionTestCase) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT portal_test.reset()")


# Django would truncate all tables, the rows made by migrations included, with rights the role does not have.
TransactionTestCase._fixture_teardown = _put_seeds_back  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Texts are compared in the language they are written in, and no test inherits the language of another's request."""
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def nothing_counted(request: pytest.FixtureRequest) -> None:
    """Wrong passwords of one test are not held against the next: what is counted outlives the rollback of a test."""
    if {"db", "transactional_db"} & set(request.fixturenames) or request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
        # The cache would open a connection of its own, for every test.
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {shared_cache.TABLE})")
            [has_counted] = cursor.fetchone()
        if has_counted:
            cache.clear()
            cache.close()


def pytest_runtest_setup(item: pytest.Item) -> None:
    for marker, (names, sentence) in PROGRAMS.items():
        if item.get_closest_marker(marker) and not any(shutil.which(name) for name in names):
            if os.environ.get("CI") == "true":
                pytest.fail(sentence, pytrace=False)
            pytest.skip(sentence)
