"""Reads that only programs need: rows with what `booking_out` says and no more, in words that are made once."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple, Self

from portal.bookings.filters import BookingFilters
from portal.bookings.models import Booking
from portal.bookings.queries import booking_list, counted_by_status
from portal.core.statements import Slot, Statement


class BookingRow(NamedTuple):
    """Columns of a booking and of what belongs to it."""

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
_of_booking = attrgetter(*(name.replace("__", ".") for name in _COLUMNS if name != "course_date__time_zone"))


def row_of(booking: Booking) -> BookingRow:
    return BookingRow._make((*_of_booking(booking), booking.zone))


class FilteredList:
    """One partner's bookings under these filters, the latest date first. A search runs here, once."""

    def __init__(self, partner_id: int, filters: BookingFilters, *, at: datetime) -> None:
        found = {"found_ids": filters.found_ids(at=at)} if filters.search else {}
        self._values: Mapping[str, Any] = {"partner_id": partner_id, **filters.given(), **found}
        self._rows, self._counts = _statements(tuple(filters.given()))

    def rows(self, *, start: int, limit: int) -> list[BookingRow]:
        return [BookingRow(*row) for row in self._rows.fetch(self._values, start=start, limit=limit)]

    def counts(self) -> Counter[str]:
        """Of all but the filter by status."""
        return Counter(dict(self._counts.fetch(self._values)))


@lru_cache(maxsize=64)
def _statements(given: tuple[str, ...]) -> tuple[Statement, Statement]:
    """Rows and counts under filters by these names: 64 ways to combine them, no more."""
    filters: Any = BookingFilters(**{name: Slot(name) for name in given})  # type: ignore[arg-type]
    narrowed = filters.narrow(booking_list(Slot("partner_id")), Slot("found_ids"))  # type: ignore[arg-type]
    rows = filters.of_status(narrowed).select_related(None).values_list(*_COLUMNS)
    return Statement(rows), Statement(counted_by_status(narrowed))
