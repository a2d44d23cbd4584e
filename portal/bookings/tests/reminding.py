"""What the tests of the ladder share: a booking that was asked for, the clock, and what both left behind."""

from datetime import datetime, timedelta

import pytest

from portal.bookings import operations
from portal.bookings.models import Booking
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.looking import fresh
from portal.conftest import NOON
from portal.core.models import OutboxMail
from portal.core.sweeps import tick

HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
DAY_1, DAY_2 = NOON + DAY, NOON + 2 * DAY


@pytest.fixture
def asked(adas_partner, run_jobs, time_machine) -> Booking:
    """Asked at noon for a course a week later; the request has left."""
    return ask(adas_partner, run_jobs, time_machine)


def ask(partner, run_jobs, time_machine, *, at: datetime = NOON, **values: object) -> Booking:
    booking = make_booking(partner, **values)
    operations.ask_partner(booking, at=at)
    time_machine.move_to(at, tick=False)
    run_jobs("core.send_mail")
    return fresh(booking)


@pytest.fixture
def at_time(run_jobs, time_machine):
    """The clock ticks at this moment, and the mails that are owed leave."""

    def run(at: datetime) -> None:
        time_machine.move_to(at, tick=False)
        tick(at)
        run_jobs("core.send_mail")

    return run


def reminders(state: str = "sent") -> list[tuple[str, str, int]]:
    mails = OutboxMail.objects.filter(kind__startswith="booking_reminder", state=state).order_by("id")
    return [(mail.kind.removeprefix("booking_"), mail.recipient, mail.version) for mail in mails]


def due(booking: Booking) -> tuple[datetime | None, datetime | None]:
    booking = fresh(booking)
    return booking.remind_at, booking.escalate_at


ADA = "partner1@example.org"
