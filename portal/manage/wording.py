"""What staff read instead of the names of jobs, mails and readings of the shop."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

_TASKS = {
    "core.send_mail": gettext_lazy("Send an e-mail"),
    "bookings.import_changed": gettext_lazy("Read what changed in the shop"),
    "bookings.import_upcoming": gettext_lazy("Read all orders with future dates again"),
    "bookings.import_orders": gettext_lazy("Read an order from the shop"),
    "bookings.import_hint": gettext_lazy("Read the order that the shop announced"),
}
# Subscribers of events are one task with many names.
_SUBSCRIBERS = {
    "portal.bookings.subscribers.open_ticket": gettext_lazy("Open a support ticket for a declined booking"),
    "portal.bookings.subscribers.tell_cancelled": gettext_lazy("Tell a partner about a cancelled booking"),
    "portal.bookings.subscribers.match_orders_of_partner": gettext_lazy("Find the orders of a partner"),
}
_MAILS = {
    "booking_request": gettext_lazy("Request to confirm a booking"),
    "booking_declined": gettext_lazy("E-mail about a declined booking"),
    "booking_cancelled": gettext_lazy("E-mail about a cancelled booking"),
    "booking_changed": gettext_lazy("E-mail about a changed booking"),
    "member_invited": gettext_lazy("Invitation of a member"),
    "password_reset": gettext_lazy("Link to choose a new password"),
}
_WAYS = {
    "poll": gettext_lazy("Looked for changes"),
    "full": gettext_lazy("Read the whole shop"),
    "since": gettext_lazy("Read everything since a day"),
    "nightly": gettext_lazy("Read all orders with future dates again"),
    "hint": gettext_lazy("The shop announced an order"),
    "assigned": gettext_lazy("An order was given to a partner"),
    "matched": gettext_lazy("A partner was created or changed"),
}
_NUMBERS = {
    "made": ngettext_lazy("%(count)s new booking", "%(count)s new bookings", "count"),
    "made_as_history": ngettext_lazy(
        "%(count)s booking from before the start", "%(count)s bookings from before the start", "count"
    ),
    "changed": ngettext_lazy("%(count)s changed", "%(count)s changed", "count"),
    "unchanged": ngettext_lazy("%(count)s unchanged", "%(count)s unchanged", "count"),
    "unmatched": ngettext_lazy("%(count)s without a partner", "%(count)s without a partner", "count"),
}
_SKIPPED = {
    "voucher": ngettext_lazy("%(count)s voucher left out", "%(count)s vouchers left out", "count"),
    "not_a_course": ngettext_lazy(
        "%(count)s other product left out", "%(count)s other products left out", "count"
    ),
}


def task_text(name: str, arguments: Mapping[str, Any], *, mail_kind: str = "") -> str:
    """What a job does. A job without words here is named as the log names it."""
    if mail_kind in _MAILS:
        return str(_MAILS[mail_kind])
    text = _SUBSCRIBERS.get(arguments.get("subscriber", "")) or _TASKS.get(name)
    return str(text) if text else str(arguments.get("subscriber", name))


def mail_text(kind: str) -> str:
    return str(_MAILS.get(kind, kind))


def way_text(way: str) -> str:
    return str(_WAYS.get(way, way))


def report_text(report: Mapping[str, Any]) -> str:
    """ "12 orders read: 3 new bookings, 9 unchanged"; what is zero is left out."""
    orders = int(report.get("orders", 0))
    if not orders:
        return _("Nothing new")
    head = ngettext("%(count)s order read", "%(count)s orders read", orders) % {"count": orders}
    counts = {name: (text, report.get(name)) for name, text in _NUMBERS.items()}
    counts |= {name: (text, report.get("skipped", {}).get(name)) for name, text in _SKIPPED.items()}
    parts = [str(text % {"count": count}) for text, count in counts.values() if count]
    return f"{head}: {', '.join(parts)}" if parts else head
