"""Reads for the help desk's case of a booking."""

from collections.abc import Collection
from datetime import datetime
from itertools import pairwise, takewhile

from django.db.models import QuerySet

from portal.bookings.models import Booking
from portal.bookings.queries import of_customers
from portal.core.models import Event, LinkVisit, OutboxMail

MOST_ROWS = 20


def chain_of(booking: Booking) -> list[Booking]:
    """The booking, the one it carries on or was before a rebooking, and so forth; the last is where it began."""
    chain = [booking]
    while chain[-1].previous_id:
        earlier = Booking.objects.filter(pk=chain[-1].previous_id).first()
        if earlier is None:
            break
        chain.append(earlier)
    return chain


def carried_on(booking: Booking) -> list[Booking]:
    """As `chain_of`, back to the last rebooking: what stood before it was another promise."""
    pairs = pairwise(chain_of(booking))
    return [
        booking,
        *(before for _, before in takewhile(lambda pair: not pair[0].is_same_item(pair[1]), pairs)),
    ]


def ticket_id_of(chain: list[Booking]) -> str:
    """What the desk calls the case of this chain; empty while there is none."""
    return next((booking.odoo_ticket_id for booking in chain if booking.odoo_ticket_id), "")


def has_earlier_event(chain: list[Booking], kinds: Collection[str], *, before: Event) -> bool:
    return _events(chain).filter(kind__in=kinds, pk__lt=before.pk).exists()


def has_opened_ticket(event: Event, booking: Booking) -> bool:
    """Whether the ticket carries the text of this event."""
    opened = _events([booking]).filter(kind="booking.ticket_opened")
    return opened.filter(data__opened_by=event.pk).exists()


def decline_before(event: Event, booking: Booking) -> Event | None:
    """The decline of this booking that the event came after; None when it was never declined, or asked for anew."""
    if booking.declined_at is None:
        return None
    declines = _events([booking]).filter(kind="booking.decline_settled", pk__lt=event.pk)
    return declines.order_by("pk").last()


def latest_event(booking: Booking, kinds: Collection[str], *, after: Event) -> Event | None:
    return _events([booking]).filter(kind__in=kinds, pk__gt=after.pk).order_by("pk").last()


def mails_to_partner(booking: Booking) -> list[OutboxMail]:
    """Sent or on their way, oldest first."""
    mails = OutboxMail.objects.filter(
        subject_type=booking.EVENT_SUBJECT,
        subject_id=booking.pk,
        audience=OutboxMail.Audience.PARTNER,
    ).exclude(state=OutboxMail.State.DROPPED)
    return list(reversed(mails.order_by("-pk")[:MOST_ROWS]))


def openings_by_people(booking: Booking) -> list[datetime]:
    """When a person, and no robot, opened a link of one of these mails."""
    visits = LinkVisit.objects.filter(
        link__subject_type=booking.EVENT_SUBJECT,
        link__subject_id=booking.pk,
        visitor=LinkVisit.Visitor.PERSON,
    ).exclude(of_customers("link__"))
    return list(visits.order_by("at").values_list("at", flat=True)[:MOST_ROWS])


def _events(chain: list[Booking]) -> "QuerySet[Event]":
    return Event.objects.filter(
        partner_id=chain[0].partner_id,
        subject_type=Booking.EVENT_SUBJECT,
        subject_id__in=[booking.pk for booking in chain],
    )
