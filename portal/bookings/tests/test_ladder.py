"""When reminders and the ticket are due: the table of cases, and what holds whatever the times are.

docs/reminders.md explains the rules with some of these rows.
"""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from portal.bookings.ladder import GAP, LAST, TOP, Ladder, QuietHours, Step, next_step

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours("Europe/Berlin", time(21), time(8))
ANY_HOUR = QuietHours("Europe/Berlin", time(21), time(21))
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def berlin(text: str, fold: int = 0) -> datetime:
    """ "05-02 12:00" on the wall in Berlin, in the year of all tables."""
    wall = datetime.fromisoformat(f"2030-{text}".replace(" ", "T"))
    return wall.replace(tzinfo=BERLIN, fold=fold).astimezone(UTC)


def ladder(asked: str, starts: str | None = None, quiet: QuietHours = NIGHT, **values: object) -> Ladder:
    begun_at = berlin(asked)
    return Ladder(
        begun_at=begun_at,
        starts_at=berlin(starts) if starts else None,
        quiet=quiet,
        first_after=24 * HOUR,
        last_after=48 * HOUR,
        **{"last_mail_at": begun_at, **values},
    )


def wall(moment: datetime | None) -> str | None:
    return moment and moment.astimezone(BERLIN).strftime("%m-%d %H:%M")


def climb(known: Ladder) -> tuple[str | None, str | None, str | None]:
    """First reminder, last reminder and ticket, when the clock looks every minute and every mail leaves at once."""
    reminders: dict[int, datetime] = {}
    step = next_step(known, at=known.begun_at)
    escalate_at = step.escalate_at
    while step.remind_at is not None:
        reminders[step.rung] = step.remind_at
        if step.rung < LAST:
            escalate_at = step.escalate_at
        known = replace(known, rung=step.rung, last_mail_at=step.remind_at)
        step = next_step(known, at=step.remind_at)
        escalate_at = step.escalate_at if LAST not in reminders else escalate_at
    return wall(reminders.get(1)), wall(reminders.get(2)), wall(escalate_at)


# asked, start → first reminder, last reminder, ticket. Quiet from 21 to 8 in Berlin; the 1st of May is a Wednesday.
CASES = {
    "far ahead: a day, two days, and the ticket with the second": (
        ("05-01 12:00", "06-01 18:00"), ("05-02 12:00", "05-03 12:00", "05-03 12:00")),
    "no known start: no caps": (
        ("05-01 12:00", None), ("05-02 12:00", "05-03 12:00", "05-03 12:00")),
    # --- Caps
    "the start 36 hours ahead does not hurry the first": (
        ("05-01 12:00", "05-03 00:00"), ("05-02 12:00", "05-02 20:00", "05-02 20:00")),
    "a minute less does": (
        ("05-01 12:00", "05-02 23:59"), ("05-02 11:59", "05-02 19:59", "05-02 19:59")),
    "the start 52 hours ahead does not hurry the last": (
        ("05-01 12:00", "05-03 16:00"), ("05-02 12:00", "05-03 12:00", "05-03 12:00")),
    "a minute less does, too": (
        ("05-01 12:00", "05-03 15:59"), ("05-02 12:00", "05-03 11:59", "05-03 11:59")),
    # --- Closer than two hours to the request
    "14 hours ahead: the first comes two hours after the request": (
        ("05-01 08:00", "05-01 22:00"), ("05-01 10:00", "05-01 18:00", "05-01 18:00")),
    "a minute less: it is passed over": (
        ("05-01 08:00", "05-01 21:59"), (None, "05-01 17:59", "05-01 17:59")),
    "6 hours ahead: the last comes two hours after the request": (
        ("05-01 12:00", "05-01 18:00"), (None, "05-01 14:00", "05-01 14:00")),
    "a minute less: only the ticket comes": (
        ("05-01 12:00", "05-01 17:59"), (None, None, "05-01 13:59")),
    "4 hours and a minute ahead: the ticket a minute later": (
        ("05-01 12:00", "05-01 16:01"), (None, None, "05-01 12:01")),
    "4 hours ahead: request and ticket at once": (
        ("05-01 12:00", "05-01 16:00"), (None, None, "05-01 12:00")),
    "an hour ahead: request and ticket at once": (
        ("05-01 12:00", "05-01 13:00"), (None, None, "05-01 12:00")),
    # --- Quiet hours
    "asked a minute before the quiet hours: no hour is lost": (
        ("05-01 20:59", None), ("05-02 20:59", "05-03 20:59", "05-03 20:59")),
    "asked as they begin: when they end": (
        ("05-01 21:00", None), ("05-03 08:00", "05-04 08:00", "05-04 08:00")),
    "asked a minute before they end": (
        ("05-01 07:59", None), ("05-02 08:00", "05-03 08:00", "05-03 08:00")),
    "asked as they end: no minute is lost": (
        ("05-01 08:00", None), ("05-02 08:00", "05-03 08:00", "05-03 08:00")),
    "asked after midnight": (
        ("05-01 00:30", None), ("05-02 08:00", "05-03 08:00", "05-03 08:00")),
    "their end is just not past the cap": (
        ("05-01 12:00", "05-02 20:00"), ("05-02 08:00", "05-02 16:00", "05-02 16:00")),
    "it is past it by a minute: just before they begin": (
        ("05-01 12:00", "05-02 19:59"), ("05-01 20:59", "05-02 15:59", "05-02 15:59")),
    "the last may still wait for the morning": (
        ("05-01 12:00", "05-02 12:00"), ("05-01 20:59", "05-02 08:00", "05-02 08:00")),
    "it may not: both are due before the night, and the last alone goes": (
        ("05-01 12:00", "05-02 11:59"), (None, "05-01 20:59", "05-01 20:59")),
    "just before they begin is too soon after the request: passed over": (
        ("05-01 19:30", "05-02 18:00"), (None, "05-02 14:00", "05-02 14:00")),
    "they have begun: in the night, since the cap forces it": (
        ("05-01 22:00", "05-02 16:00"), ("05-02 04:00", "05-02 12:00", "05-02 12:00")),
    "the last in the night, since the cap forces it": (
        ("05-01 22:00", "05-02 10:00"), (None, "05-02 06:00", "05-02 06:00")),
    "asked in the night for the early morning: the ticket waits for nobody": (
        ("05-01 23:00", "05-02 02:00"), (None, None, "05-01 23:00")),
    # --- The clocks change: forward on the 31st of March at 2, back on the 27th of October at 3
    "24 hours are an hour later on the wall in spring": (
        ("03-30 12:00", None), ("03-31 13:00", "04-01 13:00", "04-01 13:00")),
    "20:00 becomes 21:00, which is quiet": (
        ("03-30 20:00", None), ("04-01 08:00", "04-02 08:00", "04-02 08:00")),
    "19:59 becomes 20:59, which is not": (
        ("03-30 19:59", None), ("03-31 20:59", "04-01 20:59", "04-01 20:59")),
    "07:00 becomes 08:00, which is quiet no more": (
        ("03-30 07:00", None), ("03-31 08:00", "04-01 08:00", "04-01 08:00")),
    "06:59 becomes 07:59, which is": (
        ("03-30 06:59", None), ("03-31 08:00", "04-01 08:00", "04-01 08:00")),
    "the short night ends at 8 all the same": (
        ("03-29 23:00", "04-05 18:00"), ("03-31 08:00", "04-01 08:00", "04-01 08:00")),
    "12 hours before a start on the short day": (
        ("03-30 12:00", "03-31 12:00"), ("03-30 20:59", "03-31 08:00", "03-31 08:00")),
    "24 hours are an hour earlier on the wall in autumn": (
        ("10-26 12:00", None), ("10-27 11:00", "10-28 11:00", "10-28 11:00")),
    "21:59 becomes 20:59, which is not quiet": (
        ("10-26 21:59", None), ("10-27 20:59", "10-28 20:59", "10-28 20:59")),
    "22:00 becomes 21:00, which is": (
        ("10-26 22:00", None), ("10-28 08:00", "10-29 08:00", "10-29 08:00")),
    "09:00 becomes 08:00, which is quiet no more": (
        ("10-26 09:00", None), ("10-27 08:00", "10-28 08:00", "10-28 08:00")),
    "08:59 becomes 07:59, which is": (
        ("10-26 08:59", None), ("10-27 08:00", "10-28 08:00", "10-28 08:00")),
}  # fmt: skip


@pytest.mark.parametrize(("times", "due"), CASES.values(), ids=CASES)
def test_a_partner_that_never_answers(times, due):
    assert climb(ladder(*times)) == due


# Quiet hours, asked → first reminder
HOURS = {
    "equal times: never quiet": (ANY_HOUR, "05-01 23:00", "05-02 23:00"),
    "within one day: before": (QuietHours("Europe/Berlin", time(12), time(14)), "05-01 11:59", "05-02 11:59"),
    "within one day: in them": (QuietHours("Europe/Berlin", time(12), time(14)), "05-01 12:00", "05-02 14:00"),
    "within one day: after": (QuietHours("Europe/Berlin", time(12), time(14)), "05-01 14:00", "05-02 14:00"),
    "from midnight": (QuietHours("Europe/Berlin", time(0), time(6)), "05-01 00:00", "05-02 06:00"),
    "until midnight": (QuietHours("Europe/Berlin", time(20), time(0)), "05-01 23:59", "05-03 00:00"),
    "by the partner's own clock": (QuietHours("Europe/London", time(21), time(8)), "05-01 08:59", "05-02 09:00"),
    "which is later": (QuietHours("Europe/London", time(21), time(8)), "05-01 21:59", "05-02 21:59"),
    # 2:30 does not exist on the 31st of March, and exists twice on the 27th of October
    "until a time that spring skips": (
        QuietHours("Europe/Berlin", time(21), time(2, 30)), "03-30 01:00", "03-31 03:30"),
    "from a time that spring skips": (QuietHours("Europe/Berlin", time(2, 30), time(9)), "03-30 02:10", "03-31 03:10"),
    "until a time that comes twice: the first": (
        QuietHours("Europe/Berlin", time(21), time(2, 30)), "10-26 02:20", "10-27 02:30"),
    "from a time that comes twice: the first": (
        QuietHours("Europe/Berlin", time(2, 30), time(9)), "10-26 03:40", "10-27 09:00"),
}  # fmt: skip


@pytest.mark.parametrize(("quiet", "asked", "due"), HOURS.values(), ids=HOURS)
def test_quiet_hours(quiet, asked, due):
    assert wall(next_step(ladder(asked, quiet=quiet), at=berlin(asked)).remind_at) == due


# --- What happens on the way. Asked at noon of the 1st of May, for the 1st of June at 18:00 where nothing else is said.

NEVER = None
STORIES = {
    "the first is behind us": (
        {"rung": 1, "last_mail_at": berlin("05-02 12:00")}, "05-02 12:00", (2, "05-03 12:00", "05-03 12:00")),
    "both are": (
        {"rung": 2, "last_mail_at": berlin("05-03 12:00"), "is_escalated": True}, "05-03 12:00", (TOP, NEVER, NEVER)),
    "staff know already, by a bounce: the others are reminded all the same": (
        {"is_escalated": True}, "05-01 13:00", (1, "05-02 12:00", NEVER)),
    "there is nobody to mail to: staff know at once": (
        {"is_asked": False}, "05-01 12:00", (TOP, NEVER, "05-01 12:00")),
    "the clock is late: now": (
        {}, "05-02 13:00", (1, "05-02 13:00", "05-03 12:00")),
    "the clock is late, and it is night: in the morning": (
        {}, "05-02 21:00", (1, "05-03 08:00", "05-03 12:00")),
    "the clock is so late that the last is due as well: it alone": (
        {}, "05-03 12:00", (2, "05-03 12:00", "05-03 12:00")),
    "a minute before: the first, which leaves no room for the last": (
        {}, "05-03 11:59", (1, "05-03 11:59", "05-03 12:00")),
    "and indeed it is passed over, but the ticket is not": (
        {"rung": 1, "last_mail_at": berlin("05-03 11:59")}, "05-03 12:00", (TOP, NEVER, "05-03 12:00")),
    "the first left two hours before": (
        {"rung": 1, "last_mail_at": berlin("05-03 10:00")}, "05-03 10:00", (2, "05-03 12:00", "05-03 12:00")),
    "the first left a minute too late for that": (
        {"rung": 1, "last_mail_at": berlin("05-03 10:01")}, "05-03 10:01", (TOP, NEVER, "05-03 12:00")),
    "the request left late, two hours before the first is due": (
        {"last_mail_at": berlin("05-02 10:00")}, "05-02 12:00", (1, "05-02 12:00", "05-03 12:00")),
    "a minute later: the first is passed over": (
        {"last_mail_at": berlin("05-02 10:01")}, "05-02 12:00", (2, "05-03 12:00", "05-03 12:00")),
    "the request has not left when the first is due": (
        {"last_mail_at": berlin("05-02 12:00")}, "05-02 12:00", (2, "05-03 12:00", "05-03 12:00")),
    "nor when the last is: staff know": (
        {"last_mail_at": berlin("05-03 12:00")}, "05-03 12:00", (TOP, NEVER, "05-03 12:00")),
    # --- Undone
    "undone long before the first": (
        {"reopened_at": berlin("05-02 10:00")}, "05-02 10:00", (1, "05-02 12:00", "05-03 12:00")),
    "undone a minute later: nothing before two hours are over": (
        {"reopened_at": berlin("05-02 10:01")}, "05-02 10:01", (1, "05-02 12:01", "05-03 12:00")),
    "undone when both would have been due: the last, two hours later": (
        {"reopened_at": berlin("05-04 10:00")}, "05-04 10:00", (2, "05-04 12:00", "05-04 12:00")),
    "undone in the evening: in the morning": (
        {"reopened_at": berlin("05-02 19:00")}, "05-02 19:00", (1, "05-03 08:00", "05-03 12:00")),
    "undone shortly before the start: the ticket does not wait for that": (
        {"starts_at": berlin("05-01 18:00"), "reopened_at": berlin("05-01 15:00")}, "05-01 15:00",
        (2, "05-01 17:00", "05-01 16:00")),
    "undone so shortly before that it comes at once": (
        {"starts_at": berlin("05-01 18:00"), "reopened_at": berlin("05-01 16:30")}, "05-01 16:30",
        (TOP, NEVER, "05-01 16:30")),
}  # fmt: skip


@pytest.mark.parametrize(("values", "at", "step"), STORIES.values(), ids=STORIES)
def test_on_the_way(values, at, step):
    known = replace(ladder("05-01 12:00", "06-01 18:00"), **values)

    found = next_step(known, at=berlin(at))

    assert (found.rung, wall(found.remind_at), wall(found.escalate_at)) == step


# --- Whatever the times are

# Around both changes of the clocks, and far from them.
MOMENTS = st.sampled_from(["03-29 00:00", "05-01 00:00", "10-25 00:00"]).flatmap(
    lambda day: st.integers(0, 4 * 24 * 60).map(lambda minutes: berlin(day) + minutes * MINUTE)
)
CLOCKS = st.builds(time, st.integers(0, 23), st.sampled_from([0, 1, 30, 59]))
QUIET = st.builds(
    QuietHours, st.sampled_from(["Europe/Berlin", "Europe/London", "America/New_York"]), CLOCKS, CLOCKS
)
AHEAD = st.none() | st.integers(1, 10 * 24 * 60).map(lambda minutes: minutes * MINUTE)


@st.composite
def ladders(draw: st.DrawFn) -> Ladder:
    begun_at, ahead = draw(MOMENTS), draw(AHEAD)
    known = Ladder(
        begun_at=begun_at,
        starts_at=ahead and begun_at + ahead,
        quiet=draw(QUIET),
        first_after=24 * HOUR,
        last_after=48 * HOUR,
        last_mail_at=begun_at,
    )
    if draw(st.booleans()):
        reopened_at = begun_at + draw(st.integers(0, 60)) * HOUR
        assume(known.starts_at is None or reopened_at < known.starts_at)
        known = replace(known, reopened_at=reopened_at)
    return known


def steps_of(known: Ladder) -> list[Step]:
    """All reminders of somebody who never answers."""
    steps = []
    step = next_step(known, at=known.reopened_at or known.begun_at)
    while step.remind_at is not None:
        steps.append(step)
        known = replace(known, rung=step.rung, last_mail_at=step.remind_at)
        step = next_step(known, at=step.remind_at)
    return steps


@given(ladders())
def test_at_most_two_reminders_at_least_two_hours_apart_and_none_after_the_start(known):
    steps = steps_of(known)

    times = [known.begun_at, *(step.remind_at for step in steps)]
    assert [step.rung for step in steps] in ([], [1], [2], [1, 2])
    assert all(later - earlier >= GAP for earlier, later in pairwise(times))
    assert known.reopened_at is None or all(time >= known.reopened_at + GAP for time in times[1:])
    assert known.starts_at is None or all(time < known.starts_at for time in times[1:])


@given(ladders())
def test_no_reminder_in_quiet_hours_unless_waiting_for_their_end_would_be_too_late(known):
    caps = {1: 12 * HOUR, 2: 4 * HOUR}
    for step in steps_of(known):
        hours = known.quiet.around(step.remind_at)
        assert hours is None or (known.starts_at and hours[1] > known.starts_at - caps[step.rung])


@given(ladders())
def test_staff_know_two_hours_before_the_start_and_never_later_than_the_last_reminder(known):
    begun = known.reopened_at or known.begun_at

    escalate_at = next_step(known, at=begun).escalate_at

    assert escalate_at is not None
    assert escalate_at >= begun
    assert known.starts_at is None or escalate_at <= max(begun, known.starts_at - 2 * HOUR)
    assert all(escalate_at <= step.remind_at for step in steps_of(known) if step.rung == LAST)


def seen(known: Ladder, *, at: datetime) -> tuple[Step, Ladder]:
    """What comes next, and what is known from then on: a rung once passed over lies behind."""
    step = next_step(known, at=at)
    return step, replace(known, rung=step.rung - 1)


# The first is too soon after the request when it is planned, and would not be when looked at two hours later.
PASSED_OVER = ladder("03-29 00:00", "03-29 11:53", quiet=QuietHours("Europe/Berlin", time(23), time(2)))


@given(ladders(), st.integers(0, 5 * 24 * 60))
@example(PASSED_OVER, 120)
def test_looking_again_before_a_step_is_due_changes_nothing(known, minutes):
    at = known.reopened_at or known.begun_at
    planned, known = seen(known, at=at)
    due = [each for each in (planned.remind_at, planned.escalate_at) if each is not None]
    later = min([at + minutes * MINUTE, *due])

    assert next_step(known, at=later) == planned


@given(ladders(), st.integers(0, 5 * 24 * 60), st.integers(0, 5 * 24 * 60))
@example(PASSED_OVER, 0, 120)
def test_who_looks_later_never_finds_an_earlier_time(known, minutes, more):
    at = (known.reopened_at or known.begun_at) + minutes * MINUTE

    before, known = seen(known, at=at)
    after = next_step(known, at=at + more * MINUTE)

    assert after.rung >= before.rung
    assert before.escalate_at <= after.escalate_at
    if before.remind_at is not None and after.remind_at is not None:
        assert before.remind_at <= after.remind_at
