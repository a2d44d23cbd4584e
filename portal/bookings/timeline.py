"""The story of a booking for people: events in words, with who and when, and who opened the links in its mails."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.accounts.queries import names_of
from portal.bookings import queries
from portal.bookings.models import Booking, BookingStatus
from portal.core import registry
from portal.core.models import Event, LinkVisit
from portal.core.timeline import Entry
from portal.core.wording import say_short_day, say_when

# Opening a link shows the page behind it at once, and some people click again: that is one look.
ONE_LOOK = timedelta(minutes=10)


@dataclass(frozen=True)
class _Look:
    """One opening of a link or, of robots, any number in a row."""

    visit: LinkVisit
    last_at: datetime
    count: int = 1

    @property
    def is_robot(self) -> bool:
        return self.visit.visitor == LinkVisit.Visitor.ROBOT

    def takes_in(self, visit: LinkVisit) -> bool:
        if self.visit.visitor != visit.visitor:
            return False
        is_same = self.visit.link_id == visit.link_id and _is_decline(self.visit) == _is_decline(visit)
        return self.is_robot or (is_same and visit.at - self.last_at < ONE_LOOK)


def timeline_entries(booking: Booking) -> list[Entry]:
    """Of all the order item's dates as one story. Those of another date than the booking's say which."""
    thread = {each.pk: each for each in queries.thread_of(booking)}
    events = queries.timeline(thread.values())
    names = names_of(event.actor for event in events)
    entries = [_beginning(each) for each in thread.values() if each.is_history]
    for event in events:
        text = registry.event_text(event)
        if text is not None:
            words = _of_date(thread[event.subject_id], booking, text.text)
            entries.append(Entry(event.at, words, text.icon, text.tone, _who(event, names)))
    return sorted([*entries, *_look_entries(booking, thread, events)], key=lambda entry: entry.at)


def _beginning(booking: Booking) -> Entry:
    return Entry(booking.created_at, _("Taken over from the shop."), "inbox", "neutral", "")


def _of_date(row: Booking, booking: Booking, text: registry.Text) -> registry.Text:
    if row.pk == booking.pk:
        return text
    return _("Date %(date)s: %(text)s") % {"date": _date_in_words(row, booking), "text": text}


def _date_in_words(row: Booking, booking: Booking) -> str:
    if row.starts_on is None:
        return _("not known yet")
    if row.starts_at and row.starts_on == booking.starts_on:
        return say_when(row.starts_at)
    return say_short_day(row.starts_on)


def _who(event: Event, names: dict[str, str]) -> str:
    if event.actor.startswith("link:"):
        return _("by the link in the e-mail")
    return names.get(event.actor, "")


def _look_entries(booking: Booking, thread: dict[int, Booking], events: list[Event]) -> list[Entry]:
    # The click that confirmed is told as the confirmation.
    told = {event.at for event in events if event.actor.startswith("link:")}
    visits = [visit for visit in queries.link_visits(thread) if visit.at not in told]
    marks = sorted(event.at for event in events)
    entries = []
    for look in _looks(visits, marks):
        row = thread[look.visit.link.subject_id]
        entry = _look_entry(row, look)
        entries.append(replace(entry, text=_of_date(row, booking, entry.text)))
    return entries


def _looks(visits: Iterable[LinkVisit], marks: list[datetime]) -> list[_Look]:
    """What belongs together, unless something happened in between."""
    looks: list[_Look] = []
    for visit in visits:
        last = looks[-1] if looks else None
        if last and last.takes_in(visit) and not any(last.last_at < mark <= visit.at for mark in marks):
            looks[-1] = replace(last, last_at=visit.at, count=last.count + 1)
        else:
            looks.append(_Look(visit, visit.at))
    return looks


def _look_entry(booking: Booking, look: _Look) -> Entry:
    if look.is_robot:
        text = ngettext(
            "The link in the e-mail was checked automatically (spam filter).",
            "The links in the e-mail were checked automatically, %(count)s times (spam filter).",
            look.count,
        )
        return Entry(look.visit.at, text % {"count": look.count}, "shield-check", "neutral", "")
    decided_at = _decided_at(booking)
    is_open = decided_at is None or look.visit.at < decided_at
    return Entry(
        look.visit.at,
        _look_text(look.visit, is_open=is_open),
        "mail-open",
        "neutral",
        look.visit.link.recipient,
    )


def _look_text(visit: LinkVisit, *, is_open: bool) -> str:
    if not is_open:
        return _("The link in the e-mail was opened.")
    if _is_decline(visit):
        return _("The link to decline in the e-mail was opened: not declined yet.")
    return _("The link in the e-mail was opened: not confirmed yet.")


def _is_decline(visit: LinkVisit) -> bool:
    return visit.action == "decline"


def _decided_at(booking: Booking) -> datetime | None:
    moments = {
        BookingStatus.CONFIRMED: booking.confirmed_at,
        BookingStatus.DECLINED: booking.declined_at,
        BookingStatus.CANCELLED: booking.cancelled_at,
        BookingStatus.EXPIRED: booking.expired_at,
        BookingStatus.REBOOKED: booking.declined_at or booking.confirmed_at,
    }
    return moments.get(BookingStatus(booking.status))
