"""One case at the help desk for all the life of a booking, over the embedded list and both of Odoo's interfaces."""

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from portal.bookings import operations, queries
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.sweeps import settle_decisions
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import fresh, kinds
from portal.bookings.tests.shop_orders import make_order, take_in
from portal.bookings.ticket_subscribers import note_ending, open_ticket
from portal.conftest import NOON
from portal.core import jobs, keys, links
from portal.core.models import Event, OutboxMail
from portal.integrations.tickets import TicketDeskUnavailable
from tests.odoo_server import API_KEY, DATABASE, LOGIN, OdooServer

HOUR = timedelta(hours=1)
NAMES = {5: "declined", 8: "no_reply"}
NAMES |= {"partner_portal.cat_declined": "declined", "partner_portal.cat_no_reply": "no_reply"}


@dataclass
class Desk:
    """What staff see at the desk."""

    server: OdooServer

    def tickets(self) -> list[tuple[str, str, str, list[str]]]:
        return [
            (row["row"]["name"], NAMES[row["category_id"]], row["priority"], self.notes(number))
            for number, row in self.server.tickets.items()
        ]

    def notes(self, number: int) -> list[str]:
        return [note["body"] for note in self.server.notes if note["ticket"] == number]

    def body(self, number: int) -> str:
        return self.server.tickets[number]["row"]["description"]


@pytest.fixture(params=["19.0", "18.0"], ids=["json2", "jsonrpc"])
def desk(request, settings, time_machine):
    time_machine.move_to(NOON, tick=False)
    settings.UNDO_SECONDS = 600
    settings.TICKET_DESK = "portal.integrations.tickets.odoo.ticket_desk"
    settings.ODOO_CATEGORY_DECLINED = "partner_portal.cat_declined"
    settings.ODOO_CATEGORY_NO_REPLY = "partner_portal.cat_no_reply"
    with OdooServer(version=request.param) as server:
        settings.ODOO_URL, settings.ODOO_DB = server.url, DATABASE
        settings.ODOO_API_KEY, settings.ODOO_LOGIN = API_KEY, LOGIN
        yield Desk(server)


@pytest.fixture
def booking(adas_partner):
    return make_booking(adas_partner)


def escalate(booking, *, reason="no_answer", at=NOON):
    """As the clock does after the last reminder."""
    assert operations.escalate(fresh(booking), reason=reason, at=at)
    return Event.objects.filter(kind="booking.escalated").latest("pk")


def decline(booking, *, at=NOON):
    reason = queries.reason_by_code("capacity_full")
    operations.decline_booking(fresh(booking), reason=reason, notes="Küche <belegt>", by=By("portal"), at=at)
    settle_decisions(at + HOUR)
    return Event.objects.filter(kind="booking.decline_settled").latest("pk")


def confirm(booking, *, at=NOON):
    operations.confirm_booking(fresh(booking), by=By("portal"), at=at)
    settle_decisions(at + HOUR)
    return Event.objects.filter(kind="booking.confirmation_settled").latest("pk")


def test_a_partner_who_does_not_answer_becomes_a_ticket_with_the_phone(desk, booking):
    event = escalate(booking)

    open_ticket(event)
    open_ticket(event)

    (subject, category, priority, notes) = desk.tickets()[0]
    assert subject.endswith(f"#{booking.order_number}")
    assert (category, priority, notes, len(desk.tickets())) == ("no_reply", "2", [], 1)
    assert "+49 89 1234567" in desk.body(1)
    row = fresh(booking)
    assert (row.odoo_ticket_id, row.odoo_ticket_number) == ("1", "HT00001")
    assert kinds(booking) == ["booking.escalated", "booking.ticket_opened"]
    assert not OutboxMail.objects.filter(kind="booking_declined").exists()


def test_a_later_decline_uses_the_same_ticket(desk, booking):
    open_ticket(escalate(booking))
    event = decline(booking, at=NOON + HOUR)

    open_ticket(event)
    open_ticket(event)

    ((_subject, category, priority, notes),) = desk.tickets()
    assert (category, priority, len(notes)) == ("declined", "2", 1)
    assert "Küche &lt;belegt&gt;" in notes[0]
    assert kinds(booking).count("booking.ticket_opened") == 1
    assert fresh(booking).decline_told_at is not None


def test_an_escalation_that_comes_after_the_decline_opens_nothing_of_its_own(desk, booking):
    late = escalate(booking)
    open_ticket(decline(booking, at=NOON + HOUR))
    before = desk.tickets()

    open_ticket(late)

    assert desk.tickets() == before
    assert [category for _subject, category, _priority, _notes in before] == ["declined"]


def test_a_decline_at_once_is_a_ticket_without_a_note(desk, booking):
    event = decline(booking)

    open_ticket(event)
    open_ticket(event)

    ((_subject, category, _priority, notes),) = desk.tickets()
    assert (category, notes) == ("declined", [])
    assert OutboxMail.objects.filter(kind="booking_declined").count() == 1


def test_a_booking_that_carries_on_another_keeps_its_ticket(desk, adas_partner, booking):
    open_ticket(decline(booking))
    heir = make_booking(adas_partner, previous=fresh(booking))

    open_ticket(escalate(heir))

    ((_subject, category, _priority, notes),) = desk.tickets()
    assert (category, len(notes), fresh(heir).odoo_ticket_id) == ("no_reply", 1, "1")


def test_a_closed_ticket_gets_the_note_and_stays_as_it_is(desk, booking):
    open_ticket(escalate(booking))
    desk.server.close_ticket(1)

    open_ticket(decline(booking, at=NOON + HOUR))

    ((_subject, category, _priority, notes),) = desk.tickets()
    assert (category, len(notes), desk.server.tickets[1]["closed"]) == ("no_reply", 1, True)


def test_a_ticket_that_staff_deleted_is_opened_anew_and_says_everything_once(desk, booking):
    open_ticket(escalate(booking))
    desk.server.delete_ticket(1)

    open_ticket(decline(booking, at=NOON + HOUR))

    ((_subject, category, _priority, notes),) = desk.tickets()
    assert (category, notes, fresh(booking).odoo_ticket_id) == ("declined", [], "2")
    assert "Küche &lt;belegt&gt;" in desk.body(2)


def test_an_escalation_that_opened_nothing_leaves_no_second_text_at_the_decline(desk, booking):
    escalation = escalate(booking)
    event = decline(booking, at=NOON + HOUR)

    open_ticket(escalation)
    open_ticket(event)
    open_ticket(event)

    ((_subject, category, _priority, notes),) = desk.tickets()
    assert (category, notes) == ("declined", [])


@pytest.mark.parametrize("method", ["fields_get", "load", "read", "message_post", "write"])
@pytest.mark.parametrize("failure", ["drop_after", "database_down", "serialization"])
def test_whatever_breaks_the_next_try_makes_it_one_ticket_with_one_note(desk, booking, failure, method):
    open_ticket(escalate(booking))
    event = decline(booking, at=NOON + HOUR)
    desk.server.fail_next(failure, method=method)
    with _refused_if_asked(method):
        open_ticket(event)

    open_ticket(event)

    ((_subject, category, _priority, notes),) = desk.tickets()
    assert (category, len(notes)) == ("declined", 1)


@contextmanager
def _refused_if_asked(method):
    if method == "fields_get":
        # Asked for once by the whole process.
        yield
        return
    with pytest.raises(TicketDeskUnavailable):
        yield


def test_a_ticket_that_we_may_not_see_waits_for_staff_but_the_partner_hears_of_the_decline(desk, booking):
    open_ticket(escalate(booking))
    event = decline(booking, at=NOON + HOUR)
    desk.server.fail_next("access_error", times=9)

    with pytest.raises(jobs.GiveUp, match="AccessError"):
        open_ticket(event)

    assert fresh(booking).decline_told_at is not None


# --- How it ends


def test_staff_stop_calling_a_partner_who_has_confirmed(desk, booking):
    open_ticket(escalate(booking))
    event = confirm(booking, at=NOON + HOUR)

    note_ending(event)
    note_ending(event)

    ((_subject, category, _priority, notes),) = desk.tickets()
    assert (category, len(notes)) == ("no_reply", 1)
    assert "1. Mai 2030, 13:00" in notes[0]


def test_an_escalation_whose_answer_was_taken_back_becomes_a_ticket_after_all(desk, booking, run_jobs):
    operations.ask_partner(booking, at=NOON)
    escalate(booking)
    operations.confirm_booking(fresh(booking), by=By("portal"), at=NOON)
    run_jobs("core.run_subscriber")
    before = desk.tickets()

    operations.undo_decision(fresh(booking), by=By("portal"), at=NOON)
    run_jobs("core.run_subscriber")

    assert (before, len(desk.tickets()), fresh(booking).odoo_ticket_id) == ([], 1, "1")


def test_a_ticket_whose_number_got_lost_on_the_way_is_noted_when_the_partner_confirms(desk, booking):
    escalation = escalate(booking)
    desk.server.fail_next("drop_after", method="load")
    with pytest.raises(TicketDeskUnavailable):
        open_ticket(escalation)
    event = confirm(booking, at=NOON + HOUR)

    note_ending(event)
    open_ticket(escalation)
    note_ending(event)

    ((_subject, _category, _priority, notes),) = desk.tickets()
    assert (len(notes), fresh(booking).odoo_ticket_id) == (1, "1")


def test_an_escalation_that_the_answer_overtook_opens_nothing_at_the_end(desk, booking):
    escalation = escalate(booking)
    event = confirm(booking, at=NOON + HOUR)

    open_ticket(escalation)
    note_ending(event)

    assert (desk.tickets(), fresh(booking).odoo_ticket_id) == ([], "")


def test_a_booking_of_history_that_staff_declined_is_noted_when_the_shop_cancels_it(
    desk, adas_partner, mona, run_jobs, settings
):
    settings.BOOKINGS_START_AT = NOON
    take_in(make_order())
    booking = Booking.objects.get()
    reason = queries.reason_by_code("capacity_full")
    by = By("staff", mona)
    operations.emergency_decline_booking(fresh(booking), reason=reason, notes="Krank", by=by, at=NOON)
    settle_decisions(NOON + HOUR)
    run_jobs("core.run_subscriber")

    operations.cancel_booking(fresh(booking), at=NOON + 2 * HOUR)
    run_jobs("core.run_subscriber")

    assert sum("storniert" in note for note in desk.notes(1)) == 1
    assert OutboxMail.objects.filter(kind="booking_cancelled").count() == 1


def test_a_confirmation_without_a_ticket_asks_odoo_nothing(desk, booking):
    note_ending(confirm(booking))

    assert desk.server.calls == []


def test_a_cancellation_is_noted_unless_an_edited_order_carries_the_booking_on(desk, adas_partner, booking):
    open_ticket(decline(booking))
    operations.cancel_booking(fresh(booking), at=NOON + 2 * HOUR)
    event = Event.objects.get(kind="booking.cancelled")
    heir = make_booking(
        adas_partner,
        shop_previous_order_id=booking.magento_order_id,
        course=booking.course,
        course_date=booking.course_date,
    )

    Booking.objects.filter(pk=booking.pk).update(course_date=booking.course_date)
    note_ending(event)
    assert desk.notes(1) == []
    Booking.objects.filter(pk=heir.pk).update(participants=7)
    note_ending(event)

    assert len(desk.notes(1)) == 1


def test_a_case_that_staff_deleted_is_not_opened_again_to_say_that_all_is_well(desk, booking):
    open_ticket(escalate(booking))
    desk.server.delete_ticket(1)

    note_ending(confirm(booking, at=NOON + HOUR))

    assert desk.tickets() == []


# --- A key that is refused


def test_a_key_that_is_refused_holds_the_job_and_nothing_is_lost(desk, booking, time_machine):
    event = escalate(booking)
    desk.server.api_key = "replaced"

    for _again in range(3):
        with pytest.raises(jobs.Hold):
            open_ticket(event)
    asked = len(desk.server.calls)
    assert keys.refused_since("tickets") == NOON
    desk.server.api_key = API_KEY
    with pytest.raises(jobs.Hold):
        open_ticket(event)
    assert len(desk.server.calls) == asked
    time_machine.move_to(NOON + keys.LOOK_AGAIN_EVERY, tick=False)
    open_ticket(event)

    assert (len(desk.tickets()), keys.refused_since("tickets")) == (1, None)


# --- What it says


def test_the_ticket_says_what_was_sent_and_opened(desk, booking, run_jobs):
    operations.ask_partner(booking, at=NOON)
    run_jobs("core.send_mail")
    link = links.find(operations.link_purpose, subject=booking)
    links.record_visit(link, action="confirm", is_person=False, at=NOON + HOUR)
    links.record_visit(link, action="confirm", is_person=True, at=NOON + 2 * HOUR)

    open_ticket(escalate(booking, reason="bounced", at=NOON + 3 * HOUR))

    body = desk.body(1)
    assert "12:00: " in body
    assert "14:00" in body
    assert "13:00" not in body


@pytest.mark.parametrize("reason", ["no_answer", "late", "bounced", "no_address", "staff", "of tomorrow"])
def test_every_reason_for_an_escalation_has_words(desk, booking, reason):
    open_ticket(escalate(booking, reason=reason))

    assert reason not in desk.body(1)


def test_nothing_that_somebody_wrote_becomes_markup(desk, adas_partner):
    booking = make_booking(adas_partner, course_name="<b>Sushi</b>")

    open_ticket(escalate(booking))

    assert "&lt;b&gt;Sushi&lt;/b&gt;" in desk.body(1)
