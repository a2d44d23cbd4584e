"""How much of a customer a partner sees: everything while it is needed, initials once the date is long over.

docs/decisions/0009 narrows FR-1.2 by this. Staff see the customer as long as there is one.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from django.conf import settings
from django.utils.translation import gettext as _

from portal.core.wording import wall_clock


@dataclass(frozen=True)
class ShownCustomer:
    """What stands on a page, in the API, in a file or a mail for a partner. Texts may be empty."""

    first_name: str
    last_name: str
    email: str
    phone: str
    # What the customer wrote with the order: it may well name somebody.
    notes: str = ""
    is_faded: bool = False
    is_erased: bool = False

    @property
    def name(self) -> str:
        full = f"{self.first_name} {self.last_name}".strip()
        return full or (_("(erased)") if self.is_erased else _("(no name)"))


class Seen(Protocol):
    """A booking, or a row of what belongs to one."""

    @property
    def starts_on(self) -> date | None: ...
    @property
    def notes(self) -> str: ...
    @property
    def customer(self) -> Any: ...


def shown_customer(booking: Seen, *, at: datetime) -> ShownCustomer:
    """For the partner. Needs `booking.customer` loaded."""
    customer = booking.customer
    if not is_faded(booking, at=at):
        return ShownCustomer(
            customer.first_name,
            customer.last_name,
            customer.email,
            customer.phone,
            booking.notes,
            is_erased=customer.erased_at is not None,
        )
    return ShownCustomer(
        _initial(customer.first_name),
        _initial(customer.last_name),
        "",
        "",
        is_faded=True,
        is_erased=customer.erased_at is not None,
    )


def is_faded(booking: Seen, *, at: datetime) -> bool:
    """Whether the date lies so far back that the partner needs no names any more."""
    return booking.starts_on is not None and booking.starts_on < fades_before(at)


def fades_before(at: datetime) -> date:
    """Bookings of dates before this day show initials to partners."""
    last_day = wall_clock(at).date() - timedelta(days=settings.CUSTOMER_FADE_DAYS)
    return last_day + timedelta(days=1)


def _initial(name: str) -> str:
    return f"{name.strip()[0]}." if name.strip() else ""
