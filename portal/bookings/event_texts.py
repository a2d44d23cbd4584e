"""What the events of a booking and the mails about it read like on a timeline."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.bookings import operations
from portal.core import registry
from portal.core.models import Event, OutboxMail
from portal.core.registry import EventText

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
    text = registry.mail_text(event.data.get("kind", "")) or gettext_lazy("An e-mail was sent.")
    return EventText(text, "mail")


def _mail_bounced(event: Event) -> EventText:
    if event.data.get("fate") == OutboxMail.Fate.SPAM:
        return EventText(_BOUNCE_TEXTS["spam"], "mail-warning", "pending")
    audience = "customer" if registry.is_mail_to_customer(event.data.get("kind", "")) else "partner"
    return EventText(_BOUNCE_TEXTS[audience], "mail-x", "declined")


def _changed(event: Event) -> EventText:
    fields = ", ".join(
        str(_FIELD_TEXTS[name]) for name in event.data.get("fields", []) if name in _FIELD_TEXTS
    )
    return EventText(_("The shop changed the order: %(fields)s.") % {"fields": fields}, "pencil", "pending")


def _created(event: Event) -> EventText:
    if event.data.get("rebooked_from"):
        return EventText(gettext_lazy("This date was chosen instead."), "calendar-plus")
    return EventText(gettext_lazy("The booking arrived from the shop."), "inbox")


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
        "booking.rebooked": EventText(
            gettext_lazy("The booking moved to another date."), "arrow-right-left", "confirmed"
        ),
        "booking.move_asked": EventText(
            gettext_lazy("The customer would like another date. Until it is confirmed, this booking stays."),
            "calendar-clock",
            "pending",
        ),
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


def announce() -> None:
    for kind, text in _MAIL_TEXTS.items():
        registry.add_mail_text(kind, text, to_customer=kind in _TO_CUSTOMERS)
    for kind, event_text in _texts().items():
        registry.add_event_text(kind, event_text)
    registry.add_event_text("mail.sent", _mail_sent)
    registry.add_event_text("mail.bounced", _mail_bounced)
    registry.add_event_text("booking.created", _created)
    registry.add_event_text("booking.changed", _changed)
    registry.add_event_text("booking.reminded", _reminded)
    registry.add_event_text("booking.escalated", _escalated)
    registry.add_event_text("booking.declined", _declined)
    registry.add_event_text("booking.call_noted", _call_noted)
