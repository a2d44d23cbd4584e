"""Mails to customers. They say nothing of the partner's side and carry no link that does anything."""

from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from portal.bookings import queries
from portal.bookings.models import Booking
from portal.bookings.operations import CUSTOMER_CONFIRMED, may_hear_of_confirmation
from portal.core import outbox
from portal.core.mailing import RenderedMail, render_mail
from portal.core.models import OutboxMail
from portal.core.wording import say_when


@outbox.mail(CUSTOMER_CONFIRMED, audience=OutboxMail.Audience.CUSTOMER)
def customer_confirmed(mail: OutboxMail, at: datetime) -> RenderedMail | None:
    """The promise as it stands now. Dropped when it stands no longer, or another mail of the kind tells it."""
    assert mail.partner_id is not None
    booking = queries.booking_of(mail.partner_id, mail.subject_id)
    others = OutboxMail.objects.filter(
        subject_type=booking.EVENT_SUBJECT, subject_id=booking.pk, kind=CUSTOMER_CONFIRMED
    )
    is_outdated = booking.customer.email != mail.recipient or others.filter(version__gt=mail.version).exists()
    if is_outdated or not may_hear_of_confirmation(booking, at=at):
        return None
    language = booking.customer.language
    with translation.override(language):
        rows = _details(booking)
    return render_mail(
        "bookings/emails/customer_confirmed",
        language=language,
        context={
            "name": f"{booking.customer.first_name} {booking.customer.last_name}".strip(),
            "order_number": booking.order_number,
            "course_name": booking.course_name,
            "is_changed": others.filter(version__lt=mail.version, state=OutboxMail.State.SENT).exists(),
            "rows": rows,
        },
    )


def _details(booking: Booking) -> list[tuple[str, str]]:
    moment = booking.starts_at or booking.starts_on
    rows = [
        (_("Order"), f"#{booking.order_number}"),
        (_("Course"), booking.course_name),
        (_("Date"), say_when(moment) if moment else _("not known yet")),
        (_("Participants"), str(booking.participants)),
        (_("Place"), booking.course_date.location if booking.course_date else ""),
    ]
    return [(word, value) for word, value in rows if value]
