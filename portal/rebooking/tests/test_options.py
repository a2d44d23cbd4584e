"""Which dates a customer may choose from, and in which order."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.falling import refusal
from portal.conftest import NOON
from portal.dates import operations as dates
from portal.dates.models import CourseDate
from portal.dates.operations import call_off
from portal.dates.tests.factories import make_course, make_date
from portal.rebooking import operations
from portal.rebooking.models import ProposedDate, RebookingTerms
from portal.rebooking.options import Kind, find_option, options_for, options_of
from portal.rebooking.prices import Price, policy_of, price_of
from portal.rebooking.tests.factories import make_declined, make_free_date, make_rebooking

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def booking(adas_partner):
    return make_declined(adas_partner)


@pytest.fixture
def course(booking):
    return booking.course


def offered(booking, *, at=NOON, **values) -> list[CourseDate]:
    return [each.course_date for each in options_for(booking, at=at, **values)]


def propose(booking, *course_dates, proposed_at=None) -> None:
    for rank, each in enumerate(course_dates, start=1):
        ProposedDate.objects.create(
            partner=booking.partner,
            booking=booking,
            course_date=each,
            rank=rank,
            proposed_at=proposed_at or booking.declined_at,
        )


def test_dates_of_the_same_course_come_in_the_order_they_take_place(booking, course):
    later, sooner, latest = (make_free_date(course, days) for days in (21, 14, 28))

    options = options_for(booking, at=NOON)

    assert [(each.course_date, each.kind, each.rank, each.free) for each in options] == [
        (sooner, Kind.SAME_COURSE, 1, 8),
        (later, Kind.SAME_COURSE, 2, 8),
        (latest, Kind.SAME_COURSE, 3, 8),
    ]


def test_what_the_partner_proposes_comes_first_by_rank_and_once(booking, course):
    dates = [make_free_date(course, days) for days in (14, 21, 28)]
    propose(booking, dates[2], dates[1])

    options = options_for(booking, at=NOON)

    assert [(each.course_date, each.kind) for each in options] == [
        (dates[2], Kind.PROPOSED),
        (dates[1], Kind.PROPOSED),
        (dates[0], Kind.SAME_COURSE),
    ]


def test_what_an_undone_decline_had_proposed_counts_no_more(booking, course):
    dates = [make_free_date(course, days) for days in (14, 21, 28)]
    propose(booking, dates[2], proposed_at=booking.declined_at - DAY)

    assert offered(booking) == dates


def test_with_fewer_than_three_dates_similar_courses_of_the_partner_follow(booking, course):
    far = make_course(booking.partner, name="Töpfern für Anfänger")
    near = make_course(booking.partner, name="Sushi-Kurs für Fortgeschrittene")
    off_sale = make_course(booking.partner, name="Sushi-Kurs", is_on_sale=False)
    elsewhere = [make_free_date(far, 10), make_free_date(near, 20), make_free_date(near, 15)]
    make_free_date(off_sale)
    same = [make_free_date(course, 30), make_free_date(course, 40)]

    options = options_for(booking, at=NOON)

    assert [each.course_date for each in options] == [*same, elsewhere[2], elsewhere[1], elsewhere[0]]
    assert [each.kind for each in options[2:]] == [Kind.SIMILAR] * 3
    assert [each.rank for each in options] == [1, 2, 3, 4, 5]


def test_with_three_dates_of_the_same_course_nobody_is_shown_another_one(booking, course):
    same = [make_free_date(course, days) for days in (14, 21, 28)]
    make_free_date(make_course(booking.partner), 7)

    assert offered(booking) == same


def test_another_partners_dates_are_never_offered(booking, eves_partner):
    hers = make_free_date(make_course(eves_partner))

    assert offered(booking) == []
    assert refusal(lambda: find_option(booking, hers.pk, at=NOON)) == "not_offered"


def test_its_own_date_and_dates_that_were_declined_before_are_not_offered(booking, course):
    own = booking.course_date
    CourseDate.objects.filter(pk=own.pk).update(capacity=20)
    again = make_free_date(course)
    rebooking = make_rebooking(booking.partner, booking=booking)
    new = operations.rebook(rebooking, again.pk, at=NOON).rebooking.new_booking
    second = make_declined(booking.partner, booking=new)
    other = make_free_date(course, 28)

    assert offered(second) == [other]
    assert [refusal(lambda pk=pk: find_option(second, pk, at=NOON)) for pk in (own.pk, again.pk)] == [
        "not_offered",
        "not_offered",
    ]


@pytest.mark.parametrize("state", [CourseDate.ShopState.OFF_SALE, CourseDate.ShopState.GONE])
def test_what_the_shop_does_not_sell_any_more_is_not_offered(booking, course, state):
    date = make_free_date(course, shop_state=state)

    assert offered(booking) == []
    assert refusal(lambda: find_option(booking, date.pk, at=NOON)) == "not_offered"


def test_a_date_that_was_made_here_is_offered(booking, course):
    date = make_free_date(course, shop_state="", made_by="portal", magento_product_id=None)

    assert offered(booking) == [date]


def test_a_cancelled_date_is_not_offered(booking, course):
    date = make_free_date(course)
    call_off(date, actor="test", at=NOON)

    assert offered(booking) == []
    assert refusal(lambda: find_option(booking, date.pk, at=NOON)) == "cancelled"


def test_a_date_must_begin_later_than_a_day_from_now(booking, course):
    date = make_free_date(course)
    starts_at = date.starts_at

    assert offered(booking, at=starts_at - DAY - MINUTE) == [date]
    assert offered(booking, at=starts_at - DAY) == []
    assert refusal(lambda: find_option(booking, date.pk, at=starts_at - DAY)) == "too_soon"
    assert refusal(lambda: find_option(booking, date.pk, at=starts_at - MINUTE)) == "too_soon"
    assert refusal(lambda: find_option(booking, date.pk, at=starts_at)) == "started"


def test_a_longer_deadline_of_the_date_itself_counts(booking, course):
    date = make_free_date(course, booking_deadline_hours=72)

    assert offered(booking, at=date.starts_at - 3 * DAY - MINUTE) == [date]
    assert offered(booking, at=date.starts_at - 3 * DAY) == []


def test_a_date_without_an_hour_counts_by_its_day(booking, course):
    when = {"starts_on": date(2030, 5, 20), "starts_at": None, "starts_time": None}
    found = make_date(booking.partner, course=course, capacity=8, **when)
    # Midnight in Berlin.
    begins = NOON.replace(day=19, hour=22)

    assert offered(booking, at=begins - DAY - MINUTE) == [found]
    assert offered(booking, at=begins - DAY) == []


def test_a_date_of_which_nobody_knows_the_day_or_the_seats_is_not_offered(booking, course):
    make_date(booking.partner, course=course, starts_at=None, capacity=8)
    unknown = make_free_date(course, capacity=None)

    assert offered(booking) == []
    assert refusal(lambda: find_option(booking, unknown.pk, at=NOON)) == "not_offered"


def test_there_must_be_a_seat_for_each(booking, course):
    two, one, none = (make_free_date(course, 14 + number, capacity=8) for number in range(3))
    for each, quantity in ((two, 6), (one, 7), (none, 8)):
        dates.block_seats(each, quantity=quantity, key=f"{each.pk}", note="", actor="test", at=NOON)

    assert [(each.course_date, each.free) for each in options_for(booking, at=NOON)] == [(two, 2)]
    assert refusal(lambda: find_option(booking, one.pk, at=NOON)) == "too_few"
    assert refusal(lambda: find_option(booking, none.pk, at=NOON)) == "full"


def test_seats_that_the_shop_has_not_are_not_promised(booking, course):
    date = make_free_date(course, shop_salable=1)

    assert refusal(lambda: find_option(booking, date.pk, at=NOON)) == "too_few"


def test_seats_held_by_this_very_customer_are_free_to_them_and_to_nobody_else(rebooking, free_date):
    operations.hold_date(rebooking, free_date.pk, at=NOON)
    rebooking.refresh_from_db()
    other = make_declined(rebooking.partner, course=rebooking.original_booking.course)

    assert [(each.pk, each.free) for each in options_of(rebooking, at=NOON)] == [(free_date.pk, 2)]
    assert offered(other) == []
    assert offered(other, at=NOON + 10 * MINUTE) == [free_date]


def test_prices_are_those_of_the_date_or_else_of_the_course_for_everybody(booking, course, settings):
    settings.REBOOK_PRICE_POLICY = "keep"
    course.price_cents = 9500
    course.save()
    own, of_course = make_free_date(course), make_free_date(course, price_cents=None)
    other = make_free_date(course, currency="CHF")
    policy = policy_of(booking.partner)

    assert price_of(booking, own, policy) == Price("keep", 8900, 17800, 0, "EUR")
    assert price_of(booking, of_course, policy) == Price("keep", 9500, 19000, 0, "EUR")
    assert price_of(booking, other, policy) == Price("keep", 8900, 17800, None, "CHF")
    course.price_cents = None
    assert price_of(booking, of_course, policy) == Price("keep", None, None, None, "EUR")


def test_who_offers_only_the_same_price_offers_nothing_dearer_and_nothing_unknown(booking, course, settings):
    settings.REBOOK_PRICE_POLICY = "same"
    equal = make_free_date(course, 14)
    cheaper = make_free_date(course, 15, price_cents=8899)
    dearer = make_free_date(course, 16, price_cents=8901)
    make_free_date(course, 17, price_cents=None)
    make_free_date(course, 18, currency="CHF")

    assert offered(booking) == [equal, cheaper]
    assert refusal(lambda: find_option(booking, dearer.pk, at=NOON)) == "too_expensive"
    RebookingTerms.objects.create(partner=booking.partner, price_policy="keep")
    assert len(offered(booking)) == 5


def test_a_discount_on_the_order_makes_no_other_date_dearer_and_pays_nothing_back(adas_partner, settings):
    settings.REBOOK_PRICE_POLICY = "same"
    booking = make_declined(adas_partner, shop_price_cents=15000)
    booking.course_date.price_cents = 8900
    policy = policy_of(booking.partner)

    differences = {
        cents: price_of(booking, make_free_date(booking.course, price_cents=cents), policy).difference_cents
        for cents in (8901, 8900, 7500, 7499)
    }

    assert differences == {8901: 2, 8900: 0, 7500: 0, 7499: -2}


def test_a_partner_who_has_said_nothing_follows_the_marketplace(booking, settings):
    RebookingTerms.objects.create(partner=booking.partner)
    settings.REBOOK_PRICE_POLICY = "same"

    assert policy_of(booking.partner) == "same"


def test_no_more_than_twenty_and_as_many_queries_for_two_as_for_all(booking, course):
    propose(booking, make_free_date(course))
    make_free_date(make_course(booking.partner))
    with CaptureQueriesContext(connection) as few:
        assert len(offered(booking)) == 2
    for number in range(30):
        make_free_date(make_course(booking.partner), 20 + number)
    make_free_date(course, 15)

    with CaptureQueriesContext(connection) as many:
        assert len(offered(booking)) == 12
    for days in range(16, 40):
        make_free_date(course, days)
    with CaptureQueriesContext(connection) as most:
        assert len(offered(booking)) == 20
    assert len(offered(booking, most=5)) == 5

    # With enough dates of the course similar ones are not even looked for.
    assert len(most) < len(few) == len(many) <= 9


def test_a_date_that_is_full_of_others_does_not_hide_those_behind_it(booking, course):
    for number in range(30):
        make_booking(booking.partner, course_date=make_free_date(course, 14 + number, capacity=2))
    free = make_free_date(course, 60)

    assert offered(booking) == [free]
