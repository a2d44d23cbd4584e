"""Writes a shop as Magento would: its catalog, and orders with everything that later happens to them.

For the small shop of the demo and for tests, in either kind of database. A real shop is never written.
"""

from portal.integrations.shop.writing.orders import NotSalable, OrderItem, PlacedOrder, ShopWriter
from portal.integrations.shop.writing.shelf import NewCourse, NewDate, NewProduct, ShelfDate

__all__ = [
    "NewCourse",
    "NewDate",
    "NewProduct",
    "NotSalable",
    "OrderItem",
    "PlacedOrder",
    "ShelfDate",
    "ShopWriter",
]
