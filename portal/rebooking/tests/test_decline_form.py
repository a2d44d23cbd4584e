"""The form that declines asks which dates the partner proposes instead."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.bookings.tests.looking import fresh, kinds
from portal.bookings.tests.pages import HTMX, confirm, decline, url
from portal.conftest import NOON
from portal.dates.models import CourseDate
from portal.dates.tests.factories import make_date
from portal.rebooking.models import PricePolicy, RebookingTerms
from portal.rebooking.tests.declining import NEW, REASON, choices, evening, other_date, proposed


@pytest.fixture(autouse=True)
def undo_window(noon, settings):
    settings.UNDO_SECONDS = 600


# --- What can be chosen


def test_the_form_shows_the_dates_of_the_course_to_come_and_why_some_are_off(ada_client, booking):
    other_date(booking, 12, ends_time=evening(12).replace(hour=21).time())
    other_date(booking, 13, capacity=1)
    other_date(booking, 14, capacity=None)
    other_date(booking, 15, cancelled_at=NOON)
    other_date(booking, 1)
    make_date(booking.partner, starts_at=evening(16), capacity=10)

    response = ada_client.get(url(booking, "decline"))

    assert choices(response.text) == [
        ("Sun 12 May, 18:00–21:00 · 10 free seats", True),
        ("Mon 13 May, from 18:00 · 1 free, 2 needed", False),
        ("Tue 14 May, from 18:00 · number of seats not known", False),
    ]
    # With one date to choose nobody needs three places.
    assert re.findall(r'<select name="([\w-]+)"', response.text) == ["proposal-first"]


def test_a_date_is_shown_as_long_as_the_customer_has_a_day_to_choose_it(ada_client, booking, settings):
    settings.REBOOK_LEAD_HOURS = 24
    soon = other_date(booking, 2)

    CourseDate.objects.filter(pk=soon.pk).update(starts_at=NOON + timedelta(hours=24))
    assert choices(ada_client.get(url(booking, "decline")).text) == []

    CourseDate.objects.filter(pk=soon.pk).update(starts_at=NOON + timedelta(hours=24, minutes=1))
    assert len(choices(ada_client.get(url(booking, "decline")).text)) == 1


def test_what_costs_more_than_was_paid_is_off_where_the_partner_wants_that(ada_client, booking):
    RebookingTerms.objects.create(partner=booking.partner, price_policy=PricePolicy.SAME)
    other_date(booking, 12, price_cents=8900)
    other_date(booking, 13, price_cents=8901)

    assert choices(ada_client.get(url(booking, "decline")).text) == [
        ("Sun 12 May, from 18:00 · 10 free seats", True),
        ("Mon 13 May, from 18:00 · costs more than was paid", False),
    ]


def test_the_form_asks_a_constant_number_of_queries(ada_client, booking, django_assert_max_num_queries):

    other_date(booking, 12)
    with CaptureQueriesContext(
        connection,
    ) as of_one:
        ada_client.get(url(booking, "decline"))
    for day in range(13, 28):
        other_date(booking, day)

    with django_assert_max_num_queries(len(of_one)):
        ada_client.get(url(booking, "decline"))


# --- Proposing


def test_a_decline_without_a_proposal_is_as_it_was(ada_client, booking):
    other_date(booking, 12)

    ada_client.post(url(booking, "decline"), REASON)

    assert (fresh(booking).status, proposed(booking), kinds(booking)) == (
        "declined",
        [],
        ["booking.declined"],
    )


def test_dates_are_proposed_in_the_order_they_are_chosen(ada, ada_client, booking):
    first, second = other_date(booking, 12), other_date(booking, 13)
    form = {**REASON, "proposal-first": second.pk, "proposal-third": first.pk}

    response = ada_client.post(url(booking, "decline"), form, follow=True)

    assert response.redirect_chain == [(url(booking), 302)]
    assert proposed(booking) == [(1, second.pk), (2, first.pk)]
    assert kinds(booking) == ["booking.declined", "rebooking.dates_proposed"]


def test_a_new_date_is_planned_like_the_declined_one_and_comes_last(ada_client, booking):
    CourseDate.objects.filter(pk=booking.course_date_id).update(
        price_cents=8900, location="Küchengasse 3", duration_minutes=180, capacity=12, min_participants=9
    )
    chosen = other_date(booking, 12)
    form = {**REASON, **NEW, "proposal-first": chosen.pk, "proposal-ends_time": ""}

    ada_client.post(url(booking, "decline"), form)

    made = CourseDate.objects.get(made_by="portal")
    assert proposed(booking) == [(1, chosen.pk), (2, made.pk)]
    assert (made.course_id, made.starts_at, f"{made.ends_time:%H:%M}") == (
        booking.course_id,
        evening(20),
        "21:00",
    )
    assert (made.price_cents, made.location, made.capacity, made.min_participants) == (
        8900,
        "Küchengasse 3",
        8,
        8,
    )


def test_the_seats_of_a_new_date_are_as_usual_and_enough(ada_client, booking):
    CourseDate.objects.filter(pk=booking.course_date_id).update(capacity=1)
    form = {**REASON, **NEW, "proposal-capacity": ""}

    ada_client.post(url(booking, "decline"), form)

    assert CourseDate.objects.get(made_by="portal").capacity == 2


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_form_sent_twice_makes_one_date(ada_client, booking, headers):
    for _ in range(2):
        ada_client.post(url(booking, "decline"), {**REASON, **NEW}, headers=headers)

    made = CourseDate.objects.get(made_by="portal")
    assert proposed(booking) == [(1, made.pk)]


def test_the_form_sent_again_after_an_undo_proposes_the_same_new_date(ada_client, booking, time_machine):
    ada_client.post(url(booking, "decline"), {**REASON, **NEW})
    ada_client.post(url(booking, "undo"))
    time_machine.move_to(NOON + timedelta(minutes=1), tick=False)
    assert proposed(booking) == []

    ada_client.post(url(booking, "decline"), {**REASON, **NEW})

    made = CourseDate.objects.get(made_by="portal")
    assert proposed(booking) == [(1, made.pk)]


def test_who_is_slower_than_a_colleague_plans_no_date(ada, ben_client, booking):
    """The form was opened while the booking waited, and the colleague gave the same reason meanwhile."""
    decline(booking, ada)

    ben_client.post(url(booking, "decline"), {**REASON, **NEW})

    assert not CourseDate.objects.filter(made_by="portal").exists()
    assert proposed(booking) == []


def test_a_booking_that_was_confirmed_meanwhile_gets_neither_decline_nor_date(ada, ben_client, booking):
    confirm(booking, ada)

    response = ben_client.post(url(booking, "decline"), {**REASON, **NEW}, follow=True)

    assert "This booking is already confirmed. That was Ada on" in response.text
    assert fresh(booking).status == "confirmed"
    assert not CourseDate.objects.filter(made_by="portal").exists()


def test_staff_propose_dates_in_the_partners_place(mona_client, booking):
    chosen = other_date(booking, 12)
    form = {**REASON, "proposal-first": chosen.pk}

    response = mona_client.post(f"/manage/bookings/{booking.pk}/decline", form)

    assert response.status_code == 302
    assert proposed(booking) == [(1, chosen.pk)]


def test_staff_who_break_a_promise_propose_dates_too(ada, mona_client, booking):
    confirm(booking, ada)
    chosen = other_date(booking, 12)
    form = {**REASON, "notes": "Krank", "proposal-first": chosen.pk}

    page = mona_client.get(f"/manage/bookings/{booking.pk}/emergency-decline")
    mona_client.post(f"/manage/bookings/{booking.pk}/emergency-decline", form)

    assert len(choices(page.text)) == 1
    assert proposed(booking) == [(1, chosen.pk)]
