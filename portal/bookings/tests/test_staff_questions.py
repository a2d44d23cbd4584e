"""What the import cannot decide becomes a question to staff: once for each thing the shop says."""

import pytest

from portal.bookings import operations, queries
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.tests.shop_orders import LATER, make_line, make_order, take_in
from portal.conftest import NOON
from portal.integrations.shop import PaymentStatus


def order(participants: int = 2, **values):
    return make_order(make_line(participants=participants), **values)


def decline(booking: Booking) -> None:
    reason = queries.reason_by_code("capacity_full")
    operations.decline_booking(booking, reason=reason, by=By("portal"), at=NOON)


def cancel(_booking: Booking) -> None:
    take_in(order(state="canceled"), at=NOON)


def leave(_booking: Booking) -> None:
    """Nobody answers."""


def question() -> str:
    return Booking.objects.get().staff_question


REFUNDED = PaymentStatus.REFUNDED
CASES = {
    "changed_after_decline": (decline, order(1), order(1, status="seen"), order(3)),
    "revived": (cancel, order(), order(status="seen"), order(4)),
    "refunded": (
        leave,
        order(payment_status=REFUNDED),
        order(payment_status=REFUNDED, status="seen"),
        None,
    ),
}


@pytest.mark.parametrize("asked", CASES)
def test_a_settled_question_comes_back_only_when_the_shop_says_something_new_of_it(adas_partner, asked):
    before, raises_it, says_nothing_new, raises_it_anew = CASES[asked]
    take_in(order())
    before(Booking.objects.get())

    take_in(raises_it, at=LATER)
    assert question() == asked
    operations.settle_staff_question(Booking.objects.get(), actor="user:7", at=LATER)
    take_in(says_nothing_new, at=LATER)
    assert (question(), Booking.objects.get().shop_status) == ("", "seen")

    if raises_it_anew:
        take_in(raises_it_anew, at=LATER)
        assert question() == asked


@pytest.mark.parametrize("asked", CASES)
def test_an_open_question_stays_whatever_else_the_shop_says(adas_partner, asked):
    before, raises_it, says_nothing_new, _ = CASES[asked]
    take_in(order())
    before(Booking.objects.get())

    take_in(raises_it, at=LATER)
    take_in(says_nothing_new, at=LATER)

    assert question() == asked
