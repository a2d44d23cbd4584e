"""A date that falls through, from the partner's phone to the customer's, and the sheet of a date that takes place."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.conftest import OpenPage
from tests.journeys.demo import (
    LIST,
    MANAGER,
    OWNER,
    UNDO_SECONDS,
    VIEWER,
    Demo,
    button,
    let_it_fall_through,
    pill,
    row,
    wait_for,
)
from tests.journeys.examining import DESKTOP, HEIGHTS, PHONE, Problems, examine

# Each of a test of its own: a date that has fallen through stays so.
FALLEN, SAVED, STAFFS = "BROT-T41", "MACARONS-T54", "SUSHI-T44"
# Somebody who comes to this one must not eat everything.
SERVED = "SUSHI-T9"
WHAT_HAPPENED = "Ein Rohrbruch, die Küche steht unter Wasser."


def line_of(page: Page, number: str) -> Locator:
    """The customer of this order on the page that says who has heard of it."""
    return page.locator(".reach").filter(has_text=number)


def reach(line: Locator, icon: str) -> Locator:
    return line.locator(f".pill use[href$='#{icon}']")


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_date_falls_through_and_its_customers_hear_of_it(
    demo: Demo, open_page: OpenPage, language: str
) -> None:
    """In one language on the phone to the end; in the other it is undone, without JavaScript."""
    is_phone = language == "de"
    width, sku = (PHONE, FALLEN) if is_phone else (DESKTOP, SAVED)
    numbers = [demo.order(sku), demo.order(sku)]
    viewport = {"width": width, "height": HEIGHTS[width]}
    page = open_page(OWNER, locale=language, viewport=viewport, java_script_enabled=is_phone)
    url = demo.date(sku)
    page.goto(url)

    # Who is booked stands there instead of a way to just cancel it.
    expect(page.locator("#booked .others > li")).to_have_count(2)
    expect(page.locator("form[action$='/cancel']")).to_have_count(0)
    page.locator("a[href$='/emergency']").click()
    expect(page.locator("main .others > li")).to_have_count(2)
    form = page.locator("form[action$='/emergency']")
    form.locator("input[name=reason]").nth(1).check()
    form.locator("textarea[name=notes]").fill(" ")
    form.locator("button[type=submit]").click()
    expect(form.locator(".field-error")).to_be_visible()
    let_it_fall_through(page, WHAT_HAPPENED)
    expect(page.locator(".reach")).to_have_count(2)

    button(page, "undo").click()
    page.wait_for_url(f"**{url}")
    expect(page.locator("#booked .pill-pending")).to_have_count(2)
    assert [demo.customers_mails(number) for number in numbers] == [[], []]
    if is_phone:
        page.locator("a[href$='/emergency']").click()
        let_it_fall_through(page, WHAT_HAPPENED)
        see_them_hear_of_it(demo, open_page, page, numbers)


def see_them_hear_of_it(demo: Demo, open_page: OpenPage, page: Page, numbers: list[str]) -> None:
    """The page of the partner stays open, and follows by itself."""
    opens, is_called = numbers
    mails = [wait_for(lambda n=n: demo.customers_mails(n), UNDO_SECONDS + 30) for n in numbers]
    assert [len(each) for each in mails] == [1, 1]
    for number in numbers:
        expect(reach(line_of(page, number), "mail")).to_be_visible()
        assert len(wait_for(lambda n=number: demo.tickets(n))) == 1
    assert button(page, "undo").count() == 0

    found = re.search(r"/booking/\S+", mails[0][0]["text"])
    assert found
    customer = open_page(viewport={"width": PHONE, "height": HEIGHTS[PHONE]}, reduced_motion="reduce")
    problems = Problems.of(customer)
    customer.goto(found[0])
    expect(customer.locator("main")).to_contain_text(opens)
    expect(customer.locator("a[href*='/dashboard'], a[href='/login']")).to_have_count(0)
    examine(customer, problems)
    assert problems.found == []

    expect(reach(line_of(page, opens), "mail-open")).to_be_visible()
    button(line_of(page, is_called), "reached").click()
    expect(reach(line_of(page, is_called), "circle-check")).to_be_visible()
    expect(page.locator("#fallen .notice[data-tone=success]")).to_be_visible()
    assert [len(demo.customers_mails(number)) for number in numbers] == [1, 1]


def test_staff_let_a_date_fall_through_and_the_partner_sees_it(demo: Demo, open_page: OpenPage) -> None:
    number = demo.order(STAFFS)
    partner, page = open_page(OWNER), open_page(MANAGER)
    # Its date is not among the latest, of which the list shows the first ones.
    partner.goto(f"{LIST}?search={number}")
    row(partner, number).locator("a.row-link").click()
    date_id = demo.date(STAFFS).rpartition("/")[2]

    page.goto(f"/manage/dates/{date_id}/emergency")
    let_it_fall_through(page, WHAT_HAPPENED)
    expect(line_of(page, number)).to_be_visible()
    expect(pill(partner, "declined")).to_be_visible()
    button(page, "undo").click()

    expect(pill(partner, "pending")).to_be_visible()


def test_the_sheet_of_a_date_on_the_page_and_as_a_file(demo: Demo, open_page: OpenPage) -> None:
    page = open_page(VIEWER, viewport={"width": PHONE, "height": HEIGHTS[PHONE]})
    page.goto(demo.date(SERVED))

    page.locator("a[href$='/sheet']").click()
    page.wait_for_url("**/sheet")

    expect(page.locator(".sheet-table tbody tr")).to_have_count(2)
    expect(page.locator(".sheet-table .is-diet")).to_contain_text("Nussallergie")
    expect(page.locator(".sheet-table a[href^='tel:']").first).to_be_visible()
    answer = page.request.get(page.locator("a[href$='/sheet.pdf']").get_attribute("href") or "")
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.body().startswith(b"%PDF-")
    assert len(answer.body()) > 5_000
