"""What staff read instead of the names of jobs, mails and readings of the shop."""

from collections.abc import Mapping
from typing import Any

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, ngettext_lazy

from portal.bookings.models import BookingStatus
from portal.bookings.queries import reason_label
from portal.bookings.responses import LABELS
from portal.core.refusals import NotAllowed
from portal.core.wording import say_short_day
from portal.manage.response_filters import ResponseFilters
from portal.partners.queries import partner_by_id
from portal.rebooking.policies import UseBlocker

_TASKS = {
    "core.send_mail": gettext_lazy("Send an e-mail"),
    "core.record_fate": gettext_lazy("Note what became of an e-mail"),
    "bookings.import_changed": gettext_lazy("Read what changed in the shop"),
    "bookings.import_upcoming": gettext_lazy("Read all orders with future dates again"),
    "bookings.import_orders": gettext_lazy("Read an order from the shop"),
    "dates.import_changed": gettext_lazy("Read what changed in the shop's catalog"),
    "dates.import_all": gettext_lazy("Read the whole catalog of the shop"),
    "dates.import_partner": gettext_lazy("Read the courses of a partner from the shop"),
    "integrations.look_at_key": gettext_lazy("Look whether an outside system accepts our key"),
    "bookings.import_hint": gettext_lazy("Read the order that the shop announced"),
    "rebooking.correct_stock": gettext_lazy("Correct the shop's stock after a rebooking"),
}
# Subscribers of events are one task with many names.
_SUBSCRIBERS = {
    "portal.bookings.ticket_subscribers.open_ticket": gettext_lazy("Open a support ticket"),
    "portal.bookings.ticket_subscribers.note_ending": gettext_lazy("Note on a support ticket how it ended"),
    "portal.bookings.order_subscribers.comment_order": gettext_lazy(
        "Write a comment on the order in the shop"
    ),
    "portal.rebooking.ticket_subscribers.note_move": gettext_lazy("Note on a support ticket another date"),
    "portal.rebooking.ticket_subscribers.note_case": gettext_lazy(
        "Note on a support ticket what a customer needs who is to choose another date"
    ),
    "portal.rebooking.ticket_subscribers.note_call": gettext_lazy(
        "Note on a support ticket that a customer gets no link to other dates"
    ),
    "portal.rebooking.order_subscribers.comment_move": gettext_lazy(
        "Write a comment about another date on the order in the shop"
    ),
    "portal.bookings.subscribers.tell_cancelled": gettext_lazy("Tell a partner about a cancelled booking"),
    "portal.bookings.subscribers.promote_candidate": gettext_lazy(
        "Move a booking to the date that was promised"
    ),
    "portal.bookings.subscribers.withdraw_candidates": gettext_lazy(
        "Withdraw the date that was asked for in a cancelled order"
    ),
    "portal.bookings.subscribers.tell_confirmed_for_partner": gettext_lazy(
        "Tell a partner about a booking that we confirmed"
    ),
    "portal.bookings.mail_subscribers.tell_customer": gettext_lazy(
        "Tell a customer that the date is confirmed"
    ),
    "portal.bookings.mail_subscribers.tell_customer_at_new_address": gettext_lazy(
        "Tell a customer at the new address that the date is confirmed"
    ),
    "portal.bookings.date_changes.subscribers.tell_customer": gettext_lazy(
        "Tell a customer that the date falls through"
    ),
    "portal.bookings.date_changes.subscribers.tell_customer_at_new_address": gettext_lazy(
        "Tell a customer at the new address that the date falls through"
    ),
    "portal.bookings.mail_subscribers.follow_bounce": gettext_lazy("Find out whom an e-mail did not reach"),
    "portal.bookings.mail_subscribers.forget_unused_bounces": gettext_lazy(
        "Forget addresses that nobody has any more"
    ),
    "portal.bookings.subscribers.match_orders_of_partner": gettext_lazy("Find the orders of a partner"),
    "portal.bookings.subscribers.follow_moved_date": gettext_lazy("Find the orders of a date that was moved"),
    "portal.rebooking.subscribers.offer_rebooking": gettext_lazy("Send a customer a link to other dates"),
    "portal.rebooking.subscribers.offer_for_candidates": gettext_lazy(
        "Send a customer a link to other dates"
    ),
    "portal.rebooking.subscribers.end_links_of_cancelled": gettext_lazy(
        "End the links to other dates of a cancelled booking"
    ),
    "portal.rebooking.subscribers.end_replaced_links": gettext_lazy(
        "End the links to other dates of a booking that has moved"
    ),
    "portal.rebooking.subscribers.follow_contact": gettext_lazy(
        "Send a customer the link to other dates at the new address"
    ),
    "portal.rebooking.subscribers.forget_customer": gettext_lazy(
        "Forget a customer in the links to other dates"
    ),
    "portal.rebooking.subscribers.follow_bounce": gettext_lazy(
        "Find out whom a link to other dates did not reach"
    ),
    "portal.rebooking.stock_subscribers.move_stock": gettext_lazy(
        "Find out what the shop's stock lacks after a rebooking"
    ),
    "portal.rebooking.stock_subscribers.follow_sale": gettext_lazy(
        "Find out what the shop's stock lacks after a change of the order"
    ),
    "portal.rebooking.stock_subscribers.take_stock_back": gettext_lazy(
        "Find out what the shop's stock lacks after a cancellation"
    ),
    "portal.dates.subscribers.read_courses_of_partner": gettext_lazy("Find the courses of a partner"),
}
_MAILS = {
    "booking_request": gettext_lazy("Request to confirm a booking"),
    "booking_reminder": gettext_lazy("Reminder of a booking"),
    "booking_reminder_final": gettext_lazy("Last reminder of a booking"),
    "booking_declined": gettext_lazy("E-mail about a declined booking"),
    "booking_cancelled": gettext_lazy("E-mail about a cancelled booking"),
    "booking_changed": gettext_lazy("E-mail about a changed booking"),
    "booking_confirmed_for_you": gettext_lazy("E-mail about a booking that we confirmed for the partner"),
    "customer_confirmed": gettext_lazy("Confirmation for the customer"),
    "customer_date_cancelled": gettext_lazy("Cancellation of the date for the customer"),
    "rebooking_offer": gettext_lazy("Other dates for the customer"),
    "rebooking_reminder": gettext_lazy("Reminder for the customer to choose a date"),
    "rebooking_reminder_last": gettext_lazy("Last reminder for the customer to choose a date"),
    "rebooking_confirmed": gettext_lazy("Receipt of the new date for the customer"),
    "rebooking_declined": gettext_lazy("Declined once too often: our team gets in touch with the customer"),
    "date_cancelled": gettext_lazy("Summary of a cancelled date for the partner"),
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
    "moved": gettext_lazy("The shop moved a date"),
}
_CATALOG_WAYS = {
    "poll": gettext_lazy("Looked for changes"),
    "full": gettext_lazy("Read the whole catalog"),
    "partner": gettext_lazy("A partner was created or changed"),
}
_CATALOG_NUMBERS = {
    "made_courses": ngettext_lazy("%(count)s new course", "%(count)s new courses", "count"),
    "made_dates": ngettext_lazy("%(count)s new date", "%(count)s new dates", "count"),
    "changed_courses": ngettext_lazy("%(count)s course changed", "%(count)s courses changed", "count"),
    "changed_dates": ngettext_lazy("%(count)s date changed", "%(count)s dates changed", "count"),
    "gone": ngettext_lazy(
        "%(count)s date is no longer in the shop", "%(count)s dates are no longer in the shop", "count"
    ),
    "without_partner": ngettext_lazy(
        "%(count)s date without a partner", "%(count)s dates without a partner", "count"
    ),
    "stock": ngettext_lazy(
        "free seats of %(count)s date read", "free seats of %(count)s dates read", "count"
    ),
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

_SAID_TO_CUSTOMERS: dict[TextChoices, Promise] = {
    UseBlocker.USED: gettext_lazy("The customer has already chosen a new date with this link."),
    UseBlocker.WITHDRAWN: gettext_lazy("This link was withdrawn. Please send a new one."),
}

# Where a partner reads "Waiting for your answer".
_STATUSES = {
    BookingStatus.PENDING: gettext_lazy("Waiting for the partner"),
}


def status_text(status: BookingStatus) -> Promise | str:
    return _STATUSES.get(status, status.label)


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


def catalog_way_text(way: str) -> str:
    return str(_CATALOG_WAYS.get(way, way))


def catalog_text(report: Mapping[str, Any]) -> str:
    """ "12 courses read: 3 new dates, 9 dates changed"; what is zero is left out."""
    counts = [(text, report.get(name)) for name, text in _CATALOG_NUMBERS.items()]
    parts = [str(text % {"count": count}) for text, count in counts if count]
    if courses := int(report.get("courses", 0)):
        head = ngettext("%(count)s course read", "%(count)s courses read", courses) % {"count": courses}
        return f"{head}: {', '.join(parts)}" if parts else head
    return capfirst(", ".join(parts)) or _("Nothing new")


def response_text(filters: ResponseFilters) -> str:
    """ "Kochschule Ada · Declined by the partner · Fully booked · asked from Mon 1 Apr 2030 · ..."; empty for all."""
    parts = []
    if filters.partner_id:
        partner = partner_by_id(filters.partner_id)
        parts.append(partner.company if partner else _("A partner that does not exist"))
    if filters.answer:
        parts.append(str(LABELS[filters.answer]))
    if filters.reason:
        parts.append(reason_label(filters.reason))
    if filters.asked_from:
        parts.append(_("asked from %(day)s") % {"day": say_short_day(filters.asked_from)})
    if filters.asked_to:
        parts.append(_("asked until %(day)s") % {"day": say_short_day(filters.asked_to)})
    return " · ".join(parts)


def refusal_text(refusal: NotAllowed) -> str:
    """Why staff cannot do it. What the rule says to the customer is said to staff in words of their own."""
    return str(_SAID_TO_CUSTOMERS.get(refusal.blocker, refusal.message))


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
