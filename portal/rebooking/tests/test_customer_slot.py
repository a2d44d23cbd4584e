"""On the customer's page of a date that fell through: other dates, with a way to choose one."""

import pytest

from portal.bookings.tests.falling import book, fall_through, settle, token_of
from portal.bookings.tests.looking import fresh
from portal.conftest import NOON
from portal.dates.tests.factories import make_date
from portal.rebooking import operations
from portal.rebooking.queries import active_rebooking
from portal.rebooking.tests.factories import make_free_date, token
from portal.rebooking.tests.visiting import MINUTE, choose, hold, url, words

pytestmark = pytest.mark.django_db
SETTLED = NOON + 10 * MINUTE
NOTICE = "You need not do anything."


@pytest.fixture
def fallen(adas_partner, run_jobs, time_machine, settings):
    """A booking whose date fell through, with everything done that follows from it."""
    settings.UNDO_SECONDS = 600
    time_machine.move_to(NOON, tick=False)
    booking = book(make_date(adas_partner, capacity=12))
    fall_through(booking.course_date)
    time_machine.move_to(SETTLED, tick=False)
    settle()
    run_jobs()
    return fresh(booking)


def test_the_best_dates_can_be_chosen_there(fallen, person):
    dates = [make_free_date(fallen.course, days) for days in range(14, 19)]
    rebooking = active_rebooking(fallen)

    page = person.get(f"/booking/{token_of(fallen)}")

    assert page.status_code == 200
    assert page.text.count(f'action="/rebook/{token(rebooking)}/hold"') == 3
    assert f'href="/rebook/{token(rebooking)}"' in page.text
    assert NOTICE not in words(page)
    assert hold(person, rebooking, dates[0]).headers["Location"] == url(rebooking)


def test_without_any_date_the_wish_can_be_told(fallen, person):
    page = person.get(f"/booking/{token_of(fallen)}")

    assert "Tell us your wish" in words(page)


def test_without_a_link_that_works_somebody_gets_in_touch(fallen, person, mona):
    operations.revoke_link(active_rebooking(fallen), user=mona, at=SETTLED)

    page = person.get(f"/booking/{token_of(fallen)}")

    assert NOTICE in words(page)
    assert "/rebook/" not in page.text


def test_whoever_has_chosen_is_offered_nothing_more(fallen, person):
    date, rebooking = make_free_date(fallen.course), active_rebooking(fallen)
    choose(person, rebooking, date, email=fallen.customer.email)

    page = person.get(f"/booking/{token_of(fallen)}")

    assert page.status_code == 200
    assert "/hold" not in page.text


def test_the_few_dates_cost_a_constant_number_of_queries(fallen, person, django_assert_max_num_queries):
    for days in range(14, 30):
        make_free_date(fallen.course, days)
    address = f"/booking/{token_of(fallen)}"

    with django_assert_max_num_queries(22):
        assert person.get(address).status_code == 200
