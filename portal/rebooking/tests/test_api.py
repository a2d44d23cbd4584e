"""`/api/rebook/{token}`: what a customer's link shows and does, for a front end that is not ours."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.bookings import operations as bookings
from portal.bookings.tests.calling import assert_error, program_of
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import fresh
from portal.conftest import NOON, client_of
from portal.core import tenancy
from portal.core.models import Link
from portal.dates.tests.factories import make_course
from portal.rebooking import operations
from portal.rebooking.tests.calling import (
    API,
    EMAIL,
    anybody,
    hold,
    not_possible,
    open_link,
    path_of,
    post,
    rebook,
    rebooked,
    shown,
    speak_english,
)
from portal.rebooking.tests.factories import (
    decline,
    make_free_date,
    make_rebooking,
    token,
)
from tests.crawling import everything_of

pytestmark = pytest.mark.usefixtures("noon")

MINUTE = timedelta(minutes=1)


# --- What a link shows


def test_a_link_shows_the_booking_and_the_dates_it_may_be_moved_to(rebooking, date):
    course = rebooking.original_booking.course
    cheaper = make_free_date(
        course, 21, capacity=2, price_cents=7950, duration_minutes=180, location="Isartorplatz 1, München"
    )

    response = open_link(rebooking)

    assert shown(response) == {
        "token": token(rebooking),
        "originalBooking": {
            "orderNumber": rebooking.original_booking.order_number,
            "courseName": "Sushi-Kurs für Anfänger",
            "originalDate": "2030-05-08",
            "participants": 2,
            "customerName": "Jürgen Müller",
        },
        "availableDates": [
            {
                "id": date.pk,
                "date": "2030-05-15",
                "time": "12:00",
                "endTime": "",
                "spotsAvailable": 8,
                "price": 89.0,
                "currency": "EUR",
                "priceDifference": 0.0,
                "courseName": "Sushi-Kurs",
                "location": "",
                "isProposed": False,
            },
            {
                "id": cheaper.pk,
                "date": "2030-05-22",
                "time": "12:00",
                "endTime": "",
                "spotsAvailable": 2,
                "price": 79.5,
                "currency": "EUR",
                "priceDifference": -19.0,
                "courseName": "Sushi-Kurs",
                "location": "Isartorplatz 1, München",
                "isProposed": False,
            },
        ],
        "expiresAt": "2030-05-31T10:00:00+00:00",
        "heldDateId": None,
        "heldUntil": None,
    }
    assert response.json()["success"] is True
    assert response.headers["Cache-Control"] == "no-store"


def test_what_the_partner_proposes_comes_first_and_is_marked(adas_partner, ada):
    booking = make_booking(adas_partner)
    early, late = (make_free_date(booking.course, days) for days in (14, 21))
    declined = decline(booking)
    with tenancy.system("tests"):
        operations.propose_dates(declined, [late], actor=ada.actor, at=declined.declined_at)

    offered = shown(open_link(make_rebooking(adas_partner, booking=declined)))["availableDates"]

    assert [(each["id"], each["isProposed"]) for each in offered] == [(late.pk, True), (early.pk, False)]


def test_where_nothing_is_free_the_list_is_empty(rebooking):
    make_free_date(rebooking.original_booking.course, capacity=1)

    assert shown(open_link(rebooking))["availableDates"] == []


def test_what_the_shop_does_not_say_is_null(rebooking):
    make_free_date(rebooking.original_booking.course, price_cents=None)

    (offered,) = shown(open_link(rebooking))["availableDates"]

    assert (offered["price"], offered["priceDifference"]) == (None, None)


def test_looking_changes_nothing(rebooking, date, adas_partner):
    before = everything_of(adas_partner.pk)

    for _ in range(3):
        shown(open_link(rebooking))

    assert everything_of(adas_partner.pk) == before


def test_as_many_dates_as_there_are_cost_the_same_number_of_queries(
    rebooking, date, django_assert_num_queries
):
    with CaptureQueriesContext(connection) as of_one:
        open_link(rebooking)
    for days in range(15, 27):
        make_free_date(rebooking.original_booking.course, days)

    # With three dates and more, those of other courses are not asked for.
    with CaptureQueriesContext(connection) as of_many:
        assert len(shown(open_link(rebooking))["availableDates"]) == 13
    assert len(of_many) <= len(of_one)


# --- Which links there are


@pytest.mark.parametrize("unknown", ["a" * 64, "A" * 64, "x", "%00", "a" * 5000, "0" * 63 + "ß"])
def test_a_token_that_nobody_was_sent_leads_nowhere_whatever_is_sent_with_it(db, unknown):
    path = f"{API}/{unknown}"

    assert_error(anybody().get(path), 404, "not_found")
    for address in (path, f"{path}/hold"):
        assert_error(post(address, {"selectedDateId": 1, "customerEmail": EMAIL}), 404, "not_found")
        assert_error(post(address, {}), 404, "not_found")
        assert_error(anybody().post(address, "no JSON", content_type="text/plain"), 404, "not_found")


def test_neither_what_the_database_keeps_nor_another_kind_of_link_opens_it(rebooking, date):
    bookings.ask_partner(make_booking(rebooking.partner), at=NOON)
    deciding = Link.objects.get(purpose="decide")

    assert_error(anybody().get(f"{API}/{rebooking.token}"), 404, "not_found")
    assert_error(anybody().get(f"{API}/{deciding.token_hash}"), 404, "not_found")


def test_the_token_alone_counts_whoever_is_signed_in(rebooking, date, eve):
    for client in (client_of(eve), program_of(eve)):
        assert shown(client.get(path_of(rebooking)))["availableDates"][0]["id"] == date.pk


def test_of_another_partners_dates_a_link_knows_nothing(rebooking, date, eves_partner):
    eves = make_free_date(make_course(eves_partner, name=date.course.name))

    assert [each["id"] for each in shown(open_link(rebooking))["availableDates"]] == [date.pk]
    assert not_possible(hold(rebooking, eves.pk)) == ("not_offered", [date.pk])
    assert not_possible(rebook(rebooking, eves.pk)) == ("not_offered", [date.pk])


def test_until_the_minute_it_expires_a_link_works(rebooking, date, noon):
    noon.move_to(rebooking.token_expires_at - MINUTE, tick=False)
    late = make_free_date(rebooking.original_booking.course, 40)

    assert [each["id"] for each in shown(open_link(rebooking))["availableDates"]] == [late.pk]

    noon.move_to(rebooking.token_expires_at, tick=False)
    assert_gone(rebooking, late, "expired")


def test_a_link_that_staff_have_withdrawn_is_gone(rebooking, date, mona):
    operations.revoke_link(rebooking, user=mona, at=NOON)

    assert_gone(rebooking, date, "withdrawn")


@pytest.mark.parametrize("status", ["refunded"])
def test_a_link_whose_order_was_refunded_is_gone(rebooking, date, status):
    booking = rebooking.original_booking
    booking.shop_payment_status = status
    booking.save(update_fields=["shop_payment_status"])

    assert_gone(rebooking, date, "refunded")


def test_a_link_whose_order_was_cancelled_is_gone(rebooking, date):
    bookings.cancel_booking(fresh(rebooking.original_booking), at=NOON)

    assert_gone(rebooking, date, "order_cancelled")


def test_a_link_that_was_used_is_gone_but_for_the_same_again(rebooking, date):
    other = make_free_date(rebooking.original_booking.course, 21)
    rebooked(rebook(rebooking, date.pk))

    assert_error(open_link(rebooking), 410, "used")
    assert_error(hold(rebooking, date.pk), 410, "used")
    assert_error(rebook(rebooking, other.pk), 410, "used")
    assert_error(rebook(rebooking, other.pk, "eve@example.org"), 410, "used")


def assert_gone(rebooking, date, code: str) -> None:
    """Whatever else is wrong, too; and nothing is said of the booking."""
    answers = [
        open_link(rebooking),
        hold(rebooking, date.pk),
        rebook(rebooking, date.pk),
        rebook(rebooking, 1, "eve@example.org"),
    ]

    for answer in answers:
        assert_error(answer, 410, code)
        assert "data" not in answer.json()
        assert rebooking.original_booking.order_number not in answer.text


# --- What is sent


@pytest.mark.parametrize("wrong", ["1", 0, -1, 1.5, True, None, 2**63, [1], {}])
def test_a_date_is_a_whole_number(rebooking, wrong):
    sent = {"selectedDateId": wrong}

    assert_error(post(f"{path_of(rebooking)}/hold", sent), 422, "invalid", "selectedDateId")
    assert_error(post(path_of(rebooking), sent | {"customerEmail": EMAIL}), 422, "invalid", "selectedDateId")


@pytest.mark.parametrize("wrong", [1, None, [], "x\0", "\ud800", "x" * 256])
def test_an_address_is_a_text(rebooking, date, wrong):
    sent = {"selectedDateId": date.pk, "customerEmail": wrong}

    assert_error(post(path_of(rebooking), sent), 422, "invalid", "customerEmail")


def test_what_is_missing_and_what_is_too_much_is_named(rebooking):
    path = path_of(rebooking)

    assert_error(anybody().post(path, "", content_type="application/json"), 422, "invalid", "body")
    assert_error(post(path, {}), 422, "invalid", "selectedDateId", "customerEmail")
    sent = {"selectedDateId": 1, "customerEmail": EMAIL, "seats": 5}
    assert_error(post(path, sent), 422, "invalid", "seats")


@pytest.mark.parametrize("body", ["no JSON", "{", "[1", "\x00"])
def test_what_is_no_json_is_refused(rebooking, body):
    answer = anybody().post(path_of(rebooking), body, content_type="application/json")

    assert_error(answer, 400, "bad_request")


def test_other_methods_are_refused(rebooking):
    path = path_of(rebooking)

    for method in ("put", "patch", "delete"):
        assert_error(getattr(anybody(), method)(path), 405, "method_not_allowed")


# --- Its words


def test_a_customer_is_spoken_to_in_the_language_of_the_order(rebooking, date):
    sent = {"selectedDateId": 1, "customerEmail": "eve@example.org"}

    german = post(path_of(rebooking), sent, **{"Accept-Language": "en"})
    speak_english(rebooking)
    english = post(path_of(rebooking), sent, **{"Accept-Language": "de"})

    assert (german.headers["Content-Language"], english.headers["Content-Language"]) == ("de", "en")
    assert assert_error(english, 403, "email_mismatch").startswith("The booking was not made with")


def test_about_an_unknown_link_the_caller_is_spoken_to(db):
    path = f"{API}/{'a' * 64}"

    assert (
        assert_error(anybody(**{"Accept-Language": "de"}).get(path), 404, "not_found")
        == "Hier gibt es nichts."
    )
    assert assert_error(anybody().get(path), 404, "not_found") == "There is nothing here."
