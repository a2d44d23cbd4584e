"""Whom mails about bookings reach, and whom they do not reach any more."""

from datetime import datetime

from portal.bookings.models import Booking
from portal.core.fates import bounces_of
from portal.partners.recipients import recipients_of


def unreached_recipients(booking: Booking, *, at: datetime) -> list[str]:
    """Those who get the partner's mails today, but whose address mails do not reach any more."""
    recipients = recipients_of(booking.partner, at=at).today
    marked = set(bounces_of(booking.partner_id, recipients).values_list("address", flat=True))
    return [address for address in recipients if address.lower() in marked]
