"""Two hundred customers want the same date at the same instant: real commits, real locks, many threads."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from portal.bookings.models import Booking, BookingStatus, Customer
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.recount import differences
from portal.conftest import NOON, make_partner
from portal.core import links, tenancy
from portal.core.links import Wanted
from portal.core.models import OutboxMail
from portal.dates.models import CourseDate
from portal.dates.tests.seats import seats
from portal.partners.models import Partner
from portal.rebooking.models import Rebooking
from portal.rebooking.opening import REBOOK_LINK
from portal.rebooking.tests.calling import API
from portal.rebooking.tests.factories import decline, make_free_date
from tests.threads import run_together

pytestmark = pytest.mark.django_db(transaction=True)

CUSTOMERS, SEATS, THREADS = 200, 20, 20


@dataclass(frozen=True)
class Chooser:
    """A customer with a link. Half of them hold their seat before they choose, as our own page does."""

    path: str
    email: str
    holds_first: bool


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]


@pytest.fixture
def partner(time_machine) -> Partner:
    time_machine.move_to(NOON, tick=False)
    with tenancy.system("tests", actor="test"):
        return make_partner("Kochschule Ada", 1)


@pytest.fixture
def declined(partner) -> Booking:
    """The first of two hundred, on a date that was declined for all."""
    with tenancy.system("tests", actor="test"):
        return decline(make_booking(partner, participants=1, shop_participants=1))


@pytest.fixture
def wanted(declined) -> CourseDate:
    with tenancy.system("tests", actor="test"):
        return make_free_date(declined.course, 14, capacity=SEATS)


@pytest.fixture
def other(declined) -> CourseDate:
    with tenancy.system("tests", actor="test"):
        return make_free_date(declined.course, 21, capacity=CUSTOMERS)


@pytest.fixture
def choosers(declined) -> list[Chooser]:
    """All at once: one by one, as operations make them, takes longer than the race."""
    with tenancy.system("tests", actor="test"):
        bookings = [declined, *copies(declined, CUSTOMERS - 1)]
        expires_at = NOON + timedelta(days=30)
        wanted = [Wanted(each, each.customer.email, 1, expires_at) for each in bookings]
        made = links.issue_many(REBOOK_LINK, wanted, at=NOON)
        Rebooking.objects.bulk_create(
            Rebooking(
                partner=declined.partner,
                original_booking=booking,
                original_order_id=booking.magento_order_id,
                original_order_item_id=booking.magento_order_item_id,
                course_product_id=booking.course.magento_product_id,
                customer_email=booking.customer.email,
                original_participants=1,
                original_price=Decimal(booking.price_cents) / 100,
                token=link.token_hash,
                token_expires_at=expires_at,
                created_at=NOON,
            )
            for booking, link in zip(bookings, made, strict=True)
        )
    return [
        Chooser(f"{API}/{links.token_of(link)}", link.recipient, holds_first=bool(number % 2))
        for number, link in enumerate(made)
    ]


def copies(declined: Booking, count: int) -> list[Booking]:
    """Of as many other customers, each with an order of their own, in the same state."""
    numbers = range(declined.magento_order_id + 1_000_000, declined.magento_order_id + 1_000_000 + count)
    customers = Customer.objects.bulk_create(
        Customer(partner=declined.partner, magento_order_id=number, email=f"c{number}@example.com")
        for number in numbers
    )
    copied = {
        field.name: getattr(declined, field.name)
        for field in Booking._meta.concrete_fields
        if field.name not in ("id", "customer", "confirmation_token")
    }
    return Booking.objects.bulk_create(
        Booking(
            **copied
            | {
                "customer": customer,
                "magento_order_id": customer.magento_order_id,
                "magento_order_item_id": customer.magento_order_id,
                "magento_order_increment_id": f"{customer.magento_order_id:09d}",
            }
        )
        for customer in customers
    )


def choose(client: Client, chooser: Chooser, date: CourseDate) -> list[Answer]:
    """Whoever cannot hold a seat looks for another date."""
    answers = []
    sent: dict[str, object] = {"selectedDateId": date.pk}
    if chooser.holds_first:
        answers.append(post(client, f"{chooser.path}/hold", sent))
    if not answers or answers[0].status == 200:
        answers.append(post(client, chooser.path, sent | {"customerEmail": chooser.email}))
    return answers


def post(client: Client, path: str, body: dict[str, object]) -> Answer:
    response = client.post(path, body, content_type="application/json")
    return Answer(response.status_code, response.json())


def test_two_hundred_customers_race_for_twenty_seats(partner, choosers, wanted, other):
    clients = [Client() for _ in range(THREADS)]

    def run(number: int) -> list[list[Answer]]:
        return [choose(clients[number], each, wanted) for each in choosers[number::THREADS]]

    ran = run_together(*(lambda number=number: run(number) for number in range(THREADS)))

    assert [each for each in ran if isinstance(each, Exception)] == []
    chosen = [answers for each in ran for answers in each]
    # Whoever held a seat got it.
    assert [answers for answers in chosen if len({each.status for each in answers}) > 1] == []
    assert Counter(answers[-1].status for answers in chosen) == {200: SEATS, 409: CUSTOMERS - SEATS}
    refused = [each.body for answers in chosen for each in answers if each.status == 409]
    assert {each["error"]["code"] for each in refused} == {"full"}
    assert {tuple(date["id"] for date in each["data"]["availableDates"]) for each in refused} == {(other.pk,)}
    taken = seats(wanted)
    assert (taken.booked, taken.held, taken.free) == (SEATS, 0, 0)
    assert differences() == []
    with tenancy.system("tests"):
        assert_each_is_told_and_has_one_booking(wanted)


def assert_each_is_told_and_has_one_booking(wanted: CourseDate) -> None:
    new = Booking.objects.filter(course_date=wanted)
    assert set(new.values_list("status", "generation", "is_candidate")) == {("pending", 2, False)}
    used = Rebooking.objects.filter(status="used")
    assert set(used.values_list("new_booking", flat=True)) == set(new.values_list("pk", flat=True))
    assert Rebooking.objects.filter(status="active", held_date=None).count() == CUSTOMERS - SEATS
    left = Booking.objects.filter(status=BookingStatus.REBOOKED)
    assert set(left.values_list("pk", flat=True)) == set(new.values_list("previous", flat=True))
    told = OutboxMail.objects.filter(kind="rebooking_confirmed").values_list("subject_id", flat=True)
    assert sorted(told) == sorted(new.values_list("pk", flat=True))
    assert new.count() == SEATS
