"""What changes a ladder on the way: the shop, the partner's settings, mails that leave late, an update."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection

from portal.bookings import operations, sweeps
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import fresh, kinds, link_of
from portal.bookings.tests.reminding import (
    ADA,
    DAY,
    DAY_1,
    DAY_2,
    HOUR,
    MINUTE,
    ask,
    due,
    reminders,
)
from portal.bookings.tests.shop_orders import make_line, make_order, take_in
from portal.conftest import NOON
from portal.core import links, outbox
from portal.core.jobs import NotYet
from portal.core.models import OutboxMail
from portal.core.sweeps import tick
from portal.partners.models import Absence, Member
from portal.partners.operations.saving import record_changed

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


def test_a_reminder_that_was_passed_over_is_not_made_up_for_when_the_steps_are_planned_anew(
    adas_partner, time_machine, run_jobs
):
    # The last alone is due: the first falls into the two hours after the request.
    booking = ask(adas_partner, run_jobs, time_machine, starts_at=NOON + 12 * HOUR)
    planned = due(booking)

    operations.follow_quiet_hours(booking, at=NOON + 5 * HOUR)

    assert planned == due(booking) == (NOON + 8 * HOUR, NOON + 8 * HOUR)


def test_whoever_gets_the_mails_on_the_day_is_reminded_with_a_link_that_works(
    adas_partner, asked, ben, vera, at_time
):
    member = Member.objects.get(user=ben)
    day = DAY_1.date()
    Absence.objects.create(partner=adas_partner, member=None, deputy=member, first_on=day, last_on=day)

    at_time(DAY_1)
    at_time(DAY_2)

    assert reminders() == [("reminder", ben.email, 1), ("reminder_final", ADA, 1)]


def test_a_reminder_that_was_dropped_for_an_answer_that_was_undone_comes_after_all(
    asked, at_time, run_jobs, settings
):
    settings.UNDO_SECONDS = 600
    operations.remind(asked, at=DAY_1)
    operations.confirm_booking(asked, by=By("portal"), at=DAY_1 + MINUTE)
    run_jobs("core.send_mail")
    dropped = reminders("dropped")

    operations.undo_decision(asked, by=By("portal"), at=DAY_1 + 2 * MINUTE)
    row = fresh(asked)
    at_time(DAY_1 + 2 * HOUR + MINUTE)
    before = reminders()
    at_time(DAY_1 + 2 * HOUR + 2 * MINUTE)

    assert (dropped, before, reminders()) == ([("reminder", ADA, 1)], [], [("reminder", ADA, 1)])
    assert (row.reminder_count, row.last_reminder_at, fresh(asked).reminder_count) == (0, None, 1)
    assert due(asked) == (DAY_2, DAY_2)


def test_somebody_who_is_asked_later_keeps_no_reminder_from_the_others(adas_partner, asked, ben, at_time):
    Member.objects.filter(user=ben).update(gets_booking_mails=True)
    at_time(DAY_1)
    operations.follow_recipients(asked, at=DAY_2 - HOUR)
    at_time(DAY_2 - HOUR)

    at_time(DAY_2)

    assert ("reminder_final", ADA, 1) in reminders()


def test_a_request_that_staff_send_again_keeps_no_reminder_from_anybody(asked, at_time):
    outbox.resend(OutboxMail.objects.get(kind="booking_request"), at=DAY_1 - HOUR)
    at_time(DAY_1 - HOUR)

    at_time(DAY_1)

    assert reminders() == [("reminder", ADA, 1)]


# --- Mails that leave late


@pytest.mark.parametrize(
    ("sent_at", "until"),
    [
        # Owed at 20:50 in Berlin, where the night is from 21 to 8.
        (datetime(2030, 5, 2, 18, 59), None),
        (datetime(2030, 5, 3, 0, 50), datetime(2030, 5, 3, 6)),
        (datetime(2030, 5, 3, 5, 59), datetime(2030, 5, 3, 6)),
        (datetime(2030, 5, 3, 6), None),
    ],
)
def test_a_reminder_that_had_to_wait_does_not_come_in_the_night(
    asked, time_machine, run_jobs, sent_at, until
):
    operations.remind(asked, at=datetime(2030, 5, 2, 18, 50, tzinfo=UTC))
    time_machine.move_to(sent_at.replace(tzinfo=UTC), tick=False)

    if until:
        with pytest.raises(NotYet) as held:
            run_jobs("core.send_mail")
        assert held.value.until == until.replace(tzinfo=UTC)
    else:
        run_jobs("core.send_mail")

    assert reminders("waiting" if until else "sent") == [("reminder", ADA, 1)]


def test_a_reminder_that_had_to_wait_comes_in_the_night_when_the_morning_is_too_late(
    adas_partner, time_machine, run_jobs
):
    booking = ask(adas_partner, run_jobs, time_machine, starts_at=datetime(2030, 5, 3, 10, tzinfo=UTC))
    operations.remind(booking, at=datetime(2030, 5, 2, 18, 50, tzinfo=UTC))
    time_machine.move_to(datetime(2030, 5, 3, 0, 50, tzinfo=UTC), tick=False)

    run_jobs("core.send_mail")

    assert len(reminders()) == 1


def test_a_reminder_that_waits_while_an_answer_is_undone_comes_two_hours_later(
    asked, time_machine, run_jobs, settings
):
    settings.UNDO_SECONDS = 600
    operations.remind(asked, at=DAY_1)
    operations.confirm_booking(asked, by=By("portal"), at=DAY_1 + MINUTE)
    operations.undo_decision(asked, by=By("portal"), at=DAY_1 + 2 * MINUTE)
    time_machine.move_to(DAY_1 + 2 * HOUR + MINUTE, tick=False)

    with pytest.raises(NotYet) as held:
        run_jobs("core.send_mail")
    time_machine.move_to(held.value.until, tick=False)
    tick(held.value.until)

    assert held.value.until == DAY_1 + 2 * HOUR + 2 * MINUTE
    assert reminders("waiting") == [("reminder", ADA, 1)]


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


def test_the_days_of_a_link_count_anew_with_each_reminder(asked, at_time):
    Booking.objects.update(starts_at=NOON + 30 * DAY)

    at_time(DAY_1)

    assert link_of(asked).expires_at == fresh(asked).token_expires_at == DAY_1 + 7 * DAY


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
