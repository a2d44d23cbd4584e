"""Holding a date and moving a booking there by the API: what each answers, and what it refuses."""

from datetime import timedelta

import pytest

from portal.bookings.tests.calling import assert_error
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import fresh
from portal.conftest import NOON
from portal.dates import operations as dates
from portal.dates.tests.seats import seats, sell
from portal.rebooking import operations
from portal.rebooking.models import RebookingTerms
from portal.rebooking.tests.calling import (
    EMAIL,
    held,
    hold,
    not_possible,
    open_link,
    rebook,
    rebooked,
    shown,
    speak_english,
)
from portal.rebooking.tests.factories import (
    make_declined,
    make_free_date,
    make_rebooking,
    now_of,
)
from tests.crawling import everything_of

pytestmark = pytest.mark.usefixtures("noon")

MINUTE = timedelta(minutes=1)


# --- Holding


def test_to_hold_a_date_keeps_its_seats_for_ten_minutes(rebooking, date, noon):
    other = make_rebooking(
        rebooking.partner, booking=make_declined(rebooking.partner, course=date.course, participants=7)
    )

    assert held(hold(rebooking, date.pk)) == {
        "selectedDateId": date.pk,
        "heldUntil": "2030-05-01T10:10:00+00:00",
    }

    assert seats(date).held == 2
    assert not_possible(hold(other, date.pk)) == ("too_few", [])
    opened = shown(open_link(rebooking))
    assert (opened["heldDateId"], opened["heldUntil"]) == (date.pk, "2030-05-01T10:10:00+00:00")
    assert [each["spotsAvailable"] for each in opened["availableDates"]] == [8]
    noon.move_to(NOON + 10 * MINUTE, tick=False)
    opened = shown(open_link(rebooking))
    assert (opened["heldDateId"], opened["heldUntil"]) == (None, None)


def test_a_link_holds_one_date_and_lets_the_other_go(rebooking, date):
    other = make_free_date(date.course, 21)
    held(hold(rebooking, date.pk))

    held(hold(rebooking, other.pk))

    assert (seats(date).held, seats(other).held) == (0, 2)


def test_to_hold_again_holds_no_longer(rebooking, date, noon):
    first = held(hold(rebooking, date.pk))
    noon.move_to(NOON + 5 * MINUTE, tick=False)

    assert held(hold(rebooking, date.pk)) == first
    assert seats(date).held == 2


def test_what_was_held_is_held_on_when_another_date_cannot_be_had(rebooking, date):
    full = make_free_date(date.course, 21, capacity=1)
    held(hold(rebooking, date.pk))

    assert not_possible(hold(rebooking, full.pk)) == ("too_few", [date.pk])

    assert shown(open_link(rebooking))["heldDateId"] == date.pk


# --- Moving the booking


def test_the_booking_moves_and_keeps_its_number(rebooking, date):
    speak_english(rebooking)

    response = rebook(rebooking, date.pk)

    assert response.json() == {
        "data": {
            "success": True,
            "newOrderNumber": rebooking.original_booking.order_number,
            "newDate": "2030-05-15",
            "message": "Your booking has moved to Wed 15 May 2030, 12:00. As soon as the new date is confirmed, you "
            "get another e-mail.",
        },
        "success": True,
    }
    rebooked(response)
    new = now_of(rebooking).new_booking
    assert (new.course_date_id, new.status, new.previous_id) == (
        date.pk,
        "pending",
        rebooking.original_booking_id,
    )
    assert fresh(rebooking.original_booking).status == "rebooked"
    assert (seats(date).booked, seats(date).held) == (2, 0)


def test_the_same_again_gets_the_first_answer_and_books_nothing(rebooking, date, adas_partner):
    first = rebook(rebooking, date.pk)
    before = everything_of(adas_partner.pk)

    again = rebook(rebooking, date.pk)

    assert again.json() == first.json()
    assert everything_of(adas_partner.pk) == before


def test_the_same_again_with_another_address_learns_nothing(rebooking, date):
    rebooked(rebook(rebooking, date.pk))

    assert_error(rebook(rebooking, date.pk, "eve@example.org"), 403, "email_mismatch")


def test_the_seats_that_a_link_holds_are_its_own(rebooking, date):
    sell(date, 6)
    held(hold(rebooking, date.pk))

    rebooked(rebook(rebooking, date.pk))

    assert (seats(date).booked, seats(date).held, seats(date).free) == (2, 0, 0)


def test_a_booking_that_still_stands_keeps_its_date_until_the_new_one_is_confirmed(adas_partner, mona):
    booking = make_booking(adas_partner)
    date = make_free_date(booking.course)
    rebooking = operations.send_link(booking, user=mona, at=NOON)
    speak_english(rebooking)

    answer = rebooked(rebook(rebooking, date.pk))

    assert answer["message"] == (
        "We have asked for Wed 15 May 2030, 12:00. As soon as the new date is confirmed, you get another e-mail; until "
        "then your previous date stays booked."
    )
    assert fresh(booking).status == "pending"
    assert now_of(rebooking).new_booking.is_candidate


@pytest.mark.parametrize("email", ["Juergen@Example.COM", " juergen@example.com "])
def test_an_address_is_the_same_in_capitals(rebooking, date, email):
    rebooked(rebook(rebooking, date.pk, email))


@pytest.mark.parametrize("email", ["", "eve@example.org", "juergen@example.com,eve@example.org"])
def test_with_another_address_nothing_moves(rebooking, date, email):
    answer = rebook(rebooking, date.pk, email)

    assert_error(answer, 403, "email_mismatch")
    assert "data" not in answer.json()
    assert EMAIL not in answer.text
    assert (now_of(rebooking).status, seats(date).booked) == ("active", 0)


def test_before_the_address_fits_nothing_is_said_of_a_date(rebooking):
    assert_error(rebook(rebooking, 1, "eve@example.org"), 403, "email_mismatch")


def test_after_five_wrong_addresses_even_the_right_one_has_to_wait(rebooking, date):
    wrong = [rebook(rebooking, date.pk, f"guess{number}@example.org") for number in range(5)]

    answer = rebook(rebooking, date.pk)

    assert [each.status_code for each in wrong] == [403] * 5
    assert_error(answer, 429, "too_many_attempts")
    assert 0 < int(answer.headers["Retry-After"]) <= 720
    assert now_of(rebooking).status == "active"
    shown(open_link(rebooking))


def test_of_each_link_five_tries_and_the_right_one_begins_anew(rebooking, date):
    other = make_rebooking(rebooking.partner)
    for number in range(4):
        rebook(rebooking, date.pk, f"guess{number}@example.org")
    assert not_possible(rebook(rebooking, 1))[0] == "not_offered"

    assert [rebook(rebooking, 1, "eve@example.org").status_code for _ in range(6)] == [403] * 5 + [429]
    assert_error(rebook(other, 1, "eve@example.org"), 403, "email_mismatch")


# --- Dates that cannot be had


def test_a_date_that_filled_up_meanwhile_is_refused_with_those_that_are_free(rebooking, date):
    other = make_free_date(date.course, 21)
    sell(date, 8)

    assert not_possible(rebook(rebooking, date.pk)) == ("full", [other.pk])
    assert not_possible(hold(rebooking, date.pk)) == ("full", [other.pk])


def test_a_date_that_was_cancelled_meanwhile_is_refused_with_those_that_are_free(rebooking, date, ada):
    other = make_free_date(date.course, 21)
    dates.cancel_date(date, actor=ada.actor, at=NOON)

    assert not_possible(rebook(rebooking, date.pk)) == ("cancelled", [other.pk])


def test_a_date_that_begins_too_soon_is_refused(rebooking, date, noon):
    other = make_free_date(date.course, 21)
    noon.move_to(date.starts_at - timedelta(hours=24), tick=False)

    assert not_possible(rebook(rebooking, date.pk)) == ("too_soon", [other.pk])


def test_a_dearer_date_is_offered_or_not_as_the_partner_wants(rebooking, date):
    dearer = make_free_date(date.course, 21, price_cents=9900)
    offered = shown(open_link(rebooking))["availableDates"]
    assert [(each["id"], each["priceDifference"]) for each in offered] == [(date.pk, 0.0), (dearer.pk, 20.0)]

    RebookingTerms.objects.create(partner=rebooking.partner, price_policy="same")

    assert [each["id"] for each in shown(open_link(rebooking))["availableDates"]] == [date.pk]
    assert not_possible(rebook(rebooking, dearer.pk)) == ("too_expensive", [date.pk])


@pytest.mark.parametrize("date_id", [1, 2**63 - 1])
def test_no_such_date(rebooking, date, date_id):
    assert not_possible(hold(rebooking, date_id)) == ("not_offered", [date.pk])
    assert not_possible(rebook(rebooking, date_id)) == ("not_offered", [date.pk])


def test_the_date_that_was_declined_cannot_be_had_again(rebooking, date):
    declined = rebooking.original_booking.course_date

    assert not_possible(rebook(rebooking, declined.pk)) == ("not_offered", [date.pk])
