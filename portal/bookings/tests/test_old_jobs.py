"""Jobs that were queued before an update find their work after it, wherever its function stands by then."""

import pytest
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from portal.bookings import operations, queries
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.tests.looking import fresh
from portal.bookings.tests.shop_orders import LATER, make_line, make_order, take_in
from portal.conftest import NOON
from portal.core import events
from portal.core.models import Event, OutboxMail
from portal.partners.operations import save_partner

# Every name under which a job may wait somewhere. A name that once stood here stays: who moves or renames a
# subscriber gives it `formerly`, and adds the new name.
SUBSCRIBERS = {
    "portal.bookings.date_changes.subscribers.tell_customer",
    "portal.bookings.date_changes.subscribers.tell_customer_at_new_address",
    "portal.bookings.mail_subscribers.follow_bounce",
    "portal.bookings.mail_subscribers.forget_unused_bounces",
    "portal.bookings.mail_subscribers.tell_customer",
    "portal.bookings.mail_subscribers.tell_customer_at_new_address",
    "portal.bookings.order_subscribers.comment_order",
    "portal.bookings.subscribers.follow_moved_date",
    "portal.bookings.subscribers.follow_new_address",
    "portal.bookings.subscribers.follow_quiet_hours",
    "portal.bookings.subscribers.follow_recipients",
    "portal.bookings.subscribers.match_orders_of_partner",
    "portal.bookings.subscribers.open_ticket",
    "portal.bookings.subscribers.promote_candidate",
    "portal.bookings.subscribers.tell_cancelled",
    "portal.bookings.subscribers.tell_confirmed_for_partner",
    "portal.bookings.subscribers.withdraw_candidates",
    "portal.bookings.ticket_subscribers.note_ending",
    "portal.bookings.ticket_subscribers.open_ticket",
    "portal.dates.subscribers.read_courses_of_partner",
    "portal.demo.subscribers.erase_mails",
    "portal.rebooking.order_subscribers.comment_move",
    "portal.rebooking.stock_subscribers.follow_sale",
    "portal.rebooking.stock_subscribers.move_stock",
    "portal.rebooking.stock_subscribers.take_stock_back",
    "portal.rebooking.subscribers.end_links_of_cancelled",
    "portal.rebooking.subscribers.end_replaced_links",
    "portal.rebooking.subscribers.follow_bounce",
    "portal.rebooking.subscribers.follow_contact",
    "portal.rebooking.subscribers.forget_customer",
    "portal.rebooking.subscribers.offer_for_candidates",
    "portal.rebooking.subscribers.offer_rebooking",
    "portal.rebooking.ticket_subscribers.note_call",
    "portal.rebooking.ticket_subscribers.note_case",
    "portal.rebooking.ticket_subscribers.note_move",
}
# The same for jobs, with the names of their arguments.
JOBS = {
    "accounts.owe_password_reset": ("user_ids",),
    "bookings.import_changed": (),
    "bookings.import_hint": ("hints", "tries"),
    "bookings.import_orders": ("way", "order_ids"),
    "bookings.import_upcoming": ("day",),
    "core.record_fate": ("partner_id", "mail_id", "message_id", "fate", "outside_id", "at"),
    "core.run_subscriber": ("event_id", "partner_id", "subscriber"),
    "core.send_mail": ("mail_id", "partner_id"),
    "dates.import_all": (),
    "dates.import_changed": (),
    "dates.import_partner": ("value",),
    "integrations.look_at_key": ("system",),
    "rebooking.correct_stock": ("partner_id", "change_id", "event_id"),
}


def run_old_job(subscriber: str, event: Event) -> None:
    """As a worker does with a job that an earlier version has queued."""
    app.tasks["core.run_subscriber"].func(
        event_id=event.pk, partner_id=event.partner_id, subscriber=subscriber
    )


def latest(kind: str) -> Event:
    return Event.objects.filter(kind=kind).latest("pk")


@pytest.fixture
def booking(adas_partner, run_jobs) -> Booking:
    take_in(make_order())
    run_jobs()
    return Booking.objects.get()


def test_no_name_of_a_subscriber_is_ever_lost():
    assert {name for name in events.subscriber_names() if name.startswith("portal.")} == SUBSCRIBERS


def test_no_name_of_a_job_or_of_its_arguments_is_ever_lost():
    ours = {
        name: task for name, task in app.tasks.items() if not name.startswith(("builtin", "procrastinate"))
    }
    arguments = {
        name: task.func.__code__.co_varnames[: task.func.__code__.co_argcount] for name, task in ours.items()
    }

    assert arguments == JOBS


def test_a_decline_that_waited_for_the_help_desk_becomes_a_ticket(booking):
    reason = queries.reason_by_code("capacity_full")
    operations.decline_booking(booking, reason=reason, by=By("portal"), at=NOON)
    operations.settle_decision(booking, at=LATER)

    run_old_job("portal.bookings.subscribers.open_ticket", latest("booking.decline_settled"))

    assert fresh(booking).odoo_ticket_id


def test_a_cancellation_is_told(booking):
    operations.cancel_booking(booking, at=LATER)

    run_old_job("portal.bookings.subscribers.tell_cancelled", latest("booking.cancelled"))

    assert OutboxMail.objects.filter(kind="booking_cancelled").count() == 1


def test_a_new_address_is_asked(booking, adas_partner):
    adas_partner.email = "new@example.org"
    save_partner(adas_partner, actor="user:1", at=LATER)

    run_old_job("portal.bookings.subscribers.follow_new_address", latest("partner.changed"))

    assert OutboxMail.objects.filter(kind="booking_request", recipient="new@example.org").count() == 1


def test_orders_that_waited_for_a_partner_are_read_again(booking, adas_partner):
    take_in(make_order(make_line(12, partner_value="10002"), order_id=2))
    adas_partner.magento_partner_id = "10002"
    save_partner(adas_partner, actor="user:1", at=LATER)

    run_old_job("portal.bookings.subscribers.match_orders_of_partner", latest("partner.changed"))

    assert ("matched", [2]) in queued_imports()


def queued_imports() -> list[tuple[str, list[int]]]:
    waiting = ProcrastinateJob.objects.filter(task_name="bookings.import_orders")
    return [(job.args["way"], job.args["order_ids"]) for job in waiting]
