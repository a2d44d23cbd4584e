"""Links later on: extended, withdrawn, following the customer to another address, ending with the order."""

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.bookings import operations as bookings
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.falling import refusal
from portal.bookings.tests.looking import fresh, kinds
from portal.conftest import NOON
from portal.core import events, links
from portal.core.models import Link
from portal.rebooking import operations
from portal.rebooking.models import Rebooking
from portal.rebooking.opening import open_rebooking, rebook_url
from portal.rebooking.tests.factories import (
    confirm,
    make_free_date,
    now_of,
    token,
)
from portal.rebooking.tests.linking import change_contact, data_of, offers

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def test_extending_a_link_counts_from_now_and_brings_an_expired_one_back(rebooking, mona):
    later = NOON + 20 * DAY
    first = operations.extend_link(rebooking, user=mona, at=later)
    assert operations.extend_link(rebooking, user=mona, at=later).token_expires_at == first.token_expires_at
    operations.expire_link(rebooking, at=later + 30 * DAY)
    assert now_of(rebooking).status == "expired"

    back = operations.extend_link(rebooking, user=mona, at=later + 31 * DAY)

    assert (first.token_expires_at, first.token) == (later + 30 * DAY, rebooking.token)
    assert (back.status, back.token_expires_at, back.settled_at) == (
        "active",
        later + 61 * DAY,
        later + 31 * DAY,
    )
    assert Link.objects.get(purpose="customer_rebook").expires_at == later + 61 * DAY
    assert kinds(rebooking.original_booking).count("rebooking.link_extended") == 2


def test_a_link_that_is_used_withdrawn_or_followed_by_another_is_not_extended(rebooking, free_date, mona):
    booking = rebooking.original_booking
    operations.expire_link(rebooking, at=NOON + 30 * DAY)
    second = operations.send_link(booking, user=mona, at=NOON + 31 * DAY)
    assert refusal(lambda: operations.extend_link(rebooking, user=mona, at=NOON + 31 * DAY)) == "has_link"

    operations.revoke_link(second, user=mona, at=NOON + 31 * DAY)
    assert refusal(lambda: operations.extend_link(second, user=mona, at=NOON + 31 * DAY)) == "withdrawn"


def test_a_withdrawn_link_gives_its_seats_back_and_says_so(rebooking, free_date, mona):
    operations.hold_date(rebooking, free_date.pk, at=NOON)

    assert operations.revoke_link(rebooking, user=mona, at=NOON + MINUTE)
    assert not operations.revoke_link(rebooking, user=mona, at=NOON + MINUTE)

    row = now_of(rebooking)
    assert (row.status, row.ended, row.held_date, row.remind_at) == ("cancelled", "staff", None, None)
    assert refusal(lambda: operations.rebook(rebooking, free_date.pk, at=NOON + MINUTE)) == "withdrawn"
    assert kinds(row.original_booking).count("rebooking.link_revoked") == 1


def test_what_was_used_is_not_withdrawn(rebooking, free_date, mona):
    operations.rebook(rebooking, free_date.pk, at=NOON)

    assert refusal(lambda: operations.revoke_link(rebooking, user=mona, at=NOON)) == "used"


def test_an_address_that_was_put_right_gets_the_link_and_the_old_one_leads_nowhere(rebooking):
    booking, old = rebooking.original_booking, token(rebooking)
    change_contact(booking, email="richtig@example.com", last_name="Maier")

    assert operations.follow_contact(booking, at=NOON + HOUR)
    assert not operations.follow_contact(booking, at=NOON + HOUR)

    row = now_of(rebooking)
    assert (row.customer_email, row.customer_name) == ("richtig@example.com", "Jürgen Maier")
    assert (row.status, row.link_version, row.token_expires_at) == ("active", 2, rebooking.token_expires_at)
    assert offers(booking) == [("juergen@example.com", 1, 1), ("richtig@example.com", 2, 1)]
    assert open_rebooking(old) is None
    former = Link.objects.get(recipient="juergen@example.com")
    assert open_rebooking(links.token_of(former)) is None
    assert former.expires_at == NOON + HOUR


def test_back_to_the_first_address_the_link_works_there_again(rebooking):
    booking = rebooking.original_booking
    for email in ("falsch@example.com", "juergen@example.com"):
        change_contact(booking, email=email)
        operations.follow_contact(booking, at=NOON + HOUR)

    row = now_of(rebooking)
    assert (row.link_version, row.customer_email) == (3, "juergen@example.com")
    assert open_rebooking(token(row)) == row


def test_only_a_new_name_changes_no_link(rebooking):
    booking = rebooking.original_booking
    change_contact(booking, last_name="Maier", email="Juergen@Example.com")

    assert operations.follow_contact(booking, at=NOON)

    row = now_of(rebooking)
    assert (row.customer_name, row.link_version, len(offers(booking))) == ("Jürgen Maier", 1, 1)


def test_the_shop_cancels_and_the_link_says_so(rebooking, free_date, run_jobs):
    booking = rebooking.original_booking
    operations.hold_date(rebooking, free_date.pk, at=NOON)

    bookings.cancel_booking(booking, at=NOON + MINUTE)
    run_jobs()

    row = now_of(rebooking)
    assert (row.status, row.ended, row.held_date, row.remind_at) == (
        "cancelled",
        "order_cancelled",
        None,
        None,
    )
    assert (row.needs_staff, row.settled_at) == ("no_dates", NOON + MINUTE)
    assert data_of(booking, "rebooking.link_ended") == [{"rebooking": row.pk, "ended": "order_cancelled"}]
    assert not operations.end_link(row, Rebooking.Ended.REFUNDED, actor="shop", at=NOON + MINUTE)


def test_a_booking_that_has_moved_leaves_no_other_link(adas_partner, mona, run_jobs):
    old = confirm(make_booking(adas_partner))
    date = make_free_date(old.course)
    row = operations.send_link(old, user=mona, at=NOON)
    bookings.lock_thread(old)
    new = bookings.rebook_booking(old, date, actor="test", at=NOON)
    confirm(new, at=NOON + HOUR)
    run_jobs()

    assert (fresh(old).status, now_of(row).status, now_of(row).ended) == ("rebooked", "cancelled", "replaced")


def test_a_customer_who_is_forgotten_leaves_nothing_here(rebooking, free_date, mona, run_jobs):
    booking, old = rebooking.original_booking, token(rebooking)
    wish = operations.Wish("other_dates", note="Ruf mich an: 0171 39200 01")
    operations.note_wish(rebooking, wish, at=NOON)
    operations.hold_date(rebooking, free_date.pk, at=NOON)

    bookings.erase_orders([booking.magento_order_id], actor=mona.actor, at=NOON + HOUR)
    run_jobs()

    row = now_of(rebooking)
    assert (row.status, row.ended, row.held_date) == ("cancelled", "erased", None)
    assert (row.customer_email, row.customer_name, row.wish_note) == (None, None, "")
    assert (rebook_url(row), open_rebooking(old)) == ("", row)
    assert refusal(lambda: operations.hold_date(row, free_date.pk, at=NOON + HOUR)) == "erased"


def test_a_mail_that_came_back_is_a_case_for_staff_and_nobody_is_reminded(rebooking, free_date):
    booking = rebooking.original_booking
    assert not operations.follow_bounce(booking, version=7, at=NOON)

    assert operations.follow_bounce(booking, version=1, at=NOON + HOUR)
    assert not operations.follow_bounce(booking, version=1, at=NOON + HOUR)

    row = now_of(rebooking)
    assert (row.needs_staff, row.needs_staff_at, row.remind_at) == ("bounced", NOON, None)


def test_a_case_is_settled_and_opened_again(rebooking, mona):
    operations.settle_case(rebooking, user=mona, at=NOON + HOUR)
    operations.settle_case(rebooking, user=mona, at=NOON + 2 * HOUR)
    row = now_of(rebooking)
    assert (row.needs_staff, row.settled_at, row.remind_at) == ("no_dates", NOON + HOUR, None)

    operations.reopen_case(rebooking, user=mona, at=NOON + 2 * HOUR)
    operations.reopen_case(rebooking, user=mona, at=NOON + 2 * HOUR)

    assert now_of(rebooking).settled_at is None
    assert kinds(rebooking.original_booking)[-2:] == ["rebooking.case_settled", "rebooking.case_reopened"]


def test_events_of_the_shop_and_of_mails_lead_here(rebooking, run_jobs):
    booking = rebooking.original_booking
    change_contact(booking, email="richtig@example.com")
    events.record("booking.changed", subject=booking, actor="shop", at=NOON, data={"fields": ["contact"]})
    run_jobs("core.run_subscriber")
    assert now_of(rebooking).customer_email == "richtig@example.com"

    facts = {"kind": "rebooking_offer", "version": 2}
    events.record("mail.bounced", subject=booking, actor="mail", at=NOON, data=facts)
    run_jobs("core.run_subscriber")

    assert now_of(rebooking).needs_staff == "bounced"


def test_a_token_leads_to_its_own_link_for_ever_and_enters_its_partner(rebooking, free_date, mona, settings):
    settings.PORTAL_URL = "https://portal.example"
    first = token(rebooking)
    operations.expire_link(rebooking, at=NOON + 30 * DAY)
    second = operations.send_link(rebooking.original_booking, user=mona, at=NOON + 31 * DAY)

    assert rebook_url(second) == f"https://portal.example/rebook/{token(second)}"
    assert (open_rebooking(first), open_rebooking(token(second))) == (rebooking, second)
    assert [open_rebooking(wrong) for wrong in ("", "x" * 64, "0" * 64, first.upper())] == [None] * 4
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('portal.partner_ids', true)")
        assert cursor.fetchone() == (f"{{{rebooking.partner_id}}}",)


def test_opening_writes_nothing(rebooking):
    found = token(rebooking)

    with CaptureQueriesContext(connection) as asked:
        open_rebooking(found)

    assert [each["sql"] for each in asked if not each["sql"].startswith("SELECT")] == []
