"""A customer is forgotten for good: rows, notes, mails and search, whatever the shop says later."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from portal.bookings import emails, operations, queries
from portal.bookings.models import Booking, BookingStatus, Customer, ErasedOrder
from portal.bookings.operations import By
from portal.bookings.queries_erasure import find_orders
from portal.bookings.search import booking_ids
from portal.bookings.tests.shop_orders import LATER, PERSON, confirm, make_line, make_order, take_in
from portal.conftest import NOON
from portal.core import links, outbox, tenancy
from portal.core.models import BouncedAddress, Event, Link, OutboxMail
from portal.integrations.models import DemoMail
from portal.partners.models import Partner

TRACES = ("Jürgen", "Müller", "juergen@example.com", "39200", "Allergie", "Telefon")
WITH_NOTE = make_order(make_line(notes="Jürgen hat eine Allergie"), note="Bitte per Telefon melden")


def erase(*order_ids: int, at=LATER):
    return operations.erase_orders(order_ids or (1,), actor="user:7", at=at)


def traces() -> list[str]:
    """Tables in which anything of the person still stands, in all columns of all rows."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        for (table,) in cursor.fetchall():
            for trace in (*TRACES, "jurgen", "muller"):
                cursor.execute(f"SELECT count(*) FROM {table} row WHERE row::text ILIKE %s", [f"%{trace}%"])
                if cursor.fetchone()[0]:
                    found.append(f"{table}: {trace}")
    return found


@pytest.fixture
def told(adas_partner, run_jobs, settings):
    """A booking that was confirmed with a note, told to the customer, whose address bounced."""
    settings.UNDO_SECONDS = 0
    take_in(WITH_NOTE)
    booking = Booking.objects.get()
    operations.confirm_booking(booking, by=By("portal"), at=NOON, notes="Jürgen bringt Müller mit")
    operations.settle_decision(booking, at=NOON)
    run_jobs()
    BouncedAddress.objects.create(
        partner_id=adas_partner.pk, address="juergen@example.com", fate="bounced", at=NOON
    )
    return booking


def test_nothing_of_the_person_is_left_in_any_table(told, run_jobs):
    assert len(traces()) > 5

    erase()
    run_jobs()

    assert traces() == []


def test_bookings_events_and_sums_stay(told):
    before = list(Event.objects.order_by("id").values_list("kind", flat=True))

    done = erase()

    booking = Booking.objects.get()
    assert (booking.status, booking.participants, booking.price_cents) == (BookingStatus.CONFIRMED, 2, 17800)
    assert list(Event.objects.order_by("id").values_list("kind", flat=True)) == [*before, "customer.erased"]
    event = Event.objects.latest("id")
    assert (event.actor, event.data) == ("user:7", {"order": 1})
    assert (done.orders, done.bookings, done.tickets) == (1, 1, [])


def test_once_more_changes_nothing_and_is_told_once(told):
    erase()

    erase(at=LATER + timedelta(days=1))

    assert Event.objects.filter(kind="customer.erased").count() == 1
    assert Customer.objects.get().erased_at == LATER
    assert ErasedOrder.objects.get().erased_at == LATER


@pytest.mark.parametrize(
    "later",
    [
        WITH_NOTE,
        make_order(make_line(notes="Jürgen"), person=replace(PERSON, first_name="Jürgen", phone="39200 9")),
        make_order(make_line(notes="Jürgen", participants=1)),
        make_order(make_line(notes="Jürgen", participants=4, ordered=4)),
        make_order(make_line(), make_line(12, notes="Jürgen"), note="Müller"),
    ],
    ids=["unchanged", "new contact", "fewer", "more", "another item"],
)
def test_no_later_reading_of_the_shop_brings_anything_back(told, later, run_jobs):
    erase()

    take_in(later, at=LATER)
    run_jobs()

    assert traces() == []


def test_reading_again_and_again_ends_in_no_change(told):
    erase()

    reports = [take_in(WITH_NOTE, at=LATER) for _ in range(3)]

    assert [(each.changed, each.unchanged) for each in reports] == [(0, 1), (0, 1), (0, 1)]
    assert Booking.objects.get().status == BookingStatus.CONFIRMED
    assert Event.objects.filter(kind="booking.changed").count() == 0


def test_a_question_that_staff_have_settled_is_not_asked_again(adas_partner):
    take_in(make_order())
    booking = Booking.objects.get()
    reason = queries.reason_by_code("capacity_full")
    operations.decline_booking(booking, reason=reason, by=By("portal"), at=NOON)
    take_in(make_order(make_line(participants=1)), at=LATER)
    operations.settle_staff_question(booking, actor="user:7", at=LATER)

    erase()
    take_in(make_order(make_line(participants=1)), at=LATER)
    assert Booking.objects.get().staff_question == ""
    take_in(make_order(make_line(participants=3)), at=LATER)

    assert Booking.objects.get().staff_question == "changed_after_decline"


@pytest.mark.parametrize("in_one_page", [True, False])
@pytest.mark.parametrize("newest_first", [True, False])
def test_an_edited_order_brings_nobody_back_however_often_it_is_edited(
    told, run_jobs, in_one_page, newest_first
):
    erase()
    edits = [
        make_order(make_line(12, notes="Jürgen"), order_id=2, previous_order_id=1, state="canceled"),
        make_order(make_line(13, notes="Jürgen"), order_id=3, previous_order_id=2, note="Müller"),
    ]

    if in_one_page:
        take_in(*(reversed(edits) if newest_first else edits), at=LATER)
    else:
        for order in edits:
            take_in(order, at=LATER)
    run_jobs()

    assert traces() == []
    assert set(Customer.objects.values_list("erased_at", flat=True)) == {LATER}
    assert set(ErasedOrder.objects.values_list("pk", flat=True)) == {1, 2, 3}


def test_an_edited_order_that_was_here_already_is_emptied_when_it_is_read_again(told, run_jobs):
    edited = make_order(make_line(12, notes="Jürgen"), order_id=2, previous_order_id=1, note="Müller")
    take_in(edited, at=LATER)
    erase()

    take_in(edited, at=LATER)
    run_jobs()

    assert traces() == []


def test_an_order_that_carries_on_another_one_keeps_its_customer(told):
    take_in(make_order(make_line(12), order_id=2, previous_order_id=7), at=LATER)
    erase()

    take_in(make_order(make_line(12, participants=1), order_id=2, previous_order_id=7), at=LATER)

    assert Customer.objects.get(magento_order_id=2).email == "juergen@example.com"


def test_the_mark_on_an_address_that_the_shop_has_put_right_goes_too(told):
    take_in(replace(WITH_NOTE, person=replace(PERSON, email="right@example.com")), at=LATER)

    erase()

    assert not BouncedAddress.objects.exists()


def test_the_part_of_another_partner_that_comes_later_names_nobody_either(told, eves_partner, run_jobs):
    erase()

    order = make_order(make_line(), make_line(12, partner_value="10002", notes="Jürgen"), note="Müller")
    take_in(order, at=LATER)
    run_jobs()

    theirs = Customer.objects.get(partner=eves_partner)
    assert (theirs.name, theirs.erased_at) == ("(erased)", LATER)
    assert traces() == []


def test_an_order_that_was_never_seen_can_be_forgotten_before_it_comes(adas_partner):
    erase(77)

    take_in(replace(WITH_NOTE, order_id=77))

    assert (Customer.objects.get().name, Booking.objects.get().notes) == ("(erased)", "")


def test_all_orders_of_the_person_with_all_partners_go_at_once(adas_partner, eves_partner):
    take_in(make_order(), make_order(make_line(12, partner_value="10002"), order_id=2))
    take_in(make_order(make_line(13), order_id=3, person=replace(PERSON, email="other@example.com")))

    found = find_orders(" Juergen@Example.COM", at=NOON)
    erase(*(order.order_id for order in found))

    assert [order.order_id for order in found] == [2, 1]
    assert set(Customer.objects.exclude(erased_at=None).values_list("magento_order_id", flat=True)) == {1, 2}
    assert Customer.objects.get(erased_at=None).email == "other@example.com"


@pytest.mark.parametrize("text", ["000000001", "#000000001 "])
def test_an_order_is_found_by_its_whole_number(adas_partner, text):
    take_in(make_order(), make_order(make_line(12), order_id=11))

    assert [order.order_id for order in find_orders(text, at=NOON)] == [1]


@pytest.mark.parametrize("text", ["", "00000000", "Müller", "@", "nobody@example.com", "%"])
def test_half_of_it_finds_nobody(adas_partner, text):
    take_in(make_order())

    assert find_orders(text, at=NOON) == []


def test_an_order_without_a_partner_is_found_too_and_comes_without_the_person(adas_partner):
    take_in(make_order(make_line(partner_value="99")))
    (found,) = find_orders("000000001", at=NOON)
    erase(found.order_id)

    take_in(WITH_NOTE, at=LATER)

    assert (found.bookings, Customer.objects.get().name) == ([], "(erased)")


def test_nobody_finds_the_booking_by_the_name_any_more_but_by_its_number(told):
    assert booking_ids("Müller", at=NOON) == [told.pk]

    erase()

    assert (booking_ids("Müller", at=NOON), booking_ids("000000001", at=NOON)) == ([], [told.pk])


def test_what_waits_for_an_answer_is_asked_for_without_a_name_and_can_be_answered(adas_partner, noon):
    Partner.objects.update(language="en")
    take_in(WITH_NOTE)
    erase()

    mail = emails.booking_request(OutboxMail.objects.get(), NOON)
    with tenancy.system("tests"):
        token = links.token_of(Link.objects.get())
    answer = Client().post(f"/api/confirm/{token}")

    assert "(erased)" in mail.text
    assert [trace for trace in TRACES if trace in mail.text + mail.html + str(mail.data)] == []
    assert answer.json()["data"]["status"] == "confirmed"


def test_a_mail_to_the_customer_that_has_not_left_never_leaves(adas_partner, settings, run_jobs):
    settings.UNDO_SECONDS = 0
    take_in(make_order())
    booking = Booking.objects.get()
    confirm(booking)
    outbox.put("customer_confirmed", subject=booking, recipient="juergen@example.com", at=NOON)
    operations.settle_decision(booking, at=NOON)

    erase()
    run_jobs()

    states = OutboxMail.objects.filter(audience="customer").values_list("state", flat=True)
    assert set(states) == {"dropped"}
    assert not DemoMail.objects.filter(to_address__contains="juergen").exists()


def test_tickets_to_clean_by_hand_are_named(adas_partner):
    take_in(make_order())
    Booking.objects.update(odoo_ticket_id="41", odoo_ticket_number="HT00041")

    assert erase().tickets == ["HT00041"]


def test_ten_orders_take_as_many_queries_as_one(adas_partner, django_assert_max_num_queries):
    take_in(*(make_order(make_line(20 + n), order_id=20 + n) for n in range(10)))

    with django_assert_max_num_queries(40) as one:
        erase(20)
    with django_assert_max_num_queries(40) as many:
        erase(*range(21, 30))

    assert len(many) == len(one)
