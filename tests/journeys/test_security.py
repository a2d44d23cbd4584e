"""The second factor in a browser: set up because it has to be, used, lost, and switched off."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.accounts.tests.codes import code_of
from tests.journeys.conftest import TELL_VIOLATIONS
from tests.journeys.demo import MANAGER, PASSWORD, Demo
from tests.journeys.examining import Problems, examine, look

# Nobody else here is this partner.
PARTNER = "partner3@demo.example"
CODES = ".recovery-codes code"


@pytest.fixture(scope="module")
def strict(demo: Demo) -> Iterator[str]:
    """As it is everywhere but in the demo: staff must have a second factor."""
    with demo.served_again(REQUIRE_MANAGER_MFA="1") as url:
        yield url
    # Of a test that failed on its way: the manager signs in to other tests, too.
    demo.forget_second_factors()


@pytest.mark.parametrize(("who", "language"), [(MANAGER, "de"), (PARTNER, "en")], ids=["manager", "partner"])
def test_the_second_factor_from_beginning_to_end(
    strict: str, browser: Browser, who: str, language: str
) -> None:
    context = browser.new_context(base_url=strict, accept_downloads=True, **look(language))
    # Served without the stream of events; this answer says that there is none, and nobody asks again.
    context.route("**/events", lambda route: route.fulfill(status=204))
    context.add_init_script(TELL_VIOLATIONS)
    page = context.new_page()
    problems = Problems.of(page)
    type_password(page, who)
    if who == MANAGER:
        page.wait_for_url("**/account/security/app")
    else:
        page.goto("/account/security")
        examine(page, problems)
        page.locator("a[href$='/account/security/app']").click()

    secret = set_up(page, problems)
    codes = keep_codes(page, problems)
    page.goto("/account/security")
    examine(page, problems)
    expect(page.locator(".factor-state")).to_be_visible()

    come_back(page, who, problems, secret, codes[0])
    switch_off(page, who, problems)
    assert problems.found == []
    context.close()


def come_back(page: Page, who: str, problems: Problems, secret: str, recovery_code: str) -> None:
    sign_out(page)
    type_password(page, who)
    examine(page, problems)
    # The code that set it up is used. The next one is taken a little before its half minute.
    type_code(page, code_of(secret, later_seconds=30))
    expect(page.locator("main#main.shell-main")).to_be_visible()
    sign_out(page)
    type_password(page, who)
    type_code(page, recovery_code)
    expect(page.locator("main#main.shell-main")).to_be_visible()


def switch_off(page: Page, who: str, problems: Problems) -> None:
    page.goto("/account/security/app/remove")
    examine(page, problems)
    page.locator("main form button[type=submit]").click()
    expect(page.locator(".factor-state")).to_have_count(0)
    if who == MANAGER:
        page.goto("/manage/")
        page.wait_for_url("**/account/security/app")


def type_password(page: Page, who: str) -> None:
    page.goto("/login")
    page.locator("input[name=login]").fill(who)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(lambda url: not url.endswith("/login"))


def set_up(page: Page, problems: Problems) -> str:
    examine(page, problems)
    # The picture is really one: the policy lets it through.
    assert page.locator("img.qr").evaluate("image => image.naturalWidth") > 0
    type_code(page, "000000")
    expect(page.locator(".field-error")).to_be_visible()
    secret = page.locator(".totp-key").inner_text()
    type_code(page, code_of(secret))
    return secret


def keep_codes(page: Page, problems: Problems) -> list[str]:
    expect(page.locator(CODES)).to_have_count(10)
    examine(page, problems)
    codes = page.locator(CODES).all_inner_texts()
    with page.expect_download() as download:
        page.locator("a[download]").click()
    assert download.value.path().read_text().split() == codes
    return codes


def type_code(page: Page, code: str) -> None:
    page.locator("input[name=code]").fill(code)
    page.locator("main form:has(input[name=code]) button[type=submit]").click()


def sign_out(page: Page) -> None:
    page.goto("/logout")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/login")
