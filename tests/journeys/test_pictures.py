"""The pictures of the README and the docs, in German. `make pictures` keeps them; any other run only takes them."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.journeys.conftest import OpenPage
from tests.journeys.demo import LIST, MANAGER, OWNER, Demo
from tests.processes.running import PROJECT

PICTURES = PROJECT / "docs" / "pictures"
DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
# The bar that says "demo" belongs to no portal that anybody runs.
HIDE_DEMO = "document.querySelector('.demo-banner')?.remove()"

Take = Callable[[Page, str], None]


@pytest.fixture
def take(tmp_path: Path) -> Take:
    folder = PICTURES if os.environ.get("PICTURES") == "1" else tmp_path

    def take_one(page: Page, name: str) -> None:
        page.evaluate(HIDE_DEMO)
        page.evaluate("document.fonts.ready")
        assert len(page.screenshot(path=folder / f"{name}.png")) > 10_000

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


def test_picture_of_the_mail(demo: Demo, open_page: OpenPage, take: Take) -> None:
    page = open_page(**german({"width": 680, "height": 960}))

    page.goto(f"{demo.mail_page(demo.order())}/html")

    take(page, "mail")


def test_picture_of_the_staffs_page(open_page: OpenPage, take: Take) -> None:
    page = open_page(MANAGER, **german({"width": 1280, "height": 560}))

    page.goto("/manage/")

    take(page, "staff")
