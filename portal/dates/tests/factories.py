"""Courses and dates with boring defaults; seats are taken by operations."""

from datetime import datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

from portal.conftest import NOON
from portal.courses.models import Course
from portal.dates.models import CourseDate
from portal.partners.models import Partner

_numbers = count(1)
A_WEEK_LATER = NOON + timedelta(days=7)
BERLIN = ZoneInfo("Europe/Berlin")


def make_course(partner: Partner, **values: object) -> Course:
    number = next(_numbers)
    defaults = {
        "magento_product_id": 1000 + number,
        "sku": f"K{number}",
        "name": "Sushi-Kurs",
        "created_at": NOON,
    }
    return Course.objects.create(partner=partner, **{**defaults, **values})


def make_date(partner: Partner, *, starts_at: datetime | None = A_WEEK_LATER, **values: object) -> CourseDate:
    """In a course of its own, unless one is given. How many seats there are nobody has said."""
    course = values.pop("course", None) or make_course(partner)
    number = next(_numbers)
    local = starts_at and starts_at.astimezone(BERLIN)
    defaults = {
        "magento_product_id": 5000 + number,
        "sku": f"{course.sku}-{number}",
        "starts_on": local and local.date(),
        "starts_time": local and local.time(),
        "starts_at": starts_at,
        "created_at": NOON,
    }
    return CourseDate.objects.create(partner=partner, course=course, **{**defaults, **values})
