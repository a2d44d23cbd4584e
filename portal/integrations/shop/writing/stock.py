"""Free spots, as Magento counts them: the source's quantity plus all reservations, which are negative."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal

from portal.integrations.shop.writing.items import OrderItem
from portal.integrations.shop.writing.rows import RowWriter, php_json
from portal.integrations.shop.writing.shelf import Shelf, ShelfDate


class NotSalable(Exception):
    """A sku cannot be ordered in this quantity; the message is for the person who tried."""


class Stock:
    def __init__(self, rows: RowWriter, shelf: Shelf) -> None:
        self._rows = rows
        self._shelf = shelf

    def claim(self, items: Sequence[OrderItem]) -> None:
        """Lock what is wanted until the transaction ends, and make sure that there is enough of it."""
        wanted = Counter[str]()
        for item in items:
            wanted[item.sku] += item.qty
        # In one order, so that two orders for the same dates wait for each other and never in a circle.
        for sku in sorted(wanted):
            if not self.has_product(sku) or wanted[sku] < 1:
                raise NotSalable(f"{sku} cannot be ordered.")
            spots = self._spots(sku)
            if spots is not None and spots < wanted[sku]:
                raise NotSalable(f"{sku} has {spots} free spots.")

    def reserve(self, sku: str, quantity: int, event: str, order_id: int, number: str = "") -> None:
        """Positive gives back."""
        metadata = {
            "event_type": event,
            "object_type": "order",
            "object_id": str(order_id),
            "object_increment_id": number,
        }
        self._rows.insert(
            "inventory_reservation", stock_id=1, sku=sku, quantity=quantity, metadata=php_json(metadata)
        )

    def has_product(self, sku: str) -> bool:
        return bool(self._rows.rows("SELECT 1 FROM {catalog_product_entity} WHERE sku = %s", sku))

    def quantity(self, sku: str) -> tuple[Decimal, bool] | None:
        """What the source has, reserved seats included, and whether it is on sale; None without a stock."""
        found = self._rows.rows(
            "SELECT quantity, status FROM {inventory_source_item} WHERE source_code = 'default' AND sku = %s",
            sku,
        )
        return (found[0][0], found[0][1] == 1) if found else None

    def set_quantity(self, sku: str, quantity: Decimal, *, is_in_stock: bool) -> None:
        self._rows.run(
            "UPDATE {inventory_source_item} SET quantity = %s, status = %s "
            "WHERE source_code = 'default' AND sku = %s",
            *(quantity, int(is_in_stock), sku),
        )

    def dates(self, *, at: datetime) -> list[ShelfDate]:
        """Every date that has not started, by its start, sold out ones too."""
        found = [self._date(*row) for row in self._rows.rows(self._dates_statement(), *self._attribute_ids())]
        return sorted(
            (day for day in found if day and day.starts_at > at), key=lambda day: (day.starts_at, day.sku)
        )

    def _spots(self, sku: str) -> int | None:
        """None: this product has no stock to run out of, like a voucher."""
        source = self._rows.rows(
            "SELECT quantity FROM {inventory_source_item} "
            "WHERE source_code = 'default' AND sku = %s FOR UPDATE",
            sku,
        )
        if not source:
            return None
        reserved = self._rows.rows(
            "SELECT COALESCE(SUM(quantity), 0) FROM {inventory_reservation} WHERE stock_id = 1 AND sku = %s",
            sku,
        )
        return int(source[0][0] + reserved[0][0])

    def _attribute_ids(self) -> list[int]:
        names = ("name", "event_date", "event_time", "price", "partner", "partner", "location", "location")
        return [self._shelf.attribute_id(name) for name in names]

    @staticmethod
    def _dates_statement() -> str:
        return """
            SELECT e.sku, c.sku, n.value, d.value, t.value, p.value, COALESCE(ps.value, pc.value),
                   COALESCE(ls.value, lc.value), s.quantity,
                   (SELECT COALESCE(SUM(r.quantity), 0) FROM {inventory_reservation} r
                    WHERE r.stock_id = 1 AND r.sku = e.sku)
            FROM {catalog_product_entity} e
            JOIN {inventory_source_item} s ON s.sku = e.sku AND s.source_code = 'default'
            LEFT JOIN {catalog_product_super_link} l ON l.product_id = e.entity_id
            JOIN {catalog_product_entity} c ON c.entity_id = COALESCE(l.parent_id, e.entity_id)
            JOIN {catalog_product_entity_varchar} n
              ON n.entity_id = c.entity_id AND n.store_id = 0 AND n.attribute_id = %s
            JOIN {catalog_product_entity_datetime} d
              ON d.entity_id = e.entity_id AND d.store_id = 0 AND d.attribute_id = %s
            JOIN {catalog_product_entity_varchar} t
              ON t.entity_id = e.entity_id AND t.store_id = 0 AND t.attribute_id = %s
            JOIN {catalog_product_entity_decimal} p
              ON p.entity_id = e.entity_id AND p.store_id = 0 AND p.attribute_id = %s
            LEFT JOIN {catalog_product_entity_varchar} ps
              ON ps.entity_id = e.entity_id AND ps.store_id = 0 AND ps.attribute_id = %s
            LEFT JOIN {catalog_product_entity_varchar} pc
              ON pc.entity_id = c.entity_id AND pc.store_id = 0 AND pc.attribute_id = %s
            LEFT JOIN {catalog_product_entity_varchar} ls
              ON ls.entity_id = e.entity_id AND ls.store_id = 0 AND ls.attribute_id = %s
            LEFT JOIN {catalog_product_entity_varchar} lc
              ON lc.entity_id = c.entity_id AND lc.store_id = 0 AND lc.attribute_id = %s
        """

    def _date(self, sku: str, course_sku: str, course: str, *values: object) -> ShelfDate | None:
        on, clock, price, partner, location, quantity, reserved = values
        if not isinstance(on, date):
            return None
        starts_at = datetime.combine(on, time.fromisoformat(str(clock)), tzinfo=self._shelf.zone)
        return ShelfDate(
            sku=sku,
            course=course,
            course_sku=course_sku,
            partner=str(partner or "").strip(),
            starts_at=starts_at,
            price_cents=round(float(str(price or 0)) * 100),
            location=str(location or ""),
            spots_available=max(0, int(float(str(quantity)) + float(str(reserved)))),
        )
