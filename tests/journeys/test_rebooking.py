"""Rebooking in a browser: a partner declines, and a minute later the customer has another date on the phone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys.conftest import OpenPage
from tests.journeys.demo import (
    CUSTOMER,
    DATES,
    FOR_MANY,
    LIST,
    MANAGER,
    MANY,
    OWNER,
    REASON,
    UNDO_SECONDS,
    Demo,
    button,
    decline,
    pill,
    row,
    sign_in,
    wait_for,
)
from tests.journeys.examining import HEIGHTS, PHONE, Problems, examine

BOOKED, FREE = "THAI-T4", "THAI-T16"
ON_THE_PHONE = {"viewport": {"width": PHONE, "height": HEIGHTS[PHONE]}, "reduced_motion": "reduce"}
SETTLED_SECONDS = UNDO_SECONDS + 30


@dataclass(frozen=True)
class Orders:
    """Three are declined: one as it is, one with another date in its place, one for many. The last is confirmed."""

    declined: str
    changed: str
    many: str
    kept: str


@pytest.fixture(scope="module")
def orders(demo: Demo, browser: Browser, sessions: dict[str, Any]) -> Orders:
    """Decided in the portal, all at once: one wait is then long enough for all of them."""
    orders = Orders(
        demo.order(BOOKED), demo.order(BOOKED), demo.order(FOR_MANY, qty=MANY), demo.order(BOOKED)
    )
    page = browser.new_page(base_url=demo.url, storage_state=sessions.get(OWNER))
    if OWNER not in sessions:
        sign_in(page, OWNER)
    for number in (orders.declined, orders.many):
        open_by_number(page, number)
        decline(page)
    open_by_number(page, orders.changed)
    change(page, to=demo.date(FREE).rpartition("/")[2])
    open_by_number(page, orders.kept)
    button(page, "confirm").click()
    expect(pill(page, "confirmed")).to_be_visible()
    page.close()
    return orders


@pytest.fixture
def partner(open_page: OpenPage) -> Page:
    return open_page(OWNER)


@pytest.fixture
def customer(open_page: OpenPage) -> Iterator[Page]:
    """On the phone, signed in nowhere."""
    page = open_page(**ON_THE_PHONE)
    problems = Problems.of(page)
    yield page
    assert_quiet(problems)


def test_a_declined_booking_moves_to_another_date_and_is_confirmed(
    demo: Demo, orders: Orders, partner: Page, customer: Page
) -> None:
    number = orders.declined
    [link] = demo.rebook_links(number)
    page = open_from_the_mailbox(customer, number)
    problems = Problems.of(page)
    assert page.url.endswith(link)
    expect(page.locator(".card").first).to_contain_text(number)
    examine(page, problems)

    choose(page, demo.date(FREE).rpartition("/")[2])
    # The time that is left, by the second.
    expect(page.locator("[data-seconds]")).to_have_text(re.compile(r"\b[0-9]:[0-5][0-9]\b"))
    examine(page, problems)
    say_email(page, "somebody.else@example.com")
    expect(page.locator(".field[data-invalid]:has([name=email]) .field-error")).to_be_visible()
    say_email(page, CUSTOMER.upper())
    page.wait_for_url(f"**{link}/success")
    expect(page.locator("main")).to_contain_text(number)
    examine(page, problems)

    open_by_number(partner, number)
    button(partner, "confirm").click()
    expect(pill(partner, "confirmed")).to_be_visible()
    expect(partner.locator(".thread-steps li")).to_have_count(2)
    # The link, the choice, and that it is promised.
    mails = wait_for(lambda: demo.customers_mails(number)[2:], SETTLED_SECONDS)
    assert len(mails) == 1
    partner.locator(".thread-steps a").click()
    expect(pill(partner, "rebooked")).to_be_visible()
    # The old mail once more: nothing is left to choose, and it says how the booking stands.
    page.goto(link)
    page.wait_for_url(f"**{link}/success")
    expect(page.locator(".verdict-mark use[href$='#calendar-check']")).to_be_visible()
    assert_quiet(problems)


def test_a_date_that_the_partner_proposed_is_declined_as_well(
    demo: Demo, orders: Orders, partner: Page, customer: Page
) -> None:
    number = orders.changed
    [link] = demo.rebook_links(number)
    customer.goto(link)
    # What the partner proposes stands first, and nothing else is marked like that.
    expect(customer.locator(".option").first.locator(".option-label")).to_be_visible()
    expect(customer.locator(".option-label")).to_have_count(1)
    choose(customer, demo.date(FREE).rpartition("/")[2])
    say_email(customer, CUSTOMER)
    customer.wait_for_url("**/success")
    tickets = wait_for(lambda: demo.tickets(number))

    open_by_number(partner, number)
    decline(partner)

    links = demo.rebook_links(number, count=2)
    assert links[0] == link
    assert [each["number"] for each in demo.tickets(number)] == [each["number"] for each in tickets]
    customer.goto(links[1])
    see_the_last_date_fill_up(customer, partner)


def test_nothing_is_free_for_so_many_and_staff_hear_of_the_wish(
    demo: Demo, orders: Orders, customer: Page, open_page: OpenPage
) -> None:
    [link] = demo.rebook_links(orders.many)
    problems = Problems.of(customer)
    customer.goto(link)
    expect(customer.locator(".option")).to_have_count(0)
    form = customer.locator("form[action$='/none-fits']")
    expect(form).to_be_visible()
    examine(customer, problems)

    form.locator("[name=choice][value=voucher]").check()
    form.locator("[name=note]").fill("Gern eingelöst im nächsten Jahr.")
    form.locator("button").click()

    expect(customer.locator("#noted")).to_contain_text("im nächsten Jahr")
    staff = open_page(MANAGER)
    staff.goto("/manage/rebookings")
    case = staff.locator("tbody tr").filter(has_text=orders.many)
    expect(case).to_contain_text("im nächsten Jahr")
    button(case, "settle").click()
    expect(case).to_have_count(0)

    demo.expire_rebook_links(orders.many)
    for path, status in ((link, 410), (f"/rebook/{64 * '0'}", 404)):
        answer = customer.goto(path)
        assert answer
        assert answer.status == status
        expect(customer.locator("h1")).to_be_visible()
        expect(customer.locator("main a[href^='mailto:']")).to_be_visible()
        expect(customer.locator("main form")).to_have_count(0)
    examine(customer, problems)
    assert_quiet(problems)


def test_staff_send_a_link_and_the_old_date_stands_until_the_new_one_is_promised(
    demo: Demo, orders: Orders, partner: Page, customer: Page, open_page: OpenPage
) -> None:
    number = orders.kept
    open_by_number(partner, number)
    old = partner.url.rpartition("/")[2]
    # Settled: staff send no link while somebody may still undo.
    wait_for(lambda: demo.customers_mails(number), SETTLED_SECONDS)
    staff = open_page(MANAGER)
    staff.goto(f"/manage/bookings/{old}")
    button(staff, "send-link").click()

    [link] = demo.rebook_links(number)
    customer.goto(link)
    choose(customer, demo.date(FREE).rpartition("/")[2])
    say_email(customer, CUSTOMER)
    customer.wait_for_url("**/success")
    expect(customer.locator(".verdict-mark use[href$='#calendar-clock']")).to_be_visible()

    partner.reload()
    expect(pill(partner, "confirmed")).to_be_visible()
    partner.locator(".thread-steps a").click()
    expect(pill(partner, "pending")).to_be_visible()
    button(partner, "confirm").click()
    expect(pill(partner, "confirmed")).to_be_visible()
    watching = partner.context.new_page()
    watching.goto(f"{LIST}/{old}")
    # By itself, as soon as the confirmation is final.
    expect(pill(watching, "rebooked")).to_be_visible(timeout=1000 * SETTLED_SECONDS)


def assert_quiet(problems: Problems) -> None:
    """What is refused is answered with a status of its own, and the browser names it."""
    assert [each for each in problems.found if "Failed to load resource" not in each] == []


def open_by_number(page: Page, number: str) -> None:
    """The newest booking of this order."""
    page.goto(f"{LIST}?search={number}")
    row(page, number).locator("a.row-link").first.click()
    page.wait_for_url(re.compile(rf"{LIST}/\d+$"))


def change(page: Page, *, to: str) -> None:
    """Propose that date instead, from the page of the booking."""
    page.locator("a[href*='/decline?']").click()
    form = page.locator("form[action$='/decline']")
    form.locator("[name=proposal-first]").select_option(to)
    form.locator(f"input[name=reason][value={REASON}]").check()
    form.locator("button[type=submit]").click()
    expect(pill(page, "declined")).to_be_visible()


def open_from_the_mailbox(page: Page, number: str) -> Page:
    """As whoever plays the demo: from the mail to the page behind its button, in a tab of its own."""
    page.goto(f"/demo/mailbox?to={CUSTOMER}")
    page.locator("a.demo-mail").filter(has_text=number).first.click()
    with page.expect_popup() as opened:
        page.frame_locator("iframe.demo-mail-frame").locator("a[href*='/rebook/']").first.click()
    return opened.value


def option(page: Page, date_id: str) -> Locator:
    return page.locator(f".option:has(input[name=date][value='{date_id}'])")


def choose(page: Page, date_id: str) -> None:
    option(page, date_id).locator("button").click()
    expect(page.locator("[name=email]")).to_be_visible()


def say_email(page: Page, email: str) -> None:
    form = page.locator("form:has([name=email])")
    form.locator("[name=email]").fill(email)
    form.locator("button").click()


def see_the_last_date_fill_up(customer: Page, partner: Page) -> None:
    """The page is open while the partner sells all its seats at the door."""
    date_id = customer.locator(".option:visible input[name=date]").last.get_attribute("value") or ""
    partner.goto(f"{DATES}/{date_id}")
    free = re.match(r"\d+", partner.locator(".seats-free").inner_text().strip())
    assert free
    partner.locator("#elsewhere_quantity").fill(free[0])
    partner.locator(".tap-own button").click()
    expect(partner.locator(".seats-free")).to_have_text(re.compile(r"^0 |^[^\d]"))

    option(customer, date_id).locator("button").click()

    expect(customer.locator(".refusal")).to_be_focused()
    expect(option(customer, date_id)).to_have_count(0)
    expect(customer.locator(".option").first).to_be_visible()
    button(partner, "give-back").last.click()
