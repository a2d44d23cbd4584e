"""Dates of the shop: made when it offers them, and followed field by field."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings

from portal.core import events
from portal.core.wording import wall_clock
from portal.courses.models import Course
from portal.dates.following import FACTS, follow_shop, news_of
from portal.dates.importing.courses import Key
from portal.dates.importing.offers import Offer
from portal.dates.importing.report import CatalogReport
from portal.dates.importing.saving import note_reading, save_all
from portal.dates.importing.seats import follow_stock, sold_by_shop
from portal.dates.models import CourseDate
from portal.integrations.shop import ShopCourse, ShopDate

ShopState = CourseDate.ShopState


@dataclass
class Changes:
    """What is to be saved, and what people hear of."""

    made: list[CourseDate] = field(default_factory=list)
    changed: list[CourseDate] = field(default_factory=list)
    columns: set[str] = field(default_factory=set)
    noticed: int = 0
    news: list[tuple[CourseDate, dict[str, Any]]] = field(default_factory=list)

    def note(self, row: CourseDate, columns: set[str], *, is_past: bool) -> None:
        if not columns:
            return
        self.changed.append(row)
        self.columns |= columns
        if fields := news_of(columns):
            self.noticed += 1
            self.news += [] if is_past else [(row, {"fields": fields})]


def take_dates(
    courses: Collection[ShopCourse],
    offers: Collection[Offer],
    rows: Mapping[Key, Course],
    report: CatalogReport,
    *,
    at: datetime,
    is_silent: bool,
) -> None:
    """:param is_silent: nobody is told of what was there all the time"""
    known = _locked(courses)
    sold = sold_by_shop([row.pk for row in known.values()])
    today = wall_clock(at).date()
    changes, offered = Changes(), set()
    for offer in offers:
        course = rows[offer.partner_id, offer.course.product_id]
        for day in offer.dates:
            key = (offer.partner_id, day.product_id)
            offered.add(key)
            row = known.get(key)
            if row is None:
                changes.made.append(_new_date(course, day, at=at))
            else:
                was_past = _is_past(row, today)
                columns = _follow(row, course, day, sold=sold.get(row.pk, 0), at=at)
                changes.note(row, columns, is_past=was_past and _is_past(row, today))
    for key in known.keys() - offered:
        row = known[key]
        changes.note(row, withdraw(row, ShopState.OFF_SALE), is_past=_is_past(row, today))
    _save(changes, known.values(), report, at=at)
    if not is_silent:
        _announce(changes, today, at=at)


def withdraw(row: CourseDate, state: str) -> set[str]:
    """The shop sells it no longer, at least not for this partner."""
    values = {"shop_state": state, "shop_salable": None, "shop_total": None}
    changed = {name for name, value in values.items() if getattr(row, name) != value}
    for name in changed:
        setattr(row, name, values[name])
    return changed


def _locked(courses: Collection[ShopCourse]) -> dict[Key, CourseDate]:
    """Dates of these products, whosever they are, kept from changing until the transaction ends."""
    ids = [day.product_id for course in courses for day in course.dates]
    rows = CourseDate.objects.select_for_update().filter(magento_product_id__in=ids).order_by("pk")
    return {
        (row.partner_id, row.magento_product_id): row for row in rows if row.magento_product_id is not None
    }


def _new_date(course: Course, day: ShopDate, *, at: datetime) -> CourseDate:
    row = CourseDate(
        partner_id=course.partner_id,
        course=course,
        magento_product_id=day.product_id,
        time_zone=settings.TIME_ZONE,
        currency=course.currency,
        shop_read_at=at,
        created_at=at,
    )
    _follow(row, course, day, sold=0, at=at)
    return row


def _follow(row: CourseDate, course: Course, day: ShopDate, *, sold: int, at: datetime) -> set[str]:
    values = {
        "course_id": course.pk,
        "sku": day.sku[:100],
        "shop_state": ShopState.ON_SALE if day.is_on_sale else ShopState.OFF_SALE,
    }
    changed = {name for name, value in values.items() if getattr(row, name) != value}
    for name in changed:
        setattr(row, name, values[name])
    columns = changed | follow_shop(row, _facts(day), at=at) | follow_stock(row, day.salable, sold=sold)
    return {"course" if name == "course_id" else name for name in columns}


def _facts(day: ShopDate) -> dict[str, Any]:
    """What the catalog does not know it does not take back from what orders have told."""
    facts = {name: getattr(day, name) for name in FACTS}
    if day.starts_on is None:
        del facts["starts_on"], facts["starts_time"]
    if day.price_cents is None:
        del facts["price_cents"]
    return facts


def _save(changes: Changes, known: Collection[CourseDate], report: CatalogReport, *, at: datetime) -> None:
    save_all(changes.changed, changes.columns)
    note_reading(CourseDate.objects.filter(pk__in=[row.pk for row in known]), at=at)
    CourseDate.objects.bulk_create(changes.made)
    report.made_dates += len(changes.made)
    report.changed_dates += changes.noticed


def _announce(changes: Changes, today: date, *, at: datetime) -> None:
    made = [(row, {"course": row.course_id}) for row in changes.made if not _is_past(row, today)]
    events.record_many("date.created", made, actor="shop", at=at)
    events.record_many("date.changed", changes.news, actor="shop", at=at)


def _is_past(row: CourseDate, today: date) -> bool:
    return row.starts_on is not None and row.starts_on < today
