"""Light, calm and readable before any script: what somebody with an old phone in a cellar notices first."""

import gzip

import pytest
from playwright.sync_api import Page, Response, Route, expect

from tests.journeys.conftest import OpenPage
from tests.journeys.demo import LIST, MANAGER, OWNER, Demo, button, pill, row, waiting
from tests.journeys.examining import DESKTOP, HEIGHTS, PHONE

MOST_SCRIPT, MOST_SHIFT = 100_000, 0.1
PAGES = ((OWNER, LIST), (OWNER, "/dashboard"), (MANAGER, "/manage/calls"), (MANAGER, "/manage/metrics"))
# What Chromium's own tools call "Slow 4G", in bytes; a phone also has a processor a quarter as fast as this one.
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 90_000}
SLOWER = 4
ADD_SHIFTS = """window.shift = 0; new PerformanceObserver(list => list.getEntries().forEach(entry => {
  if (!entry.hadRecentInput) window.shift += entry.value;
})).observe({type: "layout-shift", buffered: true});"""


def slow_down(page: Page, width: int) -> None:
    tools = page.context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.send("Network.emulateNetworkConditions", NETWORK)
    if width == PHONE:
        tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})


@pytest.mark.parametrize(("who", "path"), PAGES)
def test_a_page_loads_less_than_100_kilobytes_of_script(open_page: OpenPage, who: str, path: str) -> None:
    page = open_page(who)
    scripts: list[Response] = []
    page.on("response", lambda each: scripts.append(each) if each.request.resource_type == "script" else None)

    page.goto(path)

    sizes = {each.url: len(gzip.compress(each.body())) for each in scripts}
    inline = page.locator("script:not([src])").count()
    assert (len(sizes) >= 3, inline) == (True, 0)
    assert sum(sizes.values()) < MOST_SCRIPT, sizes


@pytest.mark.parametrize("width", [PHONE, DESKTOP])
@pytest.mark.parametrize(("who", "path"), PAGES)
def test_nothing_jumps_while_a_page_loads(open_page: OpenPage, who: str, path: str, width: int) -> None:
    page = open_page(who, viewport={"width": width, "height": HEIGHTS[width]})
    page.add_init_script(ADD_SHIFTS)
    slow_down(page, width)

    page.goto(path, wait_until="load")
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(300)

    assert page.evaluate("performance.getEntriesByType('paint').length") > 0
    assert page.evaluate("window.shift") < MOST_SHIFT


def test_the_list_is_read_and_answered_before_any_script_has_come(demo: Demo, open_page: OpenPage) -> None:
    number = demo.order()
    page = open_page(OWNER, viewport={"width": PHONE, "height": HEIGHTS[PHONE]})
    held: list[Route] = []
    page.route("**/*.js*", lambda route: held.append(route))
    slow_down(page, PHONE)

    page.goto(LIST, wait_until="commit")

    expect(waiting(page, number)).to_be_visible()
    expect(waiting(page, number)).to_contain_text("Petra")
    assert len(held) >= 3
    assert page.evaluate("typeof window.htmx") == "undefined"
    # A plain form, as long as nothing else is there.
    button(waiting(page, number), "confirm").click(no_wait_after=True)
    expect(row(page, number).locator(".pill-confirmed")).to_be_visible()
    assert page.evaluate("typeof window.htmx") == "undefined"
    row(page, number).locator("a.row-link").click(no_wait_after=True)
    expect(pill(page, "confirmed")).to_be_visible()
