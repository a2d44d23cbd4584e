"""What rebooking saved: which links count, from when to when, and what is kept."""

from datetime import timedelta

import pytest
from django.urls import reverse

from portal.bookings import operations as bookings
from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON
from portal.manage.queries_rebookings import Saved, saved
from portal.manage.tests.rebooking import chosen, waiting
from portal.rebooking import operations
from portal.rebooking.tests.factories import confirm

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _noon(time_machine, settings):
    time_machine.move_to(NOON, tick=False)
    settings.UNDO_SECONDS = 600
    settings.REBOOK_LINK_DAYS = 30


def none(days: int) -> Saved:
    return Saved(days, 0, 0, 0, 0, None)


def test_nothing_is_saved_without_links(everything):
    assert saved(at=NOON) == [none(30), none(90), none(365)]


def test_links_count_by_when_they_were_made_and_what_came_of_them(adas_partner, eves_partner):
    waiting(adas_partner)
    asked = chosen(waiting(adas_partner, at=NOON - 2 * HOUR))
    kept = chosen(waiting(eves_partner, at=NOON - 4 * HOUR, shop_price_cents=8950))
    confirm(kept.new_booking, at=NOON + HOUR)
    older = chosen(waiting(adas_partner, at=NOON - 60 * DAY), at=NOON - 60 * DAY + 6 * HOUR)
    confirm(older.new_booking, at=NOON)

    assert saved(at=NOON + 2 * HOUR) == [
        Saved(30, 3, 2, 1, 8950, 3 * HOUR),
        Saved(90, 4, 3, 2, 8950 + 17800, 4 * HOUR),
        Saved(365, 4, 3, 2, 8950 + 17800, 4 * HOUR),
    ]
    assert asked.new_booking.status == "pending"


def test_a_link_counts_until_its_days_are_over(adas_partner):
    waiting(adas_partner)
    to_the_minute = NOON + 30 * DAY

    assert [each.links for each in saved(at=to_the_minute - timedelta(minutes=1))] == [1, 1, 1]
    assert [each.links for each in saved(at=to_the_minute)] == [0, 1, 1]


def test_money_is_kept_once_the_confirmation_is_final_and_as_long_as_it_stands(adas_partner):
    used = chosen(waiting(adas_partner))
    booking = used.new_booking
    bookings.confirm_booking(booking, by=bookings.By("portal"), at=NOON)
    undoable = saved(at=NOON)[0]
    bookings.settle_decision(booking, at=NOON + HOUR)
    final = saved(at=NOON + HOUR)[0]
    bookings.cancel_booking(booking, at=NOON + 2 * HOUR)

    assert [(each.confirmed, each.kept_cents) for each in (undoable, final, saved(at=NOON + DAY)[0])] == [
        (0, 0),
        (1, 17800),
        (0, 0),
    ]


def test_a_link_for_a_booking_that_still_stands_saves_nothing(mona, adas_partner):
    operations.send_link(make_booking(adas_partner), user=mona, at=NOON)

    assert saved(at=NOON)[0] == none(30)


def test_the_numbers_are_one_statement(everything, django_assert_num_queries):
    with django_assert_num_queries(1):
        saved(at=NOON)


def test_the_numbers_stand_on_top_in_words(mona_client, adas_partner):
    used = chosen(waiting(adas_partner, at=NOON - 3 * HOUR))
    waiting(adas_partner)
    confirm(used.new_booking, at=NOON)

    thirty, *_longer = mona_client.get(reverse("manage:rebookings")).context["saved"]

    assert (thirty.title, thirty.rate, thirty.median) == ("30 days", "50%", "3 h")
    assert "€178.00" in mona_client.get(reverse("manage:rebookings")).text
