"""Orders as Magento writes them, and what happens to them later. The transaction is the caller's."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from portal.integrations.shop import ShopPerson
from portal.integrations.shop.tables import Dialect
from portal.integrations.shop.writing.items import ItemWriter, OrderItem
from portal.integrations.shop.writing.rows import RowWriter, php_json, stored
from portal.integrations.shop.writing.shelf import Shelf
from portal.integrations.shop.writing.stock import NotSalable, Stock

__all__ = ["NotSalable", "OrderItem", "PlacedOrder", "ShopWriter"]

# A store view's orders carry its number in front, except the first one's.
_STORES = {"de": (1, "sequence_order_1", ""), "en": (2, "sequence_order_2", "2")}
_DEFAULT_STATUS = {"new": "pending"}


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    order_id: int
    number: str
    # Of the top-level rows, in the order of the items.
    item_ids: tuple[int, ...]


class ShopWriter:
    """A whole shop over one cursor of MySQL or PostgreSQL. Several connections may use one each at once."""

    def __init__(
        self, cursor: Any, dialect: Dialect, *, prefix: str = "", codes: dict[str, str], zone: ZoneInfo
    ) -> None:
        """`codes`: attribute codes as in MAGENTO_ATTRIBUTES. `zone`: where the courses take place."""
        self.rows = RowWriter(cursor, dialect, prefix)
        self.shelf = Shelf(self.rows, codes, zone)
        self.stock = Stock(self.rows, self.shelf)
        self._items = ItemWriter(self.rows, self.shelf)

    def place_order(
        self,
        items: Sequence[OrderItem],
        customer: ShopPerson,
        *,
        at: datetime,
        state: str = "processing",
        method: str = "paypal_express",
        language: str = "de",
    ) -> PlacedOrder:
        """An order over any number of items, paid at once when its state says so.

        :raises NotSalable: a sku does not exist, or has fewer free spots than wanted
        """
        self.stock.claim(items)
        store_id, sequence, front = _STORES[language]
        number = f"{front}{self.rows.next_number(sequence):09d}"
        return self._place(items, customer, number, at, (store_id, state, method))

    def edit_order(self, order_id: int, items: Sequence[OrderItem], *, at: datetime) -> PlacedOrder:
        """What the admin's "edit" does: a new order with the number 000000123-1; the old one is cancelled."""
        number, base, edits, store_id, state = self.rows.rows(
            "SELECT increment_id, COALESCE(original_increment_id, increment_id), "
            "COALESCE(edit_increment, 0), store_id, state FROM {sales_order} WHERE entity_id = %s",
            order_id,
        )[0]
        customer, method = self._customer(order_id), self._method(order_id)
        self.cancel(order_id, at=at)
        self.stock.claim(items)
        placed = self._place(items, customer, f"{base}-{edits + 1}", at, (store_id, state, method))
        self.rows.run(
            "UPDATE {sales_order} SET original_increment_id = %s, edit_increment = %s, "
            "relation_parent_id = %s, relation_parent_real_id = %s WHERE entity_id = %s",
            *(base, edits + 1, str(order_id), number, placed.order_id),
        )
        self.rows.run(
            "UPDATE {sales_order} SET relation_child_id = %s, relation_child_real_id = %s "
            "WHERE entity_id = %s",
            *(str(placed.order_id), placed.number, order_id),
        )
        return placed

    def pay(self, order_id: int, *, at: datetime) -> None:
        """Someone creates the invoice. All items are virtual, so Magento calls the order complete at once."""
        self._invoice(order_id, at)
        self.set_state(order_id, "complete", at=at)

    def set_state(self, order_id: int, state: str, *, at: datetime, status: str | None = None) -> None:
        """Like Magento in many places: without a line in the history."""
        self.rows.run(
            "UPDATE {sales_order} SET state = %s, status = %s, updated_at = %s WHERE entity_id = %s",
            *(state, status or _DEFAULT_STATUS.get(state, state), stored(at), order_id),
        )

    def cancel(
        self, order_id: int, *, item_id: int | None = None, qty: int | None = None, at: datetime
    ) -> None:
        """Cancel some or all of an item, or of the whole order. More than is left cancels what is left.

        The row of the date keeps its qty_canceled of 0: Magento never writes it.
        """
        for row in self._items.open_rows(order_id, item_id):
            amount = row.left if qty is None else min(qty, row.left)
            self.rows.run(
                "UPDATE {sales_order_item} SET qty_canceled = qty_canceled + %s, updated_at = %s "
                "WHERE item_id = %s",
                *(amount, stored(at), row.item_id),
            )
            self.stock.reserve(row.sku, amount, "order_canceled", order_id)
        self._touch(order_id, at)
        if not self._items.open_rows(order_id, None):
            self.set_state(order_id, "canceled", at=at)

    def refund(self, order_id: int, item_id: int, qty: int, *, at: datetime) -> None:
        """A credit memo over some of an item, back to stock."""
        refunded = 0
        for row in self._items.open_rows(order_id, item_id):
            amount = min(qty, row.left)
            refunded += row.cents * amount // row.ordered
            self.rows.run(
                "UPDATE {sales_order_item} SET qty_refunded = qty_refunded + %s, updated_at = %s "
                "WHERE item_id = %s OR parent_item_id = %s",
                *(amount, stored(at), row.item_id, row.item_id),
            )
            self.stock.reserve(row.sku, amount, "creditmemo_created", order_id)
        self._credit(order_id, refunded, at)
        if not self._items.open_rows(order_id, None):
            self.set_state(order_id, "closed", at=at)

    def refund_amount(self, order_id: int, cents: int, *, at: datetime) -> None:
        """Money back without seats: quantities stay."""
        self._credit(order_id, cents, at, adjustment=cents)

    def order_id(self, number: str, store_id: int = 1) -> int | None:
        found = self.rows.rows(
            "SELECT entity_id FROM {sales_order} WHERE increment_id = %s AND store_id = %s", number, store_id
        )
        return int(found[0][0]) if found else None

    def _place(
        self,
        items: Sequence[OrderItem],
        customer: ShopPerson,
        number: str,
        at: datetime,
        kind: tuple[int, str, str],
    ) -> PlacedOrder:
        store_id, state, method = kind
        priced = [self._items.priced(item) for item in items]
        total = sum(item.cents for item in priced)
        order_id = self.rows.insert(
            "sales_order",
            "entity_id",
            state=state,
            status=_DEFAULT_STATUS.get(state, state),
            is_virtual=1,
            store_id=store_id,
            grand_total=total / 100,
            total_qty_ordered=sum(item.qty for item in items),
            customer_is_guest=1,
            customer_group_id=0,
            increment_id=number,
            base_currency_code="EUR",
            order_currency_code="EUR",
            customer_email=customer.email,
            customer_firstname=customer.first_name,
            customer_lastname=customer.last_name,
            created_at=stored(at),
            updated_at=stored(at),
            total_item_count=len(items),
        )
        self._add_address_and_payment(order_id, customer, method, total)
        item_ids = tuple(self._items.write(order_id, store_id, item, at=at) for item in priced)
        for item in priced:
            self.stock.reserve(item.sku, -item.qty, "order_placed", order_id, number)
        if state in ("processing", "complete") or total == 0:
            self._invoice(order_id, at)
        return PlacedOrder(order_id, number, item_ids)

    def _add_address_and_payment(self, order_id: int, customer: ShopPerson, method: str, total: int) -> None:
        address_id = self.rows.insert(
            "sales_order_address",
            "entity_id",
            parent_id=order_id,
            address_type="billing",
            firstname=customer.first_name,
            lastname=customer.last_name,
            email=customer.email,
            telephone=customer.phone or None,
            country_id="DE",
        )
        self.rows.run(
            "UPDATE {sales_order} SET billing_address_id = %s WHERE entity_id = %s", address_id, order_id
        )
        self.rows.insert(
            "sales_order_payment",
            parent_id=order_id,
            method=method if total else "free",
            amount_ordered=total / 100,
            additional_information=php_json({"method_title": method}),
        )

    def _invoice(self, order_id: int, at: datetime) -> None:
        self.rows.run(
            "UPDATE {sales_order} SET total_paid = grand_total, total_invoiced = grand_total, "
            "updated_at = %s WHERE entity_id = %s",
            *(stored(at), order_id),
        )
        self.rows.run(
            "UPDATE {sales_order_item} SET qty_invoiced = qty_ordered, updated_at = %s WHERE order_id = %s",
            *(stored(at), order_id),
        )
        self.rows.run(
            "UPDATE {sales_order_payment} SET amount_paid = amount_ordered WHERE parent_id = %s", order_id
        )
        number = f"{self.rows.next_number('sequence_invoice_1'):09d}"
        self._document("sales_invoice", order_id, number, self._total_cents(order_id), at)

    def _credit(self, order_id: int, cents: int, at: datetime, adjustment: int = 0) -> None:
        number = f"{self.rows.next_number('sequence_creditmemo_1'):09d}"
        self._document("sales_creditmemo", order_id, number, cents, at)
        self.rows.run(
            "UPDATE {sales_order} SET total_refunded = COALESCE(total_refunded, 0) + %s, "
            "adjustment_positive = %s, updated_at = %s WHERE entity_id = %s",
            *(cents / 100, adjustment / 100, stored(at), order_id),
        )

    def _document(self, table: str, order_id: int, number: str, cents: int, at: datetime) -> None:
        self.rows.insert(
            table,
            store_id=1,
            order_id=order_id,
            grand_total=cents / 100,
            state=2,
            increment_id=number,
            created_at=stored(at),
            updated_at=stored(at),
        )

    def _touch(self, order_id: int, at: datetime) -> None:
        self.rows.run("UPDATE {sales_order} SET updated_at = %s WHERE entity_id = %s", stored(at), order_id)

    def _total_cents(self, order_id: int) -> int:
        return int(
            self.rows.rows("SELECT grand_total * 100 FROM {sales_order} WHERE entity_id = %s", order_id)[0][0]
        )

    def _method(self, order_id: int) -> str:
        return str(
            self.rows.rows("SELECT method FROM {sales_order_payment} WHERE parent_id = %s", order_id)[0][0]
        )

    def _customer(self, order_id: int) -> ShopPerson:
        row = self.rows.rows(
            "SELECT firstname, lastname, email, telephone FROM {sales_order_address} WHERE parent_id = %s",
            order_id,
        )[0]
        return ShopPerson(*(value or "" for value in row))
