"""Courses as the shop describes them today: nobody edits them here."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from portal.courses.models import Course
from portal.dates.importing.offers import Offer
from portal.dates.importing.report import CatalogReport
from portal.dates.importing.saving import note_reading, save_all
from portal.integrations.shop import ShopCourse

# A course of one partner.
Key = tuple[int, int]
_LONGEST_DESCRIPTION = 20_000
_MOST_MINUTES = 366 * 24 * 60


def take_courses(
    courses: Collection[ShopCourse], offers: Collection[Offer], report: CatalogReport, *, at: datetime
) -> dict[Key, Course]:
    """Make what is new and follow what has changed. A partner who lost a course keeps the row, off sale."""
    known = {
        (row.partner_id, row.magento_product_id): row
        for row in Course.objects.filter(magento_product_id__in=[each.product_id for each in courses])
    }
    wanted = {(each.partner_id, each.course.product_id): _values(each.course) for each in offers}
    wanted |= {key: {"is_on_sale": False} for key in known.keys() - wanted.keys()}
    changed = [row for key, row in known.items() if _follow(row, wanted[key])]
    save_all(changed, _VALUES)
    note_reading(Course.objects.filter(pk__in=[row.pk for row in known.values()]), at=at)
    made = {
        key: Course(partner_id=key[0], magento_product_id=key[1], created_at=at, shop_read_at=at, **values)
        for key, values in wanted.items()
        if key not in known
    }
    Course.objects.bulk_create(made.values())
    report.changed_courses += len(changed)
    report.made_courses += len(made)
    return known | made


_VALUES = (
    "sku",
    "name",
    "description",
    "price_cents",
    "images",
    "duration_minutes",
    "location",
    "is_on_sale",
)


def _values(course: ShopCourse) -> dict[str, Any]:
    minutes = course.duration_minutes
    return {
        "sku": course.sku[:100],
        "name": (course.name or course.sku)[:300],
        "description": course.description[:_LONGEST_DESCRIPTION],
        "price_cents": course.price_cents,
        "images": list(course.images),
        "duration_minutes": None if minutes is None or minutes > _MOST_MINUTES else minutes,
        "location": course.location[:300],
        "is_on_sale": course.is_on_sale,
    }


def _follow(row: Course, values: dict[str, Any]) -> bool:
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    return bool(changed)
