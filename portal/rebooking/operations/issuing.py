"""Making the row and the link of it, and sending both to another address."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db.models import Max

from portal.bookings.models import Booking, Customer
from portal.bookings.queries import cancellation_of
from portal.core import links
from portal.core.models import Link
from portal.rebooking import reminders
from portal.rebooking.models import Rebooking
from portal.rebooking.operations import mails
from portal.rebooking.queries import REBOOK_LINK


def make_rebooking(booking: Booking, cause: Rebooking.Cause, *, at: datetime) -> Rebooking:
    """A new row, not saved yet: its mail comes first, then `issue_link`. Call it with the booking locked."""
    rebooking = Rebooking(
        partner=booking.partner,
        original_booking=booking,
        original_order_id=booking.magento_order_id,
        original_order_item_id=booking.magento_order_item_id,
        course_product_id=booking.course.magento_product_id,
        course_sku=booking.course.sku[:100],
        original_participants=booking.participants,
        original_price=Decimal(booking.price_cents) / 100,
        token_expires_at=expiry(at),
        link_version=_next_version(booking),
        cause=cause,
        remind_at=reminders.first(booking.partner.time_zone, at=at),
        odoo_ticket_id=booking.odoo_ticket_id,
        created_at=at,
    )
    _address(rebooking, booking)
    return rebooking


def issue_link(rebooking: Rebooking, *, at: datetime) -> Link:
    """The link of the core that the row stands for: as long as the row says, and for its address. Saves no row."""
    link = links.issue(
        REBOOK_LINK,
        subject=rebooking.original_booking,
        recipient=rebooking.customer_email or "",
        version=rebooking.link_version,
        expires_at=rebooking.token_expires_at,
        at=at,
    )
    link.version = rebooking.link_version
    rebooking.token = links.hash_of(links.token_of(link))
    return link


def follow_address(rebooking: Rebooking, *, at: datetime) -> None:
    """The link that went to another address leads nowhere any more; mail 1 goes to the one of today. Saves the row."""
    booking = rebooking.original_booking
    rebooking.link_version = _next_version(booking)
    _address(rebooking, booking)
    # Mails before links, as the sender takes them. Of a date that falls through another mail follows the address.
    if cancellation_of(booking) is None:
        mails.owe(mails.OFFER, rebooking, at=at)
    issue_link(rebooking, at=at)
    to = [rebooking.customer_email or ""]
    links.outdate_others(REBOOK_LINK, {booking.pk: to}, subject_type=Booking.EVENT_SUBJECT, at=at)
    rebooking.save()


def expiry(at: datetime) -> datetime:
    return at + timedelta(days=settings.REBOOK_LINK_DAYS)


def name_of(customer: Customer) -> str:
    return f"{customer.first_name} {customer.last_name}".strip()[:255]


def _address(rebooking: Rebooking, booking: Booking) -> None:
    rebooking.customer_email, rebooking.customer_name = booking.customer.email, name_of(booking.customer)


def _next_version(booking: Booking) -> int:
    rows = Rebooking.objects.filter(original_booking=booking)
    return (rows.aggregate(last=Max("link_version"))["last"] or 0) + 1
