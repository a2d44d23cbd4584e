"""What narrows a list of bookings: read once, the same for pages, exports and the API.

    filters, problems = read_filters(request.GET)
    bookings = filters.apply(queries.booking_list(partner), at=at)
    found = FilteredList(partner.pk, filters, at=at)  # the same, with the counts, for lists that are asked often
    again = f"{url}?{urlencode(filters.query())}"

Nothing is dropped silently: a value that cannot be meant is left out of the filters and stands in `problems`, by
the name of its parameter, with a sentence for people. A page shows these; an export and the API refuse.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from portal.bookings import search
from portal.bookings.models import BookingStatus, PaymentStatus
from portal.bookings.querysets import BookingQuerySet

ALL = "all"
STATUSES = (ALL, *BookingStatus.values)
LONGEST_SEARCH = 100
LARGEST_ID = 2**63 - 1

Problems = dict[str, str]


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
    from_on, to_on = read_day(values, "from", problems), read_day(values, "to", problems)
    if from_on and to_on and from_on > to_on:
        problems["to"] = _("The last day lies before the first.")
    filters = BookingFilters(
        status=read_choice(values, "status", STATUSES, problems) or ALL,
        from_on=from_on,
        to_on=to_on,
        course_id=whole_number(values, "course_id", problems, most=LARGEST_ID),
        payment=read_choice(values, "payment", PaymentStatus.values, problems),
        search=read_text(values, "search", problems),
    )
    return filters, problems


def whole_number(
    values: Mapping[str, str], name: str, problems: Problems, *, most: int, default: int | None = None
) -> int | None:
    """From 1 to `most`; `default` when there is none or a wrong one."""
    text = values.get(name, "").strip()
    if not text:
        return default
    # Before int(): that takes other scripts' digits and underscores, and is slow on a million digits.
    if re.fullmatch("[0-9]{1,19}", text) and 1 <= int(text) <= most:
        return int(text)
    problems[name] = _("This has to be a whole number from 1 to %(most)s.") % {"most": most}
    return default


def read_day(values: Mapping[str, str], name: str, problems: Problems) -> date | None:
    text = values.get(name, "").strip()
    if not text:
        return None
    try:
        # Before fromisoformat(): that also takes weeks and days without hyphens.
        if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    problems[name] = _("This has to be a day that exists, like 2030-12-31.")
    return None


def read_choice(
    values: Mapping[str, str], name: str, choices: tuple[str, ...] | list[str], problems: Problems
) -> str:
    text = values.get(name, "").strip()
    if text and text not in choices:
        problems[name] = _("This has to be one of: %(choices)s.") % {"choices": ", ".join(choices)}
        return ""
    return text


def read_text(values: Mapping[str, str], name: str, problems: Problems) -> str:
    text = values.get(name, "").strip()
    if len(text) > LONGEST_SEARCH:
        problems[name] = _("This may be at most %(max_length)s characters long.") % {
            "max_length": LONGEST_SEARCH
        }
        return ""
    if "\0" in text:
        problems[name] = _("This text has characters that cannot be kept.")
        return ""
    return text
