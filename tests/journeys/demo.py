"""One running demo, as the tests in a browser play with it: what they ask it in JSON, and what they look for.

Nothing here is found by its words: the same test runs whatever the language of the page.
"""

import html
import itertools
import json
import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import psycopg
from playwright.sync_api import Locator, Page, expect
from psycopg.rows import dict_row

from portal.demo.seeding.stories import LAST_NAMES
from portal.runtime.postgres import Cluster
from tests.processes.running import Portal

T = TypeVar("T")

# The latest date of the first partner: what is ordered for it stands on top of the list, the newest first.
SKU = "THAI-T58"
# Of this one so many are sold that no other date has as many seats.
FOR_MANY, MANY = "SUSHI-T23", 11
OWNER, STAFF, VIEWER = "partner@demo.example", "staff@demo.example", "viewer@demo.example"
OWNERS_NAME = "Katharina Wölfl"
MANAGER = "manager@demo.example"
PASSWORD = "demo"
CUSTOMER, PHONE = "petra@example.com", "+49 170 1234567"
LIST, DATES = "/dashboard/bookings", "/dashboard/dates"
REASON = "capacity_full"
# Shorter than the demo's own, for a shorter test; how often its clock looks; how long what follows may take.
UNDO_SECONDS, TICK_SECONDS = 12, 2
PATIENCE_SECONDS = 20
# What the other tests set; empty is as if it was not said, and the demo has its own.
SETTINGS = {
    "TESTING": "",
    "CONFIRM_GRACE_SECONDS": "",
    "UNDO_SECONDS": str(UNDO_SECONDS),
    "TICK_SECONDS": str(TICK_SECONDS),
}
# The mailbox itself: asked often, it would be written out as a whole each time.
MAILS = """SELECT to_address AS to, subject, text, html FROM miomente_partner_portal_demo_mails
  WHERE position(%s in text) > 0 ORDER BY sent_at, id"""
# Everybody here wants the same date.
RESTOCK = "INSERT INTO portal_shop.inventory_reservation (stock_id, sku, quantity) VALUES (1, %s, 1000)"
DATE = "SELECT id FROM miomente_partner_portal_course_dates WHERE sku = %s"
BOOKING = """SELECT booking.id, magento_order_increment_id
  FROM miomente_partner_portal_booking_confirmations AS booking
  JOIN miomente_partner_portal_course_dates AS date ON date.id = booking.course_date_id
  WHERE sku = %s AND status = %s ORDER BY booking.id LIMIT 1"""
REBOOK = re.compile(r"/rebook/[0-9a-f]{64}")
EXPIRE = """UPDATE miomente_partner_portal_rebooking_tokens AS link SET token_expires_at = now()
  FROM miomente_partner_portal_booking_confirmations AS booking
  WHERE booking.id = link.original_confirmation_id AND booking.magento_order_increment_id = %s"""
# Each once: the subject of a mail names the customer.
_SURNAMES = map("-".join, itertools.permutations(LAST_NAMES, 2))


class Demo:
    def __init__(self, portal: Portal, folder: Path) -> None:
        self.url = f"http://localhost:{portal.port}"
        self._folder = folder
        self._database = Cluster(folder / "postgres").url()
        with psycopg.connect(self._database) as shop:
            for sku in (SKU, FOR_MANY):
                shop.execute(RESTOCK, [sku])

    def logs(self) -> dict[str, str]:
        """What its processes and its database have written so far, by the name of the file."""
        return {path.name: path.read_text(errors="replace") for path in self._folder.rglob("*.log")}

    @contextmanager
    def served_again(self, **settings: str) -> Iterator[str]:
        """The same data, served once more with other settings. :returns: its address"""
        kept = json.loads((self._folder / "secrets.json").read_text())
        shared = {"DEMO": "1", "DATABASE_URL": self._database, "WEB_WORKERS": "1"}
        portal = Portal(self._folder, "serve", settings={**SETTINGS, **kept, **shared, **settings})
        try:
            portal.wait_until_ready()
            yield f"http://localhost:{portal.port}"
            portal.stop()
        finally:
            portal.end()

    def forget_second_factors(self) -> None:
        with psycopg.connect(self._database) as connection:
            connection.execute("DELETE FROM mfa_authenticator")

    def order(self, sku: str = SKU, *, qty: int = 1) -> str:
        """An order of a new customer by JSON. :returns: its number, once the partner's mail has arrived"""
        customer = {
            "firstName": "Petra",
            "lastName": next(_SURNAMES),
            "email": CUSTOMER,
            "phone": PHONE,
        }
        order = {"items": [{"sku": sku, "qty": qty}], "customer": customer}
        number = self._json("/demo/shop/orders", order)["orderNumber"]
        self.wait_for_mail(number)
        return str(number)

    def date(self, sku: str) -> str:
        """The address of the page of this date."""
        with psycopg.connect(self._database) as portal:
            portal.execute("SELECT set_config('portal.scope', 'all', true)")
            found = portal.execute(DATE, [sku]).fetchone()
        assert found
        return f"{DATES}/{found[0]}"

    def booking(self, sku: str, status: str) -> tuple[int, str]:
        """The id and the order's number of the first booking that stands so on this date."""
        with psycopg.connect(self._database) as portal:
            portal.execute("SELECT set_config('portal.scope', 'all', true)")
            [found] = portal.execute(BOOKING, [sku, status]).fetchall()
        return found

    def shift_clock(self, hours: float) -> None:
        """Of the worker: what is due then happens now."""
        self._json("/demo/clock", {"hours": hours})

    def mails(self, number: str) -> list[dict[str, Any]]:
        """All mails about this order, whoever got them, oldest first."""
        with psycopg.connect(self._database, row_factory=dict_row) as mailbox:
            return mailbox.execute(MAILS, [f"#{number}"]).fetchall()

    def tickets(self, number: str) -> list[dict[str, Any]]:
        return [each for each in self._json("/demo/tickets.json") if each["orderNumber"] == number]

    def wait_for_mail(self, number: str, *, count: int = 1) -> dict[str, Any]:
        """:returns: the newest"""
        return wait_for(lambda: self.mails(number)[count - 1 :])[-1]

    def customers_mails(self, number: str) -> list[dict[str, Any]]:
        """Those about this order that its customer got, oldest first."""
        return [mail for mail in self.mails(number) if mail["to"] == CUSTOMER]

    def rebook_links(self, number: str, *, count: int = 1) -> list[str]:
        """The addresses behind which its customer chooses another date, oldest first, once there are so many."""

        def look() -> list[str]:
            found = [REBOOK.search(mail["text"]) for mail in self.mails(number)]
            return list(dict.fromkeys(each[0] for each in found if each))

        wait_for(lambda: look()[count - 1 :], UNDO_SECONDS + PATIENCE_SECONDS)
        return look()

    def expire_rebook_links(self, number: str) -> None:
        """As if the days had passed in which they can be used."""
        with psycopg.connect(self._database) as portal:
            portal.execute("SELECT set_config('portal.scope', 'all', true)")
            portal.execute(EXPIRE, [number])

    def mail_page(self, number: str) -> str:
        """The address at which the mailbox shows the request to confirm this order."""
        with urllib.request.urlopen(f"{self.url}/demo/mailbox") as answer:
            page = answer.read().decode()
        subject = html.escape(self.mails(number)[0]["subject"])
        found = re.search(
            rf'href="(/demo/mailbox/\d+)">\s*<span class="demo-subject">{re.escape(subject)}<', page
        )
        assert found
        return found[1]

    def token(self, number: str) -> str:
        """Of the links in the request to confirm."""
        found = re.search(r"/api/confirm/([0-9a-f]{64})", self.mails(number)[0]["text"])
        assert found
        return found[1]

    def _json(self, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())


def wait_for(look: Callable[[], T], seconds: float = PATIENCE_SECONDS) -> T:
    """What `look` sees, as soon as that is something."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, "It did not happen."
        time.sleep(0.2)
    return seen


def sign_in(page: Page, email: str) -> None:
    page.goto("/login")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").click()
    expect(page.locator("main#main.shell-main")).to_be_visible()


def order_in_the_shop(page: Page, first_name: str, last_name: str) -> str:
    """By the form, as a customer. :returns: the number of the order"""
    page.goto(f"/demo/shop?sku={SKU}#order")
    page.locator("input[name=participants]").fill("1")
    page.locator("input[name=first_name]").fill(first_name)
    page.locator("input[name=last_name]").fill(last_name)
    page.locator("#order button[type=submit]").click()
    page.wait_for_url("**/demo/shop/ordered/*")
    return urlsplit(page.url).path.rpartition("/")[2]


def row(page: Page, number: str) -> Locator:
    """Its card in the list of all bookings."""
    return page.locator("#all .booking-card").filter(has_text=number)


def waiting(page: Page, number: str) -> Locator:
    """Its card among those that wait for an answer."""
    link = row(page, number).locator("a.row-link").get_attribute("href")
    return page.locator("#waiting .booking-card").filter(has=page.locator(f"a[href='{link}']"))


def open_booking(page: Page, number: str) -> None:
    page.goto(LIST)
    row(page, number).locator("a.row-link").click()
    page.wait_for_url(re.compile(r"/dashboard/bookings/\d+$"))


def button(page: Page | Locator, action: str) -> Locator:
    """The button of the form that confirms or undoes."""
    return page.locator(f"form[action$='/{action}'] button[type=submit]")


def decline_link(page: Page | Locator) -> Locator:
    return page.locator("a[href$='/decline']")


def decline(page: Page, notes: str = "") -> None:
    """From the page of the booking; with JavaScript the form is in a dialog, without it a page."""
    decline_link(page).click()
    form = page.locator("form[action$='/decline']")
    form.locator(f"input[name=reason][value={REASON}]").check()
    form.locator("textarea[name=notes]").fill(notes)
    form.locator("button[type=submit]").click()
    expect(pill(page, "declined")).to_be_visible()


def let_it_fall_through(page: Page, notes: str) -> None:
    """From the form that asks for it to the page that says who has heard of it."""
    form = page.locator("form[action$='/emergency']")
    form.locator("input[name=reason]").nth(1).check()
    form.locator("textarea[name=notes]").fill(notes)
    form.locator("button[type=submit]").click()
    page.wait_for_url("**/cancelled")


def pill(page: Page | Locator, status: str) -> Locator:
    """The one that says how the booking stands."""
    return (
        page.locator(f".decision .pill-{status}")
        if isinstance(page, Page)
        else page.locator(f".pill-{status}")
    )


def timeline(page: Page) -> list[str]:
    """The signs of what happened, oldest first."""
    uses = page.locator(".timeline-mark use").all()
    return [(use.get_attribute("href") or "").rpartition("#")[2] for use in uses]
