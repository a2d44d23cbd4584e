"""Every main page in both languages, both themes and on both widths: whole, quiet and accessible."""

from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page

from tests.journeys.conftest import OpenPage
from tests.journeys.demo import LIST, MANAGER, OWNER, Demo

PHONE, DESKTOP = 390, 1280
HEIGHTS = {PHONE: 844, DESKTOP: 900}
# Colours do not depend on the language, nor widths on the theme: two looks see every page in each language, each
# theme and, without loading it again, on each width.
LOOKS = (("de", "light", DESKTOP), ("en", "dark", PHONE))
# What is asked for is WCAG 2.1 AA, and axe's best practices along with it. The frame is the mail's own document.
AXE = {"resultTypes": ["violations"], "iframes": False}
MANAGE = (
    "",
    "calls",
    "bookings",
    "bookings/1",
    "bookings/39/decline",
    "bookings/38/emergency-decline",
    "waiting",
    "unmatched",
    "questions",
    "imports",
    "partners",
    "partners/new",
    "partners/1",
)


@dataclass
class Problems:
    """What the browser complains about, beside what the test sees itself."""

    page: Page
    found: list[str]

    @classmethod
    def of(cls, page: Page) -> "Problems":
        problems = cls(page, [])
        page.on("console", problems.hear)
        page.on("pageerror", lambda error: problems.add(str(error)))
        return problems

    def hear(self, message: ConsoleMessage) -> None:
        # The browser also names a page whose own status is an error: that is looked at by its number.
        is_the_page_itself = (
            "Failed to load resource" in message.text and message.location["url"] == self.page.url
        )
        if message.type in ("error", "warning") and not is_the_page_itself:
            self.add(message.text)

    def add(self, problem: str) -> None:
        self.found.append(f"{self.page.url}: {problem}")


@pytest.fixture(scope="module")
def public(demo: Demo, browser: Browser) -> dict[str, int]:
    """Pages for everybody with the status that they answer with. One order waits, one gets confirmed."""
    waiting, confirmed = demo.order(), demo.order()
    mail = demo.mail_page(waiting)
    page = browser.new_page()
    page.goto(f"{demo.url}/api/confirm/{demo.token(confirmed)}")
    success = page.url.removeprefix(demo.url)
    assert success.startswith("/confirmation-success?t=")
    page.close()
    return {
        "/login": 200,
        f"/confirm/{demo.token(waiting)}": 200,
        success: 200,
        f"/confirm/{demo.token(confirmed)}": 200,
        "/confirmation-error?reason=invalid": 200,
        "/confirmation-error?reason=expired": 200,
        "/confirmation-error?reason=already_processed": 200,
        "/styleguide/": 200,
        "/api/docs": 200,
        "/demo/shop": 200,
        f"/demo/shop/ordered/{waiting}": 200,
        "/demo/mailbox": 200,
        mail: 200,
        "/demo/tickets": 200,
        "/account/password/reset": 200,
        "/there-is-no-such-page": 404,
    }


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_pages_for_everybody(
    open_page: OpenPage, public: dict[str, int], language: str, theme: str, width: int
) -> None:
    page = open_page(**look(language, theme, width))
    problems = Problems.of(page)

    for path, status in public.items():
        look_at(page, path, problems, language=language, status=status)

    assert problems.found == []


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_pages_of_a_partner(open_page: OpenPage, language: str, theme: str, width: int) -> None:
    page = open_page(OWNER, **look(language, theme, width))
    problems = Problems.of(page)

    look_at(page, LIST, problems, language=language)
    booking = page.locator(".booking-card a.row-link").first.get_attribute("href") or ""
    look_at(page, booking, problems, language=language)
    look_at(page, f"{booking}/decline", problems, language=language)
    look_at_the_dialog(page, booking, problems)

    assert problems.found == []


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_pages_of_the_staff(open_page: OpenPage, language: str, theme: str, width: int) -> None:
    page = open_page(MANAGER, **look(language, theme, width))
    problems = Problems.of(page)

    for path in MANAGE:
        look_at(page, f"/manage/{path}", problems, language=language)
    page.goto("/manage/unmatched")
    assign = page.locator("a[href$='/assign']").first.get_attribute("href") or ""
    look_at(page, assign, problems, language=language)

    assert problems.found == []


def look(language: str, theme: str, width: int) -> dict[str, object]:
    return {
        "locale": language,
        "color_scheme": theme,
        "viewport": {"width": width, "height": HEIGHTS[width]},
        # Colours are measured: they must not be on their way from one to another.
        "reduced_motion": "reduce",
    }


def look_at(page: Page, path: str, problems: Problems, *, language: str, status: int = 200) -> None:
    answer = page.goto(path, wait_until="domcontentloaded")
    assert answer
    if answer.status != status:
        problems.add(f"answers {answer.status}")
    if (said := page.locator("html").get_attribute("lang")) != language:
        problems.add(f"says that it is in {said!r}")
    measure(page, problems)
    examine(page, problems)


def look_at_the_dialog(page: Page, booking: str, problems: Problems) -> None:
    page.goto(booking)
    page.locator("a[href$='/decline']").click()
    page.locator("dialog[open] input[name=reason]").first.wait_for()
    measure(page, problems)
    examine(page, problems, part="#dialog")


def measure(page: Page, problems: Problems) -> None:
    """Nothing reaches beyond the right edge, on the phone and on the desktop."""
    before = page.viewport_size
    assert before
    for width in sorted(HEIGHTS, key=lambda each: each != before["width"]):
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            problems.add(f"is {over} pixels too wide for {width}")


def examine(page: Page, problems: Problems, *, part: str | None = None) -> None:
    for violation in Axe().run(page, context=part, options=AXE).response["violations"]:
        for node in violation["nodes"]:
            problems.add(f"{violation['id']}: {node['html'][:200]} {node['failureSummary']}")


@pytest.mark.parametrize("width", [320, 600])
def test_every_kind_of_mail_fits_a_narrow_and_a_wide_window(demo: Demo, browser: Browser, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    kinds = {mail["subject"].split(" - ")[0].split(":")[0]: mail for mail in demo.mails("")}

    assert len(kinds) >= 3
    for mail in kinds.values():
        page.set_content(mail["html"])
        assert page.evaluate("document.documentElement.scrollWidth") <= width, mail["subject"]
    page.close()
