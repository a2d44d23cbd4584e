"""The shop in our words: what an order source and a catalog source tell, and how to get those of the settings.

Owns the protocols, their words and their errors. `magento` reads Magento's database, `embedded` a small shop with
the same tables in the portal's own PostgreSQL. Neither knows what a booking or a partner of the portal is.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from functools import lru_cache
from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string


class ShopUnavailable(Exception):
    """The shop's database does not answer now. Trying again later is right."""


class ShopUnreadable(Exception):
    """The shop's database answers, but not with what Magento should hold; the message says what is wrong.

    Trying again helps only after somebody has changed the shop, the database user or the settings.
    """


class LineKind(StrEnum):
    """What a top-level order row is.

    VOUCHER: its product, or the course above it, is marked as a voucher.

    COURSE: a partner value stands on the date or its course. Also without one, whenever something says that
    a course was sold or nothing can say that it was not: the row is a configurable purchase (unless its
    options name super attributes and the date attribute is not among them: a shirt in sizes), or the product
    carries an event date, or the product is gone from the catalog. Such a line has `partner_value == ""` and
    belongs to the unmatched ones, so that no sold course is lost because somebody left a field empty.

    NOT_A_COURSE: everything else, that is a product which is still in the catalog and has neither a partner
    value nor an event date.
    """

    COURSE = "course"
    VOUCHER = "voucher"
    NOT_A_COURSE = "not_a_course"


class PaymentStatus(StrEnum):
    """Derived from the totals, never from the state: a complete order may be refunded, a new one paid."""

    PAID = "paid"
    PARTIAL = "partial"
    OPEN = "open"
    REFUNDED = "refunded"
    PARTIALLY_REFUNDED = "partially_refunded"


@dataclass(frozen=True, slots=True)
class ShopPerson:
    """The customer. Every field may be empty."""

    first_name: str
    last_name: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class ShopLine:
    """One top-level row of an order: one course date (or a voucher, or something else) with its quantity.

    `course_name`, `ordered`, `price_cents` and `notes` are as sold. Everything about the date is what the
    catalog says today, or what the row itself tells when the product is gone.
    """

    item_id: int
    kind: LineKind
    # Of the course: the configurable product, or the product itself when a date is sold alone. Kept when the
    # product is gone; None only when the row does not name one.
    product_id: int | None
    course_sku: str
    course_name: str
    # The course's name in the catalog's default store view today; "" when it is gone.
    catalog_name: str
    # Of the date; equals product_id for a course that is its own only date. None: the row names no date.
    date_product_id: int | None
    date_sku: str
    # Trimmed; the date's own, else its course's; "" when there is none.
    partner_value: str
    ordered: int
    # Ordered - cancelled - refunded, never below 0.
    participants: int
    # The whole row as ordered, with tax, after discount. Refunds do not lower it.
    price_cents: int
    # Wall-clock date and times where the course takes place; None is unknown.
    starts_on: date | None
    starts_time: time | None
    ends_time: time | None
    duration_minutes: int | None
    location: str
    # What one seat costs with tax, None when unknown.
    date_price_cents: int | None
    # The answers to the product's custom options, one "label: answer" a line.
    notes: str
    # False: neither the date nor its course is in the catalog any more.
    in_catalog: bool


@dataclass(frozen=True, slots=True)
class ShopOrder:
    """One order. Its key is `order_id`; the number is a text and unique only within its store."""

    order_id: int
    number: str
    store_id: int
    # "de" or "en", by the locale of the store view the customer bought in.
    language: str
    # Magento's machine: new, pending_payment, processing, complete, closed, canceled, holded, payment_review.
    state: str
    # A label under the state that shops extend; "" when the shop lost it. Show it, never decide on it.
    status: str
    created_at: datetime
    updated_at: datetime
    currency: str
    payment_status: PaymentStatus
    # Magento's code of the method, "" when unknown.
    payment_method: str
    # An edited order names the one it replaces, and that one names its successor.
    previous_order_id: int | None
    next_order_id: int | None
    person: ShopPerson
    # What the customer wrote about the whole order.
    note: str
    # Top-level rows only, by item id.
    lines: tuple[ShopLine, ...]


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place between orders, in the order of `changed_since`: everything up to and including it is known."""

    updated_at: datetime
    order_id: int

    @classmethod
    def behind(cls, order: ShopOrder) -> "Mark":
        return cls(order.updated_at, order.order_id)


@dataclass(frozen=True, slots=True)
class ShopDate:
    """A date that the catalog offers, as its default store view describes it: by the rules that hold for ShopLine."""

    # Of the date; equals its course's for a course that is its own only date.
    product_id: int
    sku: str
    # Trimmed; the date's own, else its course's; "" when there is none.
    partner_value: str
    # Wall-clock date and times where the course takes place; None is unknown.
    starts_on: date | None
    starts_time: time | None
    ends_time: time | None
    duration_minutes: int | None
    location: str
    # What one seat costs with tax, None when the catalog does not say that.
    price_cents: int | None
    # Seats that can still be ordered, never below 0; None when the shop keeps no stock of it.
    salable: int | None
    # Switched on, and its course too. It may still be sold out.
    is_on_sale: bool


@dataclass(frozen=True, slots=True)
class ShopCourse:
    """A course with all its dates as the catalog offers it, described by the default store view."""

    product_id: int
    sku: str
    name: str
    # Plain text, a paragraph a line.
    description: str
    # Its own, trimmed; each date says whose it is.
    partner_value: str
    # The lowest of its dates when it has none of its own; None when the catalog does not say one with tax.
    price_cents: int | None
    # Paths below the shop's folder for pictures of products, the main one first.
    images: tuple[str, ...]
    duration_minutes: int | None
    location: str
    # Switched on, and found by customers.
    is_on_sale: bool
    # By product id. A date of several courses is listed under the first one.
    dates: tuple[ShopDate, ...]


class OrderSource(Protocol):
    """Reads orders. Never writes, may be used by several threads at once, holds no connection between pages.

    Every method raises ShopUnavailable or ShopUnreadable; an iterator may do so on any page.
    """

    def clock(self) -> datetime:
        """The time of the shop's database server, aware, in UTC. Watermarks are taken from it."""

    def changed_since(self, since: datetime | Mark, limit: int = 500) -> Iterator[list[ShopOrder]]:
        """Orders touched at or after a moment, or behind a mark, in pages of at most `limit`.

        First those whose own row was touched, by (updated_at, order_id). Then, by id, those that only got a
        new comment, invoice or credit memo since, which leaves the order row alone. Orders that are changed
        while this runs may come twice. What nothing here shows (a change of an item, an address or the
        catalog alone) is found only by reading the order again.
        """

    def all_orders(self, limit: int = 500, after_id: int = 0) -> Iterator[list[ShopOrder]]:
        """Every order with an id above `after_id`, by id, in pages of at most `limit`."""

    def orders(self, ids: Collection[int]) -> list[ShopOrder]:
        """These orders by id; those that do not exist are left out."""

    def find_order_ids(self, hints: Collection[str | int], store_id: int | None = None) -> list[int]:
        """The ids of orders that any hint may mean: by id, or by number, which must match to the letter.

        A hint like 4711 may be both and then finds both. `store_id` narrows the numbers, not the ids.
        Hints that can be neither are ignored.
        """

    def check(self) -> list[str]:
        """What stands in the way of reading everything, in sentences. [] is fine. Raises nothing."""


class CatalogSource(Protocol):
    """Reads what the shop offers. As the order source, it never writes and holds no connection between pages.

    Vouchers, and what is no course at all, are left out by the rules of LineKind. Every method raises ShopUnavailable
    or ShopUnreadable; an iterator may do so on any page.
    """

    def clock(self) -> datetime:
        """The time of the shop's database server, aware, in UTC. Watermarks are taken from it."""

    def courses(self, limit: int = 200, after_id: int = 0) -> Iterator[list[ShopCourse]]:
        """Every course with an id above `after_id`, by id, in pages of at most `limit`."""

    def courses_changed_since(self, since: datetime, limit: int = 200) -> Iterator[list[ShopCourse]]:
        """Courses that were saved at or after a moment, or one of whose dates was; all their dates come with them.

        What leaves no stamp (stock, a product that was deleted) is found only by reading everything.
        """

    def courses_of_partner(self, value: str, limit: int = 200) -> Iterator[list[ShopCourse]]:
        """Courses that carry this partner value, or one of whose dates does; all their dates come with them."""

    def stock_of(self, skus: Collection[str]) -> dict[str, int]:
        """Seats that can still be ordered, never below 0. Left out is what the shop keeps no stock of."""


@lru_cache(maxsize=1)
def order_source() -> OrderSource:
    """The source named by ORDER_SOURCE, one per process."""
    return cast("OrderSource", import_string(settings.ORDER_SOURCE)())


@lru_cache(maxsize=1)
def catalog_source() -> CatalogSource:
    """The source named by CATALOG_SOURCE, one per process."""
    return cast("CatalogSource", import_string(settings.CATALOG_SOURCE)())
