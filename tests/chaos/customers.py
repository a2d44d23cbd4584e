"""Customers read their mails, follow the links in them, and sit before a portal that is gone for a moment.

A third does nothing more than look, keeps seats for nothing, or notes a wish; the others choose a date, and say so once
more after the next kill. In what tells that a date falls through the link stands on the page behind the mail's own.
"""

import random
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from tests.chaos.browser import Browser
from tests.chaos.world import CUSTOMER, World

_PLANS = ("choose", "choose", "choose", "choose", "keep seats", "wish", "nothing", "choose")
_LINK = re.compile(r"/rebook/([0-9a-f]{64})")
_PAGE = re.compile(r"(/booking/[0-9a-f]{64})")
# Nobody is there, or too much was asked for in a short time: the same again later.
_LATER = (0, 429, 502, 503)


@dataclass
class Customer:
    """Who has this link. `told` is what a 200 said."""

    token: str
    plan: str
    wanted: int = 0
    told: list[tuple[int, str]] = field(default_factory=list)
    kills_then: int = 0
    is_done: bool = False


class Customers:
    def __init__(self, world: World, *, seed: int) -> None:
        self.world = world
        self.random = random.Random(seed)
        self.browser = Browser(world.portal.port)
        self.all: dict[str, Customer] = {}
        self.pages: list[str] = []
        self.answers: Counter[int] = Counter()
        # How often a date was seen to have given away more seats than it has.
        self.oversold: list[tuple[Any, ...]] = []
        self._read = 0

    @property
    def rebooked(self) -> dict[str, tuple[int, str]]:
        """By token: the date that it was moved to, as the portal has told us."""
        return {token: each.told[0] for token, each in self.all.items() if each.told}

    @property
    def wishes(self) -> set[str]:
        return {token for token, each in self.all.items() if each.plan == "wish" and each.is_done}

    @property
    def is_at_rest(self) -> bool:
        is_read = self._read == len(self.world.smtp.mails) and not self.pages
        return is_read and all(each.is_done for each in self.all.values())

    def live_while(self, goes_on: Callable[[], bool]) -> None:
        while goes_on():
            self.go_on()
            self.oversold += self.world.rows(OVERSOLD)
            time.sleep(0.1)

    def go_on(self, *, is_over: bool = False) -> None:
        """:param is_over: who has moved before does not move again, so that there is an end"""
        self._read_mails(is_over)
        for each in list(self.all.values()):
            # Some think longer than others.
            is_awake = is_over or self.random.random() < 0.2
            is_due = is_over or not each.told or self.world.kills > each.kills_then
            if not each.is_done and is_awake and is_due:
                self._act(each)

    def _read_mails(self, is_over: bool) -> None:
        arrived = self.world.smtp.mails[self._read :]
        self._read += len(arrived)
        texts = [mail.part("plain") for mail in arrived]
        self.pages += [match[1] for text in texts for match in _PAGE.finditer(text)]
        waiting = []
        for page in self.pages:
            status, text = self.browser.get(page)
            # The link is made by a job beside the one that sends the mail.
            if status == 200 and "/rebook/" in text:
                texts.append(text)
            else:
                waiting.append(page)
        self.pages = waiting
        for token in dict.fromkeys(match[1] for text in texts for match in _LINK.finditer(text)):
            if token not in self.all:
                is_last = is_over and self._has_moved_before(token)
                plan = "nothing" if is_last else self.random.choice(_PLANS)
                self.all[token] = Customer(token, plan)

    def _has_moved_before(self, token: str) -> bool:
        ((generation,),) = self.world.rows(
            "SELECT generation FROM miomente_partner_portal_rebooking_tokens AS link "
            "JOIN miomente_partner_portal_booking_confirmations AS booking "
            f"ON booking.id = original_confirmation_id WHERE token = '{hash_of(token)}'"
        )
        return int(generation) > 1

    def _act(self, customer: Customer) -> None:
        if customer.plan == "nothing":
            customer.is_done = self._call("GET", customer)[0] == 200
        elif customer.plan == "wish":
            status, _ = self.browser.post(
                f"/rebook/{customer.token}/none-fits", {"choice": "refund", "time": "", "note": "Krank."}
            )
            assert status in (302, *_LATER), status
            customer.is_done = status == 302
        elif customer.wanted:
            self._take(customer)
        else:
            self._choose(customer)

    def _choose(self, customer: Customer) -> None:
        """A date, rather one with few seats, and its seats are kept."""
        status, answer = self._call("GET", customer)
        assert status in (200, *_LATER), (status, customer)
        if status != 200:
            return
        dates = sorted(answer["data"]["availableDates"], key=lambda each: each["spotsAvailable"])
        assert dates, "ten dates have seats"
        date = self.random.choice(dates[:3] if self.random.random() < 0.7 else dates)
        status, _ = self._call("POST", customer, "/hold", {"selectedDateId": date["id"]})
        assert status in (200, 409, *_LATER), (status, customer)
        customer.wanted = date["id"] if status == 200 else 0

    def _take(self, customer: Customer) -> None:
        if customer.plan == "keep seats":
            customer.is_done = True
            return
        body = {"selectedDateId": customer.wanted, "customerEmail": CUSTOMER.email.upper()}
        status, answer = self._call("POST", customer, "", body)
        # 409: the date fell through, while its seats were kept.
        assert status in (200, 409, *_LATER), (status, customer)
        if status == 200:
            customer.told.append((customer.wanted, answer["data"]["newDate"]))
            customer.kills_then = self.world.kills
            customer.is_done = len(customer.told) == 2
        elif status == 409:
            assert not customer.told, customer
            customer.wanted = 0

    def _call(self, method: str, customer: Customer, path: str = "", body: Any = None) -> tuple[int, Any]:
        status, answer = self.world.call(method, f"/api/rebook/{customer.token}{path}", body)
        self.answers[status] += 1
        return status, answer


def hash_of(token: str) -> str:
    return sha256(token.encode()).hexdigest()


OVERSOLD = """
    SELECT date.id, capacity, sum(quantity) FROM miomente_partner_portal_seats AS entry
    JOIN miomente_partner_portal_course_dates AS date ON date.id = course_date_id
    WHERE expires_at IS NULL OR expires_at > now() GROUP BY date.id, capacity HAVING sum(quantity) > capacity
"""
