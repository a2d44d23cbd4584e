"""The list of bookings in a browser: filters, several at once, the dialog, the keys and the files."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenPage
from tests.journeys.demo import LIST, OWNER, VIEWER, Demo, button, decline_link, row, waiting
from tests.journeys.examining import LANGUAGES, Problems, examine, look


@pytest.fixture
def number(demo: Demo) -> str:
    """An order that waits for an answer."""
    return demo.order()


@pytest.fixture
def two(demo: Demo) -> tuple[str, str]:
    return demo.order(), demo.order()


# --- Filters


def test_the_list_follows_while_one_chooses_and_the_address_keeps_it(
    number: str, open_page: OpenPage
) -> None:
    page = open_page(OWNER)
    page.goto(LIST)
    page.evaluate("window.isStillTheSamePage = true")

    page.locator("#filter-search").press_sequentially(number)
    expect(page.locator("#all .booking-card")).to_have_count(1)
    expect(page).to_have_url(re.compile(rf"{LIST}\?search={number}$"))
    expect(page.locator("#filter-search")).to_be_focused()
    page.locator("#filter-status").select_option("declined")
    expect(page.locator("#all .booking-card")).to_have_count(0)
    expect(page).to_have_url(re.compile(rf"\?search={number}&status=declined$"))
    assert page.evaluate("window.isStillTheSamePage") is True

    page.reload()
    expect(page.locator("#filter-search")).to_have_value(number)
    expect(page.locator("#filter-status")).to_have_value("declined")
    page.go_back()
    expect(page.locator("#all .booking-card")).to_have_count(1)
    expect(page.locator("#filter-status")).to_have_value("")
    page.locator(".chip").click()
    expect(page.locator("#all .booking-card")).not_to_have_count(1)
    expect(page.locator("#filter-search")).to_have_value("")


def test_filters_without_javascript(number: str, open_page: OpenPage) -> None:
    page = open_page(OWNER, java_script_enabled=False)
    page.goto(LIST)

    page.locator("#filter-search").fill(number)
    page.locator("#filter-status").select_option("pending")
    page.locator("#filters button").click()
    expect(page.locator("#all .booking-card")).to_have_count(1)
    page.locator(".chip").first.click()
    page.locator(".chip").first.click()

    expect(page.locator(".chip")).to_have_count(0)
    expect(page.locator("#all .booking-card")).not_to_have_count(1)


# --- Several at once


@pytest.mark.parametrize("has_javascript", [True, False])
def test_several_are_confirmed_at_once_and_one_is_undone(
    two: tuple[str, str], open_page: OpenPage, has_javascript: bool
) -> None:
    page = open_page(OWNER, java_script_enabled=has_javascript)
    page.goto(LIST)

    for number in two:
        waiting(page, number).locator(".tick input").check()
    page.locator("#several button[type=submit]").click()

    expect(page.locator("#results .pill-confirmed")).to_have_count(2)
    for number in two:
        expect(row(page, number).locator(".pill-confirmed")).to_be_visible()
    button(page.locator("#results"), "undo").first.click()
    expect(page.locator("#results .pill-confirmed")).to_have_count(1)
    expect(page.locator("#results .pill-pending")).to_have_count(1)


def test_ticks_stay_when_something_else_changes(demo: Demo, number: str, open_page: OpenPage) -> None:
    page = open_page(OWNER)
    page.goto(LIST)
    waiting(page, number).locator(".tick input").check()

    another = demo.order()

    expect(row(page, another)).to_be_visible()
    expect(waiting(page, number).locator(".tick input")).to_be_checked()


def test_a_viewer_ticks_nothing(number: str, open_page: OpenPage) -> None:
    page = open_page(VIEWER)
    page.goto(LIST)

    expect(row(page, number)).to_be_visible()
    expect(page.locator(".tick, #several")).to_have_count(0)


# --- The dialog


def test_the_dialog_opens_from_the_list_and_keeps_what_is_missing(number: str, open_page: OpenPage) -> None:
    page = open_page(OWNER)
    page.goto(LIST)

    decline_link(waiting(page, number)).click()
    dialog = page.locator("dialog[open]")
    dialog.locator("input[value=other]").check()
    dialog.locator("button[type=submit]").click()
    expect(dialog.locator(".field-error")).to_be_visible()
    expect(dialog.locator("textarea")).to_be_focused()
    expect(page).to_have_url(re.compile(rf"{LIST}$"))

    dialog.locator("textarea").fill("Die Küche wird umgebaut.")
    dialog.locator("button[type=submit]").click()
    page.wait_for_url(re.compile(r"/dashboard/bookings/\d+$"))
    expect(page.locator(".decision")).to_contain_text("Die Küche wird umgebaut.")


# --- The keys


def test_the_keys_walk_the_list_and_answer(number: str, open_page: OpenPage) -> None:
    page = open_page(OWNER)
    page.goto(LIST)
    links = page.locator("[data-key-stop] .row-link")

    page.keyboard.press("j")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("k")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator(".tick input").first).to_be_checked()

    page.keyboard.press("/")
    expect(page.locator("#filter-search")).to_be_focused()
    page.keyboard.type("jkcdx?/")
    expect(page.locator("#filter-search")).to_have_value("jkcdx?/")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.goto(LIST)

    waiting(page, number).locator(".row-link").focus()
    page.keyboard.press("d")
    expect(page.locator("dialog[open] input[name=reason]").first).to_be_focused()
    page.keyboard.press("c")
    page.keyboard.press("Escape")
    waiting(page, number).locator(".row-link").focus()
    page.keyboard.press("c")
    expect(row(page, number).locator(".pill-confirmed")).to_be_visible()


def test_the_keys_can_be_looked_up_and_switched_off(number: str, open_page: OpenPage) -> None:
    page = open_page(OWNER)
    page.goto(LIST)

    page.keyboard.press("?")
    expect(page.locator("dialog#keys[open] .keys")).to_be_visible()
    page.locator("dialog#keys input").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert focused_links(page) == 0

    page.reload()
    page.keyboard.press("j")
    assert focused_links(page) == 0
    page.locator("[data-dialog=keys]").click()
    page.locator("dialog#keys input").check()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert focused_links(page) == 1


def focused_links(page: Page) -> int:
    return page.locator("[data-key-stop] .row-link:focus").count()


# --- The files


@pytest.mark.parametrize(("ending", "start"), [("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")])
def test_what_is_filtered_is_saved_as_a_file(
    number: str, open_page: OpenPage, ending: str, start: bytes, tmp_path: Path
) -> None:
    page = open_page(OWNER)
    page.goto(f"{LIST}?search={number}")

    with page.expect_download() as download:
        page.locator(f".exports a[href*='.{ending}']").click()

    assert re.fullmatch(rf"\w+-\d{{4}}-\d\d-\d\d\.{ending}", download.value.suggested_filename)
    download.value.save_as(tmp_path / "file")
    body = (tmp_path / "file").read_bytes()
    assert body.startswith(start)
    if ending == "csv":
        assert body.decode("utf-8-sig").count("\r\n") == 2
        assert number in body.decode("utf-8-sig")


# --- Everybody can read it


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_the_list_can_show_is_accessible(
    two: tuple[str, str], open_page: OpenPage, language: str
) -> None:
    page = open_page(OWNER, **look(language))
    problems = Problems.of(page)

    page.goto(f"{LIST}?search=zzzzzz&status=declined&from=nonsense")
    examine(page, problems, part="#all")
    page.goto(LIST)
    page.locator("#keys").evaluate("dialog => dialog.showModal()")
    examine(page, problems, part="#keys")
    page.keyboard.press("Escape")
    for number in two:
        waiting(page, number).locator(".tick input").check()
    page.locator("#several button[type=submit]").click()
    expect(page.locator("#results .pill-confirmed")).to_have_count(2)
    examine(page, problems, part="#results")
    page.locator("#results a.row-link").first.click()
    page.wait_for_url(re.compile(r"/dashboard/bookings/\d+$"))
    examine(page, problems)

    assert problems.found == []
