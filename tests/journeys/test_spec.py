"""The specification's own list for the browser, in German and English, by the words that people read."""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import OpenPage
from tests.journeys.demo import LIST, OWNER, PASSWORD, PHONE, Demo, pill, row, waiting


@dataclass(frozen=True)
class Words:
    language: str
    bookings: str
    needed: str
    all_bookings: str
    search: str
    status: str
    confirm: str
    decline: str
    declined: str
    reason: str
    ticket: str
    success: str
    portal: str
    errors: tuple[tuple[str, str], ...]


GERMAN = Words(
    language="de",
    bookings="Buchungen",
    needed="Bestätigungen erforderlich",
    all_bookings="Alle Buchungen",
    search="Suchen",
    status="Status",
    confirm="Bestätigen",
    decline="Ablehnen",
    declined="Abgelehnt",
    reason="Kapazität erschöpft",
    ticket="Support-Ticket",
    success="Buchung bestätigt",
    portal="Zum Partner-Portal",
    errors=(
        ("invalid", "Dieser Link ist nicht gültig."),
        ("expired", "Dieser Link ist abgelaufen."),
        ("already_processed", "Diese Buchung ist schon beantwortet."),
    ),
)
ENGLISH = Words(
    language="en",
    bookings="Bookings",
    needed="Confirmations needed",
    all_bookings="All bookings",
    search="Search",
    status="Status",
    confirm="Confirm",
    decline="Decline",
    declined="Declined",
    reason="Capacity full",
    ticket="support ticket",
    success="Booking confirmed",
    portal="To the partner portal",
    errors=(
        ("invalid", "This link is not valid."),
        ("expired", "This link has expired."),
        ("already_processed", "This booking has already been answered."),
    ),
)
BOTH = pytest.mark.parametrize("words", [GERMAN, ENGLISH], ids=["de", "en"])


@pytest.fixture
def number(demo: Demo) -> str:
    """An order that waits for an answer."""
    return demo.order()


@BOTH
def test_the_partner_sees_the_list(number: str, open_page: OpenPage, words: Words) -> None:
    page = open_page(OWNER, locale=words.language)
    page.goto(LIST)

    expect(page.get_by_role("heading", level=1, name=words.bookings)).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile(rf"{words.needed} \(\d+\)"))).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile(rf"{words.all_bookings} \(\d+\)"))).to_be_visible()
    for card in (row(page, number), waiting(page, number)):
        expect(card).to_contain_text("Petra ")
        expect(card).to_contain_text(re.compile("Thailändisch kochen|Thai cooking"))
        expect(card).to_contain_text("18:30")


@BOTH
def test_the_partner_filters_the_list(number: str, open_page: OpenPage, words: Words) -> None:
    page = open_page(OWNER, locale=words.language)
    page.goto(LIST)

    filters = page.get_by_role("search")
    filters.get_by_label(words.search).fill(number)
    expect(page.locator("#all .booking-card")).to_have_count(1)
    expect(row(page, number)).to_be_visible()
    filters.get_by_label(words.status).select_option("declined")
    expect(page.locator("#all .booking-card")).to_have_count(0)
    filters.get_by_label(words.search).fill("")
    expect(page.locator("#all .booking-card .pill-declined").first).to_be_visible()
    expect(page.locator("#all .booking-card .pill-pending")).to_have_count(0)


@BOTH
def test_the_partner_confirms_in_the_portal(number: str, open_page: OpenPage, words: Words) -> None:
    page = open_page(OWNER, locale=words.language)
    page.goto(LIST)

    waiting(page, number).get_by_role("button", name=words.confirm).click()

    expect(row(page, number).locator(".pill-confirmed")).to_be_visible()


@BOTH
def test_the_partner_declines_in_the_portal(number: str, open_page: OpenPage, words: Words) -> None:
    page = open_page(OWNER, locale=words.language)
    page.goto(LIST)

    waiting(page, number).get_by_role("link", name=words.decline).click()
    decline_here(page, words, "dialog[open]")

    expect(pill(page, "declined")).to_contain_text(words.declined)
    expect(page.locator(".decision")).to_contain_text(words.reason)


@BOTH
def test_the_confirm_link_of_the_mail_needs_no_login(
    demo: Demo, number: str, open_page: OpenPage, words: Words
) -> None:
    page = open_page(locale=words.language)

    page.goto(f"/api/confirm/{demo.token(number)}")

    page.wait_for_url("**/confirmation-success?t=*")
    partner = open_page(OWNER, locale=words.language)
    partner.goto(LIST)
    expect(row(partner, number).locator(".pill-confirmed")).to_be_visible()


@BOTH
def test_the_decline_link_of_the_mail_leads_by_the_login_to_the_form(
    demo: Demo, number: str, open_page: OpenPage, words: Words
) -> None:
    page = open_page(locale=words.language)

    page.goto(f"/api/decline/{demo.token(number)}")
    page.wait_for_url(re.compile(r"/login\?next="))
    page.locator("input[name=login]").fill(OWNER)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/dashboard/bookings/\d+/decline"))
    decline_here(page, words, "main")

    expect(pill(page, "declined")).to_contain_text(words.declined)


@BOTH
def test_the_pages_after_a_link_say_how_it_went(
    demo: Demo, number: str, open_page: OpenPage, words: Words
) -> None:
    page = open_page(locale=words.language)

    page.goto(f"/api/confirm/{demo.token(number)}")
    expect(page.get_by_role("heading", level=1)).to_have_text(words.success)
    for fact in (number, "Petra ", "18:30"):
        expect(page.locator("main")).to_contain_text(fact)
    expect(page.locator("main")).not_to_contain_text(PHONE)
    expect(page.get_by_role("link", name=words.portal)).to_be_visible()

    for reason, sentence in words.errors:
        page.goto(f"/confirmation-error?reason={reason}")
        expect(page.get_by_role("heading", level=1)).to_have_text(sentence)
        expect(page.get_by_role("link", name=words.portal)).to_be_visible()


def decline_here(page: Page, words: Words, part: str) -> None:
    form = page.locator(f"{part} form[action$='/decline']")
    expect(form).to_contain_text(words.ticket)
    form.get_by_label(words.reason).check()
    form.get_by_role("button", name=words.decline).click()
