"""What the shop's staff read at an order whose customer moves to another date."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from portal.bookings import operations as bookings
from portal.bookings.models import Booking
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import fresh
from portal.conftest import NOON
from portal.core.models import Event
from portal.integrations.shop.rest import ShopWriteUnavailable
from portal.integrations.shop.rest.tests.test_contract import configure
from portal.rebooking import operations
from portal.rebooking.order_subscribers import comment_move
from portal.rebooking.tests.factories import confirm, decline, make_free_date, make_rebooking, now_of
from tests.magento_rest import MagentoRest


@pytest.fixture
def booking(adas_partner, time_machine) -> Booking:
    time_machine.move_to(NOON, tick=False)
    return make_booking(adas_partner)


@pytest.fixture(params=["2.4.6", "2.4.8"])
def shop(request, settings, booking):
    settings.PORTAL_URL = "https://partner.example.org"
    settings.MAGENTO_STATUS_DECLINED = "partner_declined"
    with MagentoRest(release=request.param, orders={booking.magento_order_id: "processing"}) as server:
        configure(settings, server)
        yield server


@pytest.fixture
def rebooked(booking) -> Booking:
    """The new booking."""
    rebooking = make_rebooking(booking.partner, booking=decline(booking))
    date = make_free_date(booking.course)
    return fresh(operations.rebook(rebooking, date.pk, at=NOON).rebooking.new_booking)


def latest(kind: str) -> Event:
    return Event.objects.filter(kind=kind).latest("pk")


def test_the_new_date_is_one_comment_that_names_both_dates_and_no_person(shop, booking, rebooked):
    event = latest("booking.rebooked")

    for _again in range(2):
        comment_move(event)

    (text,) = shop.texts(booking.magento_order_id)
    assert [
        each
        for each in ("Mi., 8. Mai 2030, 12:00", "Mi., 15. Mai 2030, 12:00", "Kochschule Ada")
        if each not in text
    ] == []
    assert text.endswith(f"[partner.example.org {event.pk}]")
    assert ("Müller" in text, "juergen" in text) == (False, False)
    assert shop.comments[0]["is_customer_notified"] == 0
    assert shop.orders[booking.magento_order_id] == "processing"


def test_a_date_that_is_asked_for_is_a_comment_and_its_confirmation_another(shop, booking, mona):
    confirm(booking)
    link = operations.send_link(fresh(booking), user=mona, at=NOON)
    date = make_free_date(booking.course)
    candidate = operations.rebook(now_of(link), date.pk, at=NOON).rebooking.new_booking

    comment_move(latest("booking.move_asked"))
    confirm(fresh(candidate))
    bookings.promote_candidate(fresh(candidate), at=NOON)
    comment_move(latest("booking.rebooked"))
    comment_move(latest("booking.move_asked"))

    assert len(shop.texts(booking.magento_order_id)) == 2


def test_a_lost_answer_of_the_shop_makes_no_second_comment(shop, booking, rebooked):
    shop.fail_next("drop_after", method="POST")
    with pytest.raises(ShopWriteUnavailable):
        comment_move(latest("booking.rebooked"))

    comment_move(latest("booking.rebooked"))

    assert len(shop.texts(booking.magento_order_id)) == 1


def test_an_order_that_was_cancelled_meanwhile_gets_no_comment(shop, booking, rebooked):
    bookings.cancel_booking(rebooked, at=NOON)

    comment_move(latest("booking.rebooked"))

    assert shop.comments == []


def test_without_a_shop_to_write_to_no_job_is_made(booking, settings, rebooked):
    settings.ORDER_WRITER = ""
    waiting = ProcrastinateJob.objects.filter(queue_name="comments")

    comment_move(latest("booking.rebooked"))

    assert waiting.count() == 0
