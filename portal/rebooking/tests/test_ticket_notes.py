"""What the help desk reads about a rebooking: notes on the one ticket of the booking, and its stage."""

from datetime import date, timedelta

import pytest

from portal.bookings import operations as bookings
from portal.bookings.models import Booking, Customer
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import fresh
from portal.bookings.tests.test_tickets import desk  # noqa: F401 -- a fixture
from portal.bookings.ticket_subscribers import note_ending, open_ticket
from portal.conftest import NOON
from portal.core import jobs
from portal.core.models import Event
from portal.integrations.models import DemoTicket, DemoTicketNote
from portal.integrations.tickets import TicketDeskUnavailable
from portal.rebooking import operations
from portal.rebooking.models import Choice, Rebooking, TimeOfDay
from portal.rebooking.operations import Wish
from portal.rebooking.tests.factories import confirm, decline, make_free_date, make_rebooking, now_of
from portal.rebooking.ticket_subscribers import note_call, note_case, note_move

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STAGE = 11


@pytest.fixture(autouse=True)
def _stage(settings):
    settings.ODOO_STAGE_REBOOKED = "partner_portal.stage_rebooked"


@pytest.fixture
def booking(adas_partner) -> Booking:
    return make_booking(adas_partner)


def latest(kind: str) -> Event:
    return Event.objects.filter(kind=kind).latest("pk")


def declined(booking: Booking, *, at=NOON) -> Rebooking:
    """Declined, the customer owed a link, and the ticket open."""
    rebooking = make_rebooking(booking.partner, booking=decline(booking, at=at), at=at)
    open_ticket(latest("booking.decline_settled"))
    return rebooking


def choose(rebooking: Rebooking, *, days: int = 14, **values: object) -> Booking:
    free = make_free_date(rebooking.original_booking.course, days, **values)
    new = operations.rebook(rebooking, free.pk, at=NOON).rebooking.new_booking
    return fresh(new)


def test_the_new_date_is_a_note_on_the_ticket_of_the_decline_and_moves_it(desk, booking):  # noqa: F811
    choose(declined(booking))

    for _again in range(2):
        note_move(latest("booking.rebooked"))

    ((_subject, category, _priority, notes),) = desk.tickets()
    assert (category, len(notes)) == ("declined", 1)
    assert [
        each
        for each in (f"#{booking.order_number}", "Mi., 8. Mai 2030, 12:00", "Mi., 15. Mai 2030, 12:00")
        if each not in notes[0]
    ] == []
    assert (desk.server.tickets[1]["stage_id"], desk.server.mailed) == (STAGE, [])


def test_where_the_new_date_is_cheaper_staff_read_the_difference(desk, booking):  # noqa: F811
    choose(declined(booking), price_cents=7900)

    note_move(latest("booking.rebooked"))

    assert "20,00" in desk.notes(1)[0]


def test_a_date_that_is_only_asked_for_is_a_note_and_moves_nothing_yet(desk, booking, mona):  # noqa: F811
    confirm(booking)
    link = operations.send_link(fresh(booking), user=mona, at=NOON)
    candidate = choose(now_of(link))

    note_move(latest("booking.move_asked"))
    before = (desk.server.tickets[1]["stage_id"], len(desk.notes(1)))
    confirm(candidate, at=NOON + DAY)
    bookings.promote_candidate(fresh(candidate), at=NOON + DAY)
    note_move(latest("booking.rebooked"))
    note_ending(latest("booking.confirmation_settled"))

    assert before == (10, 1)
    assert (desk.server.tickets[1]["stage_id"], len(desk.notes(1))) == (STAGE, 3)
    assert (len(desk.server.tickets), fresh(booking).odoo_ticket_id) == (1, "1")


def test_where_nobody_had_to_call_the_ticket_is_opened_for_the_rebooking(desk, booking, mona):  # noqa: F811
    confirm(booking)
    choose(now_of(operations.send_link(fresh(booking), user=mona, at=NOON)))

    for _again in range(2):
        note_move(latest("booking.move_asked"))

    (ticket,) = desk.server.tickets.values()
    assert ticket["row"]["name"].endswith(f"#{booking.order_number}")
    assert ("category_id/id" in ticket["row"], len(desk.notes(1))) == (False, 1)


def test_a_decline_after_that_is_told_on_the_same_ticket_with_its_reason(desk, booking, mona):  # noqa: F811
    confirm(booking)
    candidate = choose(now_of(operations.send_link(fresh(booking), user=mona, at=NOON)))
    note_move(latest("booking.move_asked"))

    decline(candidate, at=NOON + DAY)
    for _again in range(2):
        open_ticket(latest("booking.decline_settled"))

    assert (len(desk.server.tickets), len(desk.notes(1))) == (1, 2)
    # That the booking still stands, too.
    dates = ("Mi., 15. Mai 2030", "Mi., 8. Mai 2030")
    assert [each for each in dates if each not in desk.notes(1)[1]] == []


def test_a_note_that_is_faster_than_the_ticket_opens_it_with_the_decline(desk, booking):  # noqa: F811
    choose(make_rebooking(booking.partner, booking=decline(booking)))

    note_move(latest("booking.rebooked"))
    open_ticket(latest("booking.decline_settled"))

    ((_subject, category, _priority, notes),) = desk.tickets()
    assert (category, len(notes)) == ("declined", 1)
    assert fresh(booking).odoo_ticket_id == "1"


def test_a_ticket_that_staff_deleted_is_opened_anew_and_the_note_written_again(desk, booking):  # noqa: F811
    rebooking = declined(booking)
    desk.server.delete_ticket(1)
    choose(rebooking)

    note_move(latest("booking.rebooked"))

    ((_subject, category, _priority, notes),) = desk.tickets()
    assert (category, len(notes), fresh(booking).odoo_ticket_id) == ("declined", 1, "2")


def test_a_closed_ticket_gets_the_note_and_stays_closed(desk, booking):  # noqa: F811
    rebooking = declined(booking)
    desk.server.close_ticket(1)
    choose(rebooking)

    note_move(latest("booking.rebooked"))

    assert (len(desk.notes(1)), desk.server.tickets[1]["stage_id"]) == (1, 10)


@pytest.mark.parametrize("method", ["load", "message_post", "write"])
@pytest.mark.parametrize("failure", ["drop_after", "serialization"])
def test_whatever_breaks_the_next_try_makes_it_one_note(desk, booking, failure, method):  # noqa: F811
    choose(declined(booking))
    event = latest("booking.rebooked")
    desk.server.fail_next(failure, method=method)
    with pytest.raises(TicketDeskUnavailable):
        note_move(event)

    note_move(event)

    assert (len(desk.server.tickets), len(desk.notes(1))) == (1, 1)
    assert desk.server.tickets[1]["stage_id"] == STAGE


def test_a_key_that_is_refused_holds_the_note(desk, booking):  # noqa: F811
    choose(declined(booking))
    desk.server.api_key = "replaced"

    with pytest.raises(jobs.Hold):
        note_move(latest("booking.rebooked"))

    assert desk.notes(1) == []


def test_a_new_date_that_the_shop_cancelled_meanwhile_is_no_news(desk, booking):  # noqa: F811
    new = choose(declined(booking))
    bookings.cancel_booking(new, at=NOON + HOUR)

    note_move(latest("booking.rebooked"))

    assert desk.notes(1) == []


def test_a_candidate_that_goes_with_its_booking_is_not_noted_as_a_second_cancellation(
    desk,  # noqa: F811
    booking,
    mona,
):
    confirm(booking)
    choose(now_of(operations.send_link(fresh(booking), user=mona, at=NOON)))
    note_move(latest("booking.move_asked"))
    bookings.cancel_booking(fresh(booking), at=NOON + HOUR)
    bookings.withdraw_candidates(fresh(booking), at=NOON + HOUR)

    for event in Event.objects.filter(kind="booking.cancelled"):
        note_ending(event)

    assert len(desk.notes(1)) == 2


# --- What the customer wants, and when somebody should call


def test_a_wish_is_noted_whole_and_escaped(desk, booking):  # noqa: F811
    rebooking = declined(booking)
    wish = Wish(Choice.OTHER_DATES, (5, 6), TimeOfDay.EVENING, date(2030, 6, 30), "Bitte <b>bald</b>")
    operations.note_wish(rebooking, wish, at=NOON)

    for _again in range(2):
        note_case(latest("rebooking.wish_noted"))

    (note,) = desk.notes(1)
    assert [
        each for each in ("Sa., So.", "30. Juni 2030", "Bitte &lt;b&gt;bald&lt;/b&gt;") if each not in note
    ] == []
    assert desk.server.tickets[1]["stage_id"] == 10


def test_a_wish_of_whoever_has_chosen_a_date_after_all_is_no_news(desk, booking):  # noqa: F811
    rebooking = declined(booking)
    operations.note_wish(rebooking, Wish(Choice.REFUND), at=NOON)
    choose(now_of(rebooking))

    note_case(latest("rebooking.wish_noted"))

    assert desk.notes(1) == []


def test_without_a_date_to_offer_staff_are_told_to_look_for_one(desk, booking):  # noqa: F811
    declined(booking)

    for _again in range(2):
        note_case(latest("rebooking.no_dates"))

    assert len(desk.notes(1)) == 1


def test_whoever_does_not_answer_is_called(desk, booking):  # noqa: F811
    rebooking = declined(booking)
    while not Event.objects.filter(kind="rebooking.unanswered").exists():
        rebooking = now_of(rebooking)
        operations.remind_customer(rebooking, at=rebooking.remind_at)

    for _again in range(2):
        note_case(latest("rebooking.unanswered"))

    (note,) = desk.notes(1)
    assert "Fr., 31. Mai 2030, 12:00" in note


def test_a_link_that_nobody_used_is_noted_unless_it_works_again(desk, booking, mona):  # noqa: F811
    rebooking = declined(booking)
    operations.expire_link(rebooking, at=rebooking.token_expires_at)
    event = latest("rebooking.expired")
    note_case(event)
    before = len(desk.notes(1))
    operations.extend_link(now_of(rebooking), user=mona, at=rebooking.token_expires_at)
    desk.server.notes.clear()

    note_case(event)

    assert (before, desk.notes(1)) == (1, [])


def test_whoever_keeps_their_date_is_not_called_when_the_link_expires(desk, booking, mona):  # noqa: F811
    confirm(booking)
    rebooking = operations.send_link(fresh(booking), user=mona, at=NOON)
    Booking.objects.filter(pk=booking.pk).update(starts_at=NOON + 60 * DAY, starts_on=date(2030, 6, 30))
    operations.expire_link(rebooking, at=rebooking.token_expires_at)

    note_case(latest("rebooking.expired"))

    assert desk.server.calls == []


def test_after_three_declines_staff_are_told_that_no_link_comes_by_itself(desk, booking):  # noqa: F811
    current = booking
    for number in range(3):
        rebooking = make_rebooking(current.partner, booking=decline(fresh(current), at=NOON + number * DAY))
        current = choose(rebooking, days=14 + number)
    assert operations.offer_rebooking(decline(current, at=NOON + 3 * DAY), at=NOON + 3 * DAY) is None

    for _again in range(2):
        note_call(latest("rebooking.exhausted"))

    assert (len(desk.server.tickets), len(desk.notes(1))) == (1, 1)


def test_a_customer_without_an_address_is_called(desk, booking):  # noqa: F811
    Customer.objects.filter(pk=booking.customer_id).update(email="")
    assert operations.offer_rebooking(decline(fresh(booking)), at=NOON) is None

    for _again in range(2):
        note_call(latest("rebooking.no_address"))

    assert len(desk.notes(1)) == 1


def test_all_notes_are_written_by_jobs_of_the_help_desk_and_on_the_embedded_list_too(
    booking, run_jobs, time_machine
):
    time_machine.move_to(NOON, tick=False)
    rebooking = make_rebooking(booking.partner, booking=decline(booking))
    operations.note_wish(rebooking, Wish(Choice.VOUCHER), at=NOON)
    run_jobs()
    choose(now_of(rebooking))

    run_jobs()

    assert (DemoTicket.objects.count(), DemoTicketNote.objects.count()) == (1, 3)
