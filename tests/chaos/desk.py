"""A member plans dates, sells seats elsewhere and lets dates fall through, and sends every form twice."""

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.chaos.browser import Browser
from tests.chaos.world import PARTNER_MAIL, PASSWORD, SKUS, World

DATES = "/dashboard/dates"
# So few that some of the taps find no seat any more.
CAPACITY = 3
# Of the dates that the shop sells, one of those that begin today among them.
FALLING, STANDING = SKUS[1:5], [SKUS[0], *SKUS[5:]]
REASON = "equipment_issue"


@dataclass
class Sent:
    """A form, and how often it was answered: 302 when it was done, 200 or 422 when it was refused."""

    path: str
    form: dict[str, str]
    answers: list[tuple[int, str]] = field(default_factory=list)
    kills_then: int = 0
    was_sent: bool = False
    # Done while its date stood for sure: of a fallen date an answer does not tell what became of a tap.
    is_certain: bool = False

    @property
    def date(self) -> int:
        """That it is about; 0 as long as there is none."""
        places = [self.path, *(place for _, place in self.answers)]
        found = (re.match(rf"{DATES}/(\d+)", place) for place in places)
        return next((int(match[1]) for match in found if match), 0)

    @property
    def is_done(self) -> bool:
        return any(status == 302 for status, _ in self.answers)


class Desk:
    def __init__(self, world: World, *, seed: int) -> None:
        self.world = world
        self.random = random.Random(seed)
        self.browser = Browser(world.portal.port)
        self.browser.sign_in(email=PARTNER_MAIL, password=PASSWORD)
        self.wanted: list[Callable[[], bool]] = []
        self.plans: list[Sent] = []
        self.taps: list[Sent] = []
        self.falls: list[Sent] = []

    @property
    def sent(self) -> list[Sent]:
        return self.plans + self.taps + self.falls

    @property
    def fallen(self) -> set[int]:
        return {sent.date for sent in self.falls}

    def work(self, *, forms: int, seconds: float) -> None:
        """Every form until it is answered, and once more after the next kill."""
        end = time.monotonic() + seconds
        for number in range(forms):
            # Of six forms one plans a date, one lets one fall through, and four sell seats.
            fall = self._let_planned_fall if number % 12 == 5 else self._let_booked_fall
            self.wanted.append({0: self._plan, 5: fall}.get(number % 6, self._tap))
            self._fill_in()
            self._send([each for each in self.sent if not each.answers or self._is_due(each)])
            time.sleep(max(0.0, (end - time.monotonic()) / (forms - number)))

    def finish(self, *, seconds: float) -> None:
        """What was not filled in or not sent twice yet."""
        deadline = time.monotonic() + seconds
        while (self.wanted or self._half_sent()) and time.monotonic() < deadline:
            self._fill_in()
            self._send(self._half_sent())
            time.sleep(0.1)

    def _fill_in(self) -> None:
        """What has to wait for a course, a date or a booking is tried again."""
        self.wanted = [fill_in for fill_in in self.wanted if not fill_in()]

    def _plan(self) -> bool:
        courses = self.world.rows("SELECT id FROM miomente_partner_portal_courses")
        for (course,) in courses:
            key = self._key()
            form = {
                "course": str(course),
                "starts_on": f"{datetime.now(UTC) + timedelta(days=60):%Y-%m-%d}",
                "starts_time": "18:00",
                "ends_time": "21:00",
                "capacity": str(CAPACITY),
                "time_zone": "Europe/Berlin",
                "notes": key,
                "key": key,
            }
            self.plans.append(Sent(f"{DATES}/new", form))
        return bool(courses)

    def _tap(self) -> bool:
        planned = [each for each in self._planned() if each not in self.fallen][-2:]
        dates = planned if self.random.random() < 0.7 else self._booked(STANDING)
        if dates:
            path = f"{DATES}/{self.random.choice(dates)}/elsewhere"
            quantity = str(self.random.randint(1, 2))
            self.taps.append(Sent(path, {"quantity": quantity, "key": self._key()}))
        return bool(dates)

    def _let_planned_fall(self) -> bool:
        # Not before some seats are known to be sold, or nothing would show that a tap counts.
        return any(tap.is_certain for tap in self.taps) and self._let_fall(self._planned())

    def _let_booked_fall(self) -> bool:
        # In a long chaos all of them have fallen.
        return sum(each.date not in self._planned() for each in self.falls) == len(FALLING) or self._let_fall(
            self._booked(FALLING)
        )

    def _let_fall(self, dates: list[int]) -> bool:
        standing = [each for each in dates if each not in self.fallen]
        for pk in standing[:1]:
            form = {"reason": REASON, "notes": "Der Ofen ist kaputt."}
            self.falls.append(Sent(f"{DATES}/{pk}/emergency", form))
        return bool(standing)

    def _planned(self) -> list[int]:
        return [sent.date for sent in self.plans if sent.date]

    def _booked(self, skus: list[str]) -> list[int]:
        """Those that the shop sells, most bookings first."""
        rows = self.world.rows(
            "SELECT course_date_id FROM miomente_partner_portal_seats "
            "JOIN miomente_partner_portal_course_dates AS date ON date.id = course_date_id "
            f"WHERE source = 'booking' AND quantity > 0 AND sku = ANY('{{{','.join(skus)}}}') "
            "GROUP BY 1 ORDER BY count(*) DESC, 1"
        )
        return [pk for (pk,) in rows]

    def _half_sent(self) -> list[Sent]:
        return [each for each in self.sent if len(each.answers) < 2]

    def _is_due(self, sent: Sent) -> bool:
        return len(sent.answers) == 1 and self.world.kills > sent.kills_then

    def _send(self, some: list[Sent]) -> None:
        for each in some:
            kills, each.was_sent = self.world.kills, True
            stands = each.date not in {fall.date for fall in self.falls if fall.was_sent}
            status, place = self.browser.post(each.path, each.form)
            if status in (200, 422) or (status == 302 and place.startswith(f"{DATES}/")):
                each.answers.append((status, place))
                each.kills_then = kills
                each.is_certain |= stands and status == 302

    def _key(self) -> str:
        return str(UUID(int=self.random.getrandbits(128), version=4))
