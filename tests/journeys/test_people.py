"""Several people, no JavaScript, no mouse."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenPage
from tests.journeys.demo import (
    LIST,
    OWNER,
    OWNERS_NAME,
    REASON,
    STAFF,
    VIEWER,
    Demo,
    button,
    decline,
    decline_link,
    open_booking,
    pill,
    row,
    sign_in,
    waiting,
)

MOST_STEPS = 300


@pytest.fixture
def number(demo: Demo) -> str:
    """An order that waits for an answer."""
    return demo.order()


def test_without_javascript(number: str, open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    sign_in(page, OWNER)

    open_booking(page, number)
    button(page, "confirm").click()
    expect(pill(page, "confirmed")).to_be_visible()

    button(page, "undo").click()
    expect(pill(page, "pending")).to_be_visible()

    page.goto(LIST)
    button(waiting(page, number), "confirm").click()
    expect(row(page, number).locator(".pill-confirmed")).to_be_visible()
    button(page, "undo").click()
    expect(row(page, number).locator(".pill-pending")).to_be_visible()

    open_booking(page, number)
    decline(page, "Leider voll.")
    expect(page.locator(".decision")).to_contain_text("Leider voll.")
    button(page, "undo").click()
    expect(pill(page, "pending")).to_be_visible()


def test_two_people(number: str, open_page: OpenPage) -> None:
    """Both have the booking open, and Ben's page does not hear of what Ada does."""
    ada, ben = open_page(OWNER), open_page(STAFF)
    ben.route("**/events", lambda route: route.abort())
    for page in (ada, ben):
        open_booking(page, number)

    button(ada, "confirm").click()
    expect(pill(ada, "confirmed")).to_be_visible()
    button(ben, "confirm").click()

    expect(ben.locator("#toaster")).to_contain_text(OWNERS_NAME)
    expect(pill(ben, "confirmed")).to_be_visible()
    expect(ben.locator(".decision")).to_contain_text(OWNERS_NAME)


def test_a_viewer_sees_everything_and_no_buttons(number: str, open_page: OpenPage) -> None:
    page = open_page(VIEWER)

    page.goto(LIST)
    expect(row(page, number)).to_be_visible()
    assert buttons(page) == 0

    open_booking(page, number)
    expect(pill(page, "pending")).to_be_visible()
    assert buttons(page) == 0


def buttons(page: Page) -> int:
    return sum(each.count() for each in (button(page, "confirm"), button(page, "undo"), decline_link(page)))


def test_the_keyboard_is_enough_from_the_list_to_the_decision(number: str, open_page: OpenPage) -> None:
    page = open_page(OWNER)
    page.goto(LIST)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    answer_and_filter_by_key(page, number)
    decide_by_key(page)


def answer_and_filter_by_key(page: Page, number: str) -> None:
    booking = row(page, number).locator("a.row-link").get_attribute("href")
    tab_to(page, f"#waiting form[action='{booking}/confirm'] button")
    page.keyboard.press("Enter")
    expect(row(page, number).locator(".pill-confirmed")).to_be_visible()
    tab_to(page, f"form[action='{booking}/undo'] button")
    page.keyboard.press("Space")
    expect(row(page, number).locator(".pill-pending")).to_be_visible()

    tab_to(page, "#filter-search")
    page.keyboard.type(number)
    expect(page.locator("#all .booking-card")).to_have_count(1)
    tab_to(page, "#all a.row-link")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{booking}")


def decide_by_key(page: Page) -> None:
    tab_to(page, "form[action$='/confirm'] button")
    page.keyboard.press("Enter")
    expect(pill(page, "confirmed")).to_be_visible()
    # Where one was working: the next step of the keyboard is not back at the top.
    expect(page.locator("#booking-card")).to_be_focused()

    tab_to(page, "form[action$='/undo'] button")
    page.keyboard.press("Space")
    expect(pill(page, "pending")).to_be_visible()

    tab_to(page, "a[href$='/decline']")
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open] input[name=reason]").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(decline_link(page)).to_be_focused()

    page.keyboard.press("Enter")
    expect(page.locator("dialog[open] input[name=reason]").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.locator(f"dialog[open] input[value={REASON}]")).to_be_checked()
    tab_to(page, "dialog[open] textarea[name=notes]")
    page.keyboard.type("Mit der Tastatur.")
    tab_to(page, "dialog[open] form[action$='/decline'] button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/dashboard/bookings/\d+$"))
    expect(pill(page, "declined")).to_be_visible()
    expect(page.locator(".decision")).to_contain_text("Mit der Tastatur.")


def tab_to(page: Page, selector: str) -> None:
    """By the Tab key alone; every stop on the way can be seen."""
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED, selector)
        assert stop["isVisible"], f"Nothing shows that this has the focus: {stop['html']}"
        if stop["isWanted"]:
            return
    raise AssertionError(f"The keyboard does not reach {selector}.")


FOCUSED = """selector => {
  const element = document.activeElement;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const isMarked = (style.outlineStyle !== "none" && style.outlineWidth !== "0px") || style.boxShadow !== "none";
  return {
    isVisible: element === document.body || (isMarked && box.width > 0 && box.height > 0),
    isWanted: element.matches(selector),
    html: element.outerHTML.slice(0, 200),
  };
}"""
