"""Courses and dates, made before the bookings that refer to them."""

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db.models import Q

from portal.bookings.importing.lines import Item
from portal.courses.models import Course
from portal.dates.following import FACTS, follow_shop, new_facts, told_by_orders
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
        told = {
            found[key].pk: item
            for key, (item, _) in wanted.items()
            if key in found and _is_news(found[key], item)
        }
        followed = self._follow(told)
        found = {key: followed.get(row.pk, row) for key, row in found.items()}
        missing = {
            key: self._new_date(item, partner) for key, (item, partner) in wanted.items() if key not in found
        }
        CourseDate.objects.bulk_create(missing.values())
        return found | missing

    def _follow(self, told: dict[int, Item]) -> dict[int, CourseDate]:
        """The rows as they are now, kept from changing: a partner may be editing one."""
        rows = CourseDate.objects.select_for_update().filter(pk__in=told).order_by("pk") if told else ()
        followed = {row.pk: row for row in rows}
        columns: set[str] = set()
        for pk, row in followed.items():
            columns |= follow_shop(row, told_by_orders(row, _facts(told[pk])), at=self._at)
        if columns:
            CourseDate.objects.bulk_update(followed.values(), sorted(columns))
        return followed

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
        row = CourseDate(
            partner=partner,
            course=self.course(item, partner),
            magento_product_id=item.line.date_product_id,
            sku=item.line.date_sku[:100],
            time_zone=settings.TIME_ZONE,
            created_at=self._at,
        )
        follow_shop(row, told_by_orders(row, _facts(item)), at=self._at)
        return row


def date_ids(items: Iterable[Item]) -> set[int]:
    """Of the dates that there are already, whichever partner's."""
    lines = [item.line for item in items]
    numbers = {line.date_product_id for line in lines if line.date_product_id is not None}
    skus = {line.date_sku[:100] for line in lines if line.date_product_id is None and line.date_sku}
    is_named = Q(magento_product_id__in=numbers) | Q(sku__in=skus, magento_product_id=None)
    return set(CourseDate.objects.filter(is_named).values_list("pk", flat=True)) if lines else set()


def _facts(item: Item) -> dict[str, object]:
    line = item.line
    return {name: getattr(line, name) for name in FACTS if name != "price_cents"} | {
        "price_cents": line.date_price_cents
    }


def _is_news(row: CourseDate, item: Item) -> bool:
    """Whether the line tells what the row does not know; a product that is gone says nothing new."""
    return item.line.in_catalog and bool(new_facts(row, told_by_orders(row, _facts(item))))


def _course_key(item: Item, partner: Partner) -> Key:
    return partner.pk, item.line.product_id or 0


def _date_key(item: Item, partner: Partner) -> DateKey | None:
    line = item.line
    if line.date_product_id is not None:
        return partner.pk, line.date_product_id
    return (partner.pk, line.date_sku[:100]) if line.date_sku else None
