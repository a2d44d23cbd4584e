"""Dates in a browser: planned, changed, cancelled and taken back, and the calendar by keyboard."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import OpenPage
from tests.journeys.demo import DATES, OWNER, VIEWER
from tests.journeys.examining import DESKTOP, HEIGHTS, PHONE, Problems, examine, look


def in_days(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


def fill_in(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.locator(f"form[data-plan] [name={name}]").fill(value)


def plan(page: Page, *, days: int = 90) -> str:
    """A new date of the first course; returns its address."""
    page.goto(f"{DATES}/new")
    page.locator("[name=course]").select_option(index=1)
    fill_in(page, starts_on=in_days(days), starts_time="18:00", duration_minutes="180", capacity="10")
    save(page)
    page.wait_for_url(re.compile(rf"{DATES}/\d+$"))
    return page.url


def free(page: Page) -> Locator:
    return page.locator(".seats-free")


def exactly(number: int) -> re.Pattern[str]:
    """As the first word, whatever the language says after it."""
    return re.compile(rf"^{number} ")


def save(page: Page) -> None:
    page.locator("form[data-plan] button[type=submit]").click()


@pytest.mark.parametrize(
    ("language", "width", "has_javascript"), [("de", PHONE, True), ("en", DESKTOP, False)]
)
def test_a_date_is_planned_changed_cancelled_and_taken_back(
    open_page: OpenPage, language: str, width: int, has_javascript: bool
) -> None:
    viewport = {"width": width, "height": HEIGHTS[width]}
    page = open_page(OWNER, locale=language, java_script_enabled=has_javascript, viewport=viewport)
    page.goto(f"{DATES}/new")
    save(page)
    for name in ("course", "starts_on", "starts_time"):
        expect(page.locator(f".field[data-invalid]:has([name={name}]) .field-error")).to_be_visible()
    # Not the day on which the others plan: a day of the month shows only the first ones.
    days = 100 if has_javascript else 101
    url = plan(page, days=days)
    expect(page.locator(".date-when")).to_contain_text("18:00–21:00")
    expect(free(page)).to_have_text(exactly(10))
    expect(page.locator(".date-badges use[href$='#store']")).to_have_count(1)
    path, on = urlsplit(url).path, in_days(days)
    for view in ("month", "week", "list"):
        page.goto(f"{DATES}?view={view}&on={on}")
        expect(page.locator(f"#dates a[href='{path}']")).to_be_visible()

    page.locator(f"#dates a[href='{path}']").click()
    page.locator("a[href$='/edit']").click()
    fill_in(page, starts_time="10:00", price_cents="a lot")
    save(page)
    expect(page.locator(".field[data-invalid]:has([name=price_cents]) .field-error")).to_be_visible()
    expect(page.locator("[name=starts_time]")).to_have_value("10:00")
    fill_in(page, price_cents="95,50")
    save(page)
    page.wait_for_url(url)
    expect(page.locator(".date-when")).to_contain_text("10:00–13:00")
    expect(page.locator(".facts")).to_contain_text(re.compile("95[.,]50"))

    page.locator("form[action$='/cancel'] button").click()
    expect(page.locator(".date-head .pill use[href$='#ban']")).to_have_count(1)
    page.locator("form[action$='/restore'] button").click()
    expect(page.locator("form[action$='/cancel'] button")).to_be_visible()


def test_end_and_duration_follow_each_other(open_page: OpenPage) -> None:
    page = open_page(OWNER)
    page.goto(f"{DATES}/new")

    fill_in(page, starts_time="22:00", duration_minutes="240")
    expect(page.locator("[name=ends_time]")).to_have_value("02:00")
    fill_in(page, ends_time="01:30")
    expect(page.locator("[name=duration_minutes]")).to_have_value("210")
    fill_in(page, starts_time="18:00")
    expect(page.locator("[name=ends_time]")).to_have_value("21:30")


@pytest.mark.parametrize("has_javascript", [True, False])
def test_seats_sold_elsewhere_are_one_tap_and_given_back_by_another(
    open_page: OpenPage, has_javascript: bool
) -> None:
    page = open_page(OWNER, java_script_enabled=has_javascript)
    plan(page)

    page.locator("button[name=quantity][value='2']").click()
    expect(free(page)).to_have_text(exactly(8))
    page.locator("#elsewhere_quantity").fill("9")
    page.locator(".tap-own button").click()
    expect(page.locator(".tap-own .field-error")).to_contain_text("8")
    expect(page.locator("#elsewhere_quantity")).to_have_value("9")
    page.locator("form[action$='/give-back'] button").click()
    expect(free(page)).to_have_text(exactly(10))

    page.locator("details:has(#block_quantity) summary").click()
    page.locator("#block_quantity").fill("3")
    page.locator("form[action$='/block'] [name=note]").fill("Für die Presse")
    page.locator("form[action$='/block'] button").click()
    expect(free(page)).to_have_text(exactly(7))
    expect(page.locator(".seat-entries li")).to_contain_text("Für die Presse")
    capacity = page.locator("details:has([name=capacity])")
    capacity.locator("summary").click()
    capacity.locator("[name=capacity]").fill("2")
    capacity.locator("button").click()
    expect(capacity.locator(".field-error")).to_be_visible()
    capacity.locator("[name=capacity]").fill("12")
    capacity.locator("button").click()
    expect(free(page)).to_have_text(exactly(9))


def test_an_open_page_follows_what_happens_on_another(open_page: OpenPage) -> None:
    mine, theirs = open_page(OWNER), open_page(VIEWER)
    url = plan(mine)
    theirs.goto(url)
    expect(free(theirs)).to_have_text(exactly(10))

    mine.locator("button[name=quantity][value='3']").click()

    expect(free(theirs)).to_have_text(exactly(7))


def test_what_is_being_typed_stays_when_the_page_follows(open_page: OpenPage) -> None:
    mine, another = open_page(OWNER), open_page(OWNER)
    url = plan(mine)
    mine.locator("details:has(#block_quantity) summary").click()
    mine.locator("#block_note").fill("Für die Presse")
    another.goto(url)

    another.locator("button[name=quantity][value='3']").click()

    expect(free(mine)).to_have_text(exactly(7))
    expect(mine.locator("#block_note")).to_be_visible()
    expect(mine.locator("#block_note")).to_have_value("Für die Presse")


def test_the_month_by_keyboard(open_page: OpenPage) -> None:
    page = open_page(OWNER)
    page.goto(f"{DATES}?view=month&on=2030-05-08")

    page.locator("[data-day='2030-05-08']").focus()
    for key, day in (("ArrowRight", "09"), ("ArrowDown", "16"), ("ArrowLeft", "15"), ("ArrowUp", "08")):
        page.keyboard.press(key)
        expect(page.locator(f"[data-day='2030-05-{day}']")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"view=list&on=2030-05-08"))
    page.goto(f"{DATES}?view=month&on=2030-05-08")
    page.locator("[data-day='2030-05-31']").focus()
    page.keyboard.press("PageDown")
    page.wait_for_url(re.compile(r"view=month&on=2030-06-01"))


def test_choosing_a_course_is_enough(open_page: OpenPage) -> None:
    page = open_page(OWNER)
    page.goto(f"{DATES}?view=list")

    page.locator("#filter-course").select_option(index=1)

    page.wait_for_url(re.compile(r"course=\d+$"))
    name = page.locator("#filter-course option:checked").inner_text()
    assert set(page.locator(".date-row .row-link").all_inner_texts()) <= {name}


def test_the_page_stays_accessible_with_everything_open(open_page: OpenPage) -> None:
    page = open_page(OWNER, **look("en"))
    problems = Problems.of(page)
    plan(page)
    page.locator("#block_quantity").evaluate("element => element.closest('details').open = true")
    page.locator("#block_quantity").fill("99")
    page.locator("form[action$='/block'] button").click()
    expect(page.locator(".field-error")).to_be_visible()

    examine(page, problems)

    assert problems.found == []
