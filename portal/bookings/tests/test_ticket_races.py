"""Two jobs at one case at the same instant: real commits and two connections."""

import time
from datetime import timedelta

import pytest

from portal.bookings import operations, queries
from portal.bookings.operations import By
from portal.bookings.sweeps import settle_decisions
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import fresh
from portal.bookings.ticket_subscribers import note_ending, open_ticket
from portal.conftest import NOON, make_partner
from portal.core import tenancy
from portal.core.models import Event
from portal.core.turns import Busy
from tests.odoo_server import API_KEY, DATABASE, LOGIN, OdooServer
from tests.threads import run_together

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = timedelta(hours=1)


@pytest.fixture
def slow_odoo(settings):
    """Takes a while to save a ticket."""
    settings.TICKET_DESK = "portal.integrations.tickets.odoo.ticket_desk"
    with OdooServer(delay_seconds=1.0) as server:
        settings.ODOO_URL, settings.ODOO_DB = server.url, DATABASE
        settings.ODOO_API_KEY, settings.ODOO_LOGIN = API_KEY, LOGIN
        yield server


@pytest.fixture
def escalated():
    with tenancy.system("tests", actor="test"):
        booking = make_booking(make_partner("Kochschule Ada", 1))
        operations.escalate(booking, reason="no_answer", at=NOON)
    return booking, event_of("booking.escalated")


def event_of(kind):
    with tenancy.system("tests"):
        return Event.objects.filter(kind=kind).latest("pk")


def test_of_two_jobs_at_one_case_one_waits_for_its_next_try(slow_odoo, escalated):
    _booking, event = escalated

    outcomes = run_together(lambda: open_ticket(event), lambda: open_ticket(event))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Busy", "NoneType"]
    open_ticket(event)
    assert (len(slow_odoo.tickets), slow_odoo.notes) == (1, [])


def test_what_ended_while_the_ticket_was_being_opened_is_noted_once(slow_odoo, escalated):
    booking, event = escalated

    def confirm_meanwhile():
        while "load" not in slow_odoo.methods():
            time.sleep(0.01)
        with tenancy.system("tests", actor="test"):
            operations.confirm_booking(fresh(booking), by=By("portal"), at=NOON)
        settle_decisions(NOON + HOUR)
        note_ending(event_of("booking.confirmation_settled"))

    outcomes = run_together(lambda: open_ticket(event), confirm_meanwhile)
    # The second waits for its next try.
    assert [type(outcome) for outcome in outcomes] == [type(None), Busy]
    note_ending(event_of("booking.confirmation_settled"))

    assert (len(slow_odoo.tickets), len(slow_odoo.notes)) == (1, 1)


def test_escalation_and_decline_at_one_instant_are_one_ticket_of_the_declined_kind(
    slow_odoo, escalated, settings
):
    settings.ODOO_CATEGORY_DECLINED = "partner_portal.cat_declined"
    settings.ODOO_CATEGORY_NO_REPLY = "partner_portal.cat_no_reply"
    booking, escalation = escalated

    def decline_meanwhile():
        while "load" not in slow_odoo.methods():
            time.sleep(0.01)
        with tenancy.system("tests", actor="test"):
            reason = queries.reason_by_code("capacity_full")
            operations.decline_booking(fresh(booking), reason=reason, by=By("portal"), at=NOON)
        settle_decisions(NOON + HOUR)
        open_ticket(event_of("booking.decline_settled"))

    first, second = run_together(lambda: open_ticket(escalation), decline_meanwhile)
    assert (first, type(second)) == (None, Busy)
    open_ticket(event_of("booking.decline_settled"))

    (ticket,) = slow_odoo.tickets.values()
    assert (ticket["category_id"], len(slow_odoo.notes)) == (5, 1)
    assert fresh(booking).decline_told_at is not None
