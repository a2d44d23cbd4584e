"""The stock of single products: the default source's where the shop counts by sources, else the stock item.

Both take absolute numbers only. A product whose stock is not managed has a number, too, but it means nothing.
"""

from contextlib import suppress
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.integrations.shop.rest import ShopWriteRejected, StockLevel
from portal.integrations.shop.rest.magento.calling import (
    Interface,
    NoRoute,
    Words,
    interface,
    not_understood,
)

STOCK_WORDS = Words(
    gone=gettext_lazy("The date is not in the shop any more."),
    refused=gettext_lazy("The shop refuses the new stock: {reason}"),
)
SOURCE = "default"
_SOURCE_ITEMS = "/inventory/source-items"
_FILTER = "searchCriteria[filter_groups][{0}][filters][0][{1}]"
# No product is called so.
_NO_SKU = "partner-portal-check"


class MagentoStockWriter:
    def __init__(self, shop: Interface) -> None:
        self._shop = shop

    def read(self, sku: str) -> StockLevel | None:
        fields = ("fields", "item_id,qty,min_qty,is_in_stock,manage_stock")
        item = self._shop.get(f"/stockItems/{quote(sku, safe='')}", fields)
        if not item.get("manage_stock"):
            return None
        empty_at = _number(item.get("min_qty") or 0)
        try:
            source = self._source_item(sku)
        except NoRoute:
            quantity, is_in_stock = _number(item.get("qty")), bool(item.get("is_in_stock"))
            return StockLevel(sku, quantity, is_in_stock, empty_at, item_id=int(item["item_id"]))
        is_in_stock = source.get("status") == 1
        return StockLevel(source.get("sku") or sku, _number(source.get("quantity")), is_in_stock, empty_at)

    def write(self, level: StockLevel, quantity: Decimal) -> None:
        is_in_stock = level.is_in_stock_with(quantity)
        if level.item_id:
            path = f"/products/{quote(level.sku, safe='')}/stockItems/{level.item_id}"
            stock = {"qty": float(quantity), "is_in_stock": is_in_stock}
            self._shop.result(self._shop.send("PUT", path, {"stockItem": stock}))
            return
        source = {"sku": level.sku, "source_code": SOURCE, "quantity": float(quantity)}
        items = [{**source, "status": int(is_in_stock)}]
        self._shop.result(self._shop.send("POST", _SOURCE_ITEMS, {"sourceItems": items}))

    def look(self) -> None:
        # Whoever may not is told so first, before the shop finds nothing to read or to write.
        with suppress(ShopWriteRejected):
            self.read(_NO_SKU)
        with suppress(ShopWriteRejected, NoRoute):
            self._source_item(_NO_SKU)
        with suppress(ShopWriteRejected, NoRoute):
            self._shop.result(self._shop.send("POST", _SOURCE_ITEMS, {"sourceItems": []}))

    def check(self) -> list[str]:
        return self._shop.problems(self.look)

    def _source_item(self, sku: str) -> dict[str, Any]:
        """:raises NoRoute: where the shop does not count by sources"""
        wanted = [("sku", sku), ("source_code", SOURCE)]
        query = [
            each
            for number, (name, value) in enumerate(wanted)
            for each in ((_FILTER.format(number, "field"), name), (_FILTER.format(number, "value"), value))
        ]
        fields = ("fields", "items[sku,quantity,status]")
        found = self._shop.get(_SOURCE_ITEMS, *query, fields).get("items") or []
        if not found:
            raise ShopWriteRejected(_("The shop keeps no stock of the date in its source “default”."))
        return dict(found[0])


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise not_understood()
    return Decimal(str(value)).quantize(Decimal("0.0001"))


def stock_writer() -> MagentoStockWriter:
    """The writer of the settings."""
    return MagentoStockWriter(interface(STOCK_WORDS))
