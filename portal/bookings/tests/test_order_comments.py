"""What the shop's staff read at an order: one comment for each decision, in every dialect of Magento."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from portal.bookings import operations, queries
from portal.bookings.operations import By
from portal.bookings.order_subscribers import comment_order
from portal.bookings.sweeps import settle_decisions
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import fresh
from portal.bookings.tests.test_tickets import HOUR, confirm, decline
from portal.conftest import NOON
from portal.core import jobs, keys
from portal.core.models import Event
from portal.integrations.shop.rest import ShopWriteUnavailable
from portal.integrations.shop.rest.tests.test_contract import configure
from tests.magento_rest import MagentoRest


@pytest.fixture
def booking(adas_partner, settings, time_machine):
    time_machine.move_to(NOON, tick=False)
    settings.UNDO_SECONDS = 600
    return make_booking(adas_partner)


@pytest.fixture(params=["2.4.6", "2.4.7", "2.4.8"])
def shop(request, settings, booking):
    settings.PORTAL_URL = "https://partner.example.org"
    with MagentoRest(release=request.param, orders={booking.magento_order_id: "processing"}) as server:
        configure(settings, server)
        yield server


def jobs_for_the_shop():
    return ProcrastinateJob.objects.filter(queue_name="comments").count()


def test_a_confirmation_is_a_comment_that_names_the_date_and_no_person(shop, booking):
    event = confirm(booking)

    assert jobs_for_the_shop() == 1
    comment_order(event)
    comment_order(event)

    (text,) = shop.texts(booking.magento_order_id)
    assert "Kochschule Ada" in text
    assert "Sushi-Kurs für Anfänger, Mi., 8. Mai 2030, 12:00" in text
    assert text.endswith(f"[partner.example.org {event.pk}]")
    assert ("Müller" in text, "juergen" in text) == (False, False)
    assert shop.comments[0]["is_visible_on_front"] == shop.comments[0]["is_customer_notified"] == 0
    assert shop.orders[booking.magento_order_id] == "processing"


def test_a_decline_is_a_comment_that_names_the_reason_but_not_the_notes(shop, booking):
    comment_order(decline(booking))

    (text,) = shop.texts(booking.magento_order_id)
    assert ("Küche" in text, "capacity_full" in text) == (False, False)


def test_a_kill_between_the_shops_answer_and_the_end_of_the_job_writes_no_second_comment(shop, booking):
    event = confirm(booking)
    shop.fail_next("drop_after", method="POST")
    with pytest.raises(ShopWriteUnavailable):
        comment_order(event)

    comment_order(event)

    assert len(shop.texts(booking.magento_order_id)) == 1


def test_a_decision_that_no_longer_stands_is_not_told(shop, booking):
    event = confirm(booking)
    operations.cancel_booking(fresh(booking), at=NOON + 2 * HOUR)

    comment_order(event)

    assert shop.comments == []


def test_a_promise_that_was_broken_and_restored_before_the_shop_heard_of_it_is_told_once(
    shop, booking, mona, run_jobs
):
    event = confirm(booking)
    by, reason, at = By("staff", mona), queries.reason_by_code("capacity_full"), NOON + 2 * HOUR
    operations.emergency_decline_booking(fresh(booking), reason=reason, notes="Krank", by=by, at=at)
    comment_order(event)
    before = shop.texts(booking.magento_order_id)

    operations.undo_decision(fresh(booking), by=by, at=at)
    run_jobs("core.run_subscriber")

    assert (before, len(shop.texts(booking.magento_order_id))) == ([], 1)


def test_a_confirmation_that_was_undone_is_never_told(shop, booking):
    operations.confirm_booking(fresh(booking), by=operations.By("portal"), at=NOON)
    operations.undo_decision(fresh(booking), by=operations.By("portal"), at=NOON)
    settle_decisions(NOON + HOUR)

    assert jobs_for_the_shop() == 0


def test_without_a_shop_to_write_to_no_job_is_made(booking, settings):
    settings.ORDER_WRITER = ""

    event = confirm(booking)

    assert jobs_for_the_shop() == 0
    comment_order(event)


def test_an_order_that_is_gone_waits_for_staff(shop, booking):
    shop.orders.clear()

    with pytest.raises(jobs.GiveUp, match="The order is not in the shop any more"):
        comment_order(confirm(booking))


def test_a_key_that_is_refused_holds_the_job(shop, booking, time_machine):
    event = confirm(booking)
    shop.rights.clear()
    for _again in range(2):
        with pytest.raises(jobs.Hold):
            comment_order(event)
    assert (len(shop.calls), keys.refused_since("order comments")) == (1, NOON)

    shop.rights |= {"Magento_Sales::actions_view", "Magento_Sales::comment"}
    time_machine.move_to(NOON + keys.LOOK_AGAIN_EVERY, tick=False)
    comment_order(event)

    assert len(shop.texts(booking.magento_order_id)) == 1


# --- The order's status, where the shop wants that


@pytest.fixture
def with_statuses(settings):
    settings.MAGENTO_STATUS_CONFIRMED = "partner_confirmed"
    settings.MAGENTO_STATUS_DECLINED = "partner_declined"


def test_the_status_follows_when_all_partners_of_the_order_have_confirmed(
    shop, booking, eves_partner, with_statuses
):
    order_id = booking.magento_order_id
    others = make_booking(eves_partner, magento_order_id=order_id)

    comment_order(confirm(booking))
    assert shop.orders[order_id] == "processing"
    comment_order(confirm(others))

    assert shop.orders[order_id] == ("processing" if shop.release == "2.4.7" else "partner_confirmed")
    assert len(shop.texts(order_id)) == 2


def test_a_status_that_the_shop_does_not_know_is_left_out(shop, booking, with_statuses):
    comment_order(decline(booking))

    assert len(shop.texts(booking.magento_order_id)) == 1
    takes_any = shop.release == "2.4.6"
    assert shop.orders[booking.magento_order_id] == ("partner_declined" if takes_any else "processing")


def test_every_decision_is_a_comment_of_its_own(shop, booking, adas_partner):
    comment_order(confirm(booking))
    second = make_booking(adas_partner, magento_order_id=booking.magento_order_id)
    comment_order(decline(second))

    assert len(shop.texts(booking.magento_order_id)) == 2
    assert (
        Event.objects.filter(kind__in=["booking.confirmation_settled", "booking.decline_settled"]).count()
        == 2
    )
