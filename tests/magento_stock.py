"""The stock of a Magento-REST-shaped server: source items where it counts by sources, else stock items.

Numbers are absolute. Beside the number of the default source stands what orders have reserved, which REST does not
tell: what can still be sold is both together.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

ALL_RIGHTS = {
    "Magento_CatalogInventory::cataloginventory",
    "Magento_InventoryApi::source",
    "Magento_InventoryApi::stock_source_item_assign",
}
NO_ROUTE = 404, {"message": "Request does not match any route."}
NO_PRODUCT = (
    404,
    {"message": "The product that was requested doesn't exist. Verify the product and try again."},
)


@dataclass
class Product:
    quantity: float
    is_in_stock: bool = True
    is_managed: bool = True
    min_qty: float = 0
    has_source: bool = True
    reserved: float = 0

    @property
    def salable(self) -> float:
        return max(0, self.quantity + self.reserved - self.min_qty) if self.is_in_stock else 0


@dataclass
class Storehouse:
    """:param has_sources: False for a shop whose modules of Multi Source Inventory were taken out"""

    products: dict[str, Product] = field(default_factory=dict)
    has_sources: bool = True
    # What happens in the shop between our reading a number and our writing it: called once.
    between: Callable[[], None] | None = None
    written: list[tuple[str, float]] = field(default_factory=list)

    def answer(self, method: str, target: str, body: Any, rights: set[str]) -> tuple[int, Any] | None:
        """None for what is not about stock."""
        path, _mark, query = target.partition("?")
        for pattern, right, act in (
            (r"GET /stockItems/([^/]+)", "Magento_CatalogInventory::cataloginventory", self._stock_item),
            (
                r"PUT /products/([^/]+)/stockItems/(\d+)",
                "Magento_CatalogInventory::cataloginventory",
                self._set_stock_item,
            ),
            (r"GET /inventory/source-items", "Magento_InventoryApi::source", self._source_items),
            (
                r"POST /inventory/source-items",
                "Magento_InventoryApi::stock_source_item_assign",
                self._set_source_items,
            ),
        ):
            found = re.fullmatch(pattern, f"{method} {path.partition('/rest/all/V1')[2]}")
            if found is None:
                continue
            if "inventory" in pattern and not self.has_sources:
                return NO_ROUTE
            if right not in rights:
                message = "The consumer isn't authorized to access %resources."
                return 401, {"message": message, "parameters": {"resources": right}}
            return act(found.groups(), dict(parse_qsl(query)), body)
        return None

    def _stock_item(self, found: tuple[str, ...], _query: Any, _body: Any) -> tuple[int, Any]:
        product = self.products.get(unquote(found[0]))
        if product is None:
            return NO_PRODUCT
        return 200, {
            "item_id": 70 + list(self.products).index(unquote(found[0])),
            "qty": _number(product.quantity),
            "min_qty": _number(product.min_qty),
            "is_in_stock": product.is_in_stock,
            "manage_stock": product.is_managed,
        }

    def _set_stock_item(self, found: tuple[str, ...], _query: Any, body: Any) -> tuple[int, Any]:
        product = self.products.get(unquote(found[0]))
        if product is None:
            return NO_PRODUCT
        stock = body["stockItem"]
        self._set(unquote(found[0]), stock["qty"], stock["is_in_stock"])
        return 200, int(found[1])

    def _source_items(self, _found: Any, query: dict[str, str], _body: Any) -> tuple[int, Any]:
        groups = "searchCriteria[filter_groups][{}][filters][0][{}]"
        wanted = {query[groups.format(i, "field")]: query[groups.format(i, "value")] for i in range(2)}
        assert wanted.keys() == {"sku", "source_code"}
        product = self.products.get(wanted["sku"])
        if product is None or not product.has_source or wanted["source_code"] != "default":
            return 200, {"items": []}
        item = {
            "sku": wanted["sku"],
            "quantity": _number(product.quantity),
            "status": int(product.is_in_stock),
        }
        between, self.between = self.between, None
        if between:
            between()
        return 200, {"items": [item]}

    def _set_source_items(self, _found: Any, _query: Any, body: Any) -> tuple[int, Any]:
        if not body["sourceItems"]:
            return 400, {"message": "Input data is empty"}
        for item in body["sourceItems"]:
            if item["sku"] not in self.products or item["source_code"] != "default":
                return 400, {"message": "Validation Failed"}
            self._set(item["sku"], item["quantity"], item["status"] == 1)
        return 200, []

    def _set(self, sku: str, quantity: float, is_in_stock: bool) -> None:
        self.products[sku].quantity, self.products[sku].is_in_stock = quantity, is_in_stock
        self.written.append((sku, quantity))


def _number(value: float) -> float:
    """As PHP's json_encode: no fraction where there is none."""
    return int(value) if value == int(value) else value
