"""The rules of docs/reminders.md a second time, as simply as can be: minute by minute, on the wall clock.

It shares no code with the portal and sees only what is known outside: what the shop said when, what the partner
answered when, which mail the server took when, and when the clock ticked.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.time_lapse.reference_links import MINUTE, UNDO, Link

HOUR = timedelta(hours=1)
SHOP_ZONE = ZoneInfo("Europe/Berlin")
KINDS = {0: "booking_request", 1: "booking_reminder", 2: "booking_reminder_final"}
AFTER = {1: 24 * HOUR, 2: 48 * HOUR}
MOST_LINKS = 3
BEFORE_START = {1: 12 * HOUR, 2: 4 * HOUR}


@dataclass(frozen=True)
class Habits:
    """Of a partner."""

    zone: str
    quiet_from: time
    quiet_until: time
    has_address: bool

    def is_quiet(self, moment: datetime) -> bool:
        clock = moment.astimezone(ZoneInfo(self.zone)).time()
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= clock < self.quiet_until
        return clock >= self.quiet_from or clock < self.quiet_until


@dataclass
class Course:
    """One booking as it should go. Mails and escalations are kept with the moment at which they are owed."""

    habits: Habits
    taken: dict[tuple[str, int], datetime]
    status: str = "pending"
    version: int = 0
    participants: int = 0
    day: date | None = None
    start: datetime | None = None
    asked: datetime | None = None
    undone: datetime | None = None
    answered: datetime | None = None
    # To another date, once the decline is final.
    link: Link | None = None
    declines_before: int = 0
    is_given_up: bool = False
    on_hold: bool = False
    is_escalated: bool = False
    rung: int = 0
    reminding: int = 0
    newest: int = 0
    next_reminder: datetime | None = None
    next_ticket: datetime | None = None
    reminders: list[tuple[datetime, str, int]] = field(default_factory=list)
    escalations: list[tuple[datetime, str]] = field(default_factory=list)
    # What its customer is mailed about another date, and what staff are told of it.
    told: list[tuple[datetime, str]] = field(default_factory=list)

    # --- What happens outside

    def read(self, at: datetime, state: str, day: date, clock: time | None, participants: int) -> None:
        self.day = day
        self.start = clock and datetime.combine(day, clock, tzinfo=SHOP_ZONE).astimezone(UTC)
        if state == "canceled":
            self.status = "cancelled"
        elif not self.version and state == "holded":
            return
        elif not self.version:
            self.participants = participants
            self.status = "expired" if self._has_started(at) else "pending"
            self._ask(at)
        elif participants != self.participants and self.status in ("pending", "confirmed"):
            self.participants = participants
            self.status = "pending"
            self._ask(at)
        self.on_hold = state == "holded"
        self._plan(at)

    def answer(self, at: datetime, answer: str) -> None:
        if answer == "undo":
            self.status, self.undone = "pending", at
        else:
            self.status, self.answered = answer, at
        self._plan(at)

    def rebook(self, at: datetime, day: date, clock: time, participants: int) -> "Course":
        """The customer has chosen this date: the partner is asked anew, for another booking."""
        assert self.link is not None
        self.link.use()
        self.status = "rebooked"
        new = Course(
            self.habits, {}, told=[(at, "rebooking_confirmed")], declines_before=self.declines_before + 1
        )
        new.read(at, "processing", day, clock, participants)
        return new

    def tick(self, at: datetime) -> None:
        self._tick_link(at)
        if self.status != "pending" or not self.version:
            return
        if self.next_reminder and self.next_reminder <= at and not self._has_started(at):
            self._plan(at, left=self._left(at))
            if self.next_reminder and self.next_reminder <= at:
                self._remind(at)
        if self.next_ticket and self.next_ticket <= at and not self._has_started(at):
            self._plan(at)
            if self.next_ticket and self.next_ticket <= at:
                self._escalate(at, self._reason())
        if self._has_started(at):
            self.status = "expired"

    def moments(self) -> list[datetime]:
        """When something is due, as far as it is known now."""
        if self.link:
            return self.link.moments()
        if self.status != "pending" or not self.version:
            return []
        return [each for each in (self.next_reminder, self.next_ticket, self.start) if each]

    # --- What follows

    def _tick_link(self, at: datetime) -> None:
        """From the decline on that nobody undoes any more."""
        if self.link:
            self.link.tick(at)
        elif (
            self.status == "declined"
            and self.answered
            and at >= self.answered + UNDO
            and not self.is_given_up
        ):
            self.is_given_up = self.declines_before == MOST_LINKS
            if self.is_given_up:
                self.told += [(at, "rebooking.exhausted"), (at, "rebooking_declined")]
            else:
                self.link = Link(self.habits.zone, at, self.told)

    def _ask(self, at: datetime) -> None:
        self.version += 1
        self.asked, self.undone = at, None
        self.rung = self.newest = 0
        self.is_escalated = False

    def _remind(self, at: datetime) -> None:
        self.rung = self.newest = self.reminding
        self.reminders.append((at, KINDS[self.rung], self.version))
        if self.rung == 2 and not self.is_escalated:
            self._escalate(at, "no_answer")
        self._plan(at, left=at)

    def _escalate(self, at: datetime, reason: str) -> None:
        self.escalations.append((at, reason))
        self.is_escalated = True
        self.next_ticket = None

    def _reason(self) -> str:
        assert self.asked is not None
        if not self.habits.has_address:
            return "no_address"
        is_late = self.start is not None and self.asked > self.start - 4 * HOUR - MINUTE
        return "late" if is_late else "no_answer"

    def _has_started(self, at: datetime) -> bool:
        if self.start:
            return at >= self.start
        assert self.day is not None
        return at.astimezone(SHOP_ZONE).date() > self.day

    def _left(self, at: datetime) -> datetime:
        """When the newest mail that asks left, as the mail server knows; now, while it has not."""
        taken = self.taken.get((KINDS[self.newest], self.version))
        return taken if taken and taken < at else at

    def _plan(self, at: datetime, left: datetime | None = None) -> None:
        self.next_reminder = self.next_ticket = None
        if self.status != "pending" or self.on_hold or self.asked is None:
            return
        owed = [moment for moment, _, version in self.reminders if version == self.version]
        left = left or max([self.asked, *owed])
        if not self.is_escalated:
            self.next_ticket = self._ticket_time(at, left)
        if not self.habits.has_address:
            return
        last = self._due(2, at, left)
        for rung in (1, 2):
            due = self._due(rung, at, left)
            is_useless = (self.start and due >= self.start) or (rung == 1 and due >= last)
            if rung > self.rung and not is_useless and due - left >= 2 * HOUR:
                self.reminding, self.next_reminder = rung, due
                self.rung = rung - 1
                return
        self.rung = 2

    def _ticket_time(self, at: datetime, left: datetime) -> datetime:
        assert self.asked is not None
        begun = self.undone or self.asked
        if not self.habits.has_address:
            return begun
        due = self._due(2, at, left)
        return max(begun, min(due, self.start - 2 * HOUR)) if self.start else due

    def _due(self, rung: int, at: datetime, left: datetime) -> datetime:
        assert self.asked is not None
        latest = self.start - BEFORE_START[rung] if self.start else None
        earliest = max(self.asked, left, self.undone + 2 * HOUR if self.undone else self.asked)
        due = self.asked + AFTER[rung]
        if latest and latest < due:
            due = latest
        due = self._quietly(max(due, earliest), latest, earliest)
        return self._quietly(at, latest, at) if due < at else due

    def _quietly(self, due: datetime, latest: datetime | None, earliest: datetime) -> datetime:
        if not self.habits.is_quiet(due):
            return due
        end = before = due
        while self.habits.is_quiet(end):
            end += MINUTE
        while self.habits.is_quiet(before):
            before -= MINUTE
        if latest is None or end <= latest:
            return end
        return before if before > earliest else due
