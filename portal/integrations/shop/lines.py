"""One row of an order and what the catalog knows of its products become a ShopLine."""

from typing import Any

from portal.integrations.shop import LineKind, ShopLine
from portal.integrations.shop.catalog import Product, ShopFacts
from portal.integrations.shop.found import Found, Start, Zones, price_cents, start_of
from portal.integrations.shop.parsing import (
    clock_time,
    date_label,
    entries,
    number,
    options,
    text,
    whole,
)


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


def build_line(row: LineRow, found: Found, facts: ShopFacts, zones: Zones, store_id: int) -> ShopLine:
    the_date, course = found.date, found.course or (None if row.is_configurable else found.date)
    starts_on, starts_time = start_of(found, lambda: _label(row, facts), zones, store_id)
    sold_as_date = bool(found.course) and not row.is_configurable
    catalog_name = text(course.value("name")) if course else ""
    return ShopLine(
        item_id=row.item_id,
        kind=_kind(row, found, facts, store_id),
        product_id=course.product_id if course else row.product_id,
        course_sku=course.sku if course else "" if row.is_configurable else row.sku,
        course_name=(catalog_name if sold_as_date else "") or row.name or catalog_name,
        catalog_name=catalog_name,
        date_product_id=the_date.product_id if the_date else row.date_id or None,
        date_sku=row.sku or (the_date.sku if the_date else ""),
        partner_value=text(found.value("partner", store_id)),
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


def _kind(row: LineRow, found: Found, facts: ShopFacts, store_id: int) -> LineKind:
    if found.is_voucher(store_id):
        return LineKind.VOUCHER
    is_course = (
        found.is_of_a_course(store_id)
        or not (found.date or found.course)
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


def _label(row: LineRow, facts: ShopFacts) -> Start:
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
    # What the row was sold at says it with tax, when the catalog does not.
    price = price_cents(the_date, facts)
    return row.seat_cents if price is None else price
