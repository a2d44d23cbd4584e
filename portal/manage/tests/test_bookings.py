"""The staff's page of a booking, what they decide there, and the search over all bookings."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from portal.bookings import operations, queries
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON
from portal.core.models import Event, OutboxMail
from portal.manage.views import search
from portal.partners.models import Partner

LIST = reverse("manage:bookings")


@pytest.fixture(autouse=True)
def _noon(time_machine, settings):
    time_machine.move_to(NOON, tick=False)
    settings.UNDO_SECONDS = 600


def url(name: str, booking: Booking) -> str:
    return reverse(f"manage:{name}", args=[booking.pk])


def found(client, **query: object) -> list[int]:
    return [booking.pk for booking in client.get(LIST, query).context["page"]]


def test_the_page_shows_partner_customer_mails_and_who_did_what(adas_partner, ada, mona_client, run_jobs):
    booking = make_booking(adas_partner, notes="Nussallergie")
    operations.ask_partner(booking, at=NOON)
    run_jobs("core.send_mail")
    operations.confirm_booking(booking, by=By("portal", ada), at=NOON)

    page = mona_client.get(url("booking", booking)).text

    for text in (
        "Kochschule Ada",
        "tel:+49891234567",
        "Jürgen Müller",
        "juergen@example.com",
        "Nussallergie",
        "To partner1@example.org: has left",
        "The partner has not opened a link of these e-mails.",
        "Ada",
        "Decline in an emergency",
    ):
        assert text in page


def test_staff_see_the_customer_of_a_date_that_is_long_over(adas_partner, mona_client):
    booking = make_booking(adas_partner, starts_at=NOON - timedelta(days=400))

    assert "juergen@example.com" in mona_client.get(url("booking", booking)).text


@pytest.mark.parametrize(
    ("make", "buttons"),
    [
        (lambda booking, ada: None, {"confirm", "decline"}),
        (lambda booking, ada: Booking.objects.filter(pk=booking.pk).update(released_at=None), set()),
        (
            lambda booking, ada: operations.confirm_booking(booking, by=By("portal", ada), at=NOON),
            {"undo", "emergency_decline"},
        ),
        (
            lambda booking, ada: operations.decline_booking(
                booking, reason=queries.reason_by_code("capacity_full"), by=By("portal", ada), at=NOON
            ),
            {"undo"},
        ),
        (lambda booking, ada: operations.cancel_booking(booking, at=NOON), set()),
    ],
)
def test_the_page_offers_what_is_possible(adas_partner, ada, mona_client, make, buttons):
    booking = make_booking(adas_partner)
    make(booking, ada)

    page = mona_client.get(url("booking", booking)).text

    names = ("confirm", "decline", "undo", "emergency_decline")
    assert {name for name in names if url(name, booking) + '"' in page} == buttons


def test_confirm_answers_htmx_with_the_part_that_changed(adas_partner, mona, mona_client):
    booking = make_booking(adas_partner)

    answer = mona_client.post(url("confirm", booking), headers={"HX-Request": "true"})

    assert answer.text.strip().startswith('<section id="booking"')
    assert [(event.kind, event.actor) for event in Event.objects.filter(kind="booking.confirmed")] == [
        ("booking.confirmed", mona.actor)
    ]


def test_who_was_faster_is_named(adas_partner, ada, mona_client):
    booking = make_booking(adas_partner)
    operations.confirm_booking(booking, by=By("portal", ada), at=NOON)

    answer = mona_client.post(url("decline", booking), {"reason": "capacity_full"}, follow=True)

    booking.refresh_from_db()
    assert (booking.status, "This booking is already confirmed. That was Ada" in answer.text) == (
        "confirmed",
        True,
    )


def test_an_emergency_decline_says_before_what_will_happen(adas_partner, ada, mona_client):
    booking = make_booking(adas_partner)
    operations.confirm_booking(booking, by=By("portal", ada), at=NOON)
    operations.settle_decision(booking, at=NOON + timedelta(minutes=10))
    target = url("emergency_decline", booking)

    page = mona_client.get(target).text
    without_note = mona_client.post(target, {"reason": "capacity_full", "notes": " "})
    done = mona_client.post(target, {"reason": "capacity_full", "notes": "Der Koch ist krank."})

    for text in (
        "The customer may know of the confirmation since",
        "A support ticket is opened",
        "The partner gets an e-mail: partner1@example.org",
        "All this happens at 12:10. Until then you can undo it.",
    ):
        assert text in page
    assert (without_note.status_code, "Please say in a few words why" in without_note.text) == (422, True)
    booking.refresh_from_db()
    assert (done.headers["Location"], booking.status, booking.declined_by) == (
        url("booking", booking),
        "declined",
        "staff",
    )


def test_an_emergency_decline_close_to_the_date_says_that_it_cannot_be_undone(adas_partner, ada, mona_client):
    booking = make_booking(adas_partner, starts_at=NOON + timedelta(hours=3))
    operations.confirm_booking(booking, by=By("portal", ada), at=NOON)

    assert "It cannot be undone." in mona_client.get(url("emergency_decline", booking)).text


def test_the_emergency_of_an_open_booking_is_refused_with_the_reason(adas_partner, mona_client):
    booking = make_booking(adas_partner)

    page = mona_client.get(url("emergency_decline", booking)).text
    answer = mona_client.post(
        url("emergency_decline", booking), {"reason": "capacity_full", "notes": "Nein"}, follow=True
    )

    booking.refresh_from_db()
    assert booking.status == "pending"
    assert "This booking is not confirmed." in page
    assert "This booking is not confirmed." in answer.text


def test_a_mail_that_left_is_sent_once_more_as_a_copy(adas_partner, mona_client, run_jobs):
    booking = make_booking(adas_partner)
    operations.ask_partner(booking, at=NOON)
    run_jobs("core.send_mail")
    mail = OutboxMail.objects.get()

    answer = mona_client.post(reverse("manage:resend_mail", args=[mail.pk]), follow=True)
    run_jobs("core.send_mail")

    assert answer.redirect_chain == [(url("booking", booking), 302)]
    assert "The e-mail is on its way." in answer.text
    states = OutboxMail.objects.order_by("id").values_list("kind", "state", "recipient")
    assert list(states) == [("booking_request", "sent", adas_partner.email)] * 2


def test_mails_that_are_not_about_bookings_are_not_sent_from_here(adas_partner, mona_client):
    mail = OutboxMail.objects.create(
        kind="password_reset",
        recipient="ada@example.org",
        subject_type="user",
        subject_id=1,
        message_id="<1@example.org>",
        created_at=NOON,
    )

    assert mona_client.post(reverse("manage:resend_mail", args=[mail.pk])).status_code == 404


def test_the_page_of_a_booking_asks_as_often_however_much_happened(adas_partner, ada, mona_client, run_jobs):
    quiet, busy = make_booking(adas_partner), make_booking(adas_partner)
    operations.ask_partner(quiet, at=NOON)
    operations.confirm_booking(quiet, by=By("portal", ada), at=NOON)
    for _ in range(4):
        operations.confirm_booking(busy, by=By("portal", ada), at=NOON)
        operations.undo_decision(busy, by=By("portal", ada), at=NOON)
    operations.confirm_booking(busy, by=By("portal", ada), at=NOON)
    run_jobs("core.send_mail")
    counts = []
    for booking in (quiet, quiet, busy):
        with CaptureQueriesContext(connection) as asked:
            mona_client.get(url("booking", booking))
        counts.append(len(asked))

    assert counts[1] == counts[2]


# --- The search


def test_the_search_covers_all_partners_and_what_is_not_paid(adas_partner, eves_partner, mona_client):
    early = make_booking(adas_partner)
    late = make_booking(eves_partner, starts_at=NOON + timedelta(days=9))
    unpaid = make_booking(eves_partner, starts_at=NOON + timedelta(days=8), released_at=None)

    assert found(mona_client) == [late.pk, unpaid.pk, early.pk]


def test_the_search_narrows_by_partner_customer_number_status_and_day(
    adas_partner, eves_partner, ada, mona_client
):
    mine, other = make_booking(adas_partner), make_booking(eves_partner, starts_at=NOON + timedelta(days=9))
    operations.confirm_booking(mine, by=By("portal", ada), at=NOON)

    for query, expected in (
        ({"partner": "kochschule"}, [mine.pk]),
        ({"partner": eves_partner.customer_number}, [other.pk]),
        ({"partner": "niemand"}, []),
        ({"search": other.order_number}, [other.pk]),
        ({"search": "mueller"}, [other.pk, mine.pk]),
        ({"status": "confirmed"}, [mine.pk]),
        ({"from": "2030-05-09", "to": "2030-05-11"}, [other.pk]),
    ):
        assert (query, found(mona_client, **query)) == (query, expected)


def test_a_filter_that_cannot_be_meant_says_so(adas_partner, mona_client):
    make_booking(adas_partner)

    answer = mona_client.get(LIST, {"from": "gestern", "status": "nonsense", "partner": "\0"})

    assert answer.status_code == 200
    assert "This has to be a day that exists" in answer.text


def test_nothing_found_leads_back_to_all(mona_client):
    assert "Nothing found" in mona_client.get(LIST, {"search": "Xaver"}).text
    assert "No bookings yet" in mona_client.get(LIST).text


def test_the_list_is_paged_and_counted_up_to_a_bound(adas_partner, mona_client, monkeypatch):
    monkeypatch.setattr(search, "MOST_COUNTED", 2)
    monkeypatch.setattr(search, "PAGE_SIZE", 2)
    bookings = [make_booking(adas_partner) for _ in range(3)]

    answer = mona_client.get(LIST)

    assert [each.pk for each in answer.context["page"]] == [booking.pk for booking in bookings[:0:-1]]
    assert "These are the latest ones." in answer.text


def test_the_list_asks_the_same_number_of_queries_however_long_it_is(adas_partner, mona_client):
    make_booking(adas_partner)
    counts = []
    for more in (0, 6):
        for _ in range(more):
            make_booking(adas_partner)
        with CaptureQueriesContext(connection) as asked:
            mona_client.get(LIST)
        counts.append(len(asked))

    assert counts[0] == counts[1]


def test_partners_link_to_their_bookings(adas_partner: Partner, mona_client):
    page = mona_client.get(reverse("manage:partner", args=[adas_partner.pk])).text

    assert f"{LIST}?partner={adas_partner.customer_number}" in page
