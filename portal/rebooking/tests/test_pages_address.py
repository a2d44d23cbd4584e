"""Only who knows the e-mail address of the booking moves it, and nobody may guess for long."""

from collections import Counter

import pytest
from django.db import connection

from portal.conftest import NOON, make_partner
from portal.core import rate_limits, tenancy
from portal.rebooking.email_check import EmailBlocker, check_email
from portal.rebooking.tests.factories import make_rebooking
from portal.rebooking.tests.visiting import EMAIL, MINUTE, choose, held_seats, hold, row, words
from tests.threads import run_together

pytestmark = pytest.mark.django_db
english = pytest.mark.usefixtures("english_shop")
WRONG = "somebody@example.com"


@english
def test_another_address_is_refused_at_its_field_and_the_seats_stay_held(rebooking, date, person):
    hold(person, rebooking, date)

    response = choose(person, rebooking, date, email=WRONG)

    assert (response.status_code, row(rebooking).status, held_seats(date)) == (403, "active", 2)
    assert "The booking was not made with this e-mail address." in words(response)
    assert f'value="{WRONG}"' in response.text
    assert 'aria-invalid="true"' in response.text
    assert " autofocus" in response.text
    assert EMAIL not in response.text


@english
def test_another_address_after_the_time_is_said_all_the_same(rebooking, date, person, time_machine):
    hold(person, rebooking, date)
    time_machine.move_to(NOON + 10 * MINUTE, tick=False)

    response = choose(person, rebooking, date, email=WRONG)

    assert (response.status_code, 'tabindex="-1" autofocus' in response.text) == (403, True)
    assert "The booking was not made with this e-mail address." in words(response)


@english
def test_without_an_address_nothing_moves(rebooking, date, person):
    hold(person, rebooking, date)

    response = choose(person, rebooking, date, email=" ")

    assert (response.status_code, row(rebooking).status) == (422, "active")
    assert "Please enter the e-mail address that you booked with." in words(response)


@english
def test_five_tries_an_hour_may_be_wrong_and_then_even_the_right_one_waits(rebooking, date, person):
    hold(person, rebooking, date)

    wrong = [choose(person, rebooking, date, email=f"{number}@example.com") for number in range(5)]
    sixth = choose(person, rebooking, date)

    assert [each.status_code for each in wrong] == [403] * 5
    assert (sixth.status_code, row(rebooking).status) == (429, "active")
    assert "did not fit too often" in words(sixth)
    assert 700 < int(sixth.headers["Retry-After"]) <= 720


@english
def test_a_right_address_forgets_the_wrong_ones(rebooking, date, person):
    for number in range(4):
        choose(person, rebooking, date, email=f"{number}@example.com")

    assert choose(person, rebooking, date).status_code == 302

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {rate_limits.TABLE} WHERE key LIKE 'rebook-email:%%'")
        assert cursor.fetchone() == (0,)


@english
def test_of_another_link_the_tries_are_its_own(rebooking, date, person, adas_partner):
    other = make_rebooking(adas_partner)
    for number in range(5):
        choose(person, other, date, email=f"{number}@example.com")

    assert choose(person, rebooking, date).status_code == 302


@english
@pytest.mark.parametrize("typed", ["", " "])
def test_nothing_is_not_the_address_of_an_erased_customer(rebooking, typed):
    rebooking.original_booking.customer.email = ""

    assert check_email(rebooking, typed).blocker is EmailBlocker.MISMATCH


@pytest.mark.django_db(transaction=True)
def test_many_guesses_at_once_are_five_guesses():
    with tenancy.system("tests", actor="test"):
        rebooking = make_rebooking(make_partner("Kochschule Ada", 1))

    def guess():
        with tenancy.scope(partner_ids=[rebooking.partner_id]):
            return check_email(rebooking, WRONG).blocker

    found = run_together(*[guess] * 12)

    assert Counter(found) == {EmailBlocker.MISMATCH: 5, EmailBlocker.TOO_MANY_TRIES: 7}
