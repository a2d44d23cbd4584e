"""A customer whose date fell through chose another one, and that falls through as well: they hear of both."""

import pytest

from portal.bookings.date_changes.operations import CUSTOMER_TOLD
from portal.bookings.date_changes.reach import affected_by
from portal.bookings.models import Booking
from portal.bookings.queries import cancellation_of
from portal.bookings.tests.falling import SETTLED, fall_through, link_of, settle
from portal.bookings.tests.looking import fresh
from portal.bookings.tests.moving import HOUR, another_date, rebook
from portal.core import links
from portal.core.models import OutboxMail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "taken_mails")]


@pytest.fixture
def again(fallen, run_jobs) -> Booking:
    """Fallen through a second time, final; the customer had opened the first mail."""
    first = fallen[0]
    links.record_visit(link_of(first), action="booking", is_person=True, at=SETTLED)
    new = rebook(first, another_date(first), at=SETTLED)
    fall_through(new.course_date, at=SETTLED + HOUR)
    settle(SETTLED + 2 * HOUR)
    run_jobs()
    return fresh(new)


def test_each_date_has_its_mail(fallen, again):
    mails = OutboxMail.objects.filter(kind=CUSTOMER_TOLD, recipient=again.customer.email)

    assert list(mails.order_by("pk").values_list("subject_id", "state")) == [
        (fallen[0].pk, "sent"),
        (again.pk, "sent"),
    ]


def test_who_knows_of_the_first_date_need_not_know_of_the_second(again):
    (affected,) = affected_by(cancellation_of(again), at=SETTLED + 2 * HOUR)

    assert affected.reach == "unopened"
