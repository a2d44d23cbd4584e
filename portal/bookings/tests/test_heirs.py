"""An edited order carries on what was promised: told once, asked once, one case at the help desk."""

from datetime import timedelta

import pytest

from portal.bookings import operations, queries
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.sweeps import settle_decisions
from portal.bookings.tests.shop_orders import PERSON, confirm, make_line, make_order, take_in
from portal.conftest import NOON
from portal.core.models import OutboxMail
from portal.core.tests import mail_servers
from portal.integrations.models import DemoTicket

MINUTE = timedelta(minutes=1)
SETTLED = NOON + 10 * MINUTE
EDITED = NOON + 20 * MINUTE
MUCH_LATER = NOON + timedelta(hours=5)


@pytest.fixture(autouse=True)
def _taking(settings):
    mail_servers.taken_mails.clear()
    settings.EMAIL_SENDER = "portal.core.tests.mail_servers.taking"
    settings.UNDO_SECONDS = 600


@pytest.fixture
def original(adas_partner, run_jobs) -> Booking:
    """Of order 1, asked for."""
    take_in(make_order())
    run_jobs()
    return Booking.objects.get()


def edit(order_id: int = 2, *, at=EDITED, **gone) -> Booking:
    """The shop cancels the former order and makes a new one of it; returns the new one's booking."""
    former = order_id - 1
    take_in(
        make_order(
            make_line(10 + former), order_id=former, state="canceled", previous_order_id=former - 1 or None
        ),
        make_order(make_line(10 + order_id), order_id=order_id, previous_order_id=former),
        at=at,
    )
    return Booking.objects.get(magento_order_id=order_id)


def decline(booking: Booking, *, at=NOON) -> None:
    operations.decline_booking(
        booking, reason=queries.reason_by_code("capacity_full"), by=By("portal"), at=at
    )


def mails_to_customer() -> list[str]:
    return [mail.subject for mail in mail_servers.taken_mails if mail.to == PERSON.email]


def late_tickets() -> list[int]:
    return [each.pk for each in queries.declined_without_ticket(settled_before=MUCH_LATER)]


def test_a_decline_whose_ticket_waited_for_the_desk_gets_it_with_the_heir(original, run_jobs):
    decline(original)
    operations.settle_decision(original, at=SETTLED)

    heir = edit()
    run_jobs()
    settle_decisions(MUCH_LATER)
    late = late_tickets()
    run_jobs()

    heir.refresh_from_db()
    assert (heir.status, late, late_tickets()) == ("declined", [heir.pk], [])
    assert [ticket.key for ticket in DemoTicket.objects.all()] == [f"confirmation_{original.pk}"]
    assert OutboxMail.objects.filter(kind="booking_declined", state="sent").count() == 1


def test_a_decline_with_its_ticket_is_not_announced_again(original, run_jobs):
    decline(original)
    operations.settle_decision(original, at=SETTLED)
    run_jobs()

    heir = edit()
    settle_decisions(MUCH_LATER)
    run_jobs()

    assert (heir.settled_at, heir.odoo_ticket_id) == (
        SETTLED,
        Booking.objects.get(pk=original.pk).odoo_ticket_id,
    )
    assert DemoTicket.objects.count() == 1
    assert OutboxMail.objects.filter(kind="booking_declined").count() == 1


@pytest.mark.parametrize("ran", [(), ("core.run_subscriber",)], ids=["nothing ran", "the mail waits"])
def test_a_confirmation_that_the_customer_had_not_got_is_told_by_the_heir(original, run_jobs, ran):
    confirm(original)
    operations.settle_decision(original, at=SETTLED)
    if ran:
        run_jobs(*ran)

    edit()
    settle_decisions(MUCH_LATER)
    run_jobs()

    assert len(mails_to_customer()) == 1


def test_a_customer_who_was_told_is_not_told_again_however_often_the_order_is_edited(original, run_jobs):
    confirm(original)
    operations.settle_decision(original, at=SETTLED)
    run_jobs()

    heirs = [edit(order_id) for order_id in (2, 3, 4)]
    settle_decisions(MUCH_LATER)
    run_jobs()

    assert [heir.settled_at for heir in heirs] == [SETTLED] * 3
    assert len(mails_to_customer()) == 1


def test_where_customers_get_no_mail_a_settled_promise_stays_settled(original, settings):
    settings.CUSTOMER_MAIL_ON_CONFIRM = False
    confirm(original)
    operations.settle_decision(original, at=SETTLED)

    assert edit().settled_at == SETTLED


def test_history_stays_silent_when_it_is_edited(adas_partner, settings):
    settings.BOOKINGS_START_AT = NOON
    take_in(make_order())

    later = make_order(make_line(12), order_id=2, previous_order_id=1, created_at=NOON)
    take_in(make_order(state="canceled"), later, at=EDITED)

    heir = Booking.objects.get(magento_order_id=2)
    assert (heir.is_history, heir.settled_at) == (True, NOON)


def test_an_heir_that_comes_before_its_original_is_cancelled_settles_alone(original, run_jobs):
    confirm(original)
    # A hint names the new order only; the poll brings the cancelled one later.
    take_in(make_order(make_line(12), order_id=2, previous_order_id=1), at=SETTLED - MINUTE)

    settle_decisions(SETTLED)
    run_jobs()
    take_in(make_order(state="canceled", next_order_id=2), at=SETTLED + MINUTE)
    run_jobs()

    settled = Booking.objects.order_by("pk").values_list("status", "settles_at", "settled_at")
    assert list(settled) == [("cancelled", None, None), ("confirmed", SETTLED, SETTLED)]
    assert len(mails_to_customer()) == 1


def test_an_heir_that_comes_first_takes_the_waiting_mail_over(original, run_jobs):
    confirm(original)
    operations.settle_decision(original, at=SETTLED)
    run_jobs("core.run_subscriber")

    take_in(make_order(make_line(12), order_id=2, previous_order_id=1), at=EDITED)
    settle_decisions(EDITED)
    run_jobs()

    mails = (
        OutboxMail.objects.filter(kind="customer_confirmed").order_by("pk").values_list("state", flat=True)
    )
    assert (list(mails), len(mails_to_customer())) == (["dropped", "sent"], 1)


def test_an_unanswered_booking_keeps_its_case_when_the_order_is_edited(original, run_jobs):
    operations.escalate(original, at=NOON + timedelta(hours=48))
    run_jobs()

    heir = edit(at=NOON + timedelta(hours=50))
    operations.escalate(heir, at=NOON + timedelta(hours=100))
    run_jobs()

    assert (heir.status, heir.previous_id) == ("pending", original.pk)
    assert DemoTicket.objects.count() == 1


def test_two_equal_items_of_an_order_have_an_heir_each(adas_partner):
    take_in(make_order(make_line(11), make_line(12)))
    first, second = Booking.objects.order_by("pk")
    decline(first)
    confirm(second)

    edited = make_order(make_line(21), make_line(22), order_id=2, previous_order_id=1)
    take_in(make_order(make_line(11), make_line(12), state="canceled"), edited, at=EDITED)

    heirs = Booking.objects.filter(magento_order_id=2).order_by("pk").values_list("status", "previous")
    assert list(heirs) == [("declined", first.pk), ("confirmed", second.pk)]


def test_twenty_heirs_take_as_many_queries_as_two(adas_partner, django_assert_max_num_queries):
    def edited(orders: range) -> list:
        take_in(*(make_order(make_line(100 + n), order_id=n) for n in orders))
        for booking in Booking.objects.filter(magento_order_id__in=orders):
            confirm(booking)
            operations.settle_decision(booking, at=SETTLED)
        return [
            make_order(make_line(500 + n), order_id=400 + n, previous_order_id=n, status="edited")
            for n in orders
        ]

    few, many = edited(range(1, 3)), edited(range(11, 31))
    with django_assert_max_num_queries(60) as of_few:
        take_in(*few, at=EDITED)
    with django_assert_max_num_queries(60) as of_many:
        take_in(*many, at=EDITED)

    assert len(of_many) == len(of_few)
