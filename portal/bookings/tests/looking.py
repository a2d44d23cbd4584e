"""Looking at what a request left behind, whatever scope it ended in, and bookings whose mail has left."""

from datetime import datetime, timedelta

from django.http import HttpResponse

from portal.bookings import operations
from portal.bookings.importing.heirs import DECISION
from portal.bookings.models import Booking
from portal.bookings.tests.factories import make_booking
from portal.conftest import NOON
from portal.core import links, tenancy
from portal.core.models import Event, Link, LinkVisit
from portal.partners.models import Partner

ENGLISH = {"Accept-Language": "en"}
BUTTON = "Confirm booking"
CLICK = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Accept": "text/html,*/*", **ENGLISH}


def ask(partner: Partner, *, at: datetime = NOON, **values: object) -> tuple[Booking, str]:
    """A booking whose request to confirm left a day before, and the token in that mail."""
    booking = make_booking(partner, **values)
    operations.ask_partner(booking, at=at)
    links.mark_mailed(
        subject_type="booking", subject_id=booking.pk, recipient=partner.email, at=at - timedelta(days=1)
    )
    return booking, token_of(booking)


def token_of(booking: Booking) -> str:
    return links.token_of(link_of(booking))


def link_of(booking: Booking) -> Link:
    with tenancy.system("tests"):
        return Link.objects.get(subject_type="booking", subject_id=booking.pk)


def fresh(booking: Booking) -> Booking:
    with tenancy.system("tests"):
        return Booking.objects.with_relations().get(pk=booking.pk)


def decision_of(booking: Booking) -> dict[str, object]:
    """Everything that a decision writes; when it was saved last is no part of it."""
    row = fresh(booking)
    names = (*DECISION, "status", "expired_at", "provisional_until")
    return {name: getattr(row, name) for name in names}


def kinds(booking: Booking) -> list[str]:
    """What happened to the booking since its request was made."""
    with tenancy.system("tests"):
        events = Event.objects.filter(subject_type="booking", subject_id=booking.pk).order_by("id")
        return [event.kind for event in events if event.kind != "booking.requested"]


def visits(booking: Booking) -> list[tuple[str, str]]:
    with tenancy.system("tests"):
        found = LinkVisit.objects.filter(link__subject_id=booking.pk).order_by("id")
        return [(visit.action, visit.visitor) for visit in found]


def is_private(response: HttpResponse) -> bool:
    """Never cached, and the token in its address never passed on; a page with forms may name its site."""
    is_page = "<html" in response.text
    policy = "strict-origin" if is_page else "no-referrer"
    return (response.headers["Cache-Control"], response.headers["Referrer-Policy"]) == ("no-store", policy)
