"""Nobody answers a booking: staff call, reach nobody, call again and confirm in the partner's place."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import OpenPage
from tests.journeys.demo import (
    MANAGER,
    OWNER,
    TICK_SECONDS,
    Demo,
    button,
    open_booking,
    pill,
    timeline,
)

CALLS = "/manage/calls"
STEP_HOURS, MOST_HOURS = 12, 96


@pytest.fixture(scope="module")
def unanswered(demo: Demo, sessions: dict[str, Any]) -> Iterator[list[str]]:
    """Orders that were escalated. Step by step: reminders keep a distance, and none arrives at night."""
    numbers, hours = [demo.order(), demo.order()], 0
    while not all(demo.tickets(number) for number in numbers):
        assert hours < MOST_HOURS
        demo.shift_clock(STEP_HOURS)
        hours += STEP_HOURS
        time.sleep(2 * TICK_SECONDS)
    # Days have passed: the staff sign in every day.
    sessions.pop(MANAGER, None)
    yield numbers
    demo.shift_clock(-hours)


def call_of(page: Page, number: str) -> Locator:
    return page.locator(".call").filter(has_text=number)


def line_of(page: Page, number: str) -> Locator:
    return page.locator(".call-bookings > li").filter(has_text=number)


# Before the tests that let days pass: what began then still goes on for a moment after them.
def test_an_emergency_decline_and_its_undo(demo: Demo, open_page: OpenPage) -> None:
    number = demo.order()
    partner = open_page(OWNER)
    open_booking(partner, number)
    button(partner, "confirm").click()
    expect(pill(partner, "confirmed")).to_be_visible()
    page = open_page(MANAGER)
    page.goto(f"/manage/bookings?search={number}")
    page.locator("#found a.row-link").first.click()

    page.locator("a[href$='/emergency-decline']").click()
    form = page.locator("dialog[open] form[action$='/emergency-decline']")
    form.locator("input[name=reason]").first.check()
    form.locator("textarea[name=notes]").fill("Der Koch ist krank.")
    form.locator("button[type=submit]").click()

    expect(pill(page, "declined")).to_be_visible()
    expect(pill(partner, "declined")).to_be_visible()
    assert button(partner, "undo").count() == 0
    button(page, "undo").click()
    expect(pill(page, "confirmed")).to_be_visible()
    expect(pill(partner, "confirmed")).to_be_visible()


@pytest.mark.parametrize("has_script", [True, False])
def test_from_the_unanswered_booking_to_the_call_to_the_partners_page(
    unanswered: list[str], open_page: OpenPage, has_script: bool
) -> None:
    number = unanswered[has_script]
    watching, page = open_page(MANAGER), open_page(MANAGER, java_script_enabled=has_script)
    for each in (watching, page):
        each.goto(CALLS)
        expect(line_of(each, number)).to_be_visible()

    # The page asks anew once it is told; an answer that was still on its way would take the next one's place.
    with page.expect_response(lambda each: each.request.method == "GET" and CALLS in each.url):
        button(call_of(page, number), "not-reached").click()
    expect(page.locator(".call").last).to_contain_text(number)
    # A colleague's page follows by itself.
    expect(watching.locator(".call").last).to_contain_text(number)

    button(line_of(page, number), "confirm").click()
    # First what does not stay: the undo window is short here.
    expect(button(page, "undo")).to_be_visible()
    expect(line_of(page, number)).to_have_count(0)
    expect(line_of(watching, number)).to_have_count(0)

    partner = open_page(OWNER)
    open_booking(partner, number)
    expect(pill(partner, "confirmed")).to_be_visible()
    assert "phone" in timeline(partner)
