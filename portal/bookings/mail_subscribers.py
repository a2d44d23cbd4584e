"""What follows for mails, and from what became of them, as jobs: each may run twice."""

from portal.accounts.models import User
from portal.bookings import operations, queries
from portal.bookings.models import Booking, Customer
from portal.core import fates
from portal.core.events import subscribe
from portal.core.models import Event
from portal.core.tenancy import scope
from portal.partners.models import Partner


@subscribe("booking.confirmation_settled")
def tell_customer(event: Event) -> None:
    """The undo window is over: only now the customer hears of it."""
    assert event.partner_id is not None
    with scope(partner_ids=[event.partner_id]):
        booking = queries.booking_of(event.partner_id, event.subject_id)
        operations.tell_customer(booking, at=event.at)


@subscribe("booking.changed")
def tell_customer_at_new_address(event: Event) -> None:
    """An address that was wrong in the shop is put right there: the confirmation goes to the right one."""
    assert event.partner_id is not None
    if "contact" not in event.data.get("fields", []):
        return
    with scope(partner_ids=[event.partner_id]):
        booking = queries.booking_of(event.partner_id, event.subject_id)
        operations.tell_customer_at_new_address(booking, at=event.at)


@subscribe("mail.bounced")
def follow_bounce(event: Event) -> None:
    """A request that reaches nobody is not waited for."""
    if event.subject_type != Booking.EVENT_SUBJECT or event.data.get("kind") not in operations.ASKING:
        return
    assert event.partner_id is not None
    with scope(partner_ids=[event.partner_id]):
        booking = queries.booking_of(event.partner_id, event.subject_id)
        operations.follow_bounce(booking, at=event.at)


@subscribe("partner.changed", "member.removed", "booking.changed")
def forget_unused_bounces(event: Event) -> None:
    """What was wrong with an address that nobody has any more is no problem any more."""
    assert event.partner_id is not None
    if event.kind == "booking.changed" and "contact" not in event.data.get("fields", []):
        return
    with scope(partner_ids=[event.partner_id]):
        fates.forget_unused(
            event.partner_id,
            Partner.objects.filter(pk=event.partner_id),
            User.objects.filter(memberships__partner=event.partner_id),
            Customer.objects.filter(partner=event.partner_id),
        )
