"""Comments on orders and the stock of the small shop, where Magento keeps them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from portal.integrations.shop.embedded import shop_writer
from portal.integrations.shop.rest import OrderComment, ShopWriteRejected, StockLevel


@dataclass(frozen=True)
class WrittenComment:
    text: str
    status: str
    at: datetime


class EmbeddedOrderWriter:
    def add_comment(self, comment: OrderComment) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            rows = shop_writer(cursor).rows
            found = rows.rows(
                "SELECT status FROM {sales_order} WHERE entity_id = %s FOR UPDATE", comment.order_id
            )
            if not found:
                raise ShopWriteRejected(_("The order is not in the shop any more."))
            if any(comment.reference in each.text for each in comments_on(comment.order_id)):
                return
            status = comment.status or found[0][0]
            rows.run("UPDATE {sales_order} SET status = %s WHERE entity_id = %s", status, comment.order_id)
            rows.insert(
                "sales_order_status_history",
                parent_id=comment.order_id,
                comment=f"{comment.text} {comment.reference}",
                status=status,
                is_customer_notified=0,
                is_visible_on_front=0,
                entity_name="order",
            )

    def look(self) -> None:
        """There is no key."""

    def check(self) -> list[str]:
        return []


class EmbeddedStockWriter:
    def read(self, sku: str) -> StockLevel | None:
        with connection.cursor() as cursor:
            stock = shop_writer(cursor).stock
            if not stock.has_product(sku):
                raise ShopWriteRejected(_("The date is not in the shop any more."))
            found = stock.quantity(sku)
        return StockLevel(sku, found[0], found[1]) if found else None

    def write(self, level: StockLevel, quantity: Decimal) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            is_in_stock = level.is_in_stock_with(quantity)
            shop_writer(cursor).stock.set_quantity(level.sku, quantity, is_in_stock=is_in_stock)

    def look(self) -> None:
        """There is no key."""

    def check(self) -> list[str]:
        return []


def comments_on(order_id: int) -> list[WrittenComment]:
    """Oldest first."""
    with connection.cursor() as cursor:
        found = shop_writer(cursor).rows.rows(
            "SELECT comment, COALESCE(status, ''), created_at FROM {sales_order_status_history} "
            "WHERE parent_id = %s AND comment IS NOT NULL ORDER BY entity_id",
            order_id,
        )
    return [WrittenComment(text, status, at.replace(tzinfo=UTC)) for text, status, at in found]


def order_writer() -> EmbeddedOrderWriter:
    return EmbeddedOrderWriter()


def stock_writer() -> EmbeddedStockWriter:
    return EmbeddedStockWriter()
