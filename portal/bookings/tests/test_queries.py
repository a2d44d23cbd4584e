"""Reads of bookings: what they find, in which order, and that they cost the same for one row as for many."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.bookings import operations, queries
from portal.bookings.filters import BookingFilters
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.queries_lists import FilteredList
from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON
from portal.core import events, tenancy


@pytest.fixture(autouse=True)
def _noon(time_machine):
    time_machine.move_to(NOON, tick=False)


def queries_of(client, path: str, **headers: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path, headers=headers).status_code == 200
    return len(captured)


@pytest.fixture
def one_and_many(ada, ada_client, adas_partner):
    """Measure a page with one booking of each kind, then with many."""

    def add(count: int) -> None:
        for number in range(count):
            make_booking(adas_partner, starts_at=NOON + timedelta(days=number + 1))
            declined = make_booking(adas_partner)
            operations.decline_booking(
                declined, reason=queries.reason_by_code("capacity_full"), by=By("portal", ada), at=NOON
            )

    def measure(path: str, **headers: str) -> tuple[int, int]:
        add(1)
        ada_client.get(path, headers=headers)  # caches of the process fill with the first page
        few = queries_of(ada_client, path, **headers)
        see_everything_again()
        add(3)
        return few, queries_of(ada_client, path, **headers)

    return measure


def see_everything_again() -> None:
    """The request before left its own scope in the transaction of the test."""
    tenancy.enter("all", actor="test")


@pytest.mark.parametrize(
    "path", ["/dashboard/bookings", "/api/partner/bookings", "/api/partner/bookings/pending"]
)
def test_lists_take_as_many_queries_for_eight_bookings_as_for_two(one_and_many, path):
    few, many = one_and_many(path)

    assert few == many


def test_the_page_of_a_booking_takes_as_many_queries_for_a_long_story_as_for_a_short_one(
    ada, ada_client, adas_partner
):
    booking = make_booking(adas_partner)
    path = f"/dashboard/bookings/{booking.pk}"
    events.record("booking.confirmed", subject=booking, actor=ada.actor, at=NOON)
    ada_client.get(path)

    few = queries_of(ada_client, path)
    see_everything_again()
    for _ in range(5):
        events.record("booking.confirmed", subject=booking, actor=ada.actor, at=NOON)

    assert queries_of(ada_client, path) == few


def test_what_waits_comes_in_the_order_of_its_dates_and_without_a_date_last(adas_partner):
    late = make_booking(adas_partner, starts_at=NOON + timedelta(days=9))
    soon = make_booking(adas_partner, starts_at=NOON + timedelta(days=2))
    unknown = make_booking(adas_partner, starts_at=None)

    assert list(queries.pending_for(adas_partner)) == [soon, late, unknown]


def test_all_bookings_come_latest_date_first(adas_partner):
    soon = make_booking(adas_partner, starts_at=NOON + timedelta(days=2))
    late = make_booking(adas_partner, starts_at=NOON + timedelta(days=9))
    same_day = make_booking(adas_partner, starts_at=NOON + timedelta(days=2))

    assert list(queries.booking_list(adas_partner)) == [late, same_day, soon]


def test_reads_start_from_whose_bookings_they_are_even_where_everything_may_be_seen(
    adas_partner, eves_partner
):
    adas, eves = make_booking(adas_partner), make_booking(eves_partner)

    assert list(queries.booking_list(adas_partner)) == [adas]
    assert list(queries.pending_for(eves_partner)) == [eves]
    assert queries.count_pending(adas_partner) == 1
    with pytest.raises(Booking.DoesNotExist):
        queries.booking_of(adas_partner.pk, eves.pk)


def test_bookings_are_counted_by_status(ada, adas_partner):
    make_booking(adas_partner)
    make_booking(adas_partner)
    operations.confirm_booking(make_booking(adas_partner), by=By("portal", ada), at=NOON)
    operations.cancel_booking(make_booking(adas_partner), at=NOON)

    counts = FilteredList(adas_partner.pk, BookingFilters(), at=NOON).counts()

    assert counts == {"pending": 2, "confirmed": 1, "cancelled": 1}
    assert (counts["declined"], counts.total()) == (0, 4)


def test_the_timeline_leaves_out_what_people_do_not_care_for(ada, adas_partner):
    booking = make_booking(adas_partner)
    operations.confirm_booking(booking, by=By("portal", ada), at=NOON)
    events.record("booking.unheard_of", subject=booking, actor="test", at=NOON)

    assert [event.kind for event in queries.timeline([booking])] == ["booking.confirmed"]


def test_a_reason_that_is_no_longer_offered_keeps_its_label(everything):
    queries.reason_by_code("other").delete()
    reason = queries.reason_by_code("capacity_full")
    reason.is_active = False
    reason.save()

    assert queries.reason_by_code("capacity_full") is None
    assert queries.reason_label("capacity_full") == reason.label
    assert queries.reason_labels()["capacity_full"] == reason.label
    assert queries.reason_label("other") == "other"
