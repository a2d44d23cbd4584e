"""What rebooking announces: other dates for customers and, for partners, the story of a booking, dates to propose
with a decline, a menu entry and the words of events."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext_lazy, pgettext_lazy

from portal.core import registry
from portal.rebooking import proposals, queries
from portal.rebooking.cards import cards_of
from portal.rebooking.event_texts import event_texts
from portal.rebooking.opening import token_of
from portal.rebooking.operations import mails
from portal.rebooking.policies import use_blocker
from portal.rebooking.threads import thread_card

# On a page that has something else to say first; all others stand behind the link.
_FEW = 3


def _other_dates(request: HttpRequest, about: Mapping[str, Any]) -> str:
    """Nothing where there is no link that the customer could use."""
    rebooking, at = queries.active_rebooking(about["booking"]), about["now"]
    if rebooking is None or use_blocker(rebooking, at=at):
        return ""
    token = token_of(rebooking)
    if not token:
        return ""
    context = {
        "cards": cards_of(rebooking, at=at, most=_FEW),
        "hold_url": reverse("rebooking:hold", args=[token]),
        "page_url": reverse("rebooking:page", args=[token]),
    }
    return render_to_string("rebooking/_customer_slot.html", context, request=request)


def _thread(request: HttpRequest, about: Mapping[str, Any]) -> str:
    booking = about["booking"]
    thread = thread_card(booking, at=about["now"])
    if thread is None:
        return ""
    plan_url = f"{reverse('dates:create')}?course={booking.course_id}" if about["may_decide"] else ""
    context = {"thread": thread, "detail_url": "bookings:detail", "plan_url": plan_url, "now": about["now"]}
    return render_to_string("rebooking/_thread.html", context, request=request)


def _change(_request: HttpRequest, about: Mapping[str, Any]) -> str:
    url = f"{reverse('bookings:decline', args=[about['booking'].pk])}?{proposals.CHANGE}=1"
    return render_to_string("rebooking/_change.html", {"url": url})


_MAIL_TEXTS = {
    mails.OFFER: gettext_lazy("The customer was sent a link to choose another date."),
    mails.REMINDER: gettext_lazy("The customer was reminded by e-mail to choose another date."),
    mails.LAST_REMINDER: gettext_lazy("The customer was reminded for the last time to choose another date."),
    mails.CONFIRMED: gettext_lazy("The customer was told by e-mail which date was chosen."),
    mails.DECLINED: gettext_lazy("The customer was told by e-mail that our team gets in touch."),
}


def announce() -> None:
    registry.add_to_slot("customer_page", _other_dates)
    registry.add_to_slot("booking_detail", _thread)
    registry.add_to_slot("booking_actions", _change)
    registry.add_form_part("decline_booking", proposals.make_part)
    for kind, text in event_texts().items():
        registry.add_event_text(kind, text)
    for kind, words in _MAIL_TEXTS.items():
        registry.add_mail_text(kind, words)
    # One short word: five of them stand side by side at the foot of a phone.
    label = pgettext_lazy("menu", "Rebookings")
    registry.add_menu_entry(registry.MenuEntry(label, "rebooking:list", "arrow-right-left", "partner", 25))


announce()
