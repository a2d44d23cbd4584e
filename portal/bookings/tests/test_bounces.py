"""Mails that do not reach anybody: who calls, who is told, and what stands on the booking."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portal.bookings import operations
from portal.bookings.mails import unreached_recipients
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import ask, fresh
from portal.bookings.tests.shop_orders import LATER, PERSON, make_line, make_order, take_in
from portal.bookings.timeline import timeline_entries
from portal.conftest import NOON, client_of
from portal.core import events, fates, outbox
from portal.core.fates import Report
from portal.core.models import BouncedAddress, Event, OutboxMail
from portal.core.tests import mail_servers
from portal.partners.models import Member

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _mail_server(settings):
    mail_servers.taken_mails.clear()
    settings.EMAIL_SENDER = "portal.core.tests.mail_servers.taking"
    settings.UNDO_SECONDS = 0


@pytest.fixture
def booking(adas_partner, run_jobs) -> Booking:
    booking, _ = ask(adas_partner)
    run_jobs()
    return booking


def come_back(mail: OutboxMail, fate: str = "bounced", *, at=NOON + HOUR) -> None:
    fates.record_fate(Report(mail.partner_id, mail.pk, mail.message_id, fate, f"{mail.pk}-{fate}", at))


def request_to(recipient: str) -> OutboxMail:
    return OutboxMail.objects.get(kind="booking_request", recipient=recipient)


def escalations(booking: Booking) -> list[tuple[object, dict]]:
    found = Event.objects.filter(kind="booking.escalated", subject_id=booking.pk).order_by("id")
    return [(event.at, event.data) for event in found]


@pytest.mark.parametrize("fate", ["bounced", "blocked", "dropped"])
def test_a_request_that_comes_back_lets_staff_call_at_once(booking, run_jobs, fate):
    come_back(request_to("partner1@example.org"), fate)
    run_jobs()

    assert escalations(booking) == [(NOON + HOUR, {"reason": "bounced"})]
    assert fresh(booking).escalated_at == NOON + HOUR


@pytest.mark.parametrize("fate", ["deferred", "delivered", "spam"])
def test_whoever_may_still_have_read_it_is_waited_for(booking, run_jobs, fate):
    come_back(request_to("partner1@example.org"), fate)
    run_jobs()

    assert escalations(booking) == []


def test_a_server_that_knows_nobody_of_that_name_is_enough(adas_partner, run_jobs, settings):
    settings.EMAIL_SENDER = "portal.core.tests.mail_servers.knowing_nobody"
    booking, _ = ask(adas_partner)

    run_jobs()

    assert [data for _, data in escalations(booking)] == [{"reason": "bounced"}]


def test_as_long_as_one_of_several_is_reached_nobody_has_to_call(adas_partner, ben, run_jobs):
    Member.objects.filter(user=ben).update(gets_booking_mails=True)
    # `ask` looks for the one link that there is elsewhere.
    booking = make_booking(adas_partner)
    operations.ask_partner(booking, at=NOON)
    run_jobs()

    come_back(request_to("partner1@example.org"))
    run_jobs()
    first = escalations(booking)
    come_back(request_to("ben@example.org"))
    run_jobs()

    assert (first, [data for _, data in escalations(booking)]) == ([], [{"reason": "bounced"}])


def test_what_was_answered_meanwhile_is_not_called_about(booking, run_jobs):
    operations.confirm_booking(booking, by=By("portal"), at=NOON)

    come_back(request_to("partner1@example.org"))
    run_jobs()

    assert escalations(booking) == []


def test_a_mail_that_asks_for_nothing_may_come_back_without_a_call(booking, adas_partner, run_jobs):
    mail = outbox.put("booking_changed", subject=booking, recipient=adas_partner.email, at=NOON)

    come_back(mail)
    run_jobs()

    assert escalations(booking) == []


def test_the_customers_mail_that_comes_back_is_no_fault_of_the_partner(booking, run_jobs):
    operations.confirm_booking(booking, by=By("portal"), at=NOON)
    operations.settle_decision(booking, at=NOON)
    run_jobs()

    come_back(OutboxMail.objects.get(kind="customer_confirmed"))
    run_jobs()

    assert escalations(booking) == []
    assert unreached_recipients(fresh(booking), at=NOON) == []
    assert "The e-mail to the customer came back." in texts(booking)


@pytest.mark.parametrize(("is_corrected", "told"), [(False, [{"reason": "bounced"}]), (True, [])])
def test_about_an_order_on_hold_nobody_calls_before_it_goes_on(adas_partner, run_jobs, is_corrected, told):
    take_in(make_order(make_line()), at=NOON)
    run_jobs()
    booking = Booking.objects.get()
    take_in(make_order(make_line(), state="holded", updated_at=LATER), at=LATER)
    come_back(request_to("partner1@example.org"))
    run_jobs()
    before = escalations(booking)
    if is_corrected:
        BouncedAddress.objects.all().delete()

    take_in(make_order(make_line(), updated_at=LATER + HOUR), at=LATER + HOUR)

    assert (before, [data for _, data in escalations(booking)]) == ([], told)


def test_the_job_may_run_twice(booking, run_jobs):
    come_back(request_to("partner1@example.org"))
    run_jobs()
    event = Event.objects.get(kind="mail.bounced")

    events.subscriber("portal.bookings.mail_subscribers.follow_bounce")(event)

    assert len(escalations(booking)) == 1


def test_a_new_booking_is_still_tried_at_an_address_that_failed_before(booking, adas_partner, run_jobs):
    come_back(request_to("partner1@example.org"))

    another, _ = ask(adas_partner)
    run_jobs()

    mail = OutboxMail.objects.get(kind="booking_request", subject_id=another.pk)
    assert (mail.state, escalations(another)) == ("sent", [])


# --- What stands on the booking


def texts(booking: Booking) -> list[str]:
    return [str(entry.text) for entry in timeline_entries(fresh(booking))]


def test_the_partner_reads_which_address_failed_and_where_to_put_it_right(
    booking, ada, run_jobs, time_machine
):
    time_machine.move_to(NOON + HOUR, tick=False)
    come_back(request_to("partner1@example.org"))
    run_jobs()

    page = client_of(ada).get(f"/dashboard/bookings/{booking.pk}").text

    assert "Our e-mail to partner1@example.org came back. Please check the address." in page
    assert 'href="/dashboard/settings"' in page
    assert "An e-mail about this booking came back." in page


def test_as_long_as_all_is_well_nothing_is_said(booking, ada, time_machine):
    time_machine.move_to(NOON + HOUR, tick=False)

    assert "came back" not in client_of(ada).get(f"/dashboard/bookings/{booking.pk}").text


def test_a_corrected_address_ends_it(booking, adas_partner, run_jobs):
    come_back(request_to("partner1@example.org"))
    adas_partner.email = "richtig@example.org"
    adas_partner.save()
    events.record(
        "partner.changed",
        subject=adas_partner,
        actor="test",
        at=NOON + HOUR,
        data={"magento_partner_id": adas_partner.magento_partner_id},
    )
    run_jobs()

    assert BouncedAddress.objects.count() == 0
    assert unreached_recipients(fresh(booking), at=NOON + HOUR) == []


def test_a_change_of_something_else_leaves_it(booking, adas_partner, run_jobs):
    come_back(request_to("partner1@example.org"))
    events.record(
        "partner.changed",
        subject=adas_partner,
        actor="test",
        at=NOON + HOUR,
        data={"magento_partner_id": adas_partner.magento_partner_id},
    )
    run_jobs()

    assert unreached_recipients(fresh(booking), at=NOON + HOUR) == ["partner1@example.org"]


def test_a_customers_address_that_the_shop_corrects_ends_it(adas_partner, run_jobs):

    take_in(make_order(make_line()), at=NOON)
    booking = Booking.objects.get()
    operations.confirm_booking(booking, by=By("portal"), at=NOON)
    operations.settle_decision(booking, at=NOON)
    run_jobs()
    come_back(OutboxMail.objects.get(kind="customer_confirmed"))
    marked = list(BouncedAddress.objects.values_list("address", flat=True))

    take_in(
        make_order(make_line(), person=replace(PERSON, email="richtig@example.com"), updated_at=LATER),
        at=LATER,
    )
    run_jobs()

    assert (marked, BouncedAddress.objects.count()) == (["juergen@example.com"], 0)
