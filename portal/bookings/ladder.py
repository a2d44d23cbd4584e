"""When a partner who does not answer is reminded, and when staff hear of it: the rules of time, without a database.

The ladder has two rungs, each a mail: the first reminder and the last one, with which the help desk gets a ticket.
docs/reminders.md says it for people, with examples.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from portal.dates.clockwork import starting_moment

FIRST, LAST = 1, 2
TOP = LAST + 1
# So long before the start the reminders, and the ticket, come at the latest.
CAPS = {FIRST: timedelta(hours=12), LAST: timedelta(hours=4)}
TICKET_CAP = timedelta(hours=2)
# No reminder comes so soon after another mail about the booking, or after an undo.
GAP = timedelta(hours=2)
JUST_BEFORE = timedelta(minutes=1)
# Who sends so promptly need not look at the quiet hours again.
PROMPT = timedelta(minutes=10)


@dataclass(frozen=True)
class QuietHours:
    """From `begins` (quiet) to `ends` (quiet no more) on the wall clocks of `zone`; equal times mean never.

    Where the clocks change, a time that spring skips is read one hour later, and of a repeated one the first counts.
    """

    zone: str
    begins: time
    ends: time

    def around(self, moment: datetime) -> tuple[datetime, datetime] | None:
        """Begin and end of the quiet hours in which `moment` lies."""
        today = moment.astimezone(ZoneInfo(self.zone)).date()
        for day in (today - timedelta(days=1), today):
            begin, end = self._of_the_night_after(day)
            if begin <= moment < end:
                return begin, end
        return None

    def _of_the_night_after(self, day: date) -> tuple[datetime, datetime]:
        last_day = day + timedelta(days=1) if self.ends < self.begins else day
        return self._moment(day, self.begins), self._moment(last_day, self.ends)

    def _moment(self, day: date, clock: time) -> datetime:
        moment = starting_moment(day, clock, self.zone)
        assert moment is not None
        # In UTC: two times of one zone are compared and added by their wall clocks, which the changes make wrong.
        return moment.astimezone(UTC)


@dataclass(frozen=True)
class Ladder:
    """What is known of a booking that waits for its answer. All moments in UTC.

    `begun_at` is when the partner was asked, `starts_at` None while the hour of the course is unknown. `rung` is the
    highest that lies behind, climbed or passed over. `is_asked` is False when there is nobody to mail to.
    """

    begun_at: datetime
    starts_at: datetime | None
    quiet: QuietHours
    first_after: timedelta
    last_after: timedelta
    last_mail_at: datetime
    rung: int = 0
    reopened_at: datetime | None = None
    is_escalated: bool = False
    is_asked: bool = True

    @property
    def floor(self) -> datetime:
        """Nothing comes before this."""
        earliest = max(self.begun_at, self.last_mail_at)
        return max(earliest, self.reopened_at + GAP) if self.reopened_at else earliest

    @property
    def begins_late(self) -> bool:
        """Asked for when even the last reminder would have been due."""
        return self.starts_at is not None and self.begun_at >= self.starts_at - CAPS[LAST]


@dataclass(frozen=True)
class Step:
    """The next reminder and which one it is (TOP: none is left), and when staff hear of it; None for never."""

    rung: int
    remind_at: datetime | None
    escalate_at: datetime | None


NO_STEP = Step(TOP, None, None)


def next_step(ladder: Ladder, *, at: datetime) -> Step:
    """What comes next, seen at `at`; what should have come already comes now, or when the quiet hours end.

    A reminder is passed over, neither sent nor counted nor made up for, when the previous mail about the booking left
    less than two hours before, when the next rung is due as well, or when the course would have begun. Passing over
    the last reminder does not pass over the ticket: it comes when the mail would have come.
    """
    escalate_at = None if ladder.is_escalated else _escalation(ladder, at=at)
    if ladder.is_asked:
        for rung in range(ladder.rung + 1, TOP):
            due = _due(ladder, rung, at=at)
            if not _is_passed_over(ladder, rung, due, at=at):
                return Step(rung, due, escalate_at)
    return Step(TOP, None, escalate_at)


def leaves_at(ladder: Ladder, rung: int, *, owed_at: datetime, at: datetime) -> datetime:
    """When the mail of a rung climbed at `owed_at` may leave: at once, as a rule.

    One that had to wait keeps to the quiet hours as far as its limit allows, and to what was undone meanwhile.
    """
    earliest = at
    if ladder.reopened_at is not None and ladder.reopened_at > owed_at:
        earliest = max(at, ladder.reopened_at + GAP)
    elif at < owed_at + PROMPT:
        return at
    cap = ladder.starts_at - CAPS[rung] if ladder.starts_at else None
    return _out_of_quiet(earliest, ladder, cap=cap, floor=earliest)


def _is_passed_over(ladder: Ladder, rung: int, due: datetime, *, at: datetime) -> bool:
    is_too_soon = due < ladder.last_mail_at + GAP
    is_overtaken = rung == FIRST and _due(ladder, LAST, at=at) <= due
    has_started = ladder.starts_at is not None and due >= ladder.starts_at
    return is_too_soon or is_overtaken or has_started


def _escalation(ladder: Ladder, *, at: datetime) -> datetime:
    """With the last reminder, at the latest two hours before the start; at once when nobody can be reminded."""
    earliest = max(ladder.begun_at, ladder.reopened_at or ladder.begun_at)
    if not ladder.is_asked:
        return earliest
    due = _due(ladder, LAST, at=at)
    return max(earliest, min(due, ladder.starts_at - TICKET_CAP)) if ladder.starts_at else due


def _due(ladder: Ladder, rung: int, *, at: datetime) -> datetime:
    cap = ladder.starts_at - CAPS[rung] if ladder.starts_at else None
    due = ladder.begun_at + (ladder.first_after if rung == FIRST else ladder.last_after)
    due = due if cap is None else min(due, cap)
    due = _out_of_quiet(max(due, ladder.floor), ladder, cap=cap, floor=ladder.floor)
    # Late, because the order was on hold or no clock ran: night has its rules for that as well.
    return due if due >= at else _out_of_quiet(at, ladder, cap=cap, floor=at)


def _out_of_quiet(due: datetime, ladder: Ladder, *, cap: datetime | None, floor: datetime) -> datetime:
    """To the end of the quiet hours, else to just before them, else, in spite of them, when it is due."""
    hours = ladder.quiet.around(due)
    if hours is None:
        return due
    begin, end = hours
    if cap is None or end <= cap:
        return end
    return begin - JUST_BEFORE if begin - JUST_BEFORE > floor else due
