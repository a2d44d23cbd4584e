from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import translation

from portal.accounts.models import User
from portal.bookings.models import Booking, ImportRun, UnmatchedOrder
from portal.core.models import Event, OutboxMail, Watermark
from portal.core.tenancy import system
from portal.courses.models import Course
from portal.courses.pictures import picture_urls
from portal.dates.cards import cards_of
from portal.dates.models import CourseDate
from portal.demo.queries import DEMO
from portal.demo.seeding import seed
from portal.demo.seeding.catalog import COURSES
from portal.demo.seeding.planning import FEWER_SEATS
from portal.integrations.models import DemoMail, DemoTicket
from portal.manage.calls import calls
from portal.partners.models import Member
from portal.rebooking.models import ProposedDate, Rebooking
from portal.rebooking.options import options_of

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2030, 5, 15, 12, 0, tzinfo=BERLIN)
STATUSES = {
    **{"confirmed": 31, "pending": 20, "declined": 5, "cancelled": 5, "expired": 3},
    "rebooked": 4,
}


@pytest.fixture(autouse=True)
def _undo_window(settings) -> None:
    settings.UNDO_SECONDS = 15


def statuses() -> Counter[str]:
    return Counter(Booking.objects.values_list("status", flat=True))


@pytest.mark.parametrize(
    "at",
    [
        # Soon after midnight; and late on the day after the clocks changed.
        datetime(2030, 5, 15, 0, 5, tzinfo=BERLIN),
        datetime(2030, 10, 28, 23, 55, tzinfo=BERLIN),
    ],
)
def test_seed_makes_bookings_in_all_states_at_any_time_of_the_day(at: datetime) -> None:
    assert seed(at=at) is True

    with system(DEMO):
        assert statuses() == STATUSES
        assert Booking.objects.filter(released_at=None).count() == 2
        assert Booking.objects.exclude(staff_question="").count() == 1
        assert UnmatchedOrder.objects.count() == 2
        # Somebody to call, and nothing that the clock would have to catch up with.
        assert Booking.objects.pending().filter(escalated_at__lte=at).exists()
        assert not Booking.objects.pending().filter(remind_at__lte=at - timedelta(minutes=5)).exists()
        assert len(calls(at=at)) >= 2
        # Nothing happened in the future, and nobody decided about a course that had begun.
        assert not Event.objects.filter(at__gt=at).exists()
        decided = Booking.objects.exclude(confirmed_at=None, declined_at=None)
        assert [each for each in decided if (each.confirmed_at or each.declined_at) >= each.starts_at] == []
        assert not Booking.objects.filter(status="declined", odoo_ticket_number="").exists()
        # Whatever is decided is settled, and its mails have left: nothing odd happens when the demo starts.
        assert not Booking.objects.to_settle(at + timedelta(days=1)).exists()
        assert not OutboxMail.objects.exclude(state="sent").exists()
    assert (DemoTicket.objects.count(), DemoMail.objects.filter(sent_at__gt=at).count()) == (9, 0)


def test_the_command_seeds_once_leaves_nothing_for_the_poll_and_makes_people_who_can_sign_in(
    time_machine,
) -> None:
    time_machine.move_to(NOON, tick=False)

    call_command("seed_demo", stdout=None)

    assert ImportRun.objects.latest("id").report == {
        "orders": 66,
        "lines": 67,
        "made": 0,
        "made_as_history": 0,
        "changed": 0,
        "unchanged": 64,
        "unmatched": 2,
        "skipped": {"voucher": 1},
        "failed": [],
    }
    assert Watermark.objects.get(name="orders").at is not None
    with system(DEMO):
        members = Member.objects.order_by("user__email").values_list(
            "user__email", "role", "partner__company"
        )
        assert list(members) == [
            ("partner2@demo.example", "owner", "Töpferei Lehmann & Töchter"),
            ("partner3@demo.example", "owner", "Weinkontor Grünwald"),
            ("partner@demo.example", "owner", "Kochschule Himmelblau"),
            ("staff@demo.example", "staff", "Kochschule Himmelblau"),
            ("viewer@demo.example", "viewer", "Kochschule Himmelblau"),
        ]
    assert [user.email for user in User.objects.filter(is_manager=True)] == ["manager@demo.example"]
    assert len(set(User.objects.values_list("password", flat=True))) == 1
    assert User.objects.get(email="partner@demo.example").check_password("demo")
    with system(DEMO):
        Booking.objects.filter(status="pending").update(participants=9)

        assert seed(at=NOON + timedelta(days=3)) is False

        assert statuses() == STATUSES
        assert set(Booking.objects.filter(status="pending").values_list("participants", flat=True)) == {9}


def test_courses_come_in_with_all_the_shop_says_and_dates_with_the_seats_they_had(settings) -> None:
    settings.MAGENTO_MEDIA_URL = "/demo/media"

    seed(at=NOON)

    with system(DEMO):
        courses = {course.sku: course for course in Course.objects.all()}
        # The shop also sells a course of a partner whom nobody knows here.
        assert courses.keys() == {course.sku for course in COURSES} - {"RUM"}
        assert [sku for sku, each in courses.items() if not (each.description and each.price_cents)] == []
        assert "<p>" not in courses["SUSHI"].description
        assert courses["SUSHI"].location == "Fraunhoferstraße 12, 80469 München"
        seats = {course.sku: course.seats for course in COURSES}
        rows = CourseDate.objects.filter(made_by="shop").select_related("course")
        assert {(row.course.sku, row.shop_total) for row in rows} == {(sku, seats[sku]) for sku in courses}
        assert {row.sku: row.capacity for row in rows if row.capacity != row.shop_total} == FEWER_SEATS
        assert {row.shop_state for row in rows} == {"on_sale"}
    pictures = [Client().get(url) for course in courses.values() for url in picture_urls(course)]
    assert {each.headers["Content-Type"] for each in pictures} == {"image/svg+xml"}
    assert len(pictures) == len(courses)
    assert Client().get("/demo/media/unknown.svg").status_code == 404


def test_rebooking_is_under_way_in_every_state() -> None:
    seed(at=NOON)

    with system(DEMO):
        rows = Rebooking.objects.select_related("original_booking__course_date", "new_booking__course_date")
        found = {
            (row.original_booking.course_date.sku, row.original_booking.status): (
                row.status,
                row.new_booking and (row.new_booking.course_date.sku, row.new_booking.status),
                (row.cause, row.choice, row.reminder_count, row.needs_staff),
            )
            for row in rows
        }
        proposals = ProposedDate.objects.order_by("booking__course_date__sku", "rank")
        proposed = list(proposals.values_list("booking__course_date__sku", "course_date__sku"))
        offers = [options_of(row, at=NOON) for row in rows if row.status == "active"]
        assert not Rebooking.objects.filter(remind_at__lte=NOON - timedelta(minutes=5)).exists()
    active = ("active", None)
    assert found == {
        ("SUSHI-V11", "declined"): (*active, ("declined", "", 2, "unanswered")),
        ("SUSHI-T23", "declined"): (*active, ("declined", "", 0, "")),
        ("THAI-T4", "declined"): (*active, ("declined", "", 0, "")),
        ("BROT-T20", "declined"): (*active, ("declined", "other_dates", 0, "none_fits")),
        ("AUFBAU-T18", "declined"): (*active, ("declined", "", 1, "")),
        ("SUSHI-T9", "confirmed"): (*active, ("staff", "", 0, "")),
        ("PASTA-T30", "rebooked"): ("used", ("PASTA-T12", "pending"), ("declined", "", 0, "")),
        ("KAESE-T17", "rebooked"): ("used", ("KAESE-T40", "pending"), ("declined", "", 0, "")),
        ("MACARONS-V9", "rebooked"): ("used", ("MACARONS-T5", "confirmed"), ("declined", "", 0, "")),
        ("DREHEN-V14", "rebooked"): ("used", ("DREHEN-T10", "confirmed"), ("declined", "", 0, "")),
    }
    assert proposed == [("PASTA-T30", "PASTA-T12"), ("THAI-T4", "THAI-T16"), ("THAI-T4", "THAI-T58")]
    assert all(offers)


def test_there_is_a_date_of_every_kind(settings) -> None:
    seed(at=NOON)

    with system(DEMO), translation.override("en"):
        days = (1, 2, 6, 16, 18, 26)
        dates = CourseDate.objects.filter(partner__magento_partner_id="10001").select_related("course")
        coming = dates.filter(starts_on__gt=NOON.date()).order_by("starts_on")
        cards = {
            (each.date.starts_on - NOON.date()).days: (each.words, [badge.text for badge in each.badges])
            for each in cards_of(coming, own_zone="Europe/Berlin", at=NOON)
        }
    assert {day: cards[day] for day in days} == {
        1: ("10 of 12 taken · 2 free", ["Nearly full"]),
        2: ("12 of 10 taken · 2 too many", ["Oversold"]),
        6: ("1 of 8 taken · 7 free", ["1 of at least 4"]),
        16: ("0 of 8 taken · 8 free", ["Seats differ from the shop"]),
        18: ("0 of 8 taken · 8 free", ["only in the portal"]),
        26: ("4 of 8 taken · 4 free", []),
    }
