"""Confirm, decline, undo, settle: the rules, with the time given."""

from datetime import timedelta

import pytest

from portal.bookings import operations, queries
from portal.bookings.models import Booking, BookingStatus
from portal.bookings.operations import By
from portal.bookings.policies import DecideBlocker, DeclineFormBlocker, UndoBlocker
from portal.bookings.sweeps import settle_decisions, tell_declines_without_ticket
from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON
from portal.core.models import Event, OutboxMail
from portal.core.refusals import NotAllowed


@pytest.fixture(autouse=True)
def _undo_window(settings):
    settings.UNDO_SECONDS = 600


def kinds(booking: Booking) -> list[str]:
    return [
        event.kind
        for event in Event.objects.filter(subject_type="booking", subject_id=booking.pk).order_by("id")
    ]


def reason(code: str = "date_unavailable"):
    return queries.reason_by_code(code)


def test_confirm_booking_promises_the_seats_and_tells_nobody_outside_yet(ada, adas_partner):
    booking = make_booking(adas_partner)

    decision = operations.confirm_booking(booking, by=By("portal", ada), at=NOON)

    booking.refresh_from_db()
    assert decision.is_new
    assert (booking.status, booking.confirmed_at, booking.confirmed_by) == (
        BookingStatus.CONFIRMED,
        NOON,
        "portal",
    )
    assert (booking.settles_at, booking.settled_at) == (NOON + timedelta(minutes=10), None)
    assert kinds(booking) == ["booking.confirmed"]
    assert list(OutboxMail.objects.all()) == []


def test_confirm_booking_twice_is_one_confirmation(ada, ben, adas_partner):
    booking = make_booking(adas_partner)
    operations.confirm_booking(booking, by=By("portal", ada), at=NOON)

    again = operations.confirm_booking(booking, by=By("portal", ben), at=NOON + timedelta(minutes=1))

    assert not again.is_new
    assert (again.booking.confirmed_at, again.booking.decided_by_user) == (NOON, ada)
    assert kinds(booking) == ["booking.confirmed"]


def test_decline_booking_after_a_colleague_confirmed_says_who_and_when(ada, ben, adas_partner):
    booking = make_booking(adas_partner)
    operations.confirm_booking(booking, by=By("portal", ada), at=NOON)

    with pytest.raises(NotAllowed) as refusal:
        operations.decline_booking(booking, reason=reason(), by=By("portal", ben), at=NOON)

    booking.refresh_from_db()
    assert refusal.value.blocker is DecideBlocker.ALREADY_CONFIRMED
    assert "Ada" in refusal.value.message
    assert "12:00" in refusal.value.message
    assert booking.status == BookingStatus.CONFIRMED


@pytest.mark.parametrize(
    ("code", "notes", "blocker"),
    [
        ("nonsense", "", DeclineFormBlocker.UNKNOWN_REASON),
        ("other", "  ", DeclineFormBlocker.NOTES_REQUIRED),
    ],
)
def test_decline_booking_refuses_an_incomplete_form_and_changes_nothing(
    ada, adas_partner, code, notes, blocker
):
    booking = make_booking(adas_partner)

    with pytest.raises(NotAllowed) as refusal:
        operations.decline_booking(booking, reason=reason(code), notes=notes, by=By("portal", ada), at=NOON)

    booking.refresh_from_db()
    assert refusal.value.blocker is blocker
    assert booking.status == BookingStatus.PENDING
    assert kinds(booking) == []


@pytest.mark.parametrize(("seconds", "blocker"), [(-1, None), (0, DecideBlocker.DATE_STARTED)])
def test_confirm_works_up_to_the_last_second_before_the_start(ada, adas_partner, seconds, blocker):
    booking = make_booking(adas_partner)
    at = booking.starts_at + timedelta(seconds=seconds)

    if blocker is None:
        assert operations.confirm_booking(booking, by=By("portal", ada), at=at).is_new
    else:
        with pytest.raises(NotAllowed) as refusal:
            operations.confirm_booking(booking, by=By("portal", ada), at=at)
        assert refusal.value.blocker is blocker


def test_undo_inside_the_window_leaves_nothing_but_the_events(ada, adas_partner):
    booking = make_booking(adas_partner)
    operations.ask_partner(booking, at=NOON)
    operations.decline_booking(booking, reason=reason(), notes="Herd defekt", by=By("portal", ada), at=NOON)

    operations.undo_decision(booking, by=By("portal", ada), at=NOON + timedelta(seconds=599))
    settle_decisions(NOON + timedelta(hours=1))

    booking.refresh_from_db()
    assert (booking.status, booking.declined_at, booking.decline_reason, booking.decline_notes) == (
        "pending",
        None,
        "",
        "",
    )
    assert kinds(booking) == ["booking.requested", "booking.declined", "booking.decline_undone"]
    assert [mail.kind for mail in OutboxMail.objects.all()] == ["booking_request"]


def test_undo_is_refused_when_the_window_is_over(ada, adas_partner):
    booking = make_booking(adas_partner)
    operations.confirm_booking(booking, by=By("portal", ada), at=NOON)

    with pytest.raises(NotAllowed) as refusal:
        operations.undo_decision(booking, by=By("portal", ada), at=NOON + timedelta(seconds=600))

    assert refusal.value.blocker is UndoBlocker.SETTLED


def test_a_decision_settles_once_and_only_when_its_time_has_come(ada, adas_partner):
    booking = make_booking(adas_partner)
    operations.confirm_booking(booking, by=By("portal", ada), at=NOON)
    due = NOON + timedelta(seconds=600)

    assert settle_decisions(due - timedelta(seconds=1)) == 0
    assert settle_decisions(due) == 1
    assert settle_decisions(due) == 0

    booking.refresh_from_db()
    assert booking.settled_at == due
    assert kinds(booking) == ["booking.confirmed", "booking.confirmation_settled"]


def test_a_decision_close_to_the_start_settles_at_once(ada, adas_partner):
    booking = make_booking(adas_partner, starts_at=NOON + timedelta(hours=3, minutes=59))

    operations.confirm_booking(booking, by=By("portal", ada), at=NOON)

    booking.refresh_from_db()
    assert booking.settles_at == NOON


def test_the_decline_mail_leaves_without_a_number_after_15_minutes(ada, adas_partner):
    booking = make_booking(adas_partner)
    operations.decline_booking(booking, reason=reason(), by=By("portal", ada), at=NOON)
    settled = NOON + timedelta(minutes=10)
    settle_decisions(settled)

    assert tell_declines_without_ticket(settled + timedelta(minutes=14, seconds=59)) == 0
    assert tell_declines_without_ticket(settled + timedelta(minutes=15)) == 1
    operations.record_ticket(booking, ticket_id="7", number="HT00007", at=settled + timedelta(minutes=16))

    assert [(mail.kind, mail.recipient) for mail in OutboxMail.objects.all()] == [
        ("booking_declined", adas_partner.email)
    ]


def test_the_decline_mail_leaves_when_the_ticket_has_a_number(ada, adas_partner):
    booking = make_booking(adas_partner)
    operations.decline_booking(booking, reason=reason(), by=By("portal", ada), at=NOON)
    settle_decisions(NOON + timedelta(minutes=10))

    operations.record_ticket(booking, ticket_id="7", number="HT00007", at=NOON + timedelta(minutes=11))
    operations.record_ticket(booking, ticket_id="7", number="HT00007", at=NOON + timedelta(minutes=12))

    booking.refresh_from_db()
    assert (booking.odoo_ticket_id, booking.odoo_ticket_number) == ("7", "HT00007")
    assert [mail.kind for mail in OutboxMail.objects.all()] == ["booking_declined"]
    assert kinds(booking)[-1] == "booking.ticket_opened"


def test_an_explicit_answer_makes_a_provisional_confirmation_certain(ada, adas_partner):
    booking = make_booking(adas_partner)
    soon = NOON + timedelta(seconds=10)
    operations.confirm_booking(booking, by=By("email_token"), at=NOON, provisional_until=soon)

    operations.confirm_booking(booking, by=By("portal", ada), at=NOON + timedelta(seconds=3))
    back = operations.take_back_provisional_confirmation(
        booking, by=By("email_token"), at=NOON + timedelta(seconds=5)
    )

    booking.refresh_from_db()
    assert (back, booking.status) == (False, BookingStatus.CONFIRMED)
