"""Two at the same instant: real commits, real locks, one thread for each."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from portal.accounts.models import User
from portal.bookings import operations, queries
from portal.bookings.importing.page import import_page
from portal.bookings.importing.report import Report
from portal.bookings.models import Booking
from portal.bookings.operations import By, CallOutcome
from portal.bookings.operations.locking import lock
from portal.bookings.sweeps import escalate_bookings, remind_partners, settle_decisions
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import ask, fresh, kinds
from portal.bookings.tests.shop_orders import make_order
from portal.conftest import NOON, make_member, make_partner
from portal.core import outbox, tenancy
from portal.core.models import Event, OutboxMail
from portal.core.refusals import NotAllowed
from portal.core.tests import mail_servers
from portal.dates.models import CourseDate
from portal.partners.models import Partner
from tests.threads import wait_for_waiters

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def partner() -> Partner:
    with tenancy.system("tests", actor="test"):
        return make_partner("Kochschule Ada", 1)


@pytest.fixture(params=["with a date", "without a date"])
def booking(request, partner) -> Booking:
    # The date is locked first and would hide that the booking is not.
    without = {"starts_at": None, "course_date": None} if request.param == "without a date" else {}
    with tenancy.system("tests", actor="test"):
        return make_booking(partner, **without)


@pytest.fixture
def people(partner):
    with tenancy.system("tests", actor="test"):
        return make_member(partner, "Ada", "owner"), make_member(partner, "Ben", "staff")


def at_once(*runs: Callable[[], object]) -> list[object]:
    """Run all at the same instant; returns what each returned or raised."""
    start = threading.Barrier(len(runs))

    def run(function: Callable[[], object]) -> object:
        try:
            start.wait(timeout=10)
            return function()
        except (NotAllowed, IntegrityError) as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(runs)) as pool:
        return [each.result(timeout=30) for each in [pool.submit(run, function) for function in runs]]


def in_scope_of(partner: Partner, function: Callable[[], object]) -> Callable[[], object]:
    def run() -> object:
        with tenancy.scope(partner_ids=[partner.pk]):
            return function()

    return run


@pytest.mark.parametrize("_again", range(3))
def test_of_confirm_and_decline_at_the_same_instant_one_wins_and_the_other_hears_by_whom(
    booking, partner, people, _again
):
    ada, ben = people
    with tenancy.system("tests"):
        reason = queries.reason_by_code("capacity_full")

    confirmed, declined = at_once(
        in_scope_of(partner, lambda: operations.confirm_booking(booking, by=By("portal", ada), at=NOON)),
        in_scope_of(
            partner, lambda: operations.decline_booking(booking, reason=reason, by=By("portal", ben), at=NOON)
        ),
    )

    refusals = [each for each in (confirmed, declined) if isinstance(each, NotAllowed)]
    status = fresh(booking).status
    assert len(refusals) == 1
    assert (refusals[0].blocker.value, kinds(booking)) == (f"already_{status}", [f"booking.{status}"])
    assert ("Ada" if status == "confirmed" else "Ben") in refusals[0].message


@pytest.mark.parametrize("_again", range(3))
def test_of_staff_and_partner_at_the_same_instant_one_wins_and_the_other_hears_by_whom(
    booking, partner, people, _again
):
    ada, _ = people
    with tenancy.system("tests", actor="test"):
        mona = User.objects.create_user("mona@example.org", name="Mona", is_manager=True)
        reason = queries.reason_by_code("capacity_full")

    answers = at_once(
        in_scope_of(partner, lambda: operations.confirm_booking(booking, by=By("portal", ada), at=NOON)),
        in_scope_of(
            partner, lambda: operations.decline_booking(booking, reason=reason, by=By("staff", mona), at=NOON)
        ),
    )

    (refusal,) = [each for each in answers if isinstance(each, NotAllowed)]
    status = fresh(booking).status
    assert (refusal.blocker.value, kinds(booking)) == (f"already_{status}", [f"booking.{status}"])
    assert ("Ada" if status == "confirmed" else "unser Team") in refusal.message


def test_of_two_emergency_declines_at_once_one_is_new(booking, partner, people):
    ada, _ = people
    with tenancy.system("tests", actor="test"):
        mona = User.objects.create_user("mona@example.org", name="Mona", is_manager=True)
        reason = queries.reason_by_code("capacity_full")
        operations.confirm_booking(booking, by=By("portal", ada), at=NOON)

    decisions = at_once(
        *[
            in_scope_of(
                partner,
                lambda: operations.emergency_decline_booking(
                    booking, reason=reason, notes="Krank", by=By("staff", mona), at=NOON
                ),
            )
        ]
        * 4
    )

    assert sorted(decision.is_new for decision in decisions) == [False] * 3 + [True]
    assert kinds(booking) == ["booking.confirmed", "booking.declined"]


def test_of_two_clicks_on_not_reached_one_is_a_call(booking, partner):
    with tenancy.system("tests", actor="test"):
        operations.ask_partner(booking, at=NOON)

    at_once(
        *[
            in_scope_of(
                partner,
                lambda: operations.note_call(
                    partner, [booking], CallOutcome.NOT_REACHED, actor="user:1", at=NOON
                ),
            )
        ]
        * 4
    )

    assert kinds(booking) == ["booking.call_noted"]


def test_eight_confirmations_at_once_are_one(booking, partner, people):
    ada, ben = people

    decisions = at_once(
        *[
            in_scope_of(
                partner, lambda by=by: operations.confirm_booking(booking, by=By("portal", by), at=NOON)
            )
            for by in (ada, ben) * 4
        ]
    )

    assert sorted(decision.is_new for decision in decisions) == [False] * 7 + [True]
    assert kinds(booking) == ["booking.confirmed"]


def test_two_clocks_settle_a_decision_once(booking, partner, people, settings):
    settings.UNDO_SECONDS = 0
    with tenancy.scope(partner_ids=[partner.pk]):
        operations.confirm_booking(booking, by=By("portal", people[0]), at=NOON)

    done = at_once(*[lambda: settle_decisions(NOON)] * 4)

    assert sorted(done) == [0, 0, 0, 1]
    assert kinds(booking) == ["booking.confirmed", "booking.confirmation_settled"]


@pytest.fixture
def asked(booking, partner) -> Booking:
    with tenancy.scope(partner_ids=[partner.pk]):
        operations.ask_partner(booking, at=NOON)
        OutboxMail.objects.update(state="sent", sent_at=NOON)
    return booking


def test_four_clocks_remind_and_escalate_once(asked):
    for days, reminded in ((1, 1), (2, 1)):
        at = NOON + timedelta(days=days)
        done = at_once(*[lambda at=at: remind_partners(at) + escalate_bookings(at)] * 4)
        assert sum(done) == reminded
        with tenancy.system("tests"):
            OutboxMail.objects.update(state="sent", sent_at=at)

    assert kinds(asked) == ["booking.reminded", "booking.reminded", "booking.escalated"]
    with tenancy.system("tests"):
        assert [mail.kind for mail in OutboxMail.objects.order_by("id")] == [
            "booking_request",
            "booking_reminder",
            "booking_reminder_final",
        ]


def test_a_bounce_told_by_four_at_once_while_the_clock_escalates_is_one_escalation(asked, partner):
    bounced = in_scope_of(partner, lambda: operations.escalate(asked, reason="bounced", at=NOON))

    at_once(*[bounced] * 3, lambda: escalate_bookings(NOON + timedelta(days=2)))

    assert kinds(asked) == ["booking.escalated"]


@pytest.mark.parametrize("_again", range(3))
def test_the_last_reminder_and_a_confirmation_at_the_same_instant_agree(asked, partner, people, _again):
    with tenancy.scope(partner_ids=[partner.pk]):
        Booking.objects.update(ladder_rung=1)
    at = NOON + timedelta(days=2)

    at_once(
        lambda: remind_partners(at),
        in_scope_of(partner, lambda: operations.confirm_booking(asked, by=By("portal", people[0]), at=at)),
    )

    # Either the answer was first, and nobody is pressed; or it ends what the reminder has begun.
    reminded = ["booking.reminded", "booking.escalated"]
    asked = fresh(asked)
    assert (asked.status, asked.remind_at, asked.escalate_at) == ("confirmed", None, None)
    assert kinds(asked) in (["booking.confirmed"], [*reminded, "booking.confirmed"])


def test_undo_and_the_clock_at_the_end_of_the_window_agree(booking, partner, people, settings):
    settings.UNDO_SECONDS = 600
    by = By("portal", people[0])
    with tenancy.scope(partner_ids=[partner.pk]):
        operations.confirm_booking(booking, by=by, at=NOON)

    at_once(
        in_scope_of(
            partner, lambda: operations.undo_decision(booking, by=by, at=NOON + timedelta(seconds=599))
        ),
        lambda: settle_decisions(NOON + timedelta(seconds=600)),
    )

    # Either nobody outside ever hears of it, or it stands: never undone and told.
    assert (fresh(booking).status, kinds(booking)) in (
        ("pending", ["booking.confirmed", "booking.confirmation_undone"]),
        ("confirmed", ["booking.confirmed", "booking.confirmation_settled"]),
    )


def test_two_readings_of_the_same_page_make_one_booking(partner):
    reports = [Report(), Report(), Report()]

    ended = at_once(
        *[lambda report=report: import_page([make_order()], report, at=NOON) for report in reports]
    )

    assert ended == [None, None, None]
    assert sorted(report.made for report in reports) == [0, 0, 1]
    with tenancy.system("tests"):
        assert Booking.objects.count() == 1
        assert [event.kind for event in Event.objects.order_by("id")] == [
            "booking.created",
            "booking.requested",
        ]
        assert [mail.kind for mail in OutboxMail.objects.all()] == ["booking_request"]


CLICK = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@pytest.mark.parametrize("first", ["confirm", "decline"])
def test_a_scanner_that_opens_both_links_at_once_confirms_nothing(partner, first, time_machine):
    time_machine.move_to(NOON, tick=False)
    with tenancy.system("tests"):
        booking, token = ask(partner)
    second = {"confirm": "decline", "decline": "confirm"}[first]

    def visit(action: str) -> int:
        try:
            return Client(headers=CLICK).get(f"/api/{action}/{token}").status_code
        finally:
            connection.close()

    Client().get(f"/confirm/{token}")  # the first visit of all would queue for the link's row
    with ThreadPoolExecutor(2) as pool:
        # Both are let in while somebody holds the booking, so neither sees what the other has begun.
        with tenancy.scope(partner_ids=[partner.pk]):
            lock(booking)
            visits = []
            for number, action in enumerate((first, second), start=1):
                visits.append(pool.submit(visit, action))
                wait_for_waiters(number)
        assert [each.result(timeout=10) for each in visits] == [302, 302]

    assert fresh(booking).status == "pending"
    confirmed_and_back = ["booking.confirmed", "booking.confirmation_taken_back"]
    assert kinds(booking) == (confirmed_and_back if first == "confirm" else [])


def test_four_workers_deliver_a_mail_once(booking, partner, settings):
    settings.EMAIL_SENDER = "portal.core.tests.mail_servers.slow"
    mail_servers.taken_mails.clear()
    with tenancy.scope(partner_ids=[partner.pk]):
        mail = outbox.put("booking_cancelled", subject=booking, recipient=partner.email, at=NOON)

    at_once(*[lambda: outbox.send(mail.pk, partner_id=partner.pk, at=NOON)] * 4)

    assert [each.message_id for each in mail_servers.taken_mails] == [mail.message_id]


def test_a_decline_told_by_four_at_once_is_one_mail(booking, partner, people, settings):
    settings.UNDO_SECONDS = 0
    with tenancy.scope(partner_ids=[partner.pk]):
        reason = queries.reason_by_code("capacity_full")
        operations.decline_booking(booking, reason=reason, by=By("portal", people[0]), at=NOON)
        operations.settle_decision(booking, at=NOON)

    told = at_once(*[in_scope_of(partner, lambda: operations.tell_declined(booking, at=NOON))] * 4)

    assert sorted(told) == [False, False, False, True]
    with tenancy.system("tests"):
        assert [mail.kind for mail in OutboxMail.objects.all()] == ["booking_declined"]


def test_a_ticket_recorded_by_four_at_once_is_one_event_and_one_mail(booking, partner, people, settings):
    settings.UNDO_SECONDS = 0
    with tenancy.scope(partner_ids=[partner.pk]):
        reason = queries.reason_by_code("capacity_full")
        operations.decline_booking(booking, reason=reason, by=By("portal", people[0]), at=NOON)
        operations.settle_decision(booking, at=NOON)

    at_once(
        *[
            in_scope_of(
                partner, lambda: operations.record_ticket(booking, ticket_id="7", number="HT7", at=NOON)
            )
        ]
        * 4
    )

    assert kinds(booking).count("booking.ticket_opened") == 1
    with tenancy.system("tests"):
        assert [mail.kind for mail in OutboxMail.objects.all()] == ["booking_declined"]


def test_the_same_mail_put_twice_without_a_lock_is_still_one_row_and_one_job(booking, partner):
    def owe() -> None:
        outbox.put("booking_declined", subject=booking, recipient="a@example.org", at=NOON)

    # The constraint parts them: who comes too late fails, which a job survives by running again.
    at_once(*[in_scope_of(partner, owe)] * 4)

    with tenancy.system("tests"):
        assert OutboxMail.objects.count() == 1
    assert ProcrastinateJob.objects.filter(task_name="core.send_mail").count() == 1


def test_who_waits_for_the_date_leaves_the_booking_free_and_sees_what_became_of_it(partner):
    with tenancy.system("tests", actor="test"):
        booking = make_booking(partner)
    confirm = in_scope_of(partner, lambda: operations.confirm_booking(booking, by=By("portal"), at=NOON))
    with ThreadPoolExecutor(1) as pool:
        with tenancy.scope(partner_ids=[partner.pk]):
            CourseDate.objects.select_for_update().get(pk=booking.course_date_id)
            waiting = pool.submit(at_once, confirm)
            wait_for_waiters(1)
            free = Booking.objects.select_for_update(nowait=True).get(pk=booking.pk)
            free.notes = "No nuts, please."
            free.save()
        (decision,) = waiting.result(timeout=30)

    assert (decision.is_new, decision.booking.notes) == (True, "No nuts, please.")
    assert (fresh(booking).status, fresh(booking).notes) == ("confirmed", "No nuts, please.")
