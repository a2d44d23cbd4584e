"""Words that only staff read."""

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.translation import gettext as _

from portal.bookings.metrics import Week
from portal.bookings.models import Booking, BookingStatus
from portal.core.wording import say_share
from portal.manage import wording

register = template.Library()
_BAR_HEIGHT = 24


@register.filter
def staff_status(booking: Booking) -> str:
    """`{{ booking|staff_status }}`: how it stands, said to staff instead of the partner."""
    return str(wording.status_text(BookingStatus(booking.status)))


@register.inclusion_tag("manage/_rate_bars.html")
def rate_bars(weeks: Sequence[Week]) -> dict[str, Any]:
    """The confirmation rate per week as bars, and as a sentence for who cannot see them."""
    bars = []
    for number, week in enumerate(weeks):
        # Also nothing at all is a bar: a week without a single yes is not one without requests.
        height = 1 if week.rate is None else max(2, round(week.rate * _BAR_HEIGHT))
        bars.append(
            {"x": number * 6, "y": _BAR_HEIGHT - height, "height": height, "is_empty": week.rate is None}
        )
    said = ", ".join(_("none") if week.rate is None else say_share(week.rate) for week in weeks)
    label = _("Confirmation rate of the last 12 weeks, the oldest first: %(rates)s") % {"rates": said}
    return {"bars": bars, "label": label}
