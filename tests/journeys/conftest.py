"""One real demo and one real browser for all tests here."""

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.journeys.demo import SETTINGS, Demo, sign_in
from tests.journeys.logs import people_in
from tests.processes.running import Portal

# How long a click may take to show, when many other things run here.
PATIENCE_MILLISECONDS = 15_000
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

# Every page of every test tells when its policy stopped something, whatever else the test looks at.
VIOLATION = "securitypolicyviolation"
TELL_VIOLATIONS = f"""document.addEventListener("{VIOLATION}", (event) => {{
  console.error("{VIOLATION}", event.violatedDirective, event.blockedURI, document.location.pathname);
}});"""

OpenPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/journeys/" in str(item.path):
            item.add_marker("browser")


# Not for the whole session: while Playwright runs, Django believes that it is called from a coroutine.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, (os.environ.get("CHROMIUM", ""), *NAMES))), None)
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """At the end no log of any of its processes may have named a person or a token."""
    folder = tmp_path_factory.mktemp("demo")
    portal = Portal(folder, "demo", settings=SETTINGS)
    try:
        # Sample data for months takes its time on a busy machine.
        portal.wait_until_ready(180)
        demo = Demo(portal, folder)
        yield demo
        portal.stop()
    finally:
        portal.end()
    logs = demo.logs()
    assert len(logs) >= 2, "The log of the portal and the log of its database."
    assert [found for log in logs.values() for found in people_in(log)] == []


@pytest.fixture(scope="package")
def sessions() -> dict[str, Any]:
    """Who has signed in before: by e-mail, what the browser kept of it."""
    return {}


@pytest.fixture
def open_page(browser: Browser, demo: Demo, sessions: dict[str, Any]) -> Iterator[OpenPage]:
    """A page in a browser of its own: of nobody, or of who has that e-mail address."""
    contexts: list[BrowserContext] = []
    violations: list[str] = []

    def hear(text: str) -> None:
        if VIOLATION in text or "Content Security Policy" in text:
            violations.append(text)

    def open_one(email: str = "", **options: Any) -> Page:
        wanted = {"base_url": demo.url, "locale": "en", "viewport": {"width": 1280, "height": 900}, **options}
        context = browser.new_context(storage_state=sessions.get(email), **wanted)
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        context.add_init_script(TELL_VIOLATIONS)
        context.on("console", lambda message: hear(message.text))
        contexts.append(context)
        page = context.new_page()
        if email and email not in sessions:
            sign_in(page, email)
            sessions[email] = context.storage_state()
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert violations == []
