"""The story of a booking for people: events in words, with who and when."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from portal.accounts.models import User
from portal.bookings import queries
from portal.bookings.models import Booking
from portal.core import registry
from portal.core.models import Event


@dataclass(frozen=True)
class Entry:
    at: datetime
    text: registry.Text
    icon: str
    tone: str
    by: str


def timeline_entries(booking: Booking) -> list[Entry]:
    events = queries.timeline(booking)
    names = _names(events)
    entries = []
    if booking.is_history:
        entries.append(Entry(booking.created_at, _("Taken over from the shop."), "inbox", "neutral", ""))
    for event in events:
        text = registry.event_text(event)
        if text is not None:
            entries.append(Entry(event.at, text.text, text.icon, text.tone, _who(event, names)))
    return entries


def _names(events: list[Event]) -> dict[str, str]:
    ids = {int(event.actor[5:]) for event in events if event.actor.startswith("user:")}
    return {user.actor: str(user) for user in User.objects.filter(pk__in=ids)} if ids else {}


def _who(event: Event, names: dict[str, str]) -> str:
    if event.actor.startswith("link:"):
        return _("by the link in the e-mail")
    return names.get(event.actor, "")
