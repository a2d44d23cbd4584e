"""What staff decide in a partner's place, and how exactly an undo gives back what was before."""

from datetime import timedelta

import pytest

from portal.bookings import operations, queries
from portal.bookings.importing.heirs import inherit_decisions
from portal.bookings.models import Booking, BookingStatus
from portal.bookings.operations import By
from portal.bookings.policies import DecideBlocker, DeclineFormBlocker, UndoBlocker
from portal.bookings.sweeps import settle_decisions
from portal.bookings.tests.factories import A_WEEK_LATER, make_booking
from portal.bookings.tests.looking import ask, decision_of, fresh, kinds
from portal.conftest import NOON
from portal.core import outbox
from portal.core.models import Event, OutboxMail
from portal.core.refusals import NotAllowed

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _undo_window(settings):
    settings.UNDO_SECONDS = 600


def reason(code: str = "capacity_full"):
    return queries.reason_by_code(code)


def expired(partner, **values: object) -> Booking:
    booking = make_booking(partner, starts_at=NOON - timedelta(hours=1), **values)
    operations.expire_booking(booking, at=NOON)
    return booking


def decline_in_emergency(booking, by, *, at=NOON, notes="Der Koch ist krank."):
    return operations.emergency_decline_booking(booking, reason=reason(), notes=notes, by=by, at=at)


def test_staff_confirm_an_open_booking_for_the_partner_who_is_told_when_it_settles(
    adas_partner, mona, run_jobs
):
    booking, _ = ask(adas_partner)

    operations.confirm_booking(booking, by=By("staff", mona), at=NOON)
    before = list(OutboxMail.objects.exclude(kind="booking_request"))
    settle_decisions(NOON + 10 * MINUTE)
    run_jobs("core.run_subscriber")

    row = fresh(booking)
    assert (row.status, row.confirmed_by, row.decided_by_user) == ("confirmed", "staff", mona)
    assert before == []
    told = OutboxMail.objects.filter(kind="booking_confirmed_for_you")
    assert [(mail.recipient, mail.version) for mail in told] == [(adas_partner.email, 1)]
    assert Event.objects.get(kind="booking.confirmed").data == {"by": "staff"}


@pytest.mark.parametrize("waiting", ["mail", "job"])
def test_a_promise_that_was_broken_and_restored_is_told_to_all_who_had_not_heard_of_it(
    adas_partner, mona, run_jobs, settings, waiting
):
    settings.EMAIL_SENDER = "portal.core.tests.mail_servers.taking"
    booking, _ = ask(adas_partner)
    run_jobs()
    operations.confirm_booking(booking, by=By("staff", mona), at=NOON)
    settle_decisions(NOON + 10 * MINUTE)
    if waiting == "mail":
        run_jobs("core.run_subscriber")
    decline_in_emergency(fresh(booking), By("staff", mona), at=NOON + 11 * MINUTE)
    run_jobs()

    operations.undo_decision(fresh(booking), by=By("staff", mona), at=NOON + 12 * MINUTE)
    run_jobs()

    told = OutboxMail.objects.exclude(kind="booking_request").order_by("kind")
    assert list(told.values_list("kind", "recipient", "state")) == [
        ("booking_confirmed_for_you", adas_partner.email, "sent"),
        ("customer_confirmed", "juergen@example.com", "sent"),
    ]
    assert Event.objects.filter(kind="booking.confirmation_settled").count() == 1


def test_an_undo_where_nobody_can_be_asked_lets_staff_call(adas_partner, ada):
    adas_partner.email = ""
    adas_partner.save()
    # As an edited order inherits it: answered, and never asked for.
    booking = make_booking(adas_partner, asked_at=NOON)
    operations.confirm_booking(booking, by=By("portal", ada), at=NOON)

    operations.undo_decision(booking, by=By("portal", ada), at=NOON + MINUTE)

    assert fresh(booking).escalate_at == NOON + MINUTE


def test_what_the_partner_confirms_itself_it_is_not_told_about(adas_partner, ada, run_jobs):
    booking, _ = ask(adas_partner)

    operations.confirm_booking(booking, by=By("portal", ada), at=NOON)
    settle_decisions(NOON + 10 * MINUTE)
    run_jobs("core.run_subscriber")

    assert not OutboxMail.objects.filter(kind="booking_confirmed_for_you").exists()


@pytest.mark.parametrize("way", ["portal", "email_token"])
def test_an_expired_booking_is_decided_by_staff_alone(adas_partner, ada, way):
    booking = expired(adas_partner)

    for decide in (
        lambda: operations.confirm_booking(booking, by=By(way, ada), at=NOON),
        lambda: operations.decline_booking(booking, reason=reason(), by=By(way, ada), at=NOON),
    ):
        with pytest.raises(NotAllowed) as refusal:
            decide()
        assert refusal.value.blocker is DecideBlocker.EXPIRED


def test_staff_confirm_and_decline_what_expired_after_the_start_too(adas_partner, mona):
    held, missed = expired(adas_partner), expired(adas_partner)
    later = NOON + timedelta(days=3)

    operations.confirm_booking(held, by=By("staff", mona), at=later)
    operations.decline_booking(missed, reason=reason(), by=By("staff", mona), at=later)

    assert [(fresh(each).status, fresh(each).settles_at) for each in (held, missed)] == [
        ("confirmed", later + 10 * MINUTE),
        ("declined", later + 10 * MINUTE),
    ]


def test_staff_decide_a_booking_that_began_before_the_clock_noticed(adas_partner, mona):
    booking = make_booking(adas_partner, starts_at=NOON)

    assert operations.confirm_booking(booking, by=By("staff", mona), at=NOON).is_new


def test_staff_do_not_decide_what_is_not_paid_or_gone(adas_partner, mona):
    unpaid = make_booking(adas_partner, released_at=None)
    cancelled = operations.cancel_booking(make_booking(adas_partner), at=NOON)

    blockers = []
    for booking in (unpaid, cancelled):
        with pytest.raises(NotAllowed) as refusal:
            operations.confirm_booking(booking, by=By("staff", mona), at=NOON)
        blockers.append(refusal.value.blocker)
    assert blockers == [DecideBlocker.AWAITING_PAYMENT, DecideBlocker.CANCELLED]


def test_a_staff_decline_does_not_break_what_the_partner_has_just_promised(adas_partner, ada, mona):
    booking = make_booking(adas_partner)
    operations.confirm_booking(booking, by=By("portal", ada), at=NOON)

    with pytest.raises(NotAllowed) as refusal:
        operations.decline_booking(booking, reason=reason(), by=By("staff", mona), at=NOON)

    assert refusal.value.blocker is DecideBlocker.ALREADY_CONFIRMED
    assert "Ada" in refusal.value.message


# --- The emergency


@pytest.mark.parametrize("is_settled", [False, True])
def test_an_emergency_decline_breaks_a_promise_whether_it_was_told_or_not(
    adas_partner, ada, mona, run_jobs, is_settled
):
    booking = make_booking(adas_partner)
    operations.confirm_booking(booking, by=By("portal", ada), at=NOON)
    at = NOON + (10 * MINUTE if is_settled else MINUTE)
    settle_decisions(at)

    decline_in_emergency(booking, By("staff", mona), at=at)
    settle_decisions(at + 10 * MINUTE)
    run_jobs()

    row = fresh(booking)
    assert (row.status, row.declined_by, row.decline_notes, row.decided_by_user, row.confirmed_at) == (
        "declined",
        "staff",
        "Der Koch ist krank.",
        mona,
        NOON,
    )
    assert row.odoo_ticket_number
    assert Event.objects.get(kind="booking.declined").data == {
        "by": "staff",
        "reason": "capacity_full",
        "was": "confirmed",
        "was_by_user": ada.pk,
    }
    settled = [kind for kind in kinds(booking) if kind.endswith("_settled")]
    assert settled == ["booking.confirmation_settled"] * is_settled + ["booking.decline_settled"]
    assert OutboxMail.objects.filter(kind="booking_declined").count() == 1


@pytest.mark.parametrize(
    ("code", "notes", "blocker"),
    [
        ("nonsense", "Warum", DeclineFormBlocker.UNKNOWN_REASON),
        ("capacity_full", "  ", DeclineFormBlocker.NOTES_REQUIRED),
    ],
)
def test_an_emergency_decline_needs_a_reason_and_a_note(adas_partner, ada, mona, code, notes, blocker):
    booking = make_booking(adas_partner)
    operations.confirm_booking(booking, by=By("portal", ada), at=NOON)

    with pytest.raises(NotAllowed) as refusal:
        operations.emergency_decline_booking(
            booking, reason=reason(code), notes=notes, by=By("staff", mona), at=NOON
        )

    assert (refusal.value.blocker, fresh(booking).status) == (blocker, "confirmed")


@pytest.mark.parametrize(("seconds", "blocker"), [(-1, None), (0, DecideBlocker.DATE_STARTED)])
def test_an_emergency_ends_with_the_start(adas_partner, ada, mona, seconds, blocker):
    booking = make_booking(adas_partner)
    operations.confirm_booking(booking, by=By("portal", ada), at=NOON)
    at = A_WEEK_LATER + timedelta(seconds=seconds)

    if blocker is None:
        assert decline_in_emergency(booking, By("staff", mona), at=at).booking.settles_at == at
    else:
        with pytest.raises(NotAllowed) as refusal:
            decline_in_emergency(booking, By("staff", mona), at=at)
        assert refusal.value.blocker is blocker


def test_an_emergency_decline_is_for_promises_and_for_staff(adas_partner, ada, mona):
    pending, confirmed = make_booking(adas_partner), make_booking(adas_partner)
    operations.confirm_booking(confirmed, by=By("portal", ada), at=NOON)

    blockers = []
    for booking, by in ((pending, By("staff", mona)), (confirmed, By("portal", ada))):
        with pytest.raises(NotAllowed) as refusal:
            decline_in_emergency(booking, by)
        blockers.append(refusal.value.blocker)
    assert blockers == [DecideBlocker.NOT_CONFIRMED, DecideBlocker.ALREADY_CONFIRMED]


def test_an_edited_order_inherits_the_broken_promise(adas_partner, ada, mona):
    old = make_booking(adas_partner)
    operations.confirm_booking(old, by=By("portal", ada), at=NOON)
    decline_in_emergency(old, By("staff", mona))
    heir = make_booking(
        adas_partner,
        shop_previous_order_id=old.magento_order_id,
        course_date=old.course_date,
        starts_at=old.starts_at,
    )

    inherit_decisions([heir])

    assert (heir.status, heir.declined_by) == (BookingStatus.DECLINED, "staff")


# --- Undo


def history(partner, _ada):
    return make_booking(
        partner,
        status="confirmed",
        confirmed_by="import",
        confirmed_at=NOON,
        settles_at=NOON,
        settled_at=NOON,
    )


def settled_promise(partner, ada):
    booking = make_booking(partner)
    operations.confirm_booking(booking, by=By("portal", ada), notes="Gerne!", at=NOON)
    settle_decisions(NOON + 10 * MINUTE)
    return booking


def fresh_promise(partner, ada):
    booking = make_booking(partner)
    operations.confirm_booking(booking, by=By("portal", ada), notes="Gerne!", at=NOON + 5 * MINUTE)
    return booking


@pytest.mark.parametrize("make", [settled_promise, fresh_promise, history])
def test_undo_of_an_emergency_decline_gives_back_the_promise_exactly(adas_partner, ada, mona, make):
    booking = make(adas_partner, ada)
    at = NOON + 11 * MINUTE
    before = decision_of(booking)
    decline_in_emergency(booking, By("staff", mona), at=at)

    operations.undo_decision(booking, by=By("staff", mona), at=at + 10 * MINUTE - timedelta(seconds=1))

    assert decision_of(booking) == before
    settle_decisions(NOON + timedelta(hours=1))
    announced = [kind for kind in kinds(booking) if kind == "booking.confirmation_settled"]
    assert len(announced) == (make is not history), "told once, and what was taken over never"


@pytest.mark.parametrize("answer", ["confirm", "decline"])
def test_undo_gives_back_an_expired_booking_exactly(adas_partner, mona, answer):
    booking = expired(adas_partner)
    before = decision_of(booking)
    by = By("staff", mona)
    if answer == "confirm":
        operations.confirm_booking(booking, by=by, at=NOON)
    else:
        operations.decline_booking(booking, reason=reason(), by=by, at=NOON)

    operations.undo_decision(booking, by=by, at=NOON + MINUTE)

    assert (before["status"], before["expired_at"]) == ("expired", NOON)
    assert decision_of(booking) == before
    assert settle_decisions(NOON + timedelta(hours=1)) == 0


def test_a_partner_does_not_take_back_what_staff_decided_but_staff_may(adas_partner, ada, mona):
    booking, _ = ask(adas_partner)
    operations.confirm_booking(booking, by=By("staff", mona), at=NOON)

    with pytest.raises(NotAllowed) as refusal:
        operations.undo_decision(booking, by=By("portal", ada), at=NOON)
    operations.undo_decision(booking, by=By("staff", mona), at=NOON)
    operations.confirm_booking(booking, by=By("portal", ada), at=NOON)
    operations.undo_decision(booking, by=By("staff", mona), at=NOON)

    assert refusal.value.blocker is UndoBlocker.BY_STAFF
    assert fresh(booking).status == "pending"


# --- Words


def mail_text(kind: str) -> str:
    mail = outbox._renderers[kind](OutboxMail.objects.filter(kind=kind).latest("id"), NOON)
    assert mail is not None
    return mail.text


def test_the_mails_say_who_decided(adas_partner, ada, mona):
    adas_partner.language = "en"
    adas_partner.save()
    by = By("staff", mona)
    bookings = [ask(adas_partner)[0] for _ in range(4)]
    for booking in (bookings[0], bookings[3]):
        operations.confirm_booking(booking, by=By("portal", ada), at=NOON)
    decline_in_emergency(bookings[0], by)
    operations.decline_booking(bookings[1], reason=reason(), by=by, at=NOON)
    operations.confirm_booking(bookings[2], by=by, at=NOON)
    settle_decisions(NOON + 10 * MINUTE)

    operations.tell_declined(bookings[0], at=NOON)
    after_promise = mail_text("booking_declined")
    operations.tell_declined(bookings[1], at=NOON)
    open_one = mail_text("booking_declined")
    told = [operations.tell_confirmed_for_partner(each, at=NOON) for each in (bookings[2], bookings[3])]

    assert "We have declined this booking for you, which you had confirmed:" in after_promise
    assert "We have declined this booking for you:" in open_one
    assert told == [True, False]
    assert "We have confirmed this booking for you:" in mail_text("booking_confirmed_for_you")
