"""What the portal writes to the shop: a comment on an order, its status and the stock of dates where that is wanted.

It owns the promise that one reference is written once, and the three classes of failure of all that it writes: try
again, stop until the key is right, give up on this one.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from portal.core.keys import KeyRefused

_REFERENCE = re.compile(r"\[[A-Za-z0-9:./ -]{1,100}\]")


class ShopWriteError(Exception):
    """Why the shop did not do it, as a sentence for staff. It names no secret and nothing we sent."""


class ShopWriteUnavailable(ShopWriteError):
    """It may have been done or not; the same call later is safe."""


class ShopWriteAuthFailed(ShopWriteError, KeyRefused):
    """Our key is not accepted, or may not do this. Until somebody mends that: stop, tell staff, keep what waits."""


class ShopWriteRejected(ShopWriteError):
    """This call will never be accepted as it is."""


@dataclass(frozen=True)
class OrderComment:
    """
    :param text: for the shop's staff; customers do not see it
    :param reference: in brackets, stands behind the text; one reference is one comment for ever
    :param status: the order's status wanted with it, or empty to leave it alone
    """

    order_id: int
    text: str
    reference: str
    status: str = ""

    def __post_init__(self) -> None:
        if not _REFERENCE.fullmatch(self.reference):
            raise ValueError("The reference of a comment stands in brackets.")


class OrderWriter(Protocol):
    def add_comment(self, comment: OrderComment) -> None:
        """Write the comment, unless its reference stands at the order already.

        Safe to repeat, but not side by side with the same reference. A status that the shop does not take is left out.

        :raises ShopWriteUnavailable: try again later
        :raises ShopWriteAuthFailed: stop until the key is replaced
        :raises ShopWriteRejected: give up on this comment
        """

    def look(self) -> None:
        """Ask for what needs the key and the right to comment, and write nothing.

        :raises: as `add_comment`
        """

    def check(self) -> list[str]:
        """What keeps comments from being written, one sentence each; empty when all is well."""


@dataclass(frozen=True)
class StockLevel:
    """What the shop has of one product, before orders that it has reserved for.

    :param empty_at: with so many or fewer the shop has called it out of stock by itself
    :param item_id: of the stock item, where the shop does not count by sources; else 0
    """

    sku: str
    quantity: Decimal
    is_in_stock: bool
    empty_at: Decimal = Decimal(0)
    item_id: int = 0

    def is_in_stock_with(self, quantity: Decimal) -> bool:
        """Whether it is to be on sale with another quantity. What staff have switched off stays off."""
        return self.is_in_stock or self.quantity <= self.empty_at < quantity


class StockWriter(Protocol):
    """Raises what an `OrderWriter` does."""

    def read(self, sku: str) -> StockLevel | None:
        """None where the shop keeps no stock of it: then there is nothing to write.

        :raises ShopWriteRejected: when it has no such product
        """

    def write(self, level: StockLevel, quantity: Decimal) -> None:
        """Make it `quantity`, whatever it is by now: the shop knows no "more" and "fewer". Safe to repeat.

        :param level: as just read
        """

    def look(self) -> None:
        """Ask for what needs the key and the rights, and write nothing."""

    def check(self) -> list[str]:
        """What keeps stock from being written, one sentence each; empty when all is well."""


def is_configured() -> bool:
    return bool(settings.ORDER_WRITER)


def writes_stock() -> bool:
    return bool(settings.STOCK_WRITER)


def order_writer() -> OrderWriter:
    """The writer that the settings name."""
    return cast("OrderWriter", import_string(settings.ORDER_WRITER)())


def stock_writer() -> StockWriter:
    """The writer that the settings name."""
    return cast("StockWriter", import_string(settings.STOCK_WRITER)())
