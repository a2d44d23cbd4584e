"""Addresses that mails do not reach any more, and whose they are, for staff."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext as _

from portal.bookings.models import Booking
from portal.core.models import BouncedAddress
from portal.partners.models import Partner

MOST_ROWS = 200


@dataclass(frozen=True)
class BounceLine:
    """:param what: what the provider said :param url: where the address is put right"""

    id: int
    address: str
    whose: str
    what: str
    url: str
    at: datetime


def bounced_addresses() -> list[BounceLine]:
    """The newest first."""
    marks = list(BouncedAddress.objects.order_by("-at", "-pk")[:MOST_ROWS])
    partners = Partner.objects.in_bulk({mark.partner_id for mark in marks if mark.partner_id})
    bookings = _bookings_of_customers(marks)
    return [_line(mark, partners, bookings) for mark in marks]


def _line(
    mark: BouncedAddress, partners: dict[int, Partner], bookings: dict[tuple[int, str], Booking]
) -> BounceLine:
    partner = partners.get(mark.partner_id or 0)
    booking = bookings.get((mark.partner_id or 0, mark.address))
    whose, url = _("A user's account"), ""
    if booking is not None:
        whose = _("Customer of order %(number)s") % {"number": booking.order_number}
        url = reverse("manage:booking", args=[booking.pk])
    elif partner is not None:
        whose, url = partner.company, reverse("manage:partner", args=[partner.pk])
    return BounceLine(mark.pk, mark.address, whose, str(mark.get_fate_display()), url, mark.at)


def _bookings_of_customers(marks: Iterable[BouncedAddress]) -> dict[tuple[int, str], Booking]:
    """The newest booking of each of these addresses, where a customer has it."""
    rows = (
        Booking.objects.annotate(address=Lower("customer__email"))
        .select_related("customer")
        .filter(
            partner_id__in={mark.partner_id for mark in marks if mark.partner_id},
            address__in={mark.address for mark in marks},
        )
        .order_by("pk")
    )
    return {(row.partner_id, row.customer.email.lower()): row for row in rows}
