"""What follows from events, as jobs: each may run twice."""

from portal.bookings import queries as booking_queries
from portal.bookings.models import Booking, BookingStatus
from portal.core.events import subscribe
from portal.core.models import Event
from portal.core.tenancy import scope
from portal.rebooking import operations
from portal.rebooking.models import Rebooking
from portal.rebooking.operations.mails import WITH_LINK


@subscribe("booking.decline_settled", "booking.created")
def offer_rebooking(event: Event) -> None:
    """The decline is final: the customer gets a link. So does that of an edited order that carries a decline on."""
    assert event.partner_id is not None
    if event.kind == "booking.created" and event.data.get("status") != BookingStatus.DECLINED:
        return
    with scope(partner_ids=[event.partner_id], actor="clock"):
        operations.offer_rebooking(_booking_of(event), at=event.at)


@subscribe("booking.decline_undone")
def offer_for_candidates(event: Event) -> None:
    """The booking stands after all: what was declined beside it meanwhile is answered now, and its link works on."""
    assert event.partner_id is not None
    with scope(partner_ids=[event.partner_id], actor="clock"):
        operations.offer_for_candidates(_booking_of(event), at=event.at)
    # Not with the links of above: whoever sends a mail locks it first and its links last.
    with scope(partner_ids=[event.partner_id], actor="clock"):
        operations.resume_link(_booking_of(event))


@subscribe("booking.cancelled")
def end_links_of_cancelled(event: Event) -> None:
    assert event.partner_id is not None
    with scope(partner_ids=[event.partner_id], actor=event.actor):
        booking = _booking_of(event)
        # A candidate goes with the booking it stands beside, or alone: then the other one still stands.
        if not booking.is_candidate:
            ended = Rebooking.Ended.ORDER_CANCELLED
            operations.end_links(booking, ended, actor=event.actor, at=event.at)


@subscribe("booking.rebooked")
def end_replaced_links(event: Event) -> None:
    assert event.partner_id is not None
    with scope(partner_ids=[event.partner_id], actor="clock"):
        operations.end_replaced_links(_booking_of(event), at=event.at)
        operations.tell_of_loss(_booking_of(event), at=event.at)


@subscribe("booking.changed")
def follow_contact(event: Event) -> None:
    """An address that was wrong in the shop is put right there: the link goes to the right one."""
    assert event.partner_id is not None
    if "contact" not in event.data.get("fields", []):
        return
    with scope(partner_ids=[event.partner_id], actor="clock"):
        operations.follow_contact(_booking_of(event), at=event.at)


@subscribe("customer.erased")
def forget_customer(event: Event) -> None:
    assert event.partner_id is not None
    with scope(partner_ids=[event.partner_id], actor=event.actor):
        operations.forget_customer(_booking_of(event), at=event.at)


@subscribe("mail.bounced")
def follow_bounce(event: Event) -> None:
    """A link that reaches nobody is not waited for."""
    if event.subject_type != Booking.EVENT_SUBJECT or event.data.get("kind") not in WITH_LINK:
        return
    assert event.partner_id is not None
    with scope(partner_ids=[event.partner_id], actor="clock"):
        operations.follow_bounce(_booking_of(event), version=event.data.get("version"), at=event.at)


def _booking_of(event: Event) -> Booking:
    assert event.partner_id is not None
    return booking_queries.booking_of(event.partner_id, event.subject_id)
