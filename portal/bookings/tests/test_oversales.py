"""Staff hear of dates of which the shop has sold more seats than there are, and of the booking that was too much."""

from datetime import timedelta

import pytest

from portal.bookings import operations, queries
from portal.bookings.announcements import _oversold
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.sweeps import settle_decisions
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.shop_orders import make_line, make_order, take_in
from portal.conftest import NOON
from portal.core import registry
from portal.dates.models import CourseDate
from portal.dates.operations import sell_elsewhere
from portal.dates.tests.factories import make_date

pytestmark = pytest.mark.django_db

WINDOW = timedelta(minutes=10)


@pytest.fixture(autouse=True)
def _window(settings):
    settings.UNDO_SECONDS = WINDOW.total_seconds()


def decline(booking: Booking) -> None:
    reason = queries.reason_by_code("capacity_full")
    operations.decline_booking(booking, reason=reason, by=By("portal"), at=NOON)


@pytest.fixture
def oversold(adas_partner) -> list[Booking]:
    """Three orders for two each on a date with five seats; the third came last into the shop, but not to us."""
    take_in(
        *[make_order(make_line(10 + n), order_id=7000 + n, created_at=NOON + n * WINDOW) for n in (1, 3, 2)]
    )
    CourseDate.objects.update(capacity=5)
    return list(Booking.objects.order_by("magento_order_id"))


def oversales(at=NOON) -> list[tuple[str, str, str]]:
    found = [each for each in registry.problems(at) if str(each.title).startswith("Oversold")]
    return [(str(each.title), str(each.text), each.url) for each in found]


def test_an_oversale_names_the_newest_booking(oversold):
    assert oversales() == [
        (
            "Oversold: Sushi-Kurs für Anfänger on Wed 8 May 2030",
            "6 seats are taken, but there are only 5. The newest booking is order 000007003.",
            f"/manage/bookings/{oversold[-1].pk}",
        )
    ]


def test_an_oversale_names_a_booking_that_still_takes_seats(oversold):
    CourseDate.objects.update(capacity=3)
    decline(oversold[-1])
    settle_decisions(NOON + WINDOW)

    ((_title, text, _url),) = oversales()

    assert text == "4 seats are taken, but there are only 3. The newest booking is order 000007002."


def test_an_oversale_ends_when_one_of_its_bookings_is_gone(oversold):
    decline(oversold[0])
    during = oversales()
    settle_decisions(NOON + WINDOW)

    assert (len(during), oversales()) == (1, [])


def test_an_oversale_without_any_booking_leads_to_all_that_are_oversold(adas_partner):
    date = make_date(adas_partner, capacity=3)
    sell_elsewhere(date, quantity=3, key="a", actor="user:1", at=NOON)
    CourseDate.objects.update(capacity=2)

    assert oversales() == [
        (
            "Oversold: Sushi-Kurs on Wed 8 May 2030",
            "3 seats are taken, but there are only 2.",
            "/manage/dates?filter=oversold",
        )
    ]


def test_all_oversales_take_as_many_queries_as_one(oversold, adas_partner, django_assert_num_queries):
    for _number in range(5):
        booking = make_booking(adas_partner, participants=2)
        CourseDate.objects.filter(pk=booking.course_date_id).update(capacity=1)

    with django_assert_num_queries(3):
        assert len(_oversold(NOON)) == 6
