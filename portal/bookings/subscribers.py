"""What follows from events, as jobs: each may run twice."""

from portal.bookings import operations, queries, tickets
from portal.bookings.models import Booking, BookingStatus, UnmatchedOrder
from portal.core import jobs, outbox
from portal.core.clock import now
from portal.core.events import subscribe
from portal.core.models import Event
from portal.core.tenancy import register_system_reason, scope, system
from portal.integrations.tickets import TicketDeskRejected, ticket_desk
from portal.partners.models import Partner

MATCHING = register_system_reason("orders of a new partner")


@subscribe("booking.decline_settled", queue="tickets")
def open_ticket(event: Event) -> None:
    """Scope and load, call with no transaction open, scope and store."""
    assert event.partner_id is not None
    booking = tickets.load_for_ticket(event.subject_id, event.partner_id)
    if booking.status != BookingStatus.DECLINED:
        return
    if booking.odoo_ticket_id:
        with scope(partner_ids=[event.partner_id], actor="outbox"):
            operations.tell_declined(booking, at=now())
        return
    try:
        ticket = ticket_desk().open_ticket(tickets.decline_ticket(booking))
    except TicketDeskRejected as error:
        # It never heals by itself: the job goes to "what is waiting" at once, the mail leaves without a number.
        raise jobs.GiveUp(str(error)) from error
    with scope(partner_ids=[event.partner_id], actor="outbox"):
        operations.record_ticket(booking, ticket_id=ticket.id, number=ticket.number, at=now())


@subscribe("booking.cancelled")
def tell_cancelled(event: Event) -> None:
    """A partner who was asked hears that nobody comes, unless an edited order carries the booking on."""
    assert event.partner_id is not None
    with scope(partner_ids=[event.partner_id]):
        booking = queries.booking_of(event.partner_id, event.subject_id)
        if booking.status != BookingStatus.CANCELLED or not _is_known_to_partner(booking):
            return
        if queries.replacement_of(booking):
            return
        outbox.put(
            "booking_cancelled",
            subject=booking,
            recipient=booking.partner.email,
            version=booking.version,
            at=event.at,
        )


def _is_known_to_partner(booking: Booking) -> bool:
    has_answered = booking.confirmed_at is not None or booking.declined_at is not None
    return has_answered or outbox.has_left("booking_request", subject=booking)


@subscribe("partner.changed")
def follow_new_address(event: Event) -> None:
    """What waits for an answer is asked for at the partner's new address; mails still owed go there too."""
    assert event.partner_id is not None
    with scope(partner_ids=[event.partner_id]):
        # By date, then booking: the one order of locks.
        for booking in queries.waiting_for(event.partner_id).order_by("course_date_id", "pk"):
            operations.follow_address(booking, at=event.at)
        recipient = Partner.objects.get(pk=event.partner_id).email
        if recipient:
            outbox.redirect(partner_id=event.partner_id, about="booking", to=recipient, at=event.at)


@subscribe("partner.created", "partner.changed")
def match_orders_of_partner(event: Event) -> None:
    """Orders that waited for this partner are read from the shop again, and then find it."""
    assert event.partner_id is not None
    with system(MATCHING):
        ids = list(
            UnmatchedOrder.objects.filter(matched_at=None, partner_value=event.data["magento_partner_id"])
            .values_list("magento_order_id", flat=True)
            .distinct()
        )
    if ids:
        jobs.defer("bookings.import_orders", way="matched", order_ids=ids)
