"""What customers are mailed about rebooking. Each mail is about a booking, so it is erased and sent again like any."""

from datetime import datetime

from portal.bookings.models import Booking
from portal.core import outbox
from portal.core.models import OutboxMail
from portal.rebooking.models import Rebooking

# Mail 1, and what follows when nobody answers: about the booking, with the version of the link.
OFFER = "rebooking_offer"
REMINDER = "rebooking_reminder"
LAST_REMINDER = "rebooking_reminder_last"
# Mail 2: about the new booking.
CONFIRMED = "rebooking_confirmed"
# Declined once too often: the customer gets no further link by itself, and hears so. About the declined booking.
DECLINED = "rebooking_declined"
# Those that carry the link.
WITH_LINK = (OFFER, REMINDER, LAST_REMINDER)


def owe(kind: str, rebooking: Rebooking, *, at: datetime) -> OutboxMail | None:
    """Owe the customer a mail with this link. Safe to repeat."""
    return outbox.put(
        kind,
        subject=rebooking.original_booking,
        recipient=rebooking.customer_email or "",
        version=rebooking.link_version,
        at=at,
    )


def owe_again(rebooking: Rebooking, *, at: datetime) -> OutboxMail | None:
    """Owe mail 1 once more: what has left is followed by another, what waits says by itself what is true by then."""
    mail = _latest_offer(rebooking)
    return outbox.resend(mail, at=at) if mail else owe(OFFER, rebooking, at=at)


def owe_confirmed(new_booking: Booking, *, recipient: str, at: datetime) -> OutboxMail | None:
    return outbox.put(CONFIRMED, subject=new_booking, recipient=recipient, at=at)


def owe_confirmed_again(new_booking: Booking, *, at: datetime) -> OutboxMail | None:
    """Owe mail 2 once more, with what is true by now. Safe to repeat: one that waits says it, too."""
    mail = owe_confirmed(new_booking, recipient=new_booking.customer.email, at=at)
    return outbox.resend(mail, at=at) if mail else None


def owe_held_back(rebooking: Rebooking) -> None:
    """Owe mail 1 after all: it was dropped because the link led nowhere just then. Safe to repeat."""
    outbox.revive_dropped(OFFER, subject=rebooking.original_booking, version=rebooking.link_version)


def owe_declined(declined: Booking, *, at: datetime) -> OutboxMail | None:
    return outbox.put(DECLINED, subject=declined, recipient=declined.customer.email, at=at)


def _latest_offer(rebooking: Rebooking) -> OutboxMail | None:
    mails = OutboxMail.objects.filter(
        subject_type=Booking.EVENT_SUBJECT,
        subject_id=rebooking.original_booking_id,
        kind=OFFER,
        recipient=rebooking.customer_email,
        version=rebooking.link_version,
    )
    return mails.order_by("-copy").first()
