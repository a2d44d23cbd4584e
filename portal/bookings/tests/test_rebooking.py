"""A booking that was declined moves to another date: a new row of the same order item."""

import pytest

from portal.bookings import operations, policies, queries, search
from portal.bookings.models import Booking
from portal.bookings.policies import RebookBlocker
from portal.bookings.sweeps import settle_decisions
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import ask, fresh, token_of
from portal.bookings.tests.moving import (
    HOUR,
    PARTNER,
    SETTLED,
    STAFF,
    another_date,
    decline,
    declined,
    promised,
    rebook,
    rows,
    told,
)
from portal.bookings.tests.recount import differences, entry_of
from portal.bookings.timeline import timeline_entries
from portal.core.models import Link, OutboxMail
from portal.core.refusals import NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _recounted(db):
    yield
    assert differences() == []


@pytest.fixture
def booking(adas_partner) -> Booking:
    return declined(ask(adas_partner, odoo_ticket_id="77", odoo_ticket_number="T77", notes="Ohne Fisch")[0])


def test_the_new_row_takes_the_place_of_the_declined_one(booking):
    date = another_date(booking)

    new = rebook(booking, date)

    assert rows(booking) == [(1, "rebooked", False), (2, "pending", False)]
    assert queries.live_booking_of(queries.thread_of(booking)) == new
    assert (new.previous, new.course_date, new.starts_at) == (booking, date, date.starts_at)
    assert (new.created_at, new.released_at, new.asked_at) == (SETTLED, SETTLED, SETTLED)
    assert (entry_of(booking), entry_of(new)) == ((0, 2), (2, 0))


def test_once_the_stocks_are_corrected_the_shop_counts_the_new_date(booking):
    new = rebook(booking, another_date(booking))

    Booking.objects.filter(pk=booking.pk).update(is_sold_here=False)
    Booking.objects.filter(pk=new.pk).update(is_sold_here=True)

    assert (entry_of(booking), entry_of(new)) == ((0, 0), (2, 2))


def test_what_the_order_and_the_shop_say_stays(booking):
    new = fresh(rebook(booking, another_date(booking)))

    names = [field.name for field in Booking._meta.concrete_fields if field.name.startswith("shop_")]
    names += ["partner", "customer", "customer_number", "order_number", "magento_order_item_id", "part"]
    names += ["participants", "notes", "ordered_at", "odoo_ticket_id", "odoo_ticket_number", "course_name"]
    assert {name: getattr(new, name) for name in names} == {name: getattr(booking, name) for name in names}


def test_of_another_course_it_bears_the_name(booking):
    date = another_date(booking, course=None)

    new = rebook(booking, date)

    assert (new.course, new.course_name) == (date.course, "Sushi-Kurs")


def test_a_partner_who_declined_hears_so_also_when_the_customer_is_faster_than_the_ticket(booking):
    rebook(booking, another_date(booking))

    mails = OutboxMail.objects.filter(subject_id=booking.pk, kind="booking_declined")
    assert [mail.recipient for mail in mails] == [booking.partner.email]
    assert fresh(booking).decline_told_at == SETTLED


def test_the_partner_is_asked_for_the_new_date_by_who_chose_it(booking):
    new = rebook(booking, another_date(booking), actor="link:7")

    assert told(new) == [
        ("booking.created", "link:7", {"status": "pending", "rebooked_from": booking.pk}),
        ("booking.requested", "link:7", {"has_address": True}),
    ]
    assert told(booking)[-1] == ("booking.rebooked", "link:7", {"to": new.pk})
    mail = OutboxMail.objects.get(subject_id=new.pk)
    assert (mail.kind, mail.recipient) == ("booking_request", booking.partner.email)
    link = Link.objects.get(subject_id=new.pk)
    assert (link.purpose, new.confirmation_token) == ("decide", link.token_hash)


def test_both_rows_are_found_by_the_name_of_the_customer(booking):
    new = rebook(booking, another_date(booking))

    assert set(search.booking_ids("Mueller", at=SETTLED)) == {booking.pk, new.pk}


def test_a_booking_may_move_again_and_again(booking):
    second = declined(rebook(booking, another_date(booking)), at=SETTLED)
    third = rebook(second, another_date(booking, weeks=3), at=second.settled_at)

    assert rows(booking) == [(1, "rebooked", False), (2, "rebooked", False), (3, "pending", False)]
    assert (third.previous, entry_of(booking), entry_of(second)) == (second, (0, 2), (0, 0))


# What may not move


def blocker(booking: Booking) -> RebookBlocker | None:
    return policies.rebook_blocker(fresh(booking), at=SETTLED)


def test_what_is_declined_promised_or_open_may_move(adas_partner):
    free = [
        make_booking(adas_partner),
        promised(make_booking(adas_partner)),
        declined(make_booking(adas_partner)),
    ]

    assert [blocker(each) for each in free] == [None, None, None]


def test_a_decline_is_final_first(adas_partner):
    booking = make_booking(adas_partner)
    decline(booking)
    before = blocker(booking)
    operations.settle_decision(booking, at=fresh(booking).settles_at)

    assert (before, blocker(booking)) == (RebookBlocker.NOT_SETTLED, None)


def test_what_is_over_does_not_move(booking, adas_partner):
    cancelled = operations.cancel_booking(make_booking(adas_partner), at=SETTLED)
    expired = make_booking(adas_partner, status="expired", expired_at=SETTLED)
    rebook(booking, another_date(booking))

    found = [blocker(each) for each in (cancelled, expired, booking)]

    assert found == [RebookBlocker.CANCELLED, RebookBlocker.EXPIRED, RebookBlocker.REBOOKED]


def test_nor_what_is_unpaid_nor_history_nor_of_a_customer_who_is_forgotten(adas_partner):
    unpaid = make_booking(adas_partner, released_at=None)
    history = make_booking(adas_partner, status="confirmed", confirmed_at=SETTLED, confirmed_by="import")
    forgotten = make_booking(adas_partner)
    forgotten.customer.erased_at = SETTLED
    forgotten.customer.save()

    found = [blocker(each) for each in (unpaid, history, forgotten)]

    assert found == [RebookBlocker.UNPAID, RebookBlocker.HISTORY, RebookBlocker.ERASED]


def test_history_that_our_team_has_declined_may_move(adas_partner):
    past = {"confirmed_by": "import", "settles_at": SETTLED - HOUR, "settled_at": SETTLED - HOUR}
    history = make_booking(adas_partner, status="confirmed", confirmed_at=SETTLED - HOUR, **past)
    reason = queries.reason_by_code("capacity_full")
    operations.emergency_decline_booking(history, reason=reason, notes="Krank", by=STAFF, at=SETTLED - HOUR)
    operations.settle_decision(history, at=SETTLED)

    assert blocker(history) is None


def test_a_rule_that_stands_in_the_way_leaves_no_trace(adas_partner):
    booking = make_booking(adas_partner)
    decline(booking)

    with pytest.raises(NotAllowed) as refused:
        rebook(booking, another_date(booking), at=SETTLED - HOUR)

    assert (refused.value.blocker, rows(booking)) == (RebookBlocker.NOT_SETTLED, [(1, "declined", False)])


# Who hears of it


def answers(booking: Booking, *, at) -> None:
    operations.confirm_booking(booking, by=PARTNER, at=at)
    settle_decisions(at + HOUR)


@pytest.mark.parametrize("all_are_told", [True, False])
def test_the_customer_hears_that_the_new_date_is_promised_wherever_a_mail_promised_it(
    booking, settings, run_jobs, all_are_told
):
    settings.CUSTOMER_MAIL_ON_CONFIRM = all_are_told
    new = rebook(booking, another_date(booking))

    answers(new, at=SETTLED)
    run_jobs()

    told_customer = OutboxMail.objects.filter(kind="customer_confirmed").values_list("subject_id", "state")
    assert list(told_customer) == [(new.pk, "sent")]


def test_the_request_says_which_date_it_was_before(booking, taken_mails, run_jobs):
    booking.partner.language = "en"
    booking.partner.save()
    rebook(booking, another_date(booking))

    run_jobs()

    mail = taken_mails[-1]
    assert "A customer has chosen another date with you. Please answer for the new one:" in mail.text
    assert "Rebooked, before: Wed 8 May 2030, 12:00" in mail.text
    assert mail.data["previousDate"] == "Wed 8 May 2030, 12:00"


def test_the_page_behind_the_link_says_it_too(booking, ada_client):
    new = rebook(booking, another_date(booking))

    assert "Wed 8 May 2030, 12:00" in ada_client.get(f"/confirm/{token_of(new)}").text


def test_both_pages_tell_one_story(booking, run_jobs):
    new = rebook(booking, another_date(booking))
    answers(new, at=SETTLED)

    of_new = [str(entry.text) for entry in timeline_entries(fresh(new))]
    of_old = [str(entry.text) for entry in timeline_entries(fresh(booking))]

    assert of_new == [
        "Date Wed 8 May 2030: Declined",
        "Date Wed 8 May 2030: The decline is final.",
        "Date Wed 8 May 2030: The booking moved to another date.",
        "This date was chosen instead.",
        "Confirmed",
        "The confirmation is final.",
    ]
    assert of_old == [
        "Declined",
        "The decline is final.",
        "The booking moved to another date.",
        "Date Wed 15 May 2030: This date was chosen instead.",
        "Date Wed 15 May 2030: Confirmed",
        "Date Wed 15 May 2030: The confirmation is final.",
    ]


def test_the_story_of_five_dates_takes_as_many_queries_as_that_of_one(booking, django_assert_num_queries):
    for weeks in range(2, 6):
        booking = declined(
            rebook(booking, another_date(booking, weeks=weeks), at=booking.settled_at), at=SETTLED
        )

    with django_assert_num_queries(3):
        entries = timeline_entries(booking)

    assert len(entries) == 2 + 4 * 4
