"""No date fits, or there is none: the customer says what they want instead."""

import pytest

from portal.bookings.tests.looking import is_private
from portal.rebooking.tests.visiting import row, url, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english_shop")]


def test_a_wish_is_noted_and_said_back(rebooking, date, person):
    wish = {
        "choice": "other_dates",
        "weekdays": ["5", "6"],
        "time": "evening",
        "until": "2030-06-30",
        "note": "Gern mit Kinderstuhl",
    }

    answer = person.post(url(rebooking, "none-fits"), wish)

    assert answer.headers["Location"] == url(rebooking)
    page = words(person.get(url(rebooking)))
    said = (
        "Thank you, we have noted your wish.",
        "Other dates · Sat, Sun · in the evening · until Sun 30 June 2030",
    )
    assert [
        each for each in (*said, "Gern mit Kinderstuhl", "Wednesday 15 May 2030") if each not in page
    ] == []
    noted = row(rebooking)
    assert (noted.choice, noted.wish_weekdays, noted.needs_staff) == ("other_dates", [5, 6], "none_fits")


def test_a_wish_for_the_money_asks_for_no_days(rebooking, person):
    person.post(url(rebooking, "none-fits"), {"choice": "refund", "weekdays": ["1"], "time": "morning"})

    assert (row(rebooking).choice, row(rebooking).wish_weekdays, row(rebooking).wish_time) == (
        "refund",
        [],
        "",
    )


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"choice": ""}, "Please choose what you would like."),
        ({"choice": "other_dates", "until": "2030-04-30"}, "This day has passed already."),
        ({"choice": "other_dates", "weekdays": ["7"]}, "Select a valid choice."),
        ({"choice": "voucher", "note": "x" * 2001}, "at most 2000"),
    ],
)
def test_a_wish_that_cannot_be_read_is_shown_again(rebooking, date, person, typed, said):
    response = person.post(url(rebooking, "none-fits"), typed)

    assert (response.status_code, said in words(response), is_private(response)) == (422, True, True)
    assert row(rebooking).choice == ""


def test_where_there_are_no_dates_somebody_cares(rebooking, person, settings):
    settings.BRAND_SUPPORT_EMAIL, settings.BRAND_SUPPORT_PHONE = "hilfe@example.org", "+49 89 12 34 56"

    response = person.get(url(rebooking))

    page = words(response)
    said = (
        "We are sorry, there are no dates",
        "Our support team gets in touch",
        "hilfe@example.org",
        "+49 89 12 34 56",
    )
    assert [each for each in said if each not in page] == []
    assert '<details class="card wish" id="none-fits" open>' in response.text
