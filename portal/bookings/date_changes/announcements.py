"""What date changes announce: words of events, what stands on the page of a date, and problems for staff."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.bookings.date_changes import policies, queries
from portal.bookings.date_changes.pages import booked_context
from portal.bookings.models import Booking
from portal.core import registry
from portal.core.registry import EventText, Problem
from portal.core.wording import say_short_day

MOST_PROBLEMS = 50


def _booked(request: HttpRequest, about: Mapping[str, Any]) -> str:
    context = booked_context(about["date"], may_decide=about["may_decide"], at=about["now"])
    return render_to_string("date_changes/_booked.html", context, request=request)


def _sold_in_spite(at: datetime) -> Iterable[Problem]:
    return [_problem(booking) for booking in queries.sold_in_spite(at)[:MOST_PROBLEMS]]


def _problem(booking: Booking) -> Problem:
    values = {
        "number": booking.order_number,
        "course": booking.course_name,
        "day": say_short_day(booking.starts_on) if booking.starts_on else _("a day not known yet"),
        "partner": booking.partner.company,
    }
    return Problem(
        title=_("Order %(number)s is for a date that does not take place") % values,
        text=_(
            "%(course)s on %(day)s at %(partner)s was cancelled, but the shop sold it. The customer does not know yet: "
            "please decline the booking, and take the date out of the shop."
        )
        % values,
        url=reverse("manage:booking", args=[booking.pk]),
        since=booking.created_at,
        tone="bad",
    )


def announce() -> None:
    registry.add_to_slot("date_detail", _booked)
    registry.add_problem_source(_sold_in_spite)
    registry.add_objection("restore_date", policies.restore_blocker)
    registry.add_event_text(
        "booking.customer_opened",
        EventText(gettext_lazy("The customer has read that the date falls through."), "mail-open"),
    )
    registry.add_event_text(
        "booking.customer_reached",
        EventText(gettext_lazy("Somebody has spoken with the customer."), "phone", "confirmed"),
    )
    registry.add_event_text(
        "booking.customer_not_reached",
        EventText(gettext_lazy("Nobody has spoken with the customer after all."), "undo-2"),
    )


announce()
