"""The rules of links to rebook a second time, as simply as can be, and without code of the portal."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
UNDO = 10 * MINUTE
LIFE = 30 * DAY
# After mail 1, after the first reminder and after the last one: on days 3, 7 and 10.
WAITS = (3 * DAY, 4 * DAY, 3 * DAY)
REMINDERS = ("rebooking_reminder", "rebooking_reminder_last")


@dataclass
class Link:
    """Of one decline that is final. `told` keeps what the customer is mailed and what staff are told, and when."""

    zone: str
    created: datetime
    told: list[tuple[datetime, str]]
    due: datetime | None = None
    count: int = 0
    is_active: bool = True

    def __post_init__(self) -> None:
        self.told.append((self.created, "rebooking_offer"))
        self.due = self._by_day(self.created + WAITS[0])

    def tick(self, at: datetime) -> None:
        if self.is_active and at >= self.created + LIFE:
            self.is_active = False
            self.told.append((at, "rebooking.expired"))
        if not self.is_active or self.due is None or at < self.due:
            return
        if self.count == len(REMINDERS):
            self.told.append((at, "rebooking.unanswered"))
            self.due = None
        elif self._is_night(at):
            self.due = self._by_day(at)
        else:
            self.told.append((at, REMINDERS[self.count]))
            self.count += 1
            self.due = self._by_day(at + WAITS[self.count])

    def use(self) -> None:
        self.is_active = False

    def note_wish(self) -> None:
        """Staff know what the customer wants; the link goes on."""
        self.due = None

    def moments(self) -> list[datetime]:
        if not self.is_active:
            return []
        return [self.created + LIFE, *([self.due] if self.due else [])]

    def _is_night(self, at: datetime) -> bool:
        return not time(9) <= at.astimezone(ZoneInfo(self.zone)).time() < time(20)

    def _by_day(self, at: datetime) -> datetime:
        while self._is_night(at):
            at += MINUTE
        return at
