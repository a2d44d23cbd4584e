"""Writing to a shop over Magento's REST interface."""

from portal.integrations.shop.rest.magento.orders import order_writer
from portal.integrations.shop.rest.magento.stock import stock_writer

__all__ = ["order_writer", "stock_writer"]
