"""What customers, the partner and the help desk hear of a date that falls through: each of it once."""

import re
from dataclasses import replace

import pytest

from portal.bookings import operations, queries
from portal.bookings.date_changes.operations import CUSTOMER_TOLD
from portal.bookings.date_changes.reach import Reach, affected_by
from portal.bookings.date_changes.subscribers import tell_customer
from portal.bookings.models import Booking
from portal.bookings.operations import By, erase_orders
from portal.bookings.queries import CUSTOMER_LINK
from portal.bookings.sweeps import tell_declines_without_ticket
from portal.bookings.tests.falling import SETTLED, book, fall_through, link_of, settle, token_of, undo
from portal.bookings.tests.looking import fresh, kinds
from portal.bookings.tests.shop_orders import LATER, PERSON, make_line, make_order, take_in
from portal.bookings.tests.test_tickets import HOUR, desk  # noqa: F401 -- a fixture
from portal.bookings.ticket_subscribers import open_ticket
from portal.conftest import NOON
from portal.core import links
from portal.core.models import Event, Link, OutboxMail
from portal.core.tests import mail_servers
from portal.partners.operations import save_partner

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "taken_mails")]


def mails_to(address: str) -> list:
    return [mail for mail in mail_servers.taken_mails if mail.to == address]


def owed(kind: str = CUSTOMER_TOLD) -> list[tuple[str, str]]:
    return list(OutboxMail.objects.filter(kind=kind).order_by("pk").values_list("recipient", "state"))


# --- The customers


def test_every_customer_hears_once_and_only_when_it_is_final(date, run_jobs):
    bookings = [book(date), book(date)]
    fall_through(date)
    run_jobs()
    before = owed()

    settle()
    run_jobs()
    for event in Event.objects.filter(kind="booking.decline_settled"):
        tell_customer(event)
    run_jobs()

    assert before == []
    assert owed() == [(each.customer.email, "sent") for each in bookings]
    assert [len(mails_to(each.customer.email)) for each in bookings] == [1, 1]
    assert {mail.audience for mail in OutboxMail.objects.filter(kind=CUSTOMER_TOLD)} == {"customer"}


def test_of_an_undone_cancellation_nobody_hears(date, run_jobs):
    booking = book(date)
    undo(fall_through(date))

    settle()
    run_jobs()

    assert (owed(), owed("date_cancelled"), mails_to(booking.customer.email)) == ([], [], [])


@pytest.mark.parametrize(
    ("language", "subject", "sentences"),
    [
        ("de", "Ihr Kurs fällt leider aus - #{number}", ["Mi., 8. Mai 2030, 12:00", "Küchengasse 3"]),
        (
            "en",
            "Your course has been cancelled - #{number}",
            ["Hello Gast", "Please do not set out.", "Wed 8 May 2030, 12:00", "Küchengasse 3"],
        ),
    ],
)
def test_the_mail_says_what_the_customer_needs(date, run_jobs, settings, language, subject, sentences):
    settings.PORTAL_URL = "https://portal.example"
    booking = book(date)
    booking.customer.language = language
    booking.customer.save()
    fall_through(date, notes="Nur für das Team")

    settle()
    run_jobs()

    (mail,) = mails_to(booking.customer.email)
    assert mail.subject == subject.format(number=booking.order_number)
    page = f"https://portal.example/booking/{token_of(booking)}"
    for part in (mail.text, mail.html):
        assert [sentence for sentence in (*sentences, page) if sentence not in part] == []
        assert [each for each in ("Nur für das Team", "/api/", date.partner.email) if each in part] == []


def test_a_booking_declined_by_itself_is_no_news_to_its_customer(date, run_jobs):
    booking = book(date)
    reason = queries.reason_by_code("capacity_full")
    operations.decline_booking(booking, reason=reason, by=By("portal"), at=NOON)

    settle()
    run_jobs()

    assert owed() == []
    assert OutboxMail.objects.filter(kind="booking_declined").count() == 1


def test_without_an_address_or_after_being_erased_nobody_is_written_to(date, run_jobs):
    silent, erased = book(date), book(date)
    silent.customer.email = ""
    silent.customer.save()
    fall_through(date)
    settle()
    run_jobs("core.run_subscriber")
    erase_orders([erased.magento_order_id], actor="user:1", at=SETTLED)

    run_jobs()

    assert [state for _, state in owed()] == ["dropped"]
    assert "@" not in link_of(erased).recipient


def test_an_address_that_is_put_right_in_the_shop_gets_the_mail_and_the_wrong_one_no_page(
    adas_partner, run_jobs, person
):
    take_in(make_order())
    booking = Booking.objects.get()
    fall_through(booking.course_date)
    settle()
    run_jobs()
    wrong = token_of(booking)

    right = replace(PERSON, email="richtig@example.com")
    take_in(make_order(person=right, updated_at=LATER), at=LATER)
    run_jobs()

    assert owed() == [("juergen@example.com", "sent"), ("richtig@example.com", "sent")]
    assert person.get(f"/booking/{wrong}").status_code == 410


def test_whoever_gets_the_money_back_is_still_told_that_nobody_is_there(date, run_jobs, person):
    booking = book(date)
    fall_through(date)
    settle()
    run_jobs("core.run_subscriber")

    operations.cancel_booking(fresh(booking), at=SETTLED)
    run_jobs()

    assert owed() == [(booking.customer.email, "sent")]
    assert "your course cannot take place" in person.get(f"/booking/{token_of(booking)}").text


def test_whoever_opens_the_mail_at_a_wrong_address_is_not_the_customer(adas_partner, run_jobs, person):
    take_in(make_order())
    booking = Booking.objects.get()
    cancellation = fall_through(booking.course_date)
    settle()
    run_jobs()
    wrong = token_of(booking)
    person.get(f"/booking/{wrong}")
    before = [each.reach for each in affected_by(cancellation, at=SETTLED)]

    take_in(make_order(person=replace(PERSON, email="richtig@example.com"), updated_at=LATER), at=LATER)
    run_jobs()
    person.get(f"/booking/{wrong}")
    after = [each.reach for each in affected_by(cancellation, at=LATER)]
    right = Link.objects.get(purpose=CUSTOMER_LINK, recipient="richtig@example.com")
    person.get(f"/booking/{links.token_of(right)}")

    assert (before, after) == ([Reach.OPENED], [Reach.UNOPENED])
    assert [each.reach for each in affected_by(cancellation, at=LATER)] == [Reach.OPENED]
    assert kinds(booking).count("booking.customer_opened") == 2


def test_an_edited_order_tells_its_customer_once(adas_partner, run_jobs):
    take_in(make_order())
    original = Booking.objects.get()
    fall_through(original.course_date)
    settle()
    run_jobs("core.run_subscriber")

    take_in(
        make_order(state="canceled", updated_at=LATER),
        make_order(make_line(12), order_id=2, previous_order_id=1, updated_at=LATER),
        at=LATER,
    )
    run_jobs()
    settle(LATER + HOUR)
    run_jobs()

    assert owed() == [("juergen@example.com", "sent")]
    assert len(mails_to("juergen@example.com")) == 1


# --- The partner and the help desk


def test_the_partner_hears_once_of_all(fallen, adas_partner, run_jobs):
    tell_declines_without_ticket(SETTLED + HOUR)
    run_jobs()

    assert owed("date_cancelled") == [(adas_partner.email, "sent")]
    assert owed("booking_declined") == []
    (mail,) = [each for each in mails_to(adas_partner.email) if "8. Mai" in each.subject]
    assert [each for each in fallen if each.customer.name not in mail.text] == []
    assert re.search(r"/dashboard/dates/\d+/cancelled", mail.text)


def test_whoever_gets_the_partners_mails_by_then_gets_the_summary(date, adas_partner, run_jobs):
    book(date)
    fall_through(date)
    settle()
    run_jobs("core.run_subscriber")
    adas_partner.email = "new@example.org"
    save_partner(adas_partner, actor="user:1", at=SETTLED)

    run_jobs("core.run_subscriber")
    run_jobs()

    assert ("new@example.org", "sent") in owed("date_cancelled")
    assert len([state for _, state in owed("date_cancelled") if state == "sent"]) == 1


def test_one_ticket_for_each_booking_however_often_the_jobs_run(desk, date):  # noqa: F811
    bookings = [book(date) for _ in range(4)]
    fall_through(date)
    settle()
    for event in [*Event.objects.filter(kind="booking.decline_settled")] * 2:
        open_ticket(event)

    assert len(desk.tickets()) == 4
    assert sorted(fresh(each).odoo_ticket_number for each in bookings) == [
        "HT00001",
        "HT00002",
        "HT00003",
        "HT00004",
    ]
    assert {(category, len(notes)) for _, category, _, notes in desk.tickets()} == {("declined", 0)}
    assert all("Der Koch ist krank." in desk.body(number) for number in (1, 2, 3, 4))
    assert [kinds(each).count("booking.ticket_opened") for each in bookings] == [1] * 4
