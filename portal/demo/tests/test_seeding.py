from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from portal.accounts.models import User
from portal.bookings.models import Booking, ImportRun, UnmatchedOrder
from portal.core.models import Event, OutboxMail, Watermark
from portal.core.tenancy import system
from portal.demo.queries import DEMO
from portal.demo.seeding import seed
from portal.integrations.models import DemoMail, DemoTicket
from portal.manage.calls import calls
from portal.partners.models import Member

pytestmark = pytest.mark.django_db
BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2030, 5, 15, 12, 0, tzinfo=BERLIN)
STATUSES = {"confirmed": 29, "pending": 17, "declined": 6, "cancelled": 5, "expired": 3}


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
    assert (DemoTicket.objects.count(), DemoMail.objects.filter(sent_at__gt=at).count()) == (6, 0)


def test_the_command_seeds_once_leaves_nothing_for_the_poll_and_makes_people_who_can_sign_in(
    time_machine,
) -> None:
    time_machine.move_to(NOON, tick=False)

    call_command("seed_demo", stdout=None)

    assert ImportRun.objects.latest("id").report == {
        "orders": 62,
        "lines": 63,
        "made": 0,
        "made_as_history": 0,
        "changed": 0,
        "unchanged": 60,
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
