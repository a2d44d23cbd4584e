"""One row of an order and what the catalog knows of its products become a ShopLine."""

from dataclasses import dataclass
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from portal.integrations.shop import LineKind, ShopLine
from portal.integrations.shop.catalog import Product, ShopFacts
from portal.integrations.shop.parsing import (
    clock_time,
    date_label,
    entries,
    is_true,
    number,
    options,
    text,
    wall_clock,
    whole,
)


@dataclass(frozen=True, slots=True)
class Zones:
    event_dates: ZoneInfo
    shown: ZoneInfo


class LineRow:
    """A top-level row as read, with the date the row below it names."""

    __slots__ = (
        "date_id",
        "item_id",
        "name",
        "options",
        "order_id",
        "ordered",
        "participants",
        "price_cents",
        "product_id",
        "product_type",
        "seat_cents",
        "sku",
    )

    def __init__(self, row: tuple[Any, ...]) -> None:
        self.order_id, self.item_id, self.product_id = row[0], row[1], row[2]
        self.product_type, self.sku, self.name = text(row[3]), text(row[4]), text(row[5])
        self.ordered, self.participants = whole(row[6]), whole(row[7])
        self.price_cents = int(row[8])
        self.seat_cents = None if row[9] is None else int(row[9])
        self.options = options(row[10])
        # 0: the row names none.
        self.date_id: int = (row[11] if self.is_configurable else row[2]) or 0

    @property
    def is_configurable(self) -> bool:
        return self.product_type == "configurable"

    @property
    def course_id(self) -> int:
        return (self.product_id or 0) if self.is_configurable else 0

    @property
    def skus(self) -> list[str]:
        """Where to look for the date when its product is gone: a shop may have made it anew."""
        return [sku for sku in (self.sku, text(self.options.get("simple_sku"))) if sku]

    def notes(self) -> str:
        answers = [
            (text(option.get("label")), text(option.get("print_value") or option.get("value")))
            for option in entries(self.options, "options")
        ]
        return "\n".join(f"{label}: {answer}" if label else answer for label, answer in answers if answer)


@dataclass(frozen=True, slots=True)
class Found:
    """The date and the course of a row, as far as the catalog still has them."""

    date: Product | None
    course: Product | None

    def value(self, name: str, store_id: int) -> Any:
        """The date's own value, else its course's. Blanks are no value."""
        for product in (self.date, self.course):
            value = product.value(name, store_id) if product else None
            if text(value):
                return value
        return None


def build_line(row: LineRow, found: Found, facts: ShopFacts, zones: Zones, store_id: int) -> ShopLine:
    the_date, course = found.date, found.course or (None if row.is_configurable else found.date)
    starts_on, starts_time = _start(row, found, facts, zones, store_id)
    sold_as_date = bool(found.course) and not row.is_configurable
    catalog_name = text(course.value("name")) if course else ""
    partner_value = text(found.value("partner", store_id))
    return ShopLine(
        item_id=row.item_id,
        kind=_kind(row, found, facts, partner_value, store_id),
        product_id=course.product_id if course else row.product_id,
        course_sku=course.sku if course else "" if row.is_configurable else row.sku,
        course_name=(catalog_name if sold_as_date else "") or row.name or catalog_name,
        catalog_name=catalog_name,
        date_product_id=the_date.product_id if the_date else row.date_id or None,
        date_sku=row.sku or (the_date.sku if the_date else ""),
        partner_value=partner_value,
        ordered=row.ordered,
        participants=row.participants,
        price_cents=row.price_cents,
        starts_on=starts_on,
        starts_time=starts_time,
        ends_time=clock_time(found.value("event_end", store_id)),
        duration_minutes=number(found.value("duration", store_id)),
        location=text(found.value("location", store_id)),
        date_price_cents=_seat_cents(row, the_date, facts),
        notes=row.notes(),
        in_catalog=bool(the_date or course),
    )


def _kind(row: LineRow, found: Found, facts: ShopFacts, partner_value: str, store_id: int) -> LineKind:
    if is_true(found.value("voucher", store_id)):
        return LineKind.VOUCHER
    is_course = (
        partner_value
        or not (found.date or found.course)
        or found.value("event_date", store_id) is not None
        or (row.is_configurable and _may_choose_a_date(row, facts))
    )
    return LineKind.COURSE if is_course else LineKind.NOT_A_COURSE


def _may_choose_a_date(row: LineRow, facts: ShopFacts) -> bool:
    chosen = _chosen_attributes(row)
    course_date = facts.attributes.get("course_date")
    return not chosen or course_date is None or course_date.attribute_id in chosen


def _chosen_attributes(row: LineRow) -> set[int | None]:
    request = row.options.get("info_buyRequest")
    chosen = request.get("super_attribute") if isinstance(request, dict) else None
    ids = {number(key) for key in chosen} if isinstance(chosen, dict) else set()
    return ids | {number(entry.get("option_id")) for entry in entries(row.options, "attributes_info")}


def _start(
    row: LineRow, found: Found, facts: ShopFacts, zones: Zones, store_id: int
) -> tuple[date | None, time | None]:
    """The catalog's date; the label the customer chose, when the catalog has none any more."""
    own_time = clock_time(found.value("event_time", store_id))
    on, at = wall_clock(
        found.value("event_date", store_id), stored_in=zones.event_dates, shown_in=zones.shown
    )
    if on is not None and (own_time or at):
        return on, own_time or at
    label_on, label_at = _label(row, facts)
    if on is None:
        return label_on, (own_time or label_at) if label_on else None
    return on, label_at if label_on == on else None


def _label(row: LineRow, facts: ShopFacts) -> tuple[date | None, time | None]:
    course_date = facts.attributes.get("course_date")
    # The attribute may have been made anew since, so a label under another id is better than none.
    chosen = sorted(
        entries(row.options, "attributes_info"),
        key=lambda entry: not (course_date and number(entry.get("option_id")) == course_date.attribute_id),
    )
    for entry in chosen:
        on, at = date_label(entry.get("value"))
        if on is not None:
            return on, at
    return None, None


def _seat_cents(row: LineRow, the_date: Product | None, facts: ShopFacts) -> int | None:
    # A catalog price without tax would need Magento's tax rules; what the row was sold at says it with tax.
    price = the_date.value("price") if the_date and facts.prices_include_tax else None
    return row.seat_cents if price is None else round(price * 100)
