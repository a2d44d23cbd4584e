"""What events of rebookings read like on the timeline of a booking."""

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.core.models import Event
from portal.core.registry import EventText, Text
from portal.rebooking.models import Choice, Rebooking

Ended = Rebooking.Ended
_WISHES: dict[str, Text] = {
    Choice.OTHER_DATES: gettext_lazy("None of the dates fits: the customer has told us when it would."),
    Choice.VOUCHER: gettext_lazy("None of the dates fits: the customer asks for a voucher."),
    Choice.REFUND: gettext_lazy("None of the dates fits: the customer asks for the money back."),
}
_ENDINGS: dict[str, Text] = {
    Ended.ORDER_CANCELLED: gettext_lazy("The link to rebook has ended, since the order was cancelled."),
    Ended.REFUNDED: gettext_lazy("The link to rebook has ended, since the money went back."),
    Ended.ERASED: gettext_lazy("The link to rebook has ended, since the customer's data was erased."),
    Ended.REPLACED: gettext_lazy("A newer link to rebook has taken the place of this one."),
}


def event_texts() -> dict[str, EventText | Callable[[Event], EventText]]:
    """By the kind of the event. That a link was used, `booking.rebooked` or `booking.move_asked` says beside it."""
    return {
        "rebooking.dates_proposed": _proposed,
        "rebooking.offered": _offered,
        "rebooking.no_dates": EventText(
            gettext_lazy("There was no other date to offer to the customer. Our team takes care of it."),
            "calendar-x",
            "pending",
        ),
        "rebooking.no_address": EventText(
            gettext_lazy("No other date could be offered: there is no e-mail address of the customer."),
            "mail-x",
            "pending",
        ),
        "rebooking.exhausted": EventText(
            gettext_lazy("Declined again and again: our team now talks with the customer."),
            "life-buoy",
            "pending",
        ),
        "rebooking.link_sent": EventText(
            gettext_lazy("The customer got a link to choose another date."), "link"
        ),
        "rebooking.link_extended": EventText(
            gettext_lazy("The link to rebook works longer."), "calendar-plus"
        ),
        "rebooking.link_revoked": EventText(gettext_lazy("The link to rebook was withdrawn."), "unlink"),
        "rebooking.link_ended": _ended,
        "rebooking.expired": EventText(
            gettext_lazy("The customer did not use the link to rebook in time."), "hourglass"
        ),
        "rebooking.reminded": _reminded,
        "rebooking.unanswered": EventText(
            gettext_lazy("The customer has not chosen a new date yet. Our team takes care of it."),
            "clock-alert",
            "pending",
        ),
        "rebooking.wish_noted": _wished,
        "rebooking.case_settled": EventText(gettext_lazy("Our team has seen to the rebooking."), "check"),
        "rebooking.case_reopened": EventText(
            gettext_lazy("Our team looks at the rebooking once more."), "undo-2"
        ),
    }


def _proposed(event: Event) -> EventText:
    count = event.data.get("dates", 0)
    text = ngettext("%(count)s other date was proposed.", "%(count)s other dates were proposed.", count)
    return EventText(text % {"count": count}, "calendar-plus")


def _offered(event: Event) -> EventText:
    count = event.data.get("dates", 0)
    text = ngettext(
        "%(count)s other date was offered to the customer.",
        "%(count)s other dates were offered to the customer.",
        count,
    )
    return EventText(text % {"count": count}, "calendar-days")


def _reminded(event: Event) -> EventText:
    is_first = event.data.get("number", 1) == 1
    text = _("The customer was reminded to choose a new date.")
    return EventText(text if is_first else _("The customer was reminded once more."), "bell")


def _wished(event: Event) -> EventText:
    default = gettext_lazy("None of the dates fits the customer.")
    return EventText(_WISHES.get(event.data.get("choice", ""), default), "message-circle", "pending")


def _ended(event: Event) -> EventText:
    default = gettext_lazy("The link to rebook has ended.")
    return EventText(_ENDINGS.get(event.data.get("ended", ""), default), "unlink")
