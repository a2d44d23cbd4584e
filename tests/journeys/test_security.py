"""The second factor in a browser: set up because it has to be, used, lost, and switched off."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from portal.accounts.tests.codes import code_of
from tests.journeys.conftest import TELL_VIOLATIONS, run_demo
from tests.journeys.demo import MANAGER, OWNER, PASSWORD, Demo
from tests.journeys.examining import Problems, examine, look

CODES = ".recovery-codes code"


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """As it is everywhere but in the demo: staff must have a second factor."""
    yield from run_demo(tmp_path_factory.mktemp("strict"), REQUIRE_MANAGER_MFA="1")


@pytest.mark.parametrize(("who", "language"), [(MANAGER, "de"), (OWNER, "en")], ids=["manager", "partner"])
def test_the_second_factor_from_beginning_to_end(
    strict: Demo, browser: Browser, who: str, language: str
) -> None:
    context = browser.new_context(base_url=strict.url, accept_downloads=True, **look(language))
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
    # The code that set it up is used; the next one comes with the next half minute.
    type_code(page, next_code(secret))
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


def next_code(secret: str) -> str:
    time.sleep(30 - time.time() % 30 + 0.2)
    return code_of(secret)


def sign_out(page: Page) -> None:
    page.goto("/logout")
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/login")
