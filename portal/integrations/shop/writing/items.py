"""The rows of an order's items: two for a date of a course, one for everything else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.integrations.shop.writing.rows import RowWriter, php_json, stored
from portal.integrations.shop.writing.shelf import Shelf

TAX_PERCENT = 19


@dataclass(frozen=True, slots=True)
class OrderItem:
    """What somebody orders. A note answers the shop's question "Hinweise an den Veranstalter"."""

    sku: str
    qty: int
    note: str = ""
    discount_percent: int = 0


@dataclass(frozen=True, slots=True)
class PricedItem:
    product_id: int
    sku: str
    name: str
    kind: str
    qty: int
    note: str
    seat_cents: int
    discount_cents: int
    tax_percent: int
    # Of the date's course, with the option that names the date; None for what is sold alone.
    course: tuple[int, str, int, str] | None

    @property
    def cents(self) -> int:
        return self.seat_cents * self.qty - self.discount_cents


@dataclass(frozen=True, slots=True)
class OpenRow:
    item_id: int
    sku: str
    ordered: int
    left: int
    cents: int


class ItemWriter:
    def __init__(self, rows: RowWriter, shelf: Shelf) -> None:
        self._rows = rows
        self._shelf = shelf

    def priced(self, item: OrderItem) -> PricedItem:
        product_id, kind = self._rows.rows(
            "SELECT entity_id, type_id FROM {catalog_product_entity} WHERE sku = %s", item.sku
        )[0]
        seat_cents = round((self._shelf.value(product_id, "price") or 0) * 100)
        return PricedItem(
            product_id=product_id,
            sku=item.sku,
            name=self._shelf.value(product_id, "name"),
            kind=kind,
            qty=item.qty,
            note=item.note,
            seat_cents=seat_cents,
            discount_cents=round(seat_cents * item.qty * item.discount_percent / 100),
            # A voucher is taxed when it is redeemed.
            tax_percent=0 if self._shelf.value(product_id, "voucher") else TAX_PERCENT,
            course=self._course(product_id),
        )

    def write(self, order_id: int, store_id: int, item: PricedItem, *, at: datetime) -> int:
        """Add the row that carries quantity and money, and below it the one that names the date."""
        shared: dict[str, Any] = {
            "order_id": order_id,
            "store_id": store_id,
            "created_at": stored(at),
            "updated_at": stored(at),
            "sku": item.sku,
            "is_virtual": 1,
            "qty_ordered": item.qty,
        }
        course_id, name, _, _ = item.course or (item.product_id, item.name, 0, "")
        item_id = self._rows.insert(
            "sales_order_item",
            "item_id",
            **shared,
            **_money(item),
            product_id=course_id,
            product_type="configurable" if item.course else item.kind,
            product_options=php_json(self._options(item)),
            name=name,
        )
        if item.course:
            self._rows.insert(
                "sales_order_item",
                **shared,
                parent_item_id=item_id,
                product_id=item.product_id,
                product_type=item.kind,
                product_options=php_json({"info_buyRequest": {"qty": str(item.qty)}}),
                name=item.name,
            )
        return item_id

    def open_rows(self, order_id: int, item_id: int | None) -> Sequence[OpenRow]:
        """The top-level rows that still have a quantity, all of an order or a single one."""
        rows = self._rows.rows(
            "SELECT item_id, sku, qty_ordered, qty_ordered - qty_canceled - qty_refunded, "
            "ROUND((row_total + tax_amount + discount_tax_compensation_amount - discount_amount) * 100) "
            "FROM {sales_order_item} WHERE order_id = %s AND parent_item_id IS NULL ORDER BY item_id",
            order_id,
        )
        every = [OpenRow(row[0], row[1], int(row[2]), int(row[3]), int(row[4])) for row in rows]
        return [row for row in every if row.left > 0 and item_id in (None, row.item_id)]

    def _course(self, product_id: int) -> tuple[int, str, int, str] | None:
        links = self._rows.rows(
            "SELECT parent_id FROM {catalog_product_super_link} WHERE product_id = %s ORDER BY parent_id",
            product_id,
        )
        if not links:
            return None
        course_id = links[0][0]
        option_id = self._shelf.value(product_id, "course_date")
        return course_id, self._shelf.value(course_id, "name"), option_id, self._shelf.option_label(option_id)

    def _options(self, item: PricedItem) -> dict[str, Any]:
        request: dict[str, Any] = {"qty": str(item.qty)}
        options: dict[str, Any] = {"info_buyRequest": request}
        if item.note:
            answer = {"label": "Hinweise an den Veranstalter", "value": item.note, "print_value": item.note}
            options["options"] = [{**answer, "option_id": "77", "option_type": "field"}]
        if item.course:
            _, _, option_id, label = item.course
            attribute_id = self._shelf.attribute_id("course_date")
            request["super_attribute"] = {str(attribute_id): str(option_id)}
            options["attributes_info"] = [
                {"label": "Termin", "value": label, "option_id": attribute_id, "option_value": str(option_id)}
            ]
            options |= {"simple_name": item.name, "simple_sku": item.sku}
        return options


def _money(item: PricedItem) -> dict[str, Any]:
    """Prices and discounts include tax, as in German shops. The compensation is the tax of the discount."""
    gross, rate = item.seat_cents * item.qty, item.tax_percent
    net = round(gross * 100 / (100 + rate))
    tax = round(item.cents * rate / (100 + rate))
    return {
        "price": round(item.seat_cents / (100 + rate), 4),
        "original_price": item.seat_cents / 100,
        "tax_percent": rate,
        "tax_amount": tax / 100,
        "discount_amount": item.discount_cents / 100,
        "row_total": net / 100,
        "price_incl_tax": item.seat_cents / 100,
        "row_total_incl_tax": gross / 100,
        "discount_tax_compensation_amount": (gross - net - tax) / 100,
    }
