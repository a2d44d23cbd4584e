"""Who has heard that the date falls through, and who has not."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from django.db.models import Max, TextChoices
from django.utils.translation import gettext_lazy as _

from portal.bookings.date_changes import queries
from portal.bookings.date_changes.operations import CUSTOMER_TOLD
from portal.bookings.models import Booking, CancelledBooking, DateCancellation
from portal.bookings.people import ShownCustomer, shown_customer
from portal.bookings.queries import of_customers
from portal.core.fates import UNREACHED
from portal.core.models import LinkVisit, OutboxMail


class Reach(TextChoices):
    """In the order in which somebody has to care."""

    BOUNCED = "bounced", _("The e-mail came back")
    NO_ADDRESS = "no_address", _("No e-mail address")
    UNOPENED = "unopened", _("Not opened yet")
    ON_ITS_WAY = "on_its_way", _("E-mail on its way")
    NOT_TOLD = "not_told", _("Not told yet")
    OPENED = "opened", _("Has opened the e-mail's link")
    SPOKEN = "spoken", _("Reached")
    GONE = "gone", _("Cancelled by the customer")


# By booking and address.
Openings = dict[tuple[int, str | None], datetime]
REACHED = (Reach.OPENED, Reach.SPOKEN, Reach.GONE)
_ORDER = list(Reach)
_SIGNS = {
    Reach.BOUNCED: ("mail-x", "bad"),
    Reach.NO_ADDRESS: ("at-sign", "bad"),
    Reach.UNOPENED: ("mail", "warn"),
    Reach.ON_ITS_WAY: ("send", "neutral"),
    Reach.NOT_TOLD: ("hourglass", "neutral"),
    Reach.OPENED: ("mail-open", "success"),
    Reach.SPOKEN: ("circle-check", "success"),
    Reach.GONE: ("ban", "neutral"),
}


@dataclass(frozen=True)
class Affected:
    """A customer of a date that falls through. `since`: when it became what `reach` says, if that is known."""

    entry: CancelledBooking
    customer: ShownCustomer
    reach: Reach
    since: datetime | None

    @property
    def booking(self) -> Booking:
        return self.entry.booking

    @property
    def icon(self) -> str:
        return _SIGNS[self.reach][0]

    @property
    def tone(self) -> str:
        return _SIGNS[self.reach][1]

    @property
    def is_reached(self) -> bool:
        return self.reach in REACHED

    @property
    def reached_by(self) -> str:
        return str(self.entry.reached_by_user) if self.entry.reached_by_user else ""


def affected_by(cancellation: DateCancellation, *, at: datetime, for_staff: bool = False) -> list[Affected]:
    """Those first whom somebody should call, with three queries for however many.

    :param for_staff: they see the customer as long as there is one
    """
    entries = queries.entries_of(cancellation)
    ids = {pk for entry in entries for pk in _ids(entry.booking)}
    mails, openings = _mails(ids), _openings(ids)
    found = [
        Affected(entry, _customer(entry.booking, at=at, for_staff=for_staff), *_reach(entry, mails, openings))
        for entry in entries
    ]
    return sorted(found, key=lambda each: _ORDER.index(each.reach))


def _ids(booking: Booking) -> list[int]:
    """Also of the one that it carries on: its mail is the customer's, too."""
    return [each.pk for each in (booking, booking.carries_on) if each]


def _customer(booking: Booking, *, at: datetime, for_staff: bool) -> ShownCustomer:
    if not for_staff:
        return shown_customer(booking, at=at)
    person = booking.customer
    is_erased = person.erased_at is not None
    return ShownCustomer(
        person.first_name, person.last_name, person.email, person.phone, booking.notes, is_erased=is_erased
    )


def _mails(booking_ids: Collection[int]) -> dict[int, OutboxMail]:
    """The newest of each booking."""
    found = OutboxMail.objects.filter(
        subject_type=Booking.EVENT_SUBJECT, subject_id__in=booking_ids, kind=CUSTOMER_TOLD
    ).exclude(state=OutboxMail.State.DROPPED)
    return {mail.subject_id: mail for mail in found.order_by("pk")}


def _openings(booking_ids: Collection[int]) -> Openings:
    """When a person last opened the link that was mailed to this address, or (None) to any."""
    visits = LinkVisit.objects.filter(
        of_customers("link__"),
        visitor=LinkVisit.Visitor.PERSON,
        link__subject_type=Booking.EVENT_SUBJECT,
        link__subject_id__in=booking_ids,
    )
    latest = visits.order_by().values_list("link__subject_id", "link__recipient").annotate(Max("at"))
    found: Openings = {}
    for subject_id, recipient, at in sorted(latest, key=itemgetter(2)):
        found[subject_id, recipient.lower()] = found[subject_id, None] = at
    return found


def _reach(
    entry: CancelledBooking, mails: dict[int, OutboxMail], openings: Openings
) -> tuple[Reach, datetime | None]:
    booking = entry.booking
    if entry.reached_at is not None:
        return Reach.SPOKEN, entry.reached_at
    if opened := _opened(openings, booking):
        return Reach.OPENED, opened
    if not queries.is_declined(booking):
        return Reach.GONE, booking.cancelled_at
    if not booking.customer.email or booking.customer.erased_at is not None:
        return Reach.NO_ADDRESS, None
    mail = _first(mails, booking)
    return _reach_by(mail) if mail else (Reach.NOT_TOLD, None)


def _opened(openings: Openings, booking: Booking) -> datetime | None:
    """By the address of today: somebody at a wrong one is not the customer."""
    customer = booking.customer
    # Of who is erased nobody knows it any more.
    address = customer.email.lower() if customer.erased_at is None else None
    return next((openings[pk, address] for pk in _ids(booking) if (pk, address) in openings), None)


def _reach_by(mail: OutboxMail) -> tuple[Reach, datetime | None]:
    if mail.state == OutboxMail.State.FAILED or mail.fate in (*UNREACHED, OutboxMail.Fate.SPAM):
        return Reach.BOUNCED, mail.fate_at
    if mail.state == OutboxMail.State.WAITING or mail.fate == OutboxMail.Fate.DEFERRED:
        return Reach.ON_ITS_WAY, mail.created_at
    return Reach.UNOPENED, mail.sent_at


def _first(mails: dict[int, OutboxMail], booking: Booking) -> OutboxMail | None:
    values = (mails.get(pk) for pk in _ids(booking))
    return next((value for value in values if value is not None), None)
