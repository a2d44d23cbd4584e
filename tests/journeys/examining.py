"""What every page has to be: whole, quiet, in one language and accessible, in both themes and on both widths.

Each language is looked at twice and not four times: between them the looks show every language in each theme, every
language on each width and every theme on each width.
"""

import re
from dataclasses import dataclass
from functools import cache

import polib
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import ConsoleMessage, Page

from tests.processes.running import PROJECT

PHONE, DESKTOP = 390, 1280
HEIGHTS = {DESKTOP: 900, PHONE: 844}
# By language: width and theme. The last is how pages are opened, and how they are left.
LOOKS = {
    "de": ((PHONE, "dark"), (DESKTOP, "light")),
    "en": ((PHONE, "light"), (DESKTOP, "dark")),
}
LANGUAGES = tuple(LOOKS)
# What is asked for is WCAG 2.1 AA, and axe's best practices along with it. The frame is the mail's own document.
AXE = {"resultTypes": ["violations"], "iframes": False, "preload": False, "selectors": False}
# All that axe says about colours.
COLOURS = {**AXE, "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
RUN_AXE = """([part, options]) => axe.run(part || document, options).then(({violations}) => violations.flatMap(
  ({id, nodes}) => nodes.map(node => `${id}: ${node.html.slice(0, 200)} ${node.failureSummary}`)))"""
TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
# For developers, and mails in the language of whoever gets them.
IN_ENGLISH_TOO = ("/styleguide/", "/api/docs", "/demo/mailbox")
PLACEHOLDER = re.compile(r"%\(\w+\)s|%[sd]|\{\w+\}")
CATALOG = PROJECT / "portal/locale/de/LC_MESSAGES/django.po"


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


def look(language: str) -> dict[str, object]:
    """How a browser is opened whose pages are examined."""
    width, theme = LOOKS[language][-1]
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
    if language == "de" and not path.startswith(IN_ENGLISH_TOO):
        for text in english_in(page):
            problems.add(f"is not translated: {text}")
    examine(page, problems)


def examine(page: Page, problems: Problems, *, part: str | None = None) -> None:
    """The page as it is open now, in the looks of its language, without loading it again."""
    for width, theme in LOOKS[page.locator("html").get_attribute("lang") or ""]:
        page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        page.emulate_media(color_scheme=theme)
        # What is inside an open <details> gets its colours a frame later.
        page.evaluate(TWO_FRAMES)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 0:
            problems.add(f"is {over} pixels too wide for {width}")
        _run_axe(page, problems, part, AXE)


def examine_colours(page: Page, problems: Problems) -> None:
    """As they are now: of mails, which are no pages with a heading and landmarks."""
    _run_axe(page, problems, None, COLOURS)


def _run_axe(page: Page, problems: Problems, part: str | None, options: dict[str, object]) -> None:
    if not page.evaluate("'axe' in window"):
        page.evaluate(f"() => {{ {AXE_SCRIPT} }}")
    for violation in page.evaluate(RUN_AXE, [part, options]):
        problems.add(f"{page.viewport_size}: {violation}")


def english_in(page: Page) -> list[str]:
    """Our English texts of three words or more that stand on the page."""
    said = re.sub(r"\s+", " ", page.locator("body").inner_text())
    return [text for text in _english_texts() if text in said]


@cache
def _english_texts() -> list[str]:
    """Of each text the longest part between its placeholders."""
    parts = {
        max(PLACEHOLDER.split(text), key=len).strip()
        for entry in polib.pofile(str(CATALOG))
        for text in filter(None, (entry.msgid, entry.msgid_plural))
        if entry.msgid != entry.msgstr
    }
    return sorted(part for part in parts if len(part.split()) >= 3)
