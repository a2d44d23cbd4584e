"""Reminders and escalation as the clock does them: what is owed, counted and told, and what stops it."""

from datetime import datetime

import pytest
from django.db import connection

from portal.bookings import operations, queries
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import fresh, kinds
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
from portal.core.models import Event, OutboxMail
from portal.partners.operations import save_partner

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
