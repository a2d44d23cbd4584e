"""One real demo and one real browser for all tests here."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.journeys.demo import TICK_SECONDS, UNDO_SECONDS, Demo, sign_in
from tests.processes.running import Portal

NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--no-sandbox",  # in containers one is root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# The settings of other tests; empty is as if they were not said, and the demo has its own.
SETTINGS = {
    "TESTING": "",
    "CONFIRM_GRACE_SECONDS": "",
    "UNDO_SECONDS": str(UNDO_SECONDS),
    "TICK_SECONDS": str(TICK_SECONDS),
}

OpenPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/journeys/" in str(item.path):
            item.add_marker("browser")


# Not for the whole session: while Playwright runs, Django believes that it is called from a coroutine.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, (os.environ.get("CHROMIUM", ""), *NAMES))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    portal = Portal(tmp_path_factory.mktemp("demo"), "demo", settings=SETTINGS)
    try:
        portal.wait_until_ready()
        yield Demo(portal)
        portal.stop()
    finally:
        portal.end()


@pytest.fixture(scope="package")
def sessions() -> dict[str, Any]:
    """Who has signed in before: by e-mail, what the browser kept of it."""
    return {}


@pytest.fixture
def open_page(browser: Browser, demo: Demo, sessions: dict[str, Any]) -> Iterator[OpenPage]:
    """A page in a browser of its own: of nobody, or of who has that e-mail address."""
    contexts: list[BrowserContext] = []

    def open_one(email: str = "", **options: Any) -> Page:
        wanted = {"base_url": demo.url, "locale": "en", "viewport": {"width": 1280, "height": 900}, **options}
        context = browser.new_context(storage_state=sessions.get(email), **wanted)
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        if email and email not in sessions:
            sign_in(page, email)
            sessions[email] = context.storage_state()
        return page

    yield open_one
    for context in contexts:
        context.close()
