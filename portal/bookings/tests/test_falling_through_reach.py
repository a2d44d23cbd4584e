"""The page behind the link in a customer's mail, and who has heard that the date falls through."""

import pytest
from django.test import Client

from portal.bookings import operations
from portal.bookings.date_changes import operations as date_changes
from portal.bookings.date_changes.operations import CUSTOMER_TOLD, LINK_LIFE
from portal.bookings.date_changes.reach import Reach, affected_by
from portal.bookings.operations import erase_orders
from portal.bookings.queries import CUSTOMER_LINK
from portal.bookings.tests.falling import MINUTE, SETTLED, book, fall_through, link_of, settle, token_of
from portal.bookings.tests.looking import CLICK, ENGLISH, fresh, is_private, kinds
from portal.conftest import NOON
from portal.core import links, registry
from portal.core.models import Event, Link, LinkVisit, OutboxMail

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon", "taken_mails")]


# --- The page behind the link


def test_the_page_says_what_happened_and_that_somebody_cares(fallen, person, settings):
    settings.BRAND_SUPPORT_EMAIL = "hilfe@example.org"

    response = person.get(f"/booking/{token_of(fallen[0])}")

    assert (response.status_code, is_private(response)) == (200, True)
    page = response.text
    expected = ("your course cannot take place", "Sushi-Kurs für Anfänger", fallen[0].order_number)
    assert [each for each in (*expected, "hilfe@example.org", "other dates") if each not in page] == []
    assert [each for each in ("Partner Portal", "krank", fallen[0].customer.phone) if each in page] == []


def test_opening_by_a_person_is_seen_once_and_a_robot_is_not(fallen, person, mail_program):
    booking, url = fallen[0], f"/booking/{token_of(fallen[0])}"

    mail_program.get(url)
    person.head(url)
    between = kinds(booking).count("booking.customer_opened")
    person.get(url)
    person.get(url)

    assert (between, kinds(booking).count("booking.customer_opened")) == (0, 1)
    found = LinkVisit.objects.filter(link=link_of(booking)).order_by("id")
    assert [(each.action, each.visitor) for each in found] == [
        ("booking", "robot"),
        ("booking", "robot"),
        ("booking", "person"),
        ("booking", "person"),
    ]


@pytest.mark.parametrize(("seconds", "is_person"), [(119, False), (120, True)])
def test_right_after_the_mail_has_left_an_opening_is_taken_for_a_scanners(
    fallen, person, settings, time_machine, seconds, is_person
):
    settings.CONFIRM_GRACE_SECONDS = 120
    mailed = link_of(fallen[0]).mailed_at

    time_machine.move_to(mailed + seconds * MINUTE / 60, tick=False)
    person.get(f"/booking/{token_of(fallen[0])}")

    assert LinkVisit.objects.filter(visitor="person").exists() is is_person


def test_the_page_is_shown_as_long_as_the_link_lives(fallen, person, time_machine):
    url, end = f"/booking/{token_of(fallen[0])}", SETTLED + LINK_LIFE

    time_machine.move_to(end - MINUTE, tick=False)
    last = person.get(url)
    time_machine.move_to(end, tick=False)
    over = person.get(url)

    assert (last.status_code, over.status_code) == (200, 410)
    assert fallen[0].order_number not in over.text


def test_unknown_tokens_and_those_of_other_purposes_lead_nowhere(fallen, person):
    operations.ask_partner(fresh(fallen[0]), at=SETTLED)
    other = Link.objects.exclude(purpose=CUSTOMER_LINK).first()
    tokens = ["0" * 64, "x", links.token_of(other), link_of(fallen[0]).token_hash]
    customers = token_of(fallen[0])

    answers = [person.get(f"/booking/{token}") for token in tokens]
    crossed = person.get(f"/confirm/{customers}")

    assert [each.status_code for each in answers] == [404] * 4
    assert "reason=invalid" in crossed.headers["Location"]


def test_an_erased_customer_has_no_page(fallen, person):
    token = token_of(fallen[0])
    erase_orders([fallen[0].magento_order_id], actor="user:1", at=SETTLED)

    assert person.get(f"/booking/{token}").status_code == 410


def test_the_link_of_a_customer_stands_on_no_timeline_of_the_partner(fallen, person, ada_client):
    person.get(f"/booking/{token_of(fallen[0])}")

    page = ada_client.get(f"/dashboard/bookings/{fallen[0].pk}").text

    assert "The customer has read that the date falls through." in page
    assert "not confirmed yet" not in page


def test_the_page_counts_its_calls(fallen, settings):
    settings.LINK_RATE_LIMIT_PER_MINUTE = 1
    client, url = Client(headers={**CLICK, **ENGLISH}), f"/booking/{token_of(fallen[0])}"

    assert [client.get(url).status_code for _ in range(2)] == [200, 429]


# --- Who has heard


def test_who_has_not_heard_comes_first(date, run_jobs, person, ada, time_machine):
    names = ["spoken", "opened", "bounced", "refunded", "unopened", "nobody", "gone"]
    bookings = {name: book(date) for name in names}
    bookings["nobody"].customer.email = ""
    bookings["nobody"].customer.save()
    cancellation = fall_through(date)
    before = {each.reach for each in affected_by(cancellation, at=NOON)}
    operations.cancel_booking(fresh(bookings["gone"]), at=NOON + MINUTE)
    settle()
    run_jobs("core.run_subscriber")
    waiting = {each.booking.pk: each.reach for each in affected_by(cancellation, at=SETTLED)}
    run_jobs()
    person.get(f"/booking/{token_of(bookings['opened'])}")
    date_changes.note_reached(cancellation.bookings.get(booking=bookings["spoken"]), user=ada, at=SETTLED)
    OutboxMail.objects.filter(subject_id=bookings["bounced"].pk, kind=CUSTOMER_TOLD).update(
        fate="bounced", fate_at=SETTLED
    )
    operations.cancel_booking(fresh(bookings["refunded"]), at=SETTLED)

    found = affected_by(cancellation, at=SETTLED)

    assert before == {Reach.NOT_TOLD, Reach.NO_ADDRESS}
    assert waiting[bookings["unopened"].pk] == Reach.ON_ITS_WAY
    by_pk = {booking.pk: name for name, booking in bookings.items()}
    assert [(by_pk[each.booking.pk], each.reach) for each in found] == [
        ("bounced", Reach.BOUNCED),
        ("nobody", Reach.NO_ADDRESS),
        ("refunded", Reach.UNOPENED),
        ("unopened", Reach.UNOPENED),
        ("opened", Reach.OPENED),
        ("spoken", Reach.SPOKEN),
        ("gone", Reach.GONE),
    ]


@pytest.mark.parametrize("number", [1, 12])
def test_the_list_asks_three_questions_however_long_it_is(date, number, django_assert_num_queries):
    for _ in range(number):
        book(date)
    cancellation = fall_through(date)

    with django_assert_num_queries(3):
        assert len(affected_by(cancellation, at=NOON)) == number


def test_a_mail_that_comes_back_is_told_as_the_customers():
    bounced = Event(kind="mail.bounced", data={"kind": CUSTOMER_TOLD, "fate": "bounced"})

    assert registry.event_text(bounced).text == "The e-mail to the customer came back."
