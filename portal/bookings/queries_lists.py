"""The lists of a partner's bookings, in words that are made once: as rows for programs, as bookings for cards."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple, Self

from portal.bookings.filters import BookingFilters
from portal.bookings.models import Booking
from portal.bookings.queries import booking_list, counted_by_status
from portal.bookings.querysets import BookingQuerySet
from portal.core.statements import ModelStatement, Slot, Statement


class BookingRow(NamedTuple):
    """What `booking_out` says of a booking and of what belongs to it, and no more."""

    id: int
    magento_order_id: int
    magento_order_item_id: int
    order_number: str
    course_name: str
    starts_on: date | None
    starts_at: datetime | None
    participants: int
    price_cents: int
    currency: str
    payment_status: str
    status: str
    confirmed_at: datetime | None
    declined_at: datetime | None
    decline_reason: str
    ordered_at: datetime
    notes: str
    first_name: str
    last_name: str
    email: str
    phone: str
    erased_at: datetime | None
    course_id: int
    sku: str
    time_zone: str | None

    @property
    def customer(self) -> Self:
        """Its columns stand here."""
        return self


# In the order of the row's.
_COLUMNS = (
    *("id", "magento_order_id", "magento_order_item_id", "magento_order_increment_id", "course_name"),
    *("starts_on", "starts_at", "participants", "shop_price_cents", "shop_currency", "shop_payment_status"),
    *("status", "confirmed_at", "declined_at", "decline_reason", "ordered_at", "notes"),
    *(f"customer__{name}" for name in ("first_name", "last_name", "email", "phone", "erased_at")),
    *("course__magento_product_id", "course__sku", "course_date__time_zone"),
)
# Of what belongs to a booking, all that its card shows: the date for its time zone.
CARD_RELATIONS = ("customer", "course_date")
_of_booking = attrgetter(*(name.replace("__", ".") for name in _COLUMNS if name != "course_date__time_zone"))


def row_of(booking: Booking) -> BookingRow:
    return BookingRow._make((*_of_booking(booking), booking.zone))


class FilteredList:
    """One partner's bookings under these filters, the latest date first. A search runs here, once."""

    def __init__(self, partner_id: int, filters: BookingFilters, *, at: datetime) -> None:
        found = {"found_ids": filters.found_ids(at=at)} if filters.search else {}
        self._values: Mapping[str, Any] = {"partner_id": partner_id, **filters.given(), **found}
        self._given = tuple(filters.given())

    def rows(self, *, start: int, limit: int) -> list[BookingRow]:
        found = _rows(self._given).fetch(self._values, start=start, limit=limit)
        return [BookingRow(*row) for row in found]

    def bookings(self, *, start: int, limit: int) -> list[Booking]:
        """With what a card shows."""
        return _bookings(self._given).load(self._values, start=start, limit=limit)

    def counts(self) -> Counter[str]:
        """Of all but the filter by status: zero for one that none has, the sum of all is how many there are."""
        return Counter(dict(_counts(self._given).fetch(self._values)))


# Filters by six names: 64 ways to combine them, no more.
@lru_cache(maxsize=64)
def _rows(given: tuple[str, ...]) -> Statement:
    return Statement(_filtered(given).select_related(None).values_list(*_COLUMNS))


@lru_cache(maxsize=64)
def _bookings(given: tuple[str, ...]) -> ModelStatement:
    return ModelStatement(_filtered(given), *CARD_RELATIONS)


@lru_cache(maxsize=64)
def _counts(given: tuple[str, ...]) -> Statement:
    return Statement(counted_by_status(_narrowed(given)))


def _filtered(given: tuple[str, ...]) -> BookingQuerySet:
    return _with_slots(given).of_status(_narrowed(given))


def _narrowed(given: tuple[str, ...]) -> BookingQuerySet:
    return _with_slots(given).narrow(booking_list(Slot("partner_id")), Slot("found_ids"))  # type: ignore[arg-type]


def _with_slots(given: tuple[str, ...]) -> BookingFilters:
    return BookingFilters(**{name: Slot(name) for name in given})  # type: ignore[arg-type]
