"""Links that went to customers, whatever they are for, are told from those of the partner's people."""

import pytest

from portal.bookings import ticket_queries
from portal.bookings.date_changes.reach import affected_by
from portal.bookings.models import Booking
from portal.bookings.operations import erase_orders
from portal.bookings.queries import CUSTOMER_LINK, cancellation_of
from portal.bookings.tests.falling import SETTLED
from portal.bookings.tests.looking import ask, fresh
from portal.bookings.timeline import timeline_entries
from portal.conftest import NOON
from portal.core import links
from portal.core.models import Link
from portal.manage.mails import opened_by_booking

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "taken_mails")]

PURPOSES = pytest.mark.parametrize("purpose", [CUSTOMER_LINK, f"{CUSTOMER_LINK}_rebook"])


def opened(booking: Booking, purpose: str) -> Link:
    to = booking.customer.email
    link = links.issue(purpose, subject=booking, recipient=to, version=1, expires_at=SETTLED, at=NOON)
    links.record_visit(link, action="page", is_person=True, at=NOON)
    return link


@PURPOSES
def test_that_a_customer_opened_one_says_nothing_of_the_partner(adas_partner, purpose):
    booking = ask(adas_partner)[0]
    opened(booking, purpose)

    assert timeline_entries(fresh(booking)) == []
    assert opened_by_booking([booking.pk]) == {}
    assert ticket_queries.openings_by_people(booking) == []


@PURPOSES
def test_a_customer_who_is_forgotten_is_named_by_none(adas_partner, purpose):
    booking = ask(adas_partner)[0]
    link = opened(booking, purpose)

    erase_orders([booking.magento_order_id], actor="user:1", at=NOON)

    link.refresh_from_db()
    asked = Link.objects.get(purpose="decide")
    assert (link.recipient, asked.recipient) == (f"erased-{link.pk}", adas_partner.email)


@PURPOSES
def test_who_opened_one_has_heard_that_the_date_falls_through(fallen, purpose):
    booking, other = fallen
    opened(booking, purpose)

    reached = {each.booking.pk: each.reach for each in affected_by(cancellation_of(booking), at=SETTLED)}

    assert reached == {booking.pk: "opened", other.pk: "unopened"}
