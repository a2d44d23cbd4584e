"""What a customer reads when something cannot be: why, and what to do instead."""

from datetime import timedelta

import pytest

from portal.bookings import operations as bookings
from portal.bookings.operations import erase_orders
from portal.bookings.tests.looking import fresh, is_private
from portal.conftest import NOON
from portal.core import links
from portal.core.models import Link
from portal.dates import operations as dates
from portal.rebooking import operations
from portal.rebooking.endings import ENDINGS
from portal.rebooking.policies import UseBlocker
from portal.rebooking.tests.factories import make_free_date, make_rebooking
from portal.rebooking.tests.visiting import MINUTE, choose, held_seats, hold, row, url, words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english_shop")]
AUTOFOCUS = 'class="refusal" tabindex="-1" autofocus'


# --- The date


def test_a_date_that_filled_up_meanwhile_is_refused_with_fresh_options(rebooking, date, person):
    other = make_free_date(rebooking.original_booking.course, 21)
    dates.sell_elsewhere(date, quantity=7, key="x", actor="test", at=NOON)

    response = hold(person, rebooking, date)

    assert (response.status_code, is_private(response), AUTOFOCUS in response.text) == (409, True, True)
    assert "This date no longer has a seat for each of you." in words(response)
    assert f'name="date" value="{other.pk}"' in response.text
    assert f'name="date" value="{date.pk}"' not in response.text


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(0, "This date has already begun."), (1, "It is too late to book this date.")],
)
def test_a_date_of_now_or_of_soon_is_refused(rebooking, person, time_machine, minutes, said):
    soon = make_free_date(rebooking.original_booking.course, 2)
    time_machine.move_to(soon.starts_at - timedelta(minutes=minutes), tick=False)

    response = hold(person, rebooking, soon)

    assert (response.status_code, said in words(response)) == (409, True)


def test_a_date_cancelled_while_it_was_held_is_no_longer_asked_for(rebooking, date, person):
    hold(person, rebooking, date)
    dates.cancel_date(date, actor="test", at=NOON)

    opened = person.get(url(rebooking))
    sent = choose(person, rebooking, date)

    for response in (opened, sent):
        assert "This date has just been cancelled." in words(response)
        assert "E-mail address" not in words(response)
    assert (opened.status_code, sent.status_code, row(rebooking).status) == (200, 409, "active")


@pytest.mark.parametrize("typed", ["", "0", "x", "9" * 30, "²", "-1"])
def test_what_is_no_date_of_ours_is_not_offered(rebooking, person, typed):
    response = person.post(url(rebooking, "hold"), {"date": typed})

    assert (response.status_code, "This date is not offered." in words(response)) == (409, True)


def test_a_date_of_another_partner_is_not_offered(rebooking, person, eves_partner):
    eves = make_rebooking(eves_partner)
    foreign = make_free_date(eves.original_booking.course)

    response = hold(person, rebooking, foreign)

    assert (response.status_code, held_seats(foreign)) == (409, 0)


# --- The time for which seats are kept


@pytest.mark.parametrize(("minutes", "is_kept"), [(9, True), (10, False)])
def test_after_ten_minutes_the_page_says_so_and_offers_the_date_again(
    rebooking, date, person, time_machine, minutes, is_kept
):
    hold(person, rebooking, date)

    time_machine.move_to(NOON + minutes * MINUTE, tick=False)
    page = person.get(url(rebooking))

    assert ("We keep your 2 seats until 12:10." in words(page)) is is_kept
    assert (
        "The time for which we kept your seats on Wednesday 15 May 2030 is over." in words(page)
    ) is not is_kept
    assert (f'name="date" value="{date.pk}"' in page.text) is True


def test_it_is_said_whether_the_date_can_still_be_had(rebooking, date, person, time_machine):
    hold(person, rebooking, date)
    late = NOON + 10 * MINUTE
    time_machine.move_to(late, tick=False)

    free = words(person.get(url(rebooking)))
    dates.sell_elsewhere(date, quantity=8, key="x", actor="test", at=late)
    taken = words(person.get(url(rebooking)))
    time_machine.move_to(late + 60 * MINUTE, tick=False)
    later = words(person.get(url(rebooking)))

    assert "is over. They are still free: please choose once more." in free
    assert "is over. Meanwhile somebody else has taken them." in taken
    assert "is over." not in later


def test_the_part_that_the_countdown_fetches_is_the_page_as_it_is_by_then(
    rebooking, date, person, time_machine
):
    hold(person, rebooking, date)
    time_machine.move_to(NOON + 10 * MINUTE, tick=False)

    part = person.get(url(rebooking), headers={"HX-Request": "true"})

    assert part.text.strip().startswith('<div class="stack" id="rebooking"')
    assert "The time for which we kept your seats" in part.text


def test_too_late_but_still_free_is_no_refusal(rebooking, date, person, time_machine):
    hold(person, rebooking, date)
    time_machine.move_to(NOON + 11 * MINUTE, tick=False)

    assert choose(person, rebooking, date).headers["Location"] == url(rebooking, "success")


def test_too_late_and_taken_is_refused(rebooking, date, person, time_machine):
    hold(person, rebooking, date)
    time_machine.move_to(NOON + 11 * MINUTE, tick=False)
    dates.sell_elsewhere(date, quantity=8, key="x", actor="test", at=NOON + 11 * MINUTE)

    response = choose(person, rebooking, date)

    assert (response.status_code, row(rebooking).status) == (409, "active")
    assert "The last seats of this date have just been taken." in words(response)


# --- The link


def test_a_token_that_nobody_was_sent_leads_nowhere(rebooking, date, person, adas_partner):
    stolen = Link.objects.get(purpose="customer_rebook", subject_id=rebooking.original_booking_id).token_hash
    ask = make_rebooking(adas_partner).original_booking
    others = Link.objects.filter(subject_id=ask.pk).exclude(purpose="customer_rebook")
    tokens = ["0" * 64, "x", stolen, *(links.token_of(each) for each in others)]

    answers = [person.get(f"/rebook/{token}") for token in tokens]
    posted = [person.post(f"/rebook/{token}/hold", {"date": date.pk}) for token in tokens]

    assert [each.status_code for each in (*answers, *posted)] == [404] * 2 * len(tokens)
    assert "This link is unknown." in words(answers[0])
    assert held_seats(date) == 0


def withdraw(rebooking, mona):
    operations.revoke_link(rebooking, user=mona, at=NOON)


def cancel_order(rebooking, _mona):
    bookings.cancel_booking(fresh(rebooking.original_booking), at=NOON)


def refund(rebooking, _mona):
    booking = rebooking.original_booking
    booking.shop_payment_status = "refunded"
    booking.save()


@pytest.mark.parametrize(
    ("happens", "title"),
    [
        (withdraw, "This link no longer works."),
        (cancel_order, "Your order was cancelled."),
        (refund, "Your order was refunded."),
    ],
)
def test_a_link_that_is_over_says_why_on_every_way(rebooking, date, person, mona, happens, title):
    happens(rebooking, mona)

    answers = [
        person.get(url(rebooking)),
        hold(person, rebooking, date),
        choose(person, rebooking, date),
        person.post(url(rebooking, "release")),
        person.post(url(rebooking, "none-fits"), {"choice": "refund"}),
    ]

    assert [each.status_code for each in answers] == [410] * 5
    assert {words(each).startswith(title) for each in answers} == {True}
    assert {is_private(each) for each in answers} == {True}
    assert (held_seats(date), row(rebooking).choice) == (0, "")


@pytest.mark.parametrize(("minutes", "status"), [(-1, 200), (0, 410)])
def test_a_link_lives_thirty_days(rebooking, date, person, time_machine, minutes, status):
    time_machine.move_to(NOON + timedelta(days=30, minutes=minutes), tick=False)

    response = person.get(url(rebooking))

    assert response.status_code == status
    assert words(response).startswith("This link has expired.") is (status == 410)


def test_an_erased_customer_has_no_link(rebooking, date, person):
    address = url(rebooking)

    erase_orders([rebooking.original_order_id], actor="user:1", at=NOON)

    assert person.get(address).status_code in (404, 410)
    assert person.post(address, {"date": date.pk, "email": ""}).status_code in (404, 410)


def test_a_used_link_leads_to_what_was_chosen(rebooking, date, person):
    other = make_free_date(rebooking.original_booking.course, 21)
    choose(person, rebooking, date)

    answers = [
        hold(person, rebooking, other),
        choose(person, rebooking, other),
        person.post(url(rebooking, "release")),
    ]

    assert [each.headers["Location"] for each in answers] == [url(rebooking, "success")] * 3
    assert row(rebooking).new_booking.course_date == date


@pytest.mark.parametrize("step", ["hold", "release", "none-fits"])
def test_the_address_of_a_form_is_no_page(rebooking, person, step):
    assert person.get(url(rebooking, step)).headers["Location"] == url(rebooking)


def test_every_reason_has_words_of_its_own(rebooking, person):
    reasons = [*UseBlocker.values, "invalid", "nonsense"]

    pages = [person.get(url(rebooking, "error") + f"?reason={reason}") for reason in reasons]

    assert {*UseBlocker.values, "invalid"} == {str(each) for each in ENDINGS}
    assert {each.status_code for each in pages} <= {404, 409, 410}
    assert words(pages[-1]) == words(pages[-2])
