"""Courses and dates, made before the bookings that refer to them."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings

from portal.bookings.importing.lines import Item
from portal.courses.models import Course
from portal.dates.models import CourseDate
from portal.partners.models import Partner

# A course belongs to one partner: should the shop hand its product to another one, that one gets a course of
# its own, and nobody sees the other's bookings.
Key = tuple[int, int]
DateKey = tuple[int, int | str]

Matched = tuple[Item, Partner]


class Catalog:
    """The courses and dates of one page of order lines, looked up and made with a handful of queries."""

    def __init__(self, matched: Iterable[Matched], *, at: datetime) -> None:
        pairs = list(matched)
        self._at = at
        self._courses = self._load_courses(pairs)
        self._dates = self._load_dates(pairs)

    def course(self, item: Item, partner: Partner) -> Course:
        return self._courses[_course_key(item, partner)]

    def date(self, item: Item, partner: Partner) -> CourseDate | None:
        key = _date_key(item, partner)
        return self._dates[key] if key else None

    def _load_courses(self, pairs: list[Matched]) -> dict[Key, Course]:
        wanted = {_course_key(item, partner): item for item, partner in pairs}
        found = self._find_courses(wanted)
        missing = [self._new_course(key, item) for key, item in wanted.items() if key not in found]
        Course.objects.bulk_create(missing)
        found.update({(course.partner_id, course.magento_product_id): course for course in missing})
        return found

    @staticmethod
    def _find_courses(wanted: Iterable[Key]) -> dict[Key, Course]:
        keys = list(wanted)
        rows = Course.objects.filter(
            partner_id__in={key[0] for key in keys}, magento_product_id__in={key[1] for key in keys}
        )
        return {(row.partner_id, row.magento_product_id): row for row in rows}

    def _new_course(self, key: Key, item: Item) -> Course:
        line = item.line
        return Course(
            partner_id=key[0],
            magento_product_id=key[1],
            sku=line.course_sku[:100],
            name=(line.catalog_name or line.course_name)[:300],
            created_at=self._at,
        )

    def _load_dates(self, pairs: list[Matched]) -> dict[DateKey, CourseDate]:
        wanted = {key: (item, partner) for item, partner in pairs if (key := _date_key(item, partner))}
        found = self._find_dates(wanted)
        made, moved = [], []
        for key, (item, partner) in wanted.items():
            if key not in found:
                found[key] = self._new_date(item, partner)
                made.append(found[key])
            elif _follow_catalog(found[key], item):
                moved.append(found[key])
        CourseDate.objects.bulk_create(made)
        CourseDate.objects.bulk_update(moved, [*_FACTS, "starts_at", "sequence"])
        return found

    @staticmethod
    def _find_dates(wanted: Iterable[DateKey]) -> dict[DateKey, CourseDate]:
        keys = list(wanted)
        partners = {key[0] for key in keys}
        numbers = {key[1] for key in keys if isinstance(key[1], int)}
        skus = {key[1] for key in keys if isinstance(key[1], str)}
        found: dict[DateKey, CourseDate] = {}
        if skus:
            for row in CourseDate.objects.filter(
                partner_id__in=partners, sku__in=skus, magento_product_id=None
            ):
                found[row.partner_id, row.sku] = row
        for row in CourseDate.objects.filter(partner_id__in=partners, magento_product_id__in=numbers):
            if row.magento_product_id is not None:
                found[row.partner_id, row.magento_product_id] = row
        return found

    def _new_date(self, item: Item, partner: Partner) -> CourseDate:
        line = item.line
        return CourseDate(
            partner=partner,
            course=self.course(item, partner),
            magento_product_id=line.date_product_id,
            sku=line.date_sku[:100],
            time_zone=settings.TIME_ZONE,
            starts_at=item.starts_at,
            created_at=self._at,
            **_facts(item),
        )


_FACTS = ("starts_on", "starts_time", "ends_time", "duration_minutes", "location")


def _facts(item: Item) -> dict[str, object]:
    values = {name: getattr(item.line, name) for name in _FACTS}
    values["location"] = values["location"][:300]
    return values


def _follow_catalog(row: CourseDate, item: Item) -> bool:
    """Take over what the catalog says today; a product that is gone says nothing new."""
    facts = _facts(item)
    if not item.line.in_catalog or all(getattr(row, name) == value for name, value in facts.items()):
        return False
    is_moved = (row.starts_on, row.starts_time) != (item.line.starts_on, item.line.starts_time)
    for name, value in facts.items():
        setattr(row, name, value)
    row.starts_at = item.starts_at
    row.sequence += is_moved
    return True


def _course_key(item: Item, partner: Partner) -> Key:
    return partner.pk, item.line.product_id or 0


def _date_key(item: Item, partner: Partner) -> DateKey | None:
    line = item.line
    if line.date_product_id is not None:
        return partner.pk, line.date_product_id
    return (partner.pk, line.date_sku[:100]) if line.date_sku else None
