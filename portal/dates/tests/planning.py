"""Plans with boring defaults, and dates made by the operation."""

from datetime import date, time

from portal.conftest import NOON
from portal.dates import operations
from portal.dates.plans import DatePlan
from portal.dates.tests.factories import make_course

PLAN = DatePlan(
    starts_on=date(2030, 5, 8),
    starts_time=time(18),
    duration_minutes=180,
    capacity=12,
    min_participants=4,
    price_cents=8900,
    location="Küche am Fluss",
    notes="Messer schleifen",
    booking_deadline_hours=24,
)


def plan_date(partner, plan=PLAN, *, course=None, actor="user:1", at=NOON, **values):
    return operations.create_date(partner, course or make_course(partner), plan, actor=actor, at=at, **values)
