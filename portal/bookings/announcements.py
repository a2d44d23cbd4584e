"""What bookings announce to the pages around them: a menu entry, the words of events, problems for staff."""

from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.bookings import operations, queries, queries_seats
from portal.bookings.models import Booking, ImportRun
from portal.core import registry
from portal.core.models import Event, OutboxMail
from portal.core.registry import EventText, Problem
from portal.core.wording import say_short_day
from portal.dates.models import CourseDate
from portal.dates.seats import oversold_dates, seats_of

_MAIL_TEXTS = {
    "booking_request": gettext_lazy("The request to confirm was sent by e-mail."),
    "booking_reminder": gettext_lazy("The reminder was sent by e-mail."),
    "booking_reminder_final": gettext_lazy("The last reminder was sent by e-mail."),
    "booking_declined": gettext_lazy("The e-mail about the decline was sent."),
    "booking_cancelled": gettext_lazy("The e-mail about the cancellation was sent."),
    "booking_changed": gettext_lazy("The e-mail about the change was sent."),
    "booking_confirmed_for_you": gettext_lazy("The e-mail about the confirmation was sent."),
    "customer_confirmed": gettext_lazy("The customer was told by e-mail that the date is confirmed."),
    "customer_date_cancelled": gettext_lazy("The customer was told by e-mail that the date falls through."),
}
_TO_CUSTOMERS = (operations.CUSTOMER_CONFIRMED, "customer_date_cancelled")
_BOUNCE_TEXTS = {
    "partner": gettext_lazy("An e-mail about this booking came back."),
    "customer": gettext_lazy("The e-mail to the customer came back."),
    "spam": gettext_lazy("An e-mail about this booking was marked as spam."),
}
_FIELD_TEXTS = {
    "date": gettext_lazy("date"),
    "participants": gettext_lazy("participants"),
    "contact": gettext_lazy("contact"),
}

_ESCALATION_TEXTS = {
    "no_answer": gettext_lazy("Nobody has answered: our team will call."),
    "late": gettext_lazy("The date is close: our team will call."),
    "bounced": gettext_lazy("The e-mail could not be delivered: our team will call."),
    "no_address": gettext_lazy("There is nobody to ask by e-mail: our team will call."),
}


def _escalated(event: Event) -> EventText:
    text = _ESCALATION_TEXTS.get(event.data.get("reason", ""), gettext_lazy("Our team will call."))
    return EventText(text, "phone", "pending")


def _reminded(event: Event) -> EventText:
    is_last = event.data.get("is_last")
    text = _("No answer yet: the last reminder.") if is_last else _("No answer yet: the first reminder.")
    return EventText(text, "bell")


def _mail_sent(event: Event) -> EventText:
    return EventText(_MAIL_TEXTS.get(event.data.get("kind", ""), gettext_lazy("An e-mail was sent.")), "mail")


def _mail_bounced(event: Event) -> EventText:
    if event.data.get("fate") == OutboxMail.Fate.SPAM:
        return EventText(_BOUNCE_TEXTS["spam"], "mail-warning", "pending")
    audience = "customer" if event.data.get("kind") in _TO_CUSTOMERS else "partner"
    return EventText(_BOUNCE_TEXTS[audience], "mail-x", "declined")


def _changed(event: Event) -> EventText:
    fields = ", ".join(
        str(_FIELD_TEXTS[name]) for name in event.data.get("fields", []) if name in _FIELD_TEXTS
    )
    return EventText(_("The shop changed the order: %(fields)s.") % {"fields": fields}, "pencil", "pending")


def _declined(event: Event) -> EventText:
    had_promised = event.data.get("was") == "confirmed"
    text = _("Declined after it had been confirmed") if had_promised else _("Declined")
    return EventText(text, "x", "declined")


_CALL_TEXTS = {
    "not_reached": gettext_lazy("We called and reached nobody."),
    "wrong_number": gettext_lazy("We called, and the phone number is wrong."),
}


def _call_noted(event: Event) -> EventText:
    return EventText(_CALL_TEXTS.get(event.data.get("outcome", ""), gettext_lazy("We called.")), "phone")


def _texts() -> dict[str, EventText]:
    return {
        "booking.created": EventText(gettext_lazy("The booking arrived from the shop."), "inbox"),
        "booking.released": EventText(gettext_lazy("The payment has arrived."), "inbox"),
        "booking.confirmed": EventText(gettext_lazy("Confirmed"), "check", "confirmed"),
        "booking.confirmation_undone": EventText(gettext_lazy("The confirmation was undone."), "undo-2"),
        "booking.decline_undone": EventText(gettext_lazy("The decline was undone."), "undo-2"),
        "booking.confirmation_taken_back": EventText(
            gettext_lazy(
                "The confirmation was taken back: the decline link of the same e-mail was opened too."
            ),
            "undo-2",
        ),
        "booking.confirmation_settled": EventText(gettext_lazy("The confirmation is final."), "check-check"),
        "booking.decline_settled": EventText(gettext_lazy("The decline is final."), "check-check"),
        "booking.ticket_opened": EventText(
            gettext_lazy("A support ticket was opened. Our team takes care of it."),
            "life-buoy",
        ),
        "booking.cancelled": EventText(gettext_lazy("The customer cancelled."), "ban", "cancelled"),
        "customer.erased": EventText(gettext_lazy("The customer's data was erased on request."), "user-x"),
        "booking.expired": EventText(gettext_lazy("Nobody answered before the date."), "clock", "expired"),
        "mail.refused": EventText(
            gettext_lazy("The mail server refused an e-mail about this booking."), "mail-x", "declined"
        ),
    }


def pending_badge(request: HttpRequest) -> int:
    partner = getattr(request, "partner", None)
    return queries.count_pending(partner) if partner else 0


def _questions(at: datetime) -> list[Problem]:
    return [
        Problem(
            title=_("Order %(number)s needs a decision") % {"number": booking.order_number},
            text=booking.get_staff_question_display(),
            url=reverse("manage:questions"),
            since=booking.updated_at,
        )
        for booking in queries.open_questions()[:50]
    ]


def _unmatched(at: datetime) -> list[Problem]:
    rows = queries.unmatched_orders()
    if not rows:
        return []
    text = ngettext(
        "%(count)s order item belongs to no partner yet.",
        "%(count)s order items belong to no partner yet.",
        len(rows),
    )
    return [
        Problem(
            title=_("Orders without a partner"),
            text=text % {"count": len(rows)},
            url=reverse("manage:unmatched"),
            since=rows[-1].created_at,
        )
    ]


def _shop_unreadable(at: datetime) -> list[Problem]:
    newest = ImportRun.objects.filter(way__in=["poll", "full"]).order_by("-started_at").first()
    if newest is None or not newest.problem:
        return []
    return [
        Problem(
            title=_("The shop cannot be read"),
            text=newest.problem,
            url=reverse("manage:imports"),
            since=newest.started_at,
            tone="bad",
        )
    ]


def _failed_orders(at: datetime) -> list[Problem]:
    failed = queries.failed_orders()
    if not failed:
        return []
    return [
        Problem(
            title=_("Orders that cannot be taken in"),
            text=", ".join(order.number for order in failed[:20]),
            url=reverse("manage:imports"),
            since=failed[0].failed_at,
            tone="bad",
        )
    ]


def _late_tickets(at: datetime) -> list[Problem]:
    late = queries.declined_without_ticket(settled_before=at - timedelta(minutes=15))
    count = late.count()
    since = late.aggregate(since=Min("settled_at"))["since"]
    if not count or since is None:
        return []
    text = ngettext(
        "%(count)s declined booking waits for its ticket.",
        "%(count)s declined bookings wait for their ticket.",
        count,
    )
    return [
        Problem(
            title=_("Tickets are late"),
            text=text % {"count": count},
            url=reverse("manage:waiting"),
            since=since,
            tone="bad",
        )
    ]


def _late_escalations(at: datetime) -> list[Problem]:
    late = queries.escalated_without_ticket(escalated_before=at - timedelta(minutes=15))
    found = late.aggregate(count=Count("pk"), since=Min("escalated_at"))
    if not found["count"]:
        return []
    text = ngettext(
        "%(count)s booking that nobody answers waits for its ticket.",
        "%(count)s bookings that nobody answers wait for their ticket.",
        found["count"],
    )
    return [
        Problem(
            title=_("Escalation tickets are late"),
            text=text % found,
            url=reverse("manage:waiting"),
            since=found["since"],
            tone="bad",
        )
    ]


def _oversold(at: datetime) -> list[Problem]:
    dates = list(oversold_dates(at=at).select_related("course").order_by("starts_on", "pk")[:50])
    seats = seats_of(dates, at=at)
    newest = queries_seats.newest_bookings(list(seats))
    return [_oversale(date, seats[date.pk].taken, newest.get(date.pk), at=at) for date in dates]


def _oversale(date: CourseDate, taken: int, booking: Booking | None, *, at: datetime) -> Problem:
    text = ngettext(
        "%(taken)s seat is taken, but there are only %(capacity)s.",
        "%(taken)s seats are taken, but there are only %(capacity)s.",
        taken,
    ) % {"taken": taken, "capacity": date.capacity}
    if booking is not None:
        text += " " + _("The newest booking is order %(number)s.") % {"number": booking.order_number}
    values = {
        "course": date.course.name,
        "day": say_short_day(date.starts_on) if date.starts_on else _("a day not known yet"),
    }
    all_oversold = f"{reverse('manage:dates')}?filter=oversold"
    return Problem(
        title=_("Oversold: %(course)s on %(day)s") % values,
        text=text,
        url=reverse("manage:booking", args=[booking.pk]) if booking else all_oversold,
        since=booking.created_at if booking else at,
        tone="bad",
    )


def announce() -> None:
    registry.add_menu_entry(
        registry.MenuEntry(
            gettext_lazy("Bookings"), "bookings:list", "calendar-check", "partner", 10, pending_badge
        )
    )
    for kind, text in _texts().items():
        registry.add_event_text(kind, text)
    registry.add_event_text("mail.sent", _mail_sent)
    registry.add_event_text("mail.bounced", _mail_bounced)
    registry.add_event_text("booking.changed", _changed)
    registry.add_event_text("booking.reminded", _reminded)
    registry.add_event_text("booking.escalated", _escalated)
    registry.add_event_text("booking.declined", _declined)
    registry.add_event_text("booking.call_noted", _call_noted)
    for source in (
        _questions,
        _unmatched,
        _shop_unreadable,
        _failed_orders,
        _late_tickets,
        _late_escalations,
        _oversold,
    ):
        registry.add_problem_source(source)


announce()
