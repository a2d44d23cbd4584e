"""A booking's page tells how it came to its date, and what became of its last link."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.bookings import operations as bookings
from portal.bookings.operations import By
from portal.bookings.queries import reason_by_code
from portal.bookings.queries_pages import others_of_customer
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import fresh
from portal.bookings.tests.pages import url
from portal.bookings.timeline import timeline_entries
from portal.conftest import NOON, client_of
from portal.core import registry
from portal.core.models import Event
from portal.dates.tests.factories import make_course
from portal.rebooking import operations
from portal.rebooking.models import Choice, Rebooking
from portal.rebooking.operations import Wish
from portal.rebooking.tests.factories import confirm, decline, make_free_date, make_rebooking, now_of
from portal.rebooking.threads import thread_card

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def noon(time_machine, adas_partner):
    time_machine.move_to(NOON, tick=False)


def rebook(rebooking: Rebooking, *, days: int = 14):
    made = make_free_date(rebooking.original_booking.course, days)
    return operations.rebook(rebooking, made.pk, at=NOON).rebooking.new_booking


def steps(booking) -> list[tuple[int, str, bool]]:
    card = thread_card(fresh(booking), at=NOON)
    return [(step.number, str(step.outcome), step.is_current) for step in card.steps]


def state(booking, *, at=NOON) -> tuple[str, str, bool] | None:
    found = thread_card(fresh(booking), at=at).state
    return found and (str(found.text), str(found.detail), found.is_wanting)


def wish(rebooking: Rebooking, choice: Choice, **values) -> None:
    defaults = {"weekdays": (), "time": "", "until": None, "note": "Privat"}
    operations.note_wish(rebooking, Wish(choice=choice, **{**defaults, **values}), at=NOON)


def test_a_booking_that_nobody_thought_of_moving_has_no_thread(ada_client, adas_partner):
    booking = make_booking(adas_partner)

    assert thread_card(booking, at=NOON) is None
    assert "thread" not in ada_client.get(url(booking)).text


def test_a_thread_names_every_date_and_what_became_of_it(adas_partner):
    rebooking = make_rebooking(adas_partner)
    first = rebooking.original_booking
    second = rebook(rebooking)

    assert steps(first) == [(1, "declined", True), (2, "waits for an answer", False)]
    assert steps(second) == [(1, "declined", False), (2, "waits for an answer", True)]

    third = rebook(operations.offer_rebooking(decline(second), at=NOON), days=21)
    confirm(third)

    assert steps(third) == [(1, "declined", False), (2, "declined", False), (3, "confirmed", True)]


def test_the_page_leads_to_the_other_dates_of_the_thread(ada_client, adas_partner):
    rebooking = make_rebooking(adas_partner)
    second = rebook(rebooking)

    text = ada_client.get(url(second)).text

    assert f'href="{url(rebooking.original_booking)}">Wed 8 May</a>' in text
    assert '<strong aria-current="true">Wed 15 May</strong>' in text


def test_a_booking_that_stands_says_which_date_is_asked_for(mona, adas_partner):
    standing = confirm(make_booking(adas_partner))
    candidate = rebook(operations.send_link(standing, user=mona, at=NOON))

    assert steps(standing) == [(1, "confirmed", True), (2, "waits for an answer", False)]
    assert state(standing) == (
        "The customer would rather come on Wed 15 May.",
        "Until the new date is confirmed, the booking stays where it is.",
        False,
    )
    assert state(candidate) == (
        "The customer would rather come on this date.",
        "The previous date stays booked until you confirm this one.",
        False,
    )

    decline(candidate)

    assert steps(standing) == [(1, "confirmed", True), (2, "declined", False)]


def test_a_booking_that_moved_while_it_stood_was_moved_not_declined(mona, adas_partner):
    standing = confirm(make_booking(adas_partner))
    candidate = rebook(operations.send_link(standing, user=mona, at=NOON))
    bookings.promote_candidate(confirm(candidate), at=NOON)

    assert steps(candidate) == [(1, "moved", False), (2, "confirmed", True)]


def test_one_click_of_the_customer_is_told_once_for_each_date(adas_partner):
    second = rebook(make_rebooking(adas_partner))

    told = [
        str(entry.text)
        for entry in timeline_entries(fresh(second))
        if entry.by == "by the link in the e-mail"
    ]

    assert told == [
        "Date Wed 8 May 2030: The booking moved to another date.",
        "This date was chosen instead.",
    ]


def test_the_other_dates_of_the_thread_are_no_other_bookings_of_the_customer(adas_partner):
    rebooking = make_rebooking(adas_partner)
    another = make_booking(adas_partner)
    second = rebook(rebooking)

    assert others_of_customer(fresh(second), at=NOON) == [another]


def test_a_date_of_another_course_says_so(adas_partner):
    rebooking = make_rebooking(adas_partner)
    another = make_free_date(make_course(adas_partner, name="Ramen"))
    new = operations.rebook(rebooking, another.pk, at=NOON).rebooking.new_booking

    assert [step.other_course for step in thread_card(fresh(new), at=NOON).steps] == [
        rebooking.original_booking.course_name,
        "",
    ]


# --- The link


def test_a_link_that_waits_says_until_when_it_works(adas_partner):
    rebooking = make_rebooking(adas_partner)
    make_free_date(rebooking.original_booking.course)
    Rebooking.objects.update(needs_staff="", needs_staff_at=None)
    booking, end = rebooking.original_booking, rebooking.token_expires_at
    waiting = ("The customer can choose a new date.", "The link works until Fri 31 May.", False)
    over = ("The customer did not choose a new date in time. Our team takes care of it.", "", False)

    assert [state(booking, at=at) for at in (NOON, end - MINUTE, end)] == [waiting, waiting, over]


def test_a_held_date_says_that_the_customer_is_choosing(adas_partner):
    rebooking = make_rebooking(adas_partner)
    made = make_free_date(rebooking.original_booking.course)
    Rebooking.objects.update(needs_staff="", needs_staff_at=None)
    operations.hold_date(rebooking, made.pk, at=NOON)
    until = now_of(rebooking).held_until
    booking = rebooking.original_booking

    assert [state(booking, at=at)[0] for at in (until - MINUTE, until)] == [
        "The customer is choosing a new date right now: its seats are held.",
        "The customer can choose a new date.",
    ]


def test_where_there_was_no_date_a_new_one_would_help(ada_client, vera, adas_partner):
    rebooking = make_rebooking(adas_partner)
    booking = rebooking.original_booking
    plan = f'href="/dashboard/dates/new?course={booking.course_id}"'

    assert state(booking) == ("There was no date to offer to the customer.", "", True)
    assert plan in ada_client.get(url(booking)).text
    assert plan not in client_of(vera).get(url(booking)).text


@pytest.mark.parametrize(
    ("choice", "text"),
    [(Choice.VOUCHER, "Wish: A voucher"), (Choice.REFUND, "Wish: The money back")],
)
def test_what_the_customer_wants_instead_is_said(ada_client, adas_partner, choice, text):
    rebooking = make_rebooking(adas_partner)
    wish(rebooking, choice)

    assert state(rebooking.original_booking) == ("None of the dates fits the customer.", text, False)
    # What was written to our team stays with our team.
    page = ada_client.get(url(rebooking.original_booking)).text
    assert (text in page, "Privat" in page) == (True, False)


def test_wished_dates_are_said_in_words(adas_partner):
    rebooking = make_rebooking(adas_partner)
    wish(rebooking, Choice.OTHER_DATES, weekdays=(6, 5), time="evening", until=date(2030, 6, 30))

    assert state(rebooking.original_booking) == (
        "None of the dates fits the customer.",
        "Wish: Other dates · Sat, Sun · in the evening · until Sun 30 June 2030",
        True,
    )


def test_a_withdrawn_link_says_why(mona, adas_partner):
    rebooking = make_rebooking(adas_partner)

    operations.revoke_link(rebooking, user=mona, at=NOON)

    assert state(rebooking.original_booking) == ("Our team has withdrawn the link.", "", False)


def test_a_used_link_has_nothing_more_to_say(adas_partner):
    rebooking = make_rebooking(adas_partner)

    assert state(rebook(rebooking)) is None


def test_a_decline_that_can_be_undone_shows_no_thread(adas_partner):
    booking, reason = make_booking(adas_partner), reason_by_code("capacity_full")

    bookings.decline_booking(booking, reason=reason, by=By("portal"), at=NOON)

    assert thread_card(fresh(booking), at=NOON) is None


def test_a_long_thread_asks_no_more_than_a_short_one(ada_client, adas_partner):
    rebooking = make_rebooking(adas_partner)
    second = rebook(rebooking)
    with CaptureQueriesContext(connection) as short:
        thread_card(fresh(second), at=NOON)
    third = rebook(operations.offer_rebooking(decline(second), at=NOON), days=21)

    with CaptureQueriesContext(connection) as long:
        thread_card(fresh(third), at=NOON)

    assert len(long) == len(short)


# --- The words of its events


def test_every_event_of_a_rebooking_has_words(ada_client, adas_partner):
    rebooking = make_rebooking(adas_partner)
    wish(rebooking, Choice.OTHER_DATES)

    events = Event.objects.filter(kind__startswith="rebooking.")
    found = {event.kind: str(registry.event_text(event).text) for event in events}

    assert found == {
        "rebooking.no_dates": "There was no other date to offer to the customer. Our team takes care of it.",
        "rebooking.wish_noted": "None of the dates fits: the customer has told us when it would.",
    }


@pytest.mark.parametrize(
    ("kind", "data", "text"),
    [
        ("rebooking.offered", {"dates": 1}, "1 other date was offered to the customer."),
        ("rebooking.offered", {"dates": 5}, "5 other dates were offered to the customer."),
        ("rebooking.dates_proposed", {"dates": 2}, "2 other dates were proposed."),
        ("rebooking.reminded", {"number": 1}, "The customer was reminded to choose a new date."),
        ("rebooking.reminded", {"number": 2}, "The customer was reminded once more."),
        ("rebooking.wish_noted", {"choice": "later"}, "None of the dates fits the customer."),
        (
            "rebooking.link_ended",
            {"ended": "refunded"},
            "The link to rebook has ended, since the money went back.",
        ),
        ("rebooking.link_ended", {}, "The link to rebook has ended."),
    ],
)
def test_an_event_says_what_happened(kind, data, text):
    assert str(registry.event_text(Event(kind=kind, data=data)).text) == text
