"""The pages of a date that falls through, for members, viewers, other partners and staff."""

import pytest

from portal.bookings import operations
from portal.bookings.date_changes import operations as date_changes
from portal.bookings.models import DateCancellation
from portal.bookings.operations import By
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.falling import MINUTE, SETTLED, book, fall_through, now_of, settle
from portal.bookings.tests.looking import fresh, token_of
from portal.bookings.tests.pages import HTMX
from portal.conftest import NOON, client_of
from portal.core import tenancy
from portal.dates.tests.factories import make_date

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

FORM = {"reason": "other", "notes": "Der Koch ist krank."}


def url(date, action: str = "emergency", of: str = "dashboard") -> str:
    return f"/{of}/dates/{date.pk}/{action}"


def cancellation_of(date) -> DateCancellation | None:
    with tenancy.system("tests"):
        return DateCancellation.objects.filter(course_date=date, undone_at=None).first()


def entry_of(booking):
    with tenancy.system("tests"):
        return booking.date_cancellations.get()


# --- Before


def test_the_preview_names_everybody_whom_it_concerns(date, ada_client):
    first = book(date, participants=3)
    second = book(date, shop_payment_status="open")
    book(date, released_at=None, asked_at=None)
    gone = book(date, status="cancelled", cancelled_at=NOON)

    page = ada_client.get(url(date)).text

    expected = [first.customer.name, second.customer.name, "It concerns 5 people.", "Already paid: €178.00."]
    expected += ["2 bookings are declined", "1 more order is being paid", "The e-mails leave at 12:10"]
    assert [each for each in expected if each not in page] == []
    assert gone.customer.name not in page


def test_a_post_cancels_it_and_leads_to_who_has_heard(date, ada_client, ada):
    booking = book(date)

    response = ada_client.post(url(date), FORM, follow=True)

    assert response.redirect_chain == [(url(date, "cancelled"), 302)]
    assert "The date is cancelled. Below you see who has heard of it." in response.text
    assert (fresh(booking).status, cancellation_of(date).decided_by_user) == ("declined", ada)


def test_a_second_post_leads_to_the_same_page(date, ada_client, ben_client):
    book(date)

    answers = [client.post(url(date), FORM) for client in (ada_client, ben_client, ada_client)]

    assert {(each.status_code, each.headers["Location"]) for each in answers} == {
        (302, url(date, "cancelled"))
    }
    with tenancy.system("tests"):
        assert DateCancellation.objects.count() == 1


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"reason": "", "notes": "Krank"}, "Please choose one of the reasons."),
        ({"reason": "other", "notes": " "}, "Please say in a few words why."),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_cancelled(date, ada_client, form, sentence):
    booking = book(date)

    response = ada_client.post(url(date), form)

    assert (response.status_code, sentence in response.text) == (422, True)
    assert (fresh(booking).status, now_of(date).cancelled_at) == ("pending", None)


def test_a_date_that_has_begun_says_so(adas_partner, ada_client):
    date = make_date(adas_partner, starts_at=NOON)
    book(date)

    page = ada_client.get(url(date)).text
    response = ada_client.post(url(date), FORM)

    assert "This date has already begun." in page
    assert (response.status_code, cancellation_of(date)) == (422, None)


# --- After


def test_the_page_says_who_has_heard_and_how_to_reach_the_others(date, ada_client, run_jobs, time_machine):
    booking = book(date)
    fall_through(date)
    time_machine.move_to(SETTLED, tick=False)
    settle()
    run_jobs()

    page = ada_client.get(url(date, "cancelled")).text

    expected = [
        booking.customer.name,
        'href="tel:01713920001"',
        "Not opened yet",
        "1 customer may not know yet.",
    ]
    expected += [fresh(booking).odoo_ticket_number, "Der Koch ist krank.", booking.order_number]
    assert [each for each in expected if each not in page] == []


def test_ticking_off_by_hand_and_taking_it_back(date, ada_client):
    booking = book(date)
    fall_through(date)
    entry = entry_of(booking)

    ticked = ada_client.post(url(date, f"cancelled/{entry.pk}/reached"), headers=HTMX)
    taken_back = ada_client.post(url(date, f"cancelled/{entry.pk}/not-reached"))

    assert ("Not reached after all" in ticked.text, "<html" in ticked.text) == (True, False)
    assert taken_back.headers["Location"] == url(date, "cancelled")
    assert entry_of(booking).reached_at is None


def test_undo_gives_everything_back(date, ada_client):
    booking = book(date)
    fall_through(date)
    offered = "Undo everything" in ada_client.get(url(date, "cancelled")).text

    response = ada_client.post(url(date, "cancelled/undo"))

    assert (offered, response.headers["Location"]) == (True, f"/dashboard/dates/{date.pk}")
    assert (fresh(booking).status, now_of(date).cancelled_at) == ("pending", None)


def test_undo_after_the_window_says_so(date, ada_client, time_machine):
    book(date)
    fall_through(date)
    time_machine.move_to(SETTLED, tick=False)

    page = ada_client.get(url(date, "cancelled")).text
    response = ada_client.post(url(date, "cancelled/undo"), follow=True)

    assert "Undo everything" not in page
    assert "This can no longer be undone" in response.text
    assert cancellation_of(date) is not None


def test_without_a_cancellation_the_page_leads_to_the_date(date, ada_client):
    assert ada_client.get(url(date, "cancelled")).headers["Location"] == f"/dashboard/dates/{date.pk}"


def test_an_undone_cancellation_is_ticked_off_no_more(date, ada_client):
    booking = book(date)
    date_changes.undo_date_cancellation(fall_through(date), by=By("portal"), at=NOON)

    response = ada_client.post(url(date, f"cancelled/{entry_of(booking).pk}/reached"))

    assert response.status_code == 404


def test_an_entry_of_another_date_is_not_found(date, adas_partner, ada_client):
    booking = book(date)
    fall_through(date)
    other = make_date(adas_partner)
    book(other)
    fall_through(other)

    assert ada_client.post(url(other, f"cancelled/{entry_of(booking).pk}/reached")).status_code == 404


@pytest.mark.parametrize("number", [1, 8])
def test_the_pages_ask_the_same_number_of_questions_for_however_many(
    date, ada_client, number, django_assert_max_num_queries
):
    for _ in range(number):
        book(date)
    with django_assert_max_num_queries(20):
        ada_client.get(url(date))
    fall_through(date)
    with django_assert_max_num_queries(20):
        ada_client.get(url(date, "cancelled"))


# --- Who may


def test_a_viewer_looks_and_decides_nothing(date, vera_client):
    booking = book(date)
    fall_through(date)
    entry = entry_of(booking)

    page = vera_client.get(url(date, "cancelled"))
    actions = ["emergency", "cancelled/undo", f"cancelled/{entry.pk}/reached"]
    answers = [vera_client.post(url(date, action), FORM).status_code for action in actions]

    assert (page.status_code, booking.customer.name in page.text) == (200, True)
    assert [each for each in ('<form class="action"', "Undo everything") if each in page.text] == []
    assert answers == [403, 403, 403]


def test_another_partner_finds_nothing(date, eve_client):
    booking = book(date)
    fall_through(date)
    entry = entry_of(booking)
    pages = ["emergency", "cancelled", "sheet", "sheet.pdf"]
    actions = ["emergency", "cancelled/undo", f"cancelled/{entry.pk}/reached"]

    answers = [eve_client.get(url(date, page)).status_code for page in pages]
    answers += [eve_client.post(url(date, action), FORM).status_code for action in actions]

    assert set(answers) == {404}


def test_staff_cancel_in_the_partners_place_and_see_the_same(date, mona, mona_client, ada_client):
    booking = book(date)

    way_in = mona_client.get(f"/manage/bookings/{booking.pk}").text
    preview = mona_client.get(url(date, "emergency", "manage")).text
    response = mona_client.post(url(date, "emergency", "manage"), FORM, follow=True)

    assert url(date, "emergency", "manage") in way_in
    assert (date.partner.company in preview, booking.customer.name in preview) == (True, True)
    assert response.redirect_chain == [(url(date, "cancelled", "manage"), 302)]
    assert booking.customer.name in response.text
    assert (cancellation_of(date).way, fresh(booking).decided_by_user) == ("staff", mona)
    page = ada_client.get(url(date, "cancelled")).text
    assert ("Cancelled by our team" in page, "Undo everything" in page) == (True, False)


def test_staff_tick_off_and_undo(date, mona_client):
    booking = book(date)
    fall_through(date)
    entry = entry_of(booking)

    mona_client.post(url(date, f"cancelled/{entry.pk}/reached", "manage"))
    ticked = entry_of(booking).reached_at
    mona_client.post(url(date, f"cancelled/{entry.pk}/not-reached", "manage"))
    response = mona_client.post(url(date, "cancelled/undo", "manage"))

    assert (ticked, entry_of(booking).reached_at, response.status_code) == (NOON, None, 302)
    assert fresh(booking).status == "pending"


def test_staff_see_customers_whom_the_partner_sees_no_more(date, mona, ada, time_machine, settings):
    settings.CUSTOMER_FADE_DAYS = 30
    booking = book(date)
    fall_through(date)
    time_machine.move_to(NOON + 60 * 24 * 60 * MINUTE, tick=False)

    staffs = client_of(mona).get(url(date, "cancelled", "manage")).text
    partners = client_of(ada).get(url(date, "cancelled")).text

    assert (booking.customer.name in staffs, booking.customer.phone in staffs) == (True, True)
    assert [each for each in (booking.customer.name, booking.customer.phone) if each in partners] == []


# --- On the page of the date, and of a booking


def test_the_page_of_a_date_says_who_has_booked(date, adas_partner, vera_client):
    book(date, notes="Allergien: Nüsse\nWir freuen uns")
    book(date, notes="Allergien: keine", status="cancelled", cancelled_at=NOON)
    elsewhere = make_booking(adas_partner)

    page = vera_client.get(f"/dashboard/dates/{date.pk}").text

    assert "1 booking, 2 participants" in " ".join(page.split())
    assert (page.count("Please note"), 'href="tel:01713920001"' in page) == (1, True)
    assert f"/dashboard/bookings/{elsewhere.pk}" not in page


def test_the_page_of_a_date_that_fell_through_leads_to_who_has_heard(date, ada_client):
    book(date)
    fall_through(date)

    page = ada_client.get(f"/dashboard/dates/{date.pk}").text

    assert (url(date, "cancelled") in page, f"/dashboard/dates/{date.pk}/restore" in page) == (True, False)


def test_a_booking_of_a_cancelled_date_can_be_declined_but_not_confirmed(date, ada_client):
    book(date)
    fall_through(date)
    late = book(date)

    page = ada_client.get(f"/dashboard/bookings/{late.pk}").text
    response = ada_client.post(f"/dashboard/bookings/{late.pk}/confirm", follow=True)

    assert f"/dashboard/bookings/{late.pk}/decline" in page
    assert f"/dashboard/bookings/{late.pk}/confirm" not in page
    assert "The whole date is cancelled." in page
    assert "This date is cancelled." in response.text
    assert fresh(late).status == "pending"


def test_the_link_in_the_request_says_so_too(date, person, program):
    book(date)
    fall_through(date)
    late = book(date)
    operations.ask_partner(late, at=NOON)
    token = token_of(late)

    opened = person.get(f"/api/confirm/{token}", follow=True).text
    posted = person.post(f"/api/confirm/{token}", follow=True)
    by_program = program.post(f"/api/confirm/{token}")

    for page in (opened, posted.text):
        assert ("This date is cancelled." in page, f"/api/decline/{token}" in page) == (True, True)
    assert (by_program.status_code, by_program.json()["error"]["code"]) == (409, "date_cancelled")
    assert fresh(late).status == "pending"
