"""What the partners do with their dates: seats sold elsewhere, a minimum, a date that only the portal knows."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from portal.accounts.models import User
from portal.core.tenancy import system
from portal.core.wording import wall_clock
from portal.courses.models import Course
from portal.dates import operations
from portal.dates.models import CourseDate
from portal.dates.plans import DatePlan, plan_of
from portal.demo.queries import DEMO

AGO = timedelta(hours=3)
# By date: seats sold at the door or by phone.
SOLD_ELSEWHERE = {"SUSHI-T1": 4, "SUSHI-T9": 2, "PASTA-T2": 6, "DREHEN-T10": 3, "ROTWEIN-T21": 6}
BLOCKED = {"MACARONS-T26": (2, "Zwei Plätze für unsere Auszubildenden")}
# The shop still sells more.
FEWER_SEATS = {"THAI-T16": 8}
PLANS: dict[str, dict[str, Any]] = {
    "BROT-T6": {"min_participants": 4},
    "GESCHIRR-T8": {"min_participants": 6},
    "SUSHI-T1": {"notes": "Den Fisch um 16 Uhr in der Markthalle abholen."},
}
NEW = DatePlan(starts_on=None, starts_time=time(11, 0), duration_minutes=180, capacity=8)
NEW_COURSE, NEW_DAY = "SUSHI", 18


def plan_dates(owners: Mapping[str, User], *, at: datetime) -> None:
    """:param owners: who does it, by the shop's id of the partner"""
    new_on, at = wall_clock(at).date() + timedelta(days=NEW_DAY), at - AGO
    with system(DEMO):
        found = CourseDate.objects.select_related("partner").filter(
            sku__in={*SOLD_ELSEWHERE, *BLOCKED, *FEWER_SEATS, *PLANS}
        )
        dates = {date.sku: date for date in found}
        by: dict[str, Any] = {sku: {"actor": _actor(owners, date), "at": at} for sku, date in dates.items()}
        for sku, seats in SOLD_ELSEWHERE.items():
            operations.sell_elsewhere(dates[sku], quantity=seats, key=f"demo {sku}", **by[sku])
        for sku, (seats, note) in BLOCKED.items():
            operations.block_seats(dates[sku], quantity=seats, key=f"demo {sku}", note=note, **by[sku])
        for sku, seats in FEWER_SEATS.items():
            operations.set_capacity(dates[sku], seats, **by[sku])
        for sku, changes in PLANS.items():
            operations.change_date(dates[sku], replace(plan_of(dates[sku]), **changes), **by[sku])
        course = Course.objects.select_related("partner").get(sku=NEW_COURSE)
        plan = replace(NEW, starts_on=new_on, location=course.location)
        operations.create_date(course.partner, course, plan, actor=_actor(owners, course), at=at)


def _actor(owners: Mapping[str, User], theirs: CourseDate | Course) -> str:
    return owners[theirs.partner.magento_partner_id].actor
