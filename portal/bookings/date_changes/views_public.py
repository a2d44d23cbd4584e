"""Behind the link in a customer's mail: what became of the booking. Nobody signs in, and nothing is decided here."""

from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.bookings import queries as booking_queries
from portal.bookings.date_changes import operations
from portal.bookings.models import Booking
from portal.bookings.queries import CUSTOMER_LINK
from portal.core import links, registry
from portal.core.clock import now
from portal.core.http import is_persons_click, keep_private
from portal.core.models import Link

PAGE = "date_changes/booking_page.html"


@require_safe
def booking_page(request: HttpRequest, token: str) -> HttpResponse:
    at = now()
    opened = links.open_link(token, purpose=CUSTOMER_LINK)
    if opened is None:
        return keep_private(render(request, PAGE, {"booking": None}, status=404))
    assert opened.link.partner_id is not None
    booking = booking_queries.booking_of(opened.link.partner_id, opened.link.subject_id)
    is_theirs = _may_see(opened.link, booking, at=at)
    # Whoever else has the mail is not the customer: nobody shall believe that one knows.
    is_person = is_theirs and _is_person(request, opened.link, at=at)
    operations.note_opening(opened.link, booking, is_person=is_person, at=at)
    if not is_theirs:
        return keep_private(render(request, PAGE, {"booking": None, "is_over": True}, status=410))
    about = {"booking": booking, "now": at}
    context = {
        **about,
        "is_fallen": operations.may_be_told(booking),
        "slots": registry.slot("customer_page", request, about),
    }
    return keep_private(render(request, PAGE, context))


def _is_person(request: HttpRequest, link: Link, *, at: datetime) -> bool:
    """Scanners open links right after a mail has left, some with a real browser.

    Taken for a robot, a person is called once for nothing; taken for a person, a robot leaves somebody before a
    closed door.
    """
    return is_persons_click(request) and not links.is_in_grace(link, at=at)


def _may_see(link: Link, booking: Booking, *, at: datetime) -> bool:
    """Whoever the shop names today, as long as the link lives."""
    is_theirs = booking.customer.email.lower() == link.recipient.lower()
    return is_theirs and at < link.expires_at
