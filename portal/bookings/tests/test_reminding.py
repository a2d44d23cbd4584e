"""Reminders and escalation as the clock does them: what is owed, counted and told, and what stops it."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from django.db import connection

from portal.bookings import operations, queries, sweeps
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import fresh, kinds, link_of
from portal.bookings.tests.shop_orders import make_line, make_order, take_in
from portal.bookings.timeline import timeline_entries
from portal.conftest import NOON
from portal.core import links, registry
from portal.core.models import Event, OutboxMail
from portal.core.sweeps import tick
from portal.partners.models import Absence, Member
from portal.partners.operations import save_partner
from portal.partners.operations.saving import record_changed

HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
DAY_1, DAY_2 = NOON + DAY, NOON + 2 * DAY


@pytest.fixture
def asked(adas_partner, run_jobs, time_machine) -> Booking:
    """Asked at noon for a course a week later; the request has left."""
    return ask(adas_partner, run_jobs, time_machine)


def ask(partner, run_jobs, time_machine, *, at: datetime = NOON, **values: object) -> Booking:
    booking = make_booking(partner, **values)
    operations.ask_partner(booking, at=at)
    time_machine.move_to(at, tick=False)
    run_jobs("core.send_mail")
    return fresh(booking)


@pytest.fixture
def at_time(run_jobs, time_machine):
    """The clock ticks at this moment, and the mails that are owed leave."""

    def run(at: datetime) -> None:
        time_machine.move_to(at, tick=False)
        tick(at)
        run_jobs("core.send_mail")

    return run


def reminders(state: str = "sent") -> list[tuple[str, str, int]]:
    mails = OutboxMail.objects.filter(kind__startswith="booking_reminder", state=state).order_by("id")
    return [(mail.kind.removeprefix("booking_"), mail.recipient, mail.version) for mail in mails]


def due(booking: Booking) -> tuple[datetime | None, datetime | None]:
    booking = fresh(booking)
    return booking.remind_at, booking.escalate_at


ADA = "partner1@example.org"


# --- The ladder


def test_a_partner_who_never_answers_is_reminded_twice_and_then_staff_know(asked, at_time):
    assert due(asked) == (DAY_1, DAY_2)

    at_time(DAY_1 - MINUTE)
    assert reminders() == []
    at_time(DAY_1)
    assert (reminders(), due(asked)) == ([("reminder", ADA, 1)], (DAY_2, DAY_2))
    at_time(DAY_2 - MINUTE)
    assert len(reminders()) == 1
    at_time(DAY_2)
    at_time(DAY_2 + DAY)

    asked = fresh(asked)
    assert reminders() == [("reminder", ADA, 1), ("reminder_final", ADA, 1)]
    assert (asked.reminder_count, asked.last_reminder_at, asked.escalated_at) == (2, DAY_2, DAY_2)
    assert due(asked) == (None, None)
    events = Event.objects.filter(kind__in=["booking.reminded", "booking.escalated"]).order_by("id")
    assert [(event.kind, event.actor, event.at, event.data) for event in events] == [
        ("booking.reminded", "clock", DAY_1, {"count": 1, "is_last": False}),
        ("booking.reminded", "clock", DAY_2, {"count": 2, "is_last": True}),
        ("booking.escalated", "clock", DAY_2, {"reason": "no_answer"}),
    ]


def test_the_same_tick_again_sends_nothing_again(asked, at_time):
    for at in (DAY_1, DAY_1, DAY_2, DAY_2):
        at_time(at)

    assert OutboxMail.objects.count() == 3
    assert kinds(asked).count("booking.reminded") == 2


def test_the_hours_are_settings(adas_partner, run_jobs, time_machine, settings):
    settings.REMINDER_FIRST_HOURS, settings.REMINDER_SECOND_HOURS = 3, 6

    booking = ask(adas_partner, run_jobs, time_machine)

    assert due(booking) == (NOON + 3 * HOUR, NOON + 6 * HOUR)


def test_asked_too_late_for_reminders_the_ticket_comes_with_the_request(
    adas_partner, run_jobs, time_machine, at_time
):
    booking = ask(adas_partner, run_jobs, time_machine, starts_at=NOON + 4 * HOUR)

    at_time(NOON)

    assert (reminders(), kinds(booking)) == ([], ["mail.sent", "booking.escalated"])
    assert Event.objects.get(kind="booking.escalated").data == {"reason": "late"}


def test_nobody_can_answer_a_mail_that_nobody_got_so_staff_know_at_once(adas_partner, at_time):
    adas_partner.email = ""
    adas_partner.save()
    booking = make_booking(adas_partner)
    operations.ask_partner(booking, at=NOON)

    at_time(NOON)
    at_time(DAY_1)

    assert (reminders(), kinds(booking)) == ([], ["booking.escalated"])
    assert Event.objects.get(kind="booking.escalated").data == {"reason": "no_address"}


def test_an_address_that_comes_later_begins_the_ladder(adas_partner, at_time, run_jobs):
    adas_partner.email = ""
    adas_partner.save()
    booking = make_booking(adas_partner)
    operations.ask_partner(booking, at=NOON)
    at_time(NOON)
    adas_partner.email = "new@example.org"
    save_partner(adas_partner, actor="test", at=DAY_1)

    run_jobs("core.run_subscriber")

    assert due(booking) == (DAY_2, DAY_2 + DAY)


# --- What stops it


def decline(booking: Booking, at: datetime) -> None:
    reason = queries.reason_by_code("capacity_full")
    operations.decline_booking(booking, reason=reason, by=By("portal"), at=at)


ENDINGS = {
    "confirmed": lambda booking: operations.confirm_booking(booking, by=By("portal"), at=NOON + HOUR),
    "declined": lambda booking: decline(booking, NOON + HOUR),
    "cancelled": lambda booking: operations.cancel_booking(booking, at=NOON + HOUR),
}


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS)
def test_a_booking_with_an_answer_has_no_next_step(asked, at_time, end):
    end(asked)

    assert due(asked) == (None, None)
    at_time(DAY_2)
    assert reminders() == []
    assert "booking.escalated" not in kinds(asked)


def test_an_expired_booking_has_no_next_step(asked, at_time):
    at_time(asked.starts_at)

    assert (fresh(asked).status, due(asked), reminders()) == ("expired", (None, None), [])


def test_history_and_what_the_shop_waits_to_be_paid_have_no_steps(adas_partner, settings, at_time):
    settings.BOOKINGS_START_AT = NOON - DAY
    take_in(
        make_order(order_id=1, created_at=NOON - 2 * DAY),
        make_order(make_line(12), order_id=2, state="pending_payment"),
    )

    at_time(NOON + 3 * DAY)

    assert set(Booking.objects.values_list("remind_at", "escalate_at")) == {(None, None)}
    assert OutboxMail.objects.count() == 0


def test_a_reminder_that_was_answered_before_it_left_is_dropped(asked, run_jobs):
    operations.remind(asked, at=DAY_1)
    operations.confirm_booking(asked, by=By("portal"), at=DAY_1)

    run_jobs("core.send_mail")

    assert (reminders(), reminders("dropped")) == ([], [("reminder", ADA, 1)])


# --- Undo


def undone(booking: Booking, at: datetime) -> Booking:
    operations.confirm_booking(booking, by=By("portal"), at=at - MINUTE)
    operations.undo_decision(booking, by=By("portal"), at=at)
    return fresh(booking)


@pytest.fixture
def _ten_minutes(settings):
    settings.UNDO_SECONDS = 600


@pytest.mark.usefixtures("_ten_minutes")
def test_after_an_undo_nothing_comes_for_two_hours_and_then_the_ladder_goes_on(asked, at_time):
    undone(asked, DAY_1 - HOUR)
    assert due(asked) == (DAY_1 + HOUR, DAY_2)

    at_time(DAY_1 + HOUR - MINUTE)
    assert reminders() == []
    at_time(DAY_1 + HOUR)
    assert (reminders(), due(asked)) == ([("reminder", ADA, 1)], (DAY_2, DAY_2))


@pytest.mark.usefixtures("_ten_minutes")
def test_an_undo_between_the_reminders_does_not_begin_anew(asked, at_time):
    at_time(DAY_1)

    undone(asked, DAY_1 + HOUR)

    assert (due(asked), fresh(asked).reminder_count) == ((DAY_2, DAY_2), 1)


def test_a_confirmation_taken_back_goes_on_in_the_same_way(asked):
    operations.confirm_booking(asked, by=By("email_token"), at=DAY_1 - HOUR, provisional_until=DAY_1)

    operations.take_back_provisional_confirmation(asked, by=By("email_token"), at=DAY_1 - HOUR)

    assert due(asked) == (DAY_1 + HOUR, DAY_2)


# --- What the shop and the partner change


def test_asked_anew_after_a_change_the_ladder_begins_anew_and_every_reminder_comes_again(
    adas_partner, at_time, run_jobs
):
    order = make_order(make_line(starts_on=NOON.date() + 30 * DAY))
    take_in(order)
    run_jobs("core.send_mail")
    at_time(DAY_1)
    at_time(DAY_2)
    anew = NOON + 3 * DAY

    take_in(make_order(replace(order.lines[0], participants=5)), at=anew)
    at_time(anew)
    booking = Booking.objects.get()
    before = (booking.reminder_count, booking.last_reminder_at, booking.escalated_at, due(booking))
    at_time(anew + DAY)
    at_time(anew + 2 * DAY)

    assert before == (0, None, None, (anew + DAY, anew + 2 * DAY))
    assert reminders() == [
        ("reminder", ADA, 1),
        ("reminder_final", ADA, 1),
        ("reminder", ADA, 2),
        ("reminder_final", ADA, 2),
    ]
    assert kinds(booking).count("booking.escalated") == 2


def test_an_hour_that_becomes_known_brings_its_caps(adas_partner):
    take_in(make_order(make_line(starts_on=DAY_1.date(), starts_time=None)))
    assert due(Booking.objects.get()) == (DAY_1, DAY_2)

    take_in(make_order(make_line(starts_on=DAY_1.date(), starts_time=time(22))), at=NOON + MINUTE)

    # 22:00 in Berlin is 20:00 in UTC; the first at 10:00 there, the last at 18:00.
    booking = Booking.objects.get()
    assert due(booking) == (booking.starts_at - 12 * HOUR, booking.starts_at - 4 * HOUR)


def test_on_hold_nothing_is_sent_and_afterwards_it_goes_on(adas_partner, at_time, run_jobs):
    line = make_line(starts_on=NOON.date() + 30 * DAY)
    take_in(make_order(line))
    run_jobs("core.send_mail")
    take_in(make_order(line, state="holded"), at=NOON + HOUR)
    booking = Booking.objects.get()
    assert due(booking) == (None, None)
    at_time(DAY_1 + HOUR)
    assert reminders() == []

    take_in(make_order(line), at=DAY_1 + 2 * HOUR)
    at_time(DAY_1 + 2 * HOUR)

    assert (reminders(), due(booking)) == ([("reminder", ADA, 1)], (DAY_2, DAY_2))


def test_a_reminder_that_waits_for_the_mail_server_is_dropped_when_the_order_is_put_on_hold(asked, run_jobs):
    operations.remind(asked, at=DAY_1)
    Booking.objects.update(shop_state="holded")

    run_jobs("core.send_mail")

    assert reminders("dropped") == [("reminder", ADA, 1)]


def test_new_quiet_hours_move_what_is_planned(adas_partner, asked, run_jobs):
    adas_partner.quiet_from, adas_partner.quiet_until = time(11), time(14)
    adas_partner.save()
    record_changed(adas_partner, actor="test", at=NOON + HOUR)

    run_jobs("core.run_subscriber")

    # Noon in Berlin is ten in UTC; quiet until 14:00.
    assert due(asked) == (DAY_1 + 2 * HOUR, DAY_2 + 2 * HOUR)


def test_whoever_gets_the_mails_on_the_day_is_reminded_with_a_link_that_works(
    adas_partner, asked, ben, vera, at_time
):
    member = Member.objects.get(user=ben)
    day = DAY_1.date()
    Absence.objects.create(partner=adas_partner, member=None, deputy=member, first_on=day, last_on=day)

    at_time(DAY_1)
    at_time(DAY_2)

    assert reminders() == [("reminder", ben.email, 1), ("reminder_final", ADA, 1)]


# --- Mails that leave late


def test_a_request_that_waits_for_the_mail_server_is_not_followed_by_a_heap(
    adas_partner, at_time, time_machine
):
    booking = make_booking(adas_partner)
    operations.ask_partner(booking, at=NOON)

    tick(DAY_1)

    assert OutboxMail.objects.count() == 1
    assert (due(booking), fresh(booking).reminder_count) == ((DAY_2, DAY_2), 0)
    at_time(DAY_2 - 2 * HOUR)
    at_time(DAY_2)
    assert reminders() == [("reminder_final", ADA, 1)]


@pytest.mark.parametrize(("hours", "is_reminded"), [(2, True), (1.99, False)])
def test_a_reminder_keeps_two_hours_from_a_request_that_left_late(asked, at_time, hours, is_reminded):
    OutboxMail.objects.update(sent_at=DAY_1 - hours * HOUR)

    at_time(DAY_1)

    assert (reminders() != []) == is_reminded


def test_a_link_that_is_over_works_again_with_the_reminder(asked, at_time, settings):
    settings.REMINDER_SECOND_HOURS = 200
    Booking.objects.update(starts_at=NOON + 30 * DAY)
    over = link_of(asked).expires_at

    at_time(DAY_1)
    at_time(NOON + 200 * HOUR)

    link = link_of(asked)
    assert over < NOON + 200 * HOUR
    assert link.expires_at == fresh(asked).token_expires_at == NOON + 200 * HOUR + 7 * DAY
    assert reminders() == [("reminder", ADA, 1), ("reminder_final", ADA, 1)]


@pytest.mark.parametrize(("seconds", "is_in_grace"), [(119, True), (120, False)])
def test_after_a_reminder_too_opening_the_link_confirms_only_when_scanners_are_gone(
    asked, at_time, settings, seconds, is_in_grace
):
    settings.CONFIRM_GRACE_SECONDS = 120
    at_time(DAY_1)

    assert links.is_in_grace(link_of(asked), at=DAY_1 + timedelta(seconds=seconds)) == is_in_grace


# --- Escalation for another reason


def test_a_bounce_is_told_at_once_and_once_and_the_others_are_reminded_all_the_same(asked, at_time):
    told = [operations.escalate(asked, reason="bounced", at=NOON + HOUR * hour) for hour in (1, 2)]

    assert (told, due(asked)) == ([True, False], (DAY_1, None))
    at_time(DAY_1)
    at_time(DAY_2)
    assert len(reminders()) == 2
    assert [event.data for event in Event.objects.filter(kind="booking.escalated")] == [{"reason": "bounced"}]


def test_what_is_answered_or_not_yet_due_is_not_escalated(asked):
    assert not operations.escalate(asked, at=DAY_2 - MINUTE)
    operations.confirm_booking(asked, by=By("portal"), at=NOON)

    assert not operations.escalate(asked, reason="bounced", at=NOON)
    assert "booking.escalated" not in kinds(asked)


# --- What people read of it


def test_the_timeline_tells_the_ladder(asked, at_time):
    at_time(DAY_1)
    at_time(DAY_2)

    told = [str(entry.text) for entry in timeline_entries(fresh(asked))]

    assert told[-5:] == [
        "No answer yet: the first reminder.",
        "The reminder was sent by e-mail.",
        "No answer yet: the last reminder.",
        "Nobody has answered: our team will call.",
        "The last reminder was sent by e-mail.",
    ]


@pytest.mark.parametrize("reason", ["late", "bounced", "no_address", "staff"])
def test_the_timeline_says_why_our_team_calls(asked, reason):
    operations.escalate(asked, reason=reason, at=NOON)

    assert "our team will call" in str(timeline_entries(fresh(asked))[-1].text).lower()


@pytest.mark.parametrize(
    ("seconds", "found"), [(-1, []), (0, ["1 booking that nobody answers waits for its ticket."])]
)
def test_staff_see_an_escalation_without_a_ticket_after_a_quarter_of_an_hour(asked, seconds, found):
    operations.escalate(asked, reason="bounced", at=NOON)
    at = NOON + 15 * MINUTE + timedelta(seconds=seconds)

    def late() -> list[str]:
        return [
            str(each.text) for each in registry.problems(at) if each.title == "Escalation tickets are late"
        ]

    assert late() == found
    operations.record_ticket(fresh(asked), ticket_id="7", number="HT7", at=NOON)
    assert late() == []


# --- Bookings from before there were reminders


def test_bookings_from_before_get_their_first_reminder_within_a_day_at_their_own_hour(adas_partner, at_time):
    from importlib import import_module  # noqa: PLC0415 -- a module whose name begins with a digit

    begin = import_module("portal.bookings.migrations.0007_ladder").BEGIN_LADDERS
    with connection.cursor() as cursor:
        cursor.execute("SELECT now()")
        now = cursor.fetchone()[0]
    late = {"starts_at": now + 60 * DAY}
    old = make_booking(adas_partner, asked_at=now - 5 * DAY - HOUR, confirmation_token="a", **late)
    new = make_booking(adas_partner, asked_at=now - HOUR, confirmation_token="b", **late)
    adas_partner.quiet_from = adas_partner.quiet_until
    adas_partner.save()

    with connection.cursor() as cursor:
        cursor.execute(begin)
    sweeps.remind_partners(now)

    assert due(old) == due(new) == (now - HOUR + DAY, now - HOUR + 2 * DAY)
    assert OutboxMail.objects.count() == 0


# --- The list of what is due


def test_the_clock_finds_what_is_due_by_an_index(adas_partner):
    for column, index in (("remind_at", "booking_to_remind"), ("escalate_at", "booking_to_escalate")):
        found = Booking.objects.pending().filter(**{f"{column}__lte": NOON})
        if column == "escalate_at":
            found = found.filter(escalated_at=None)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_bitmapscan = off")
        assert index in found.order_by(column).explain()


def test_planning_a_page_of_an_import_takes_no_query_per_row(adas_partner, django_assert_num_queries):
    few, many = ([make_booking(adas_partner) for _ in range(number)] for number in (2, 12))
    with connection.execute_wrapper(count := Counting()):
        operations.ask_partners(few, at=NOON)
    with django_assert_num_queries(count.number):
        operations.ask_partners(many, at=NOON)


class Counting:
    def __init__(self) -> None:
        self.number = 0

    def __call__(self, execute, sql, params, many, context):
        self.number += 1
        return execute(sql, params, many, context)
