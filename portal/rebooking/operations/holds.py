"""The seats that a link keeps while its customer makes up their mind: one hold of the ledger for each link."""

from datetime import datetime, timedelta

from django.conf import settings

from portal.dates import operations as dates
from portal.dates.models import CourseDate, SeatEntry
from portal.rebooking.models import Rebooking


def key_of(rebooking: Rebooking) -> str:
    return f"rebooking:{rebooking.pk}"


def take(rebooking: Rebooking, course_date: CourseDate, *, actor: str, at: datetime) -> None:
    """Call it with the locks of both, and without another hold. Saves nothing of the row."""
    until = at + timedelta(minutes=settings.REBOOK_HOLD_MINUTES)
    dates.hold_seats(
        course_date,
        quantity=rebooking.original_booking.participants,
        key=key_of(rebooking),
        until=until,
        actor=actor,
        at=at,
    )
    rebooking.held_date, rebooking.held_until = course_date, until


def let_go(rebooking: Rebooking, *, at: datetime) -> bool:
    """Give back what is held, also what has expired. Call it with the locks. Saves nothing of the row."""
    if rebooking.held_date_id is None:
        return False
    dates.release_seats(rebooking.partner_id, SeatEntry.Source.HOLD, key_of(rebooking), at=at)
    rebooking.held_date = rebooking.held_until = None
    return True
