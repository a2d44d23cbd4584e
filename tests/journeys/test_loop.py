"""The whole loop: an order in the shop becomes a booking that the partner decides, and everyone hears of it once."""

import time

from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenPage
from tests.journeys.demo import (
    LIST,
    OWNER,
    TICK_SECONDS,
    UNDO_SECONDS,
    Demo,
    button,
    decline,
    open_booking,
    order_in_the_shop,
    pill,
    row,
    timeline,
)

ASKED = ["inbox", "mail"]
# The partner's mail is owed the number of the ticket: it leaves after it. The customer's, with the link to other dates,
# waits for nothing.
DECLINED = [*ASKED, "x", "check-check", "calendar-days", "mail", "life-buoy", "mail"]
UNDONE = [*ASKED, "x", "undo-2"]


def test_the_whole_loop(demo: Demo, open_page: OpenPage) -> None:
    watching, customer = open_page(OWNER), open_page()
    watching.goto(LIST)
    watching.evaluate("window.isStillTheSamePage = true")

    first = order_in_the_shop(customer, "Erika", "Erstling")
    confirm_from_the_mail(customer, first)
    expect(row(watching, first).locator(".pill-confirmed")).to_be_visible()

    # The one that is undone comes before the one that is not: one wait is then long enough for both.
    third = order_in_the_shop(customer, "Doris", "Drittling")
    undone = open_declined(demo, watching, third)
    button(undone, "undo").click()
    expect(pill(undone, "pending")).to_be_visible()
    undone_at = time.monotonic()

    second = order_in_the_shop(customer, "Zita", "Zweitling")
    declined = open_declined(demo, watching, second)

    # Nothing is loaded again from here on: the open pages follow by themselves.
    demo.wait_for_mail(second, count=3)
    expect(declined.locator(".timeline li")).to_have_count(len(DECLINED))
    wait_until(undone_at + UNDO_SECONDS + TICK_SECONDS + 1)
    # The second one of the first is the customer's.
    demo.wait_for_mail(first, count=2)
    assert [len(demo.mails(number)) for number in (first, second, third)] == [2, 3, 1]
    assert demo.mails(first)[1]["to"] != demo.mails(first)[0]["to"]
    assert [len(demo.tickets(number)) for number in (first, second, third)] == [0, 1, 0]
    ticket = demo.tickets(second)[0]["number"]
    assert [ticket in mail["text"] for mail in demo.mails(second)].count(True) == 1
    assert (sorted(timeline(declined)), timeline(undone)) == (sorted(DECLINED), UNDONE)
    for number, status in ((first, "confirmed"), (second, "declined"), (third, "pending")):
        expect(row(watching, number).locator(f".pill-{status}")).to_be_visible()
    assert watching.evaluate("window.isStillTheSamePage") is True


def open_declined(demo: Demo, page: Page, number: str) -> Page:
    """Another page of the same person, with this booking just declined."""
    demo.wait_for_mail(number)
    another = page.context.new_page()
    open_booking(another, number)
    decline(another, "Wir sind schon voll.")
    return another


def confirm_from_the_mail(page: Page, number: str) -> None:
    """The customer's browser will do: who has the mail needs no login."""
    page.goto(f"/demo/mailbox?to={OWNER}")
    # The mailbox shows new mails by itself.
    page.locator("a.demo-mail").filter(has_text="Erika Erstling").click()
    mail = page.frame_locator("iframe.demo-mail-frame")
    with page.expect_popup() as opened:
        mail.locator("a[href*='/api/confirm/']").first.click()
    success = opened.value
    success.wait_for_url("**/confirmation-success?t=*")
    expect(success.get_by_text(number)).to_be_visible()
    success.close()


def wait_until(moment: float) -> None:
    time.sleep(max(0, moment - time.monotonic()))
