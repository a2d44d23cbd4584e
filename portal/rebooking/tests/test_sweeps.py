"""What the clock does with links: it reminds by day, asks staff, and ends what nobody has used."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.bookings import operations as bookings
from portal.bookings.models import Booking
from portal.bookings.queries import reason_by_code
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import kinds
from portal.conftest import NOON
from portal.core.models import OutboxMail
from portal.dates.models import SeatEntry
from portal.rebooking import operations, reminders
from portal.rebooking.operations import Wish
from portal.rebooking.sweeps import expire_links, remind_customers
from portal.rebooking.tests.factories import confirm, make_free_date, make_rebooking, now_of

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
EIGHT_IN_THE_EVENING = datetime(2030, 5, 1, 18, 0, tzinfo=UTC)  # in Berlin
NINE_IN_THE_MORNING = datetime(2030, 5, 1, 7, 0, tzinfo=UTC)


def reminded(rebooking) -> list[tuple[str, str, int]]:
    mails = OutboxMail.objects.filter(
        kind__startswith="rebooking_reminder", subject_id=rebooking.original_booking_id
    )
    return list(mails.order_by("pk").values_list("kind", "recipient", "version"))


def test_who_does_not_choose_is_reminded_after_three_and_seven_days_and_called_after_ten(rebooking):
    assert remind_customers(NOON + 3 * DAY - MINUTE) == 0
    assert remind_customers(NOON + 3 * DAY) == 1
    assert remind_customers(NOON + 3 * DAY) == 0
    assert remind_customers(NOON + 7 * DAY - MINUTE) == 0
    assert remind_customers(NOON + 7 * DAY) == 1
    assert reminded(rebooking) == [
        ("rebooking_reminder", "juergen@example.com", 1),
        ("rebooking_reminder_last", "juergen@example.com", 1),
    ]
    assert remind_customers(NOON + 10 * DAY - MINUTE) == 0
    assert now_of(rebooking).needs_staff == "no_dates"
    assert remind_customers(NOON + 10 * DAY) == 1
    assert remind_customers(NOON + 20 * DAY) == 0

    row = now_of(rebooking)
    assert (row.needs_staff, row.remind_at, row.reminder_count) == ("unanswered", None, 2)
    assert kinds(rebooking.original_booking)[-3:] == [
        "rebooking.reminded",
        "rebooking.reminded",
        "rebooking.unanswered",
    ]


@pytest.mark.parametrize(
    ("at", "moved"),
    [
        (NINE_IN_THE_MORNING - MINUTE, NINE_IN_THE_MORNING),
        (NINE_IN_THE_MORNING, NINE_IN_THE_MORNING),
        (EIGHT_IN_THE_EVENING - MINUTE, EIGHT_IN_THE_EVENING - MINUTE),
        (EIGHT_IN_THE_EVENING, NINE_IN_THE_MORNING + DAY),
        # The clocks go forward in that night.
        (datetime(2030, 3, 30, 19, 0, tzinfo=UTC), datetime(2030, 3, 31, 7, 0, tzinfo=UTC)),
    ],
)
def test_nobody_is_written_to_before_nine_or_after_eight_in_the_evening(at, moved):
    assert reminders.moved_into_day(at, "Europe/Berlin") == moved


def test_a_mail_of_the_evening_is_followed_by_reminders_of_the_morning(adas_partner):
    rebooking = make_rebooking(adas_partner, at=EIGHT_IN_THE_EVENING)

    assert rebooking.remind_at == NINE_IN_THE_MORNING + 4 * DAY


def test_a_clock_that_was_late_waits_for_the_day(rebooking):
    late = EIGHT_IN_THE_EVENING + 3 * DAY

    assert remind_customers(late) == 0

    assert (reminded(rebooking), now_of(rebooking).remind_at) == ([], NINE_IN_THE_MORNING + 4 * DAY)
    assert remind_customers(NINE_IN_THE_MORNING + 4 * DAY) == 1


def test_who_has_said_what_they_want_is_not_reminded(rebooking):
    operations.note_wish(rebooking, Wish("refund"), at=NOON)
    rebooking.refresh_from_db()
    rebooking.remind_at = NOON + DAY
    rebooking.save()

    assert remind_customers(NOON + DAY) == 0
    assert (reminded(rebooking), now_of(rebooking).remind_at) == ([], None)


def test_nobody_is_reminded_of_what_was_refunded(rebooking):
    booking = rebooking.original_booking
    booking.shop_payment_status = "refunded"
    booking.save()

    assert remind_customers(NOON + 3 * DAY) == 0

    row = now_of(rebooking)
    assert (reminded(rebooking), row.remind_at, row.status, row.ended) == ([], None, "cancelled", "refunded")


def test_who_still_has_a_date_is_reminded_but_never_called(adas_partner, mona):
    rebooking = operations.send_link(confirm(make_booking(adas_partner)), user=mona, at=NOON)

    assert [remind_customers(NOON + days * DAY) for days in (3, 6)] == [1, 0]
    # The date itself is over: the link offers nothing.
    assert remind_customers(NOON + 7 * DAY) == 0
    assert (now_of(rebooking).needs_staff, now_of(rebooking).remind_at) == ("", None)


def test_a_decline_that_can_be_undone_is_waited_for(adas_partner, mona, settings):
    settings.UNDO_SECONDS = 600
    booking = make_booking(adas_partner)
    rebooking = operations.send_link(booking, user=mona, at=NOON)
    by, reason = bookings.By("portal"), reason_by_code("capacity_full")
    bookings.decline_booking(booking, reason=reason, by=by, at=NOON + 3 * DAY)

    assert remind_customers(NOON + 3 * DAY + MINUTE) == 0
    bookings.undo_decision(booking, by=by, at=NOON + 3 * DAY + 2 * MINUTE)

    assert remind_customers(NOON + 3 * DAY + 2 * MINUTE) == 1
    assert len(reminded(rebooking)) == 1


def test_a_link_that_nobody_used_ends_to_the_minute_and_is_a_case_for_staff(rebooking, free_date):
    over = NOON + 30 * DAY

    assert expire_links(over - MINUTE) == 0
    assert expire_links(over) == 1
    assert expire_links(over) == 0

    row = now_of(rebooking)
    assert (row.status, row.needs_staff, row.needs_staff_at, row.remind_at) == (
        "expired",
        "expired",
        NOON,
        None,
    )
    assert kinds(rebooking.original_booking)[-1] == "rebooking.expired"


def test_who_has_the_money_back_is_no_case_when_the_link_ends(rebooking):
    Booking.objects.update(shop_payment_status="refunded")

    expire_links(NOON + 30 * DAY)

    found = now_of(rebooking)
    # There had been no date to offer.
    assert (found.status, found.needs_staff) == ("expired", "no_dates")


def test_with_the_link_its_hold_ends(rebooking, course):
    date = make_free_date(course, 60)
    over = NOON + 30 * DAY
    operations.hold_date(rebooking, date.pk, at=over - MINUTE)

    expire_links(over)

    assert (now_of(rebooking).held_date, SeatEntry.objects.filter(source="hold").count()) == (None, 0)


def test_who_has_made_a_wish_or_still_has_a_date_is_no_case_when_the_link_ends(adas_partner, mona):
    wished = make_rebooking(adas_partner)
    operations.note_wish(wished, Wish("voucher"), at=NOON)
    operations.settle_case(wished, user=mona, at=NOON)
    standing = operations.send_link(confirm(make_booking(adas_partner)), user=mona, at=NOON)

    assert expire_links(NOON + 30 * DAY) == 2

    assert [(now_of(each).status, now_of(each).needs_staff) for each in (wished, standing)] == [
        ("expired", "none_fits"),
        ("expired", ""),
    ]
    assert now_of(wished).settled_at == NOON


def test_the_clock_finds_what_is_due_with_one_query(rebooking):
    with CaptureQueriesContext(connection) as asked:
        remind_customers(NOON)
        expire_links(NOON)

    found = [each["sql"] for each in asked if "rebooking_tokens" in each["sql"]]
    assert len(found) == 2


def test_one_that_fails_holds_up_no_other(adas_partner, eves_partner, caplog):
    first, second = make_rebooking(adas_partner), make_rebooking(eves_partner)
    adas_partner.time_zone = "Nowhere/Land"
    adas_partner.save()

    assert remind_customers(NOON + 3 * DAY) == 1

    assert [now_of(each).reminder_count for each in (first, second)] == [0, 1]
    assert f"Rebooking {first.pk} stays due" in caplog.text
