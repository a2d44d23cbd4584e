"""Bookings as a file for a spreadsheet; rows are fetched in portions: memory does not grow with their number."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import IO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.bookings import queries
from portal.bookings.models import Booking
from portal.bookings.people import ShownCustomer, shown_customer
from portal.bookings.querysets import BookingQuerySet
from portal.core import spreadsheets, tenancy
from portal.core.spreadsheets import Column
from portal.core.wording import wall_clock
from portal.partners.models import Partner

PORTION = 1000


@dataclass(frozen=True)
class Row:
    booking: Booking
    customer: ShownCustomer
    reason: str


def _local(moment: datetime | None) -> datetime | None:
    """Spreadsheets know no zones: the time on the wall."""
    return moment and wall_clock(moment).replace(tzinfo=None, microsecond=0)


def _clock(row: Row) -> time | None:
    local = _local(row.booking.starts_at)
    return local.time() if local else None


COLUMNS: tuple[Column[Row], ...] = (
    Column(gettext_lazy("Order number"), 16, lambda row: row.booking.order_number),
    Column(gettext_lazy("Status"), 24, lambda row: row.booking.get_status_display()),
    Column(gettext_lazy("Date"), 12, lambda row: row.booking.starts_on),
    Column(gettext_lazy("Time"), 8, _clock),
    Column(gettext_lazy("Course"), 36, lambda row: row.booking.course_name),
    Column(gettext_lazy("Participants"), 12, lambda row: row.booking.participants),
    Column(gettext_lazy("First name"), 16, lambda row: row.customer.first_name),
    Column(gettext_lazy("Last name"), 18, lambda row: row.customer.last_name),
    Column(gettext_lazy("E-mail"), 28, lambda row: row.customer.email),
    Column(gettext_lazy("Phone"), 20, lambda row: row.customer.phone),
    Column(gettext_lazy("Amount"), 12, lambda row: Decimal(row.booking.price_cents) / 100),
    Column(gettext_lazy("Currency"), 9, lambda row: row.booking.currency),
    Column(gettext_lazy("Payment"), 16, lambda row: row.booking.get_payment_status_display()),
    Column(gettext_lazy("Ordered"), 17, lambda row: _local(row.booking.ordered_at)),
    Column(gettext_lazy("Confirmed"), 17, lambda row: _local(row.booking.confirmed_at)),
    Column(gettext_lazy("Declined"), 17, lambda row: _local(row.booking.declined_at)),
    Column(gettext_lazy("Reason"), 28, lambda row: row.reason),
    Column(gettext_lazy("Note from the customer"), 40, lambda row: row.customer.notes),
)


def write_csv(partner: Partner, bookings: BookingQuerySet, *, at: datetime) -> IO[bytes]:
    return spreadsheets.write_csv(COLUMNS, _rows(partner, bookings, at=at))


def write_xlsx(partner: Partner, bookings: BookingQuerySet, *, at: datetime) -> IO[bytes]:
    return spreadsheets.write_xlsx(_("Bookings"), COLUMNS, _rows(partner, bookings, at=at))


def _rows(partner: Partner, bookings: BookingQuerySet, *, at: datetime) -> Iterator[Row]:
    """In a scope of its own: whatever `bookings` asks for, the database gives out this partner's alone."""
    with tenancy.scope(partner_ids=[partner.pk]):
        reasons = queries.reason_labels()
        for booking in bookings.iterator(chunk_size=PORTION):
            reason = reasons.get(booking.decline_reason, booking.decline_reason)
            yield Row(booking, shown_customer(booking, at=at), reason)
