"""Every main page in both languages, both themes and on both widths: whole, quiet and accessible."""

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.conftest import OpenPage
from tests.journeys.demo import DATES, LIST, MANAGER, OWNER, Demo, let_it_fall_through
from tests.journeys.examining import LANGUAGES, Problems, examine, look, look_at

# Sold too often, with everything that can stand on its page; and one that falls through here.
OVERSOLD, FALLEN = "PASTA-T2", "THAI-T37"
# Their customers have chosen another date, and said what they wish.
MOVED, WISHED = "MACARONS-V9", "BROT-T20"
PARTNER = (
    "/dashboard",
    "/dashboard/rebookings",
    "/dashboard/courses",
    "/dashboard/courses/1",
    "/dashboard/settings",
    "/dashboard/settings/members",
    "/account/security",
    "/account/password",
)
MANAGE = (
    "",
    "calls",
    "rebookings",
    "bookings",
    "bookings/1",
    "bookings/39/decline",
    "bookings/38/emergency-decline",
    "bounces",
    "dates",
    "dates?filter=too_empty",
    "erasure",
    "metrics",
    "waiting",
    "unmatched",
    "questions",
    "imports",
    "partners",
    "partners/new",
    "partners/1",
)


@pytest.fixture(scope="module")
def public(demo: Demo, browser: Browser) -> dict[str, int]:
    """Pages for everybody with the status that they answer with. One order waits, one gets confirmed."""
    waiting, confirmed = demo.order(), demo.order()
    mail = demo.mail_page(waiting)
    page = browser.new_page()
    page.goto(f"{demo.url}/api/confirm/{demo.token(confirmed)}")
    success = page.url.removeprefix(demo.url)
    assert success.startswith("/confirmation-success?t=")
    page.close()
    return {
        "/login": 200,
        f"/confirm/{demo.token(waiting)}": 200,
        success: 200,
        f"/confirm/{demo.token(confirmed)}": 200,
        "/confirmation-error?reason=invalid": 200,
        "/confirmation-error?reason=expired": 200,
        "/confirmation-error?reason=already_processed": 200,
        "/styleguide/": 200,
        "/api/docs": 200,
        "/demo/shop": 200,
        f"/demo/shop/ordered/{waiting}": 200,
        "/demo/mailbox": 200,
        mail: 200,
        "/demo/tickets": 200,
        "/account/password/reset": 200,
        "/there-is-no-such-page": 404,
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_for_everybody(open_page: OpenPage, public: dict[str, int], language: str) -> None:
    page = open_page(**look(language))
    problems = Problems.of(page)

    for path, status in public.items():
        look_at(page, path, problems, language=language, status=status)

    assert problems.found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_rebooking(demo: Demo, open_page: OpenPage, language: str) -> None:
    """What a customer sees; and how partner and staff follow it."""
    moved, number = demo.booking(MOVED, "rebooked")
    wished, another = demo.booking(WISHED, "declined")
    page = open_page(**look(language))
    page.context.add_cookies([{"name": "django_language", "value": language, "url": demo.url}])
    problems = Problems.of(page)

    [link] = demo.rebook_links(another)
    look_at(page, link, problems, language=language)
    page.locator(".option button").first.click()
    page.locator("[name=email]").wait_for()
    examine(page, problems)
    page.locator("form[action$='/release'] button").click()
    page.locator(".option").first.wait_for()
    look_at(page, f"{demo.rebook_links(number)[0]}/success", problems, language=language)
    look_at(page, f"{link}/error?reason=expired", problems, language=language, status=410)
    for who, path in ((OWNER, f"{LIST}/{moved}"), (MANAGER, f"/manage/bookings/{wished}")):
        theirs = open_page(who, **look(language))
        look_at(theirs, path, heard := Problems.of(theirs), language=language)
        problems.found += heard.found

    assert problems.found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_a_partner(open_page: OpenPage, language: str) -> None:
    page = open_page(OWNER, **look(language))
    problems = Problems.of(page)

    look_at(page, LIST, problems, language=language)
    booking = page.locator(".booking-card a.row-link").first.get_attribute("href") or ""
    look_at(page, booking, problems, language=language)
    look_at(page, f"{booking}/decline", problems, language=language)
    look_at(page, f"{booking}/decline?change=1", problems, language=language)
    look_at_the_dialog(page, booking, problems)
    for path in PARTNER:
        look_at(page, path, problems, language=language)

    assert problems.found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_dates(demo: Demo, open_page: OpenPage, language: str) -> None:
    page = open_page(OWNER, **look(language))
    problems = Problems.of(page)
    date, fallen = demo.date(OVERSOLD), demo.date(FALLEN)

    for path in (f"{DATES}?view=list", f"{DATES}?view=week", f"{DATES}?view=month", f"{DATES}/new"):
        look_at(page, path, problems, language=language)
    for path in (date, f"{date}/edit", f"{date}/emergency", f"{date}/sheet"):
        look_at(page, path, problems, language=language)
    page.goto(f"{fallen}/emergency")
    if not page.url.endswith("/cancelled"):
        demo.order(FALLEN)
        page.reload()
        let_it_fall_through(page, "Der Ofen ist defekt.")
    look_at(page, f"{fallen}/cancelled", problems, language=language)
    look_at(page, fallen, problems, language=language)

    assert problems.found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_the_staff(demo: Demo, open_page: OpenPage, language: str) -> None:
    page = open_page(MANAGER, **look(language))
    problems = Problems.of(page)

    for path in MANAGE:
        look_at(page, f"/manage/{path}", problems, language=language)
    date = demo.date(OVERSOLD).rpartition("/")[2]
    look_at(page, f"/manage/dates/{date}/emergency", problems, language=language)
    page.goto("/manage/unmatched")
    assign = page.locator("a[href$='/assign']").first.get_attribute("href") or ""
    look_at(page, assign, problems, language=language)

    assert problems.found == []


def look_at_the_dialog(page: Page, booking: str, problems: Problems) -> None:
    page.goto(booking)
    page.locator("a[href$='/decline']").click()
    page.locator("dialog[open] input[name=reason]").first.wait_for()
    examine(page, problems, part="#dialog")


@pytest.mark.parametrize("width", [320, 600])
def test_every_kind_of_mail_fits_a_narrow_and_a_wide_window(demo: Demo, browser: Browser, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    kinds = {mail["subject"].split(" - ")[0].split(":")[0]: mail for mail in demo.mails("")}

    assert len(kinds) >= 3
    for mail in kinds.values():
        page.set_content(mail["html"])
        assert page.evaluate("document.documentElement.scrollWidth") <= width, mail["subject"]
    page.close()
