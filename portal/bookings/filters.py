"""What narrows a list of bookings: read once, the same for pages, exports and the API.

    filters, problems = read_filters(request.GET)
    bookings = filters.apply(queries.booking_list(partner), at=at)
    found = FilteredList(partner.pk, filters, at=at)  # the same, with the counts, for lists that are asked often
    again = f"{url}?{urlencode(filters.query())}"

What cannot be meant is left out of the filters and stands in `problems`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from portal.bookings import search
from portal.bookings.models import BookingStatus, PaymentStatus
from portal.bookings.querysets import BookingQuerySet
from portal.core.parameters import (
    LARGEST_ID,
    Problems,
    read_choice,
    read_days,
    read_text,
    whole_number,
)

ALL = "all"
STATUSES = (ALL, *BookingStatus.values)


@dataclass(frozen=True)
class BookingFilters:
    """`from_on` and `to_on` are days of the event, both included; `course_id` is the shop's id of the course."""

    status: str = ALL
    from_on: date | None = None
    to_on: date | None = None
    course_id: int | None = None
    payment: str = ""
    search: str = ""

    def apply(self, bookings: BookingQuerySet, *, at: datetime) -> BookingQuerySet:
        """Under the scope of whoever asks; keeps the order of `bookings`."""
        return self.of_status(self.narrow(bookings, self.found_ids(at=at)))

    def found_ids(self, *, at: datetime) -> list[int]:
        """Runs the search, if there is one."""
        return search.booking_ids(self.search, at=at) if self.search else []

    def narrow(self, bookings: BookingQuerySet, found_ids: list[int]) -> BookingQuerySet:
        """All filters but the status, after the search: the counts per status ignore that one."""
        if self.from_on:
            bookings = bookings.filter(starts_on__gte=self.from_on)
        if self.to_on:
            bookings = bookings.filter(starts_on__lte=self.to_on)
        if self.course_id:
            bookings = bookings.filter(course__magento_product_id=self.course_id)
        if self.payment:
            bookings = bookings.filter(shop_payment_status=self.payment)
        return bookings.with_ids(found_ids) if self.search else bookings

    def of_status(self, bookings: BookingQuerySet) -> BookingQuerySet:
        return bookings if self.status == ALL else bookings.filter(status=self.status)

    def query(self) -> dict[str, str]:
        """The parameters of an address that is read as these filters again; without those that narrow nothing."""
        values = {
            "status": "" if self.status == ALL else self.status,
            "from": self.from_on.isoformat() if self.from_on else "",
            "to": self.to_on.isoformat() if self.to_on else "",
            "course_id": str(self.course_id or ""),
            "payment": self.payment,
            "search": self.search,
        }
        return {name: value for name, value in values.items() if value}

    def given(self) -> dict[str, Any]:
        """The fields that narrow something."""
        values = {each.name: (getattr(self, each.name), each.default) for each in fields(self)}
        return {name: value for name, (value, default) in values.items() if value != default}

    @property
    def is_narrowing(self) -> bool:
        return bool(self.query())


def read_filters(values: Mapping[str, str]) -> tuple[BookingFilters, Problems]:
    """Of the parameters of an address (`request.GET`). Empty ones, as a form sends them, are not there."""
    problems: Problems = {}
    from_on, to_on = read_days(values, problems)
    filters = BookingFilters(
        status=read_choice(values, "status", STATUSES, problems) or ALL,
        from_on=from_on,
        to_on=to_on,
        course_id=whole_number(values, "course_id", problems, most=LARGEST_ID),
        payment=read_choice(values, "payment", PaymentStatus.values, problems),
        search=read_text(values, "search", problems),
    )
    return filters, problems
