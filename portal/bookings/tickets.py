"""The help desk's case for a declined booking."""

from django.utils import translation
from django.utils.html import format_html_join
from django.utils.translation import gettext as _

from portal.bookings import queries
from portal.bookings.models import Booking
from portal.core.tenancy import scope
from portal.core.wording import say_when
from portal.integrations.tickets import NewTicket

# Staff read German.
DESK_LANGUAGE = "de"


def ticket_key(booking: Booking) -> str:
    """The same for all the life of a booking, so that the desk keeps one case, however often we ask."""
    return f"confirmation_{booking.pk}"


def decline_ticket(booking: Booking) -> NewTicket:
    with translation.override(DESK_LANGUAGE):
        return NewTicket(
            key=ticket_key(booking),
            subject=_("Date declined #%(order)s") % {"order": booking.order_number},
            body_html=_body(booking),
            customer_name=booking.customer.name,
            customer_email=booking.customer.email,
            category="declined",
            priority="2",
            order_number=booking.order_number,
        )


def load_for_ticket(booking_id: int, partner_id: int) -> Booking:
    with scope(partner_ids=[partner_id]):
        return queries.booking_of(partner_id, booking_id)


def _body(booking: Booking) -> str:
    rows = [
        (_("Order"), f"#{booking.order_number}"),
        (_("Course"), booking.course_name),
        (_("Date"), _date_in_words(booking)),
        (_("Participants"), str(booking.participants)),
        (_("Customer"), booking.customer.name),
        (_("Partner"), f"{booking.partner.company} ({booking.partner.customer_number})"),
        (_("Phone of the partner"), booking.partner.phone or "–"),
        (_("Reason"), queries.reason_label(booking.decline_reason)),
        (_("Notes"), booking.decline_notes or "–"),
    ]
    # Every value is escaped: a course name or a note must not become markup at the desk.
    return format_html_join("", "<p><b>{}:</b> {}</p>", rows)


def _date_in_words(booking: Booking) -> str:
    moment = booking.starts_at or booking.starts_on
    return say_when(moment) if moment else "–"
