"""What dates announce to the pages around them: menu entries, the words of their events, and a problem for staff."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Min
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from portal.core import registry
from portal.core.models import Event
from portal.core.registry import EventText, Problem
from portal.dates import queries_catalog, seats
from portal.dates.models import SeatEntry

# By the source of the seats: what is said when they are taken, and when they are free again.
_SEAT_TEXTS = {
    SeatEntry.Source.HOLD: (
        ngettext_lazy(
            "%(count)s seat is held for somebody.", "%(count)s seats are held for somebody.", "count"
        ),
        ngettext_lazy("%(count)s seat is no longer held.", "%(count)s seats are no longer held.", "count"),
    ),
    SeatEntry.Source.ELSEWHERE: (
        ngettext_lazy("%(count)s seat was sold elsewhere.", "%(count)s seats were sold elsewhere.", "count"),
        ngettext_lazy(
            "%(count)s seat sold elsewhere was taken back.",
            "%(count)s seats sold elsewhere were taken back.",
            "count",
        ),
    ),
    SeatEntry.Source.BLOCKED: (
        ngettext_lazy("%(count)s seat was blocked.", "%(count)s seats were blocked.", "count"),
        ngettext_lazy(
            "%(count)s seat is blocked no longer.", "%(count)s seats are blocked no longer.", "count"
        ),
    ),
}
_FIELD_TEXTS = {
    "starts_on": gettext_lazy("day"),
    "starts_time": gettext_lazy("start"),
    "ends_time": gettext_lazy("end"),
    "duration_minutes": gettext_lazy("duration"),
    "time_zone": gettext_lazy("time zone"),
    "min_participants": gettext_lazy("minimum number of participants"),
    "price_cents": gettext_lazy("price"),
    "location": gettext_lazy("location"),
    "notes": gettext_lazy("notes"),
    "booking_deadline_hours": gettext_lazy("end of bookings"),
    "capacity": gettext_lazy("seats"),
    "shop_state": gettext_lazy("sale in the shop"),
}


def _seats_changed(event: Event) -> EventText:
    taken, free_again = _SEAT_TEXTS[SeatEntry.Source(event.data["source"])]
    quantity = event.data["quantity"]
    text = taken if quantity > 0 else free_again
    return EventText(text % {"count": abs(quantity)}, "users")


def _capacity_changed(event: Event) -> EventText:
    was, now = event.data["from"], event.data["to"]
    if now is None:
        text = _("Nobody knows any longer how many seats there are.")
    elif was is None:
        text = ngettext("There is %(now)s seat.", "There are %(now)s seats.", now)
    else:
        text = ngettext(
            "There is now %(now)s seat instead of %(was)s.",
            "There are now %(now)s seats instead of %(was)s.",
            now,
        )
    return EventText(text % {"was": was, "now": now}, "users")


def _changed(event: Event) -> EventText:
    fields = [str(_FIELD_TEXTS[name]) for name in event.data.get("fields", []) if name in _FIELD_TEXTS]
    if not fields:
        return EventText(_("The date was changed."), "pencil")
    by_shop = event.actor == "shop"
    text = _("The shop changed: %(fields)s.") if by_shop else _("Changed: %(fields)s.")
    return EventText(text % {"fields": ", ".join(fields)}, "pencil")


def _drifts(at: datetime) -> Iterable[Problem]:
    found = seats.drifting_dates(at=at).aggregate(count=Count("pk"), since=Min("shop_read_at"))
    if not found["count"]:
        return
    text = ngettext(
        "For %(count)s date the shop has another number of seats than the portal.",
        "For %(count)s dates the shop has another number of seats than the portal.",
        found["count"],
    )
    yield Problem(
        title=_("Seats that differ from the shop"),
        text=text % found,
        url=f"{reverse('manage:dates')}?filter=drift",
        since=found["since"] or at,
    )


def _unread_catalog(at: datetime) -> Iterable[Problem]:
    if run := queries_catalog.run_with_problem():
        yield Problem(
            title=_("The shop's catalog cannot be read"),
            text=run.problem,
            url=reverse("manage:imports"),
            since=run.started_at,
            tone="bad",
        )
    if run := queries_catalog.run_with_failures():
        yield Problem(
            title=_("Courses that cannot be taken in"),
            text=", ".join(run.report["failed"][:20]),
            url=reverse("manage:imports"),
            since=run.started_at,
            tone="bad",
        )


def _created(event: Event) -> EventText:
    by_shop = event.actor == "shop"
    return EventText(_("The shop offers this date now.") if by_shop else _("The date was made here."), "plus")


def announce() -> None:
    registry.add_menu_entry(
        registry.MenuEntry(gettext_lazy("Dates"), "dates:list", "calendar-days", "partner", 20)
    )
    registry.add_menu_entry(
        registry.MenuEntry(gettext_lazy("Courses"), "courses:list", "book-open", "partner", 30)
    )
    registry.add_event_text("date.created", _created)
    registry.add_event_text(
        "date.cancelled", EventText(gettext_lazy("The date was cancelled."), "ban", "cancelled")
    )
    registry.add_event_text(
        "date.restored", EventText(gettext_lazy("The date takes place after all."), "undo-2")
    )
    registry.add_event_text("date.changed", _changed)
    registry.add_event_text("date.seats_changed", _seats_changed)
    registry.add_event_text("date.capacity_changed", _capacity_changed)
    registry.add_problem_source(_drifts)
    registry.add_problem_source(_unread_catalog)


announce()
