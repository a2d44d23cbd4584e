"""The call list: who is on it, in which order, and what the buttons do."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.bookings import operations
from portal.bookings.models import Booking
from portal.bookings.operations import By, CallOutcome
from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON, client_of, make_partner
from portal.core.models import Event, Link, LinkVisit
from portal.manage import calls
from portal.partners.operations import save_partner

URL = reverse("manage:calls")
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _noon(time_machine, settings):
    time_machine.move_to(NOON, tick=False)
    settings.UNDO_SECONDS = 600


def escalated(partner, *, starts_in: timedelta = timedelta(days=3), **values: object) -> Booking:
    booking = make_booking(partner, starts_at=NOON + starts_in, **values)
    operations.ask_partner(booking, at=NOON - 5 * HOUR)
    operations.escalate(booking, reason="staff", at=NOON - HOUR)
    return booking


def expired(partner, *, ago: timedelta) -> Booking:
    booking = make_booking(partner, starts_at=NOON - ago)
    operations.expire_booking(booking, at=NOON - ago)
    return booking


def listed(at=NOON) -> list[tuple[str, list[int]]]:
    page = calls.call_page(None, at=at)
    return [(call.partner.company, [each.booking.pk for each in call.waiting]) for call in page]


def kinds(booking: Booking) -> list[tuple[str, dict]]:
    events = Event.objects.filter(subject_type="booking", subject_id=booking.pk).order_by("id")
    return [(event.kind, event.data) for event in events]


def test_all_that_waits_at_a_partner_is_one_call_and_the_least_time_left_comes_first(
    adas_partner, eves_partner
):
    later, sooner = escalated(adas_partner, starts_in=5 * 24 * HOUR), escalated(adas_partner)
    soonest = escalated(eves_partner, starts_in=4 * HOUR)
    over, over_before = expired(adas_partner, ago=HOUR), expired(adas_partner, ago=30 * HOUR)

    assert listed() == [
        (eves_partner.company, [soonest.pk]),
        (adas_partner.company, [sooner.pk, later.pk, over.pk, over_before.pk]),
    ]


@pytest.mark.parametrize(
    ("starts_in", "asked_ago", "is_listed"),
    [
        (timedelta(hours=24), timedelta(hours=2), True),
        (timedelta(hours=24, seconds=1), timedelta(hours=2), False),
        (timedelta(hours=24), timedelta(hours=1, minutes=59, seconds=59), False),
    ],
)
def test_who_is_asked_close_to_the_start_is_called_after_two_hours(
    adas_partner, starts_in, asked_ago, is_listed
):
    make_booking(adas_partner, starts_at=NOON + starts_in, asked_at=NOON - asked_ago)

    assert bool(listed()) is is_listed


@pytest.mark.parametrize(("ago", "is_listed"), [(timedelta(days=7), False), (timedelta(days=7) - HOUR, True)])
def test_an_expired_booking_is_asked_about_for_a_week(adas_partner, ago, is_listed):
    expired(adas_partner, ago=ago)

    assert bool(listed()) is is_listed


def test_what_has_an_answer_or_no_payment_needs_no_call(adas_partner, ada):
    answered = escalated(adas_partner)
    operations.confirm_booking(answered, by=By("portal", ada), at=NOON)
    unpaid = escalated(adas_partner)
    Booking.objects.filter(pk=unpaid.pk).update(released_at=None)

    assert listed() == []


def test_a_call_says_what_was_sent_and_who_looked(adas_partner, eves_partner, mona_client, run_jobs):
    opened, _unseen = escalated(adas_partner), escalated(eves_partner)
    run_jobs("core.send_mail")
    link = Link.objects.get(subject_type="booking", subject_id=opened.pk)
    for visitor, hours in (("person", 3), ("robot", 2)):
        LinkVisit.objects.create(
            partner_id=adas_partner.pk, link=link, action="page", visitor=visitor, at=NOON - hours * HOUR
        )

    by_partner = {call.partner_id: call.waiting[0] for call in calls.call_page(None, at=NOON)}
    page = mona_client.get(URL).text

    assert [
        (waiting.opened_at, waiting.last_mail.text, waiting.last_mail.outcome)
        for waiting in (by_partner[adas_partner.pk], by_partner[eves_partner.pk])
    ] == [
        (NOON - 3 * HOUR, "Request to confirm a booking", "has left"),
        (None, "Request to confirm a booking", "has left"),
    ]
    assert "Never opened" in page
    assert 'href="tel:+49891234567"' in page


def test_confirm_for_the_partner_takes_the_booking_off_the_list_and_can_be_undone(
    adas_partner, mona, mona_client
):
    booking = escalated(adas_partner)

    answer = mona_client.post(reverse("manage:confirm", args=[booking.pk]), {"page": "calls"}, follow=True)

    booking.refresh_from_db()
    assert answer.redirect_chain == [(f"{URL}?decided={booking.pk}", 302)]
    assert (booking.status, booking.confirmed_by, booking.decided_by_user) == ("confirmed", "staff", mona)
    assert reverse("manage:undo", args=[booking.pk]) in answer.text
    assert listed() == []

    mona_client.post(reverse("manage:undo", args=[booking.pk]), {"page": "calls"})
    assert listed() == [(adas_partner.company, [booking.pk])]


def test_decline_for_the_partner_goes_back_to_the_list(adas_partner, mona_client):
    booking = escalated(adas_partner)
    url = reverse("manage:decline", args=[booking.pk])

    form = mona_client.get(url, {"page": "calls"})
    incomplete = mona_client.post(url, {"page": "calls"})
    done = mona_client.post(url, {"page": "calls", "reason": "capacity_full"})

    booking.refresh_from_db()
    assert '<input type="hidden" name="page" value="calls">' in form.text
    assert (incomplete.status_code, done.headers["Location"]) == (422, f"{URL}?decided={booking.pk}")
    assert (booking.status, booking.declined_by, booking.decline_reason) == (
        "declined",
        "staff",
        "capacity_full",
    )


def test_who_was_not_reached_comes_back_after_two_hours_and_is_called_last_until_then(
    adas_partner, eves_partner, mona, mona_client
):
    first, second = escalated(adas_partner, starts_in=4 * HOUR), escalated(eves_partner)

    answer = mona_client.post(reverse("manage:not_reached", args=[adas_partner.pk]), follow=True)

    assert answer.redirect_chain == [(URL, 302)]
    assert "Noted. This call comes back in two hours." in answer.text
    assert "Not reached: Mona" in answer.text
    assert kinds(first)[-1] == ("booking.call_noted", {"outcome": "not_reached"})
    names = [eves_partner.company, adas_partner.company]
    assert [name for name, _ in listed(NOON + 2 * HOUR - timedelta(seconds=1))] == names
    assert [name for name, _ in listed(NOON + 2 * HOUR)] == names[::-1]
    ends = (NOON, NOON + 2 * HOUR - timedelta(seconds=1), NOON + 2 * HOUR)
    assert [calls.count_due(at=at) for at in ends] == [1, 1, 2]
    assert "booking.call_noted" not in dict(kinds(second))


def test_a_second_click_is_no_second_call_but_a_later_one_is(adas_partner, mona):
    booking = escalated(adas_partner)

    for seconds in (0, 59, 61):
        operations.note_call(
            adas_partner,
            [booking],
            CallOutcome.NOT_REACHED,
            actor=mona.actor,
            at=NOON + timedelta(seconds=seconds),
        )

    (call,) = calls.calls(at=NOON + HOUR)
    assert call.tries == 2


def test_a_call_about_two_bookings_counts_once(adas_partner, mona_client):
    bookings = [escalated(adas_partner), escalated(adas_partner)]

    mona_client.post(reverse("manage:not_reached", args=[adas_partner.pk]))

    (call,) = calls.calls(at=NOON)
    assert (call.tries, sorted(call.booking_ids)) == (1, [booking.pk for booking in bookings])


def test_a_wrong_number_is_doubted_until_it_is_changed(adas_partner, mona, mona_client):
    escalated(adas_partner)

    mona_client.post(reverse("manage:wrong_number", args=[adas_partner.pk]))
    adas_partner.refresh_from_db()
    page = mona_client.get(URL).text
    save_partner(adas_partner, actor="test", at=NOON)
    doubted = adas_partner.phone_doubted_at
    adas_partner.phone = "+49 89 7654321"
    save_partner(adas_partner, actor="test", at=NOON)

    adas_partner.refresh_from_db()
    assert "This number was found wrong" in page
    assert (doubted, adas_partner.phone_doubted_at) == (NOON, None)
    assert Event.objects.filter(kind="partner.phone_doubted").count() == 1


def test_colleagues_see_who_is_on_the_phone_for_a_quarter_of_an_hour(adas_partner, mona, mona_client):
    escalated(adas_partner)

    mona_client.post(reverse("manage:start_call", args=[adas_partner.pk]))

    assert "Mona is on the phone, since 12:00." in mona_client.get(URL).text
    (now,) = calls.call_page(None, at=NOON + timedelta(minutes=14, seconds=59))
    (later,) = calls.call_page(None, at=NOON + timedelta(minutes=15))
    assert (now.is_going_on, later.is_going_on) == (True, False)


def test_an_empty_list_says_who_would_be_there(mona_client):
    assert "Nobody to call" in mona_client.get(URL).text


def test_the_menu_and_the_problems_count_the_calls(adas_partner, eves_partner, mona_client):
    escalated(adas_partner)
    escalated(adas_partner)
    escalated(eves_partner)

    page = mona_client.get(reverse("manage:home"))

    assert "2 partners have not answered. Only a call helps." in page.text
    assert {str(item.label): item.badge for item in page.context["menu"]}["Calls"] == 2


def test_the_list_asks_the_same_number_of_queries_however_long_it_is(mona_client, adas_partner):
    escalated(adas_partner)
    with CaptureQueriesContext(connection) as few:
        mona_client.get(URL)
    for number in range(3, 9):
        partner = make_partner(f"Partner {number}", number)
        for _ in range(3):
            escalated(partner)
    with CaptureQueriesContext(connection) as many:
        mona_client.get(URL)

    assert len(many) == len(few)


def test_without_javascript_and_with_htmx_the_answer_is_the_list(adas_partner, mona_client):
    escalated(adas_partner)

    answer = mona_client.post(
        reverse("manage:not_reached", args=[adas_partner.pk]), headers={"HX-Request": "true"}
    )

    assert answer.status_code == 200
    assert answer.text.strip().startswith('<div id="calls"')


def test_partners_may_not_call(ada, adas_partner):
    booking = escalated(adas_partner)
    client = client_of(ada)

    for name in ("start_call", "not_reached", "wrong_number"):
        assert client.post(reverse(f"manage:{name}", args=[adas_partner.pk])).status_code == 404
    assert [kind for kind, _ in kinds(booking) if "call" in kind] == []
