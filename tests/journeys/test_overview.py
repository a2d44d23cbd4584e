"""What a partner sees first: what waits, what comes, what deserves a look, and from there to courses and dates."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import OpenPage
from tests.journeys.demo import DATES, LIST, MANAGER, OWNER, VIEWER, Demo
from tests.journeys.examining import HEIGHTS, PHONE

HOME, COURSES = "/dashboard", "/dashboard/courses"
OVERSOLD, DRIFTING, FULL, TOO_EMPTY = "PASTA-T2", "THAI-T16", "SUSHI-T1", "BROT-T6"


def test_the_way_from_the_overview_to_what_needs_somebody(demo: Demo, open_page: OpenPage) -> None:
    page = open_page(OWNER, locale="de", viewport={"width": PHONE, "height": HEIGHTS[PHONE]})
    page.goto("/")
    page.wait_for_url(f"**{HOME}")

    expect(page.locator("#waiting .booking-card")).to_have_count(3)
    expect(page.locator(f"#week a.row-link[href='{demo.date(FULL)}']")).to_be_visible()
    expect(page.locator(f"#crowded a[href='{demo.date(FULL)}']")).to_be_visible()
    expect(page.locator(f"#attention a[href='{demo.date(TOO_EMPTY)}']")).to_be_visible()
    page.locator(f"#attention a[href='{demo.date(OVERSOLD)}']").click()
    expect(page.locator("#seats .notice[data-tone=bad]")).to_be_visible()
    expect(page.locator("#booked .others > li")).to_have_count(3)

    page.goto(HOME)
    page.locator(f"#attention a[href='{demo.date(DRIFTING)}']").click()
    page.locator("form[action$='/take-over'] button").click()
    expect(page.locator(".seats-free")).to_have_text(re.compile("^10 "))
    expect(page.locator("form[action$='/take-over']")).to_have_count(0)
    page.goto(HOME)
    expect(page.locator(f"#attention a[href='{demo.date(DRIFTING)}']")).to_have_count(0)


def test_from_a_course_to_a_new_date_of_it(open_page: OpenPage) -> None:
    page = open_page(OWNER)
    page.goto(COURSES)
    expect(page.locator(".course-card")).to_have_count(5)

    page.locator("#search").fill("sushi")
    page.locator("#search").press("Enter")
    expect(page.locator(".course-card")).to_have_count(1)
    page.locator(".course-card h3 a.row-link").click()
    expect(page.locator("h1")).to_have_text("Sushi-Kurs für Einsteiger")
    expect(page.locator("#upcoming .date-lines li").first).to_be_visible()
    page.locator(f"a[href*='{DATES}/new']").first.click()

    expect(page.locator("[name=course] option:checked")).to_have_text("Sushi-Kurs für Einsteiger")


@pytest.mark.parametrize("width", [PHONE, 1280])
def test_who_only_looks_finds_no_button_that_changes_anything(
    demo: Demo, open_page: OpenPage, width: int
) -> None:
    page = open_page(VIEWER, viewport={"width": width, "height": HEIGHTS[width]})
    date = demo.date(OVERSOLD)

    for path in (HOME, COURSES, DATES, f"{DATES}?view=month", date, LIST):
        page.goto(path)
        expect(page.locator("main form[method=post]")).to_have_count(0)
        for end in ("/new", "/edit", "/emergency"):
            expect(page.locator(f"main a[href$='{end}']")).to_have_count(0)
    answer = page.goto(f"{date}/emergency")
    assert answer
    assert answer.status == 403


def test_staff_see_the_same_of_all_partners(open_page: OpenPage) -> None:
    page = open_page(MANAGER)
    page.goto("/manage/")

    page.locator("main a[href*='/manage/dates?filter=oversold']").first.click()

    expect(page.locator("tbody tr").filter(has_text="Pasta wie in Bologna")).to_be_visible()
    expect(page.locator("tbody tr").filter(has_text="Kochschule Himmelblau").first).to_be_visible()
