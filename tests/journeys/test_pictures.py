"""The pictures of the README and the docs, in German. `make pictures` keeps them; any other run only takes them."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import OpenPage
from tests.journeys.demo import DATES, LIST, MANAGER, OWNER, Demo
from tests.journeys.examining import Problems, examine_colours
from tests.processes.running import PROJECT

PICTURES = PROJECT / "docs" / "pictures"
# Its customer has not chosen another date yet.
DECLINED = "SUSHI-T23"
DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
# The bar that says "demo" belongs to no portal that anybody runs.
HIDE_DEMO = "document.querySelector('.demo-banner')?.remove()"

# Every mail of the specification and the customer's, by how its subject begins.
MAILS = {
    "request": "Neue Buchung: ",
    "reminder": "Erinnerung: ",
    "final-reminder": "Dringend: ",
    "declined": "Buchung abgelehnt ",
    "customer-confirmed": "Ihr Termin ist bestätigt ",
    "rebooking-offer": "Terminänderung für Ihre Buchung ",
    "rebooking-confirmed": "Umbuchung bestätigt ",
}

Take = Callable[..., None]


@pytest.fixture
def take(tmp_path: Path) -> Take:
    folder = PICTURES if os.environ.get("PICTURES") == "1" else tmp_path

    def take_one(page: Page, name: str, *, full_page: bool = False) -> None:
        page.evaluate(HIDE_DEMO)
        page.evaluate("document.fonts.ready")
        assert len(page.screenshot(path=folder / f"{name}.png", full_page=full_page)) > 10_000

    return take_one


def german(size: dict[str, int], **options: object) -> dict[str, object]:
    return {"locale": "de-DE", "viewport": size, "color_scheme": "light", **options}


def test_pictures_of_the_partners_pages(open_page: OpenPage, take: Take) -> None:
    desktop = open_page(OWNER, **german(DESKTOP))
    desktop.goto(LIST)
    take(desktop, "bookings-desktop")
    desktop.locator("#all .booking-card:has(.pill-declined) a.row-link").first.click()
    desktop.locator(".decision .pill-declined").wait_for()
    take(desktop, "booking-detail")

    phone = open_page(OWNER, **german(PHONE, device_scale_factor=2, is_mobile=True, has_touch=True))
    phone.goto(LIST)
    take(phone, "bookings-phone")


def test_pictures_of_dates(demo: Demo, open_page: OpenPage, take: Take) -> None:
    desktop = open_page(OWNER, **german(DESKTOP))
    desktop.goto(f"{DATES}?view=month")
    take(desktop, "dates-month")

    phone = open_page(OWNER, **german(PHONE, device_scale_factor=2, is_mobile=True, has_touch=True))
    phone.goto(demo.date("SUSHI-T1"))
    take(phone, "date-phone")


def test_pictures_of_rebooking(demo: Demo, open_page: OpenPage, take: Take) -> None:
    _, number = demo.booking(DECLINED, "declined")
    customer = open_page(**german(PHONE, device_scale_factor=2, is_mobile=True, has_touch=True))
    customer.goto(demo.rebook_links(number)[0])
    take(customer, "rebook-phone")
    customer.locator(".option button").first.click()
    customer.locator("[name=email]").wait_for()
    take(customer, "rebook-chosen-phone")
    customer.locator("form[action$='/release'] button").click()
    customer.locator(".option").first.wait_for()

    partner = open_page(OWNER, **german(DESKTOP))
    partner.goto("/dashboard/rebookings")
    take(partner, "rebookings-desktop")

    staff = open_page(MANAGER, **german(DESKTOP))
    staff.goto("/manage/rebookings")
    take(staff, "rebookings-staff")


@pytest.mark.parametrize(("name", "subject"), MAILS.items())
def test_pictures_of_the_mails_on_a_phone(
    demo: Demo, open_page: OpenPage, take: Take, name: str, subject: str
) -> None:
    page = open_page(**german(PHONE))
    mail = next(each for each in demo.mails("") if each["subject"].startswith(subject))

    page.set_content(mail["html"])
    for theme in ("dark", "light"):
        page.emulate_media(color_scheme=theme)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        problems = Problems.of(page)
        examine_colours(page, problems)
        assert problems.found == []
        take(page, f"mail-{name}" if theme == "light" else f"mail-{name}-{theme}", full_page=True)


def test_picture_of_the_staffs_page(open_page: OpenPage, take: Take) -> None:
    page = open_page(MANAGER, **german({"width": 1280, "height": 560}))

    page.goto("/manage/")

    take(page, "staff")
