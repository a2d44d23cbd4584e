"""Sentences about a rebooking that several edges say."""

from django.utils.translation import gettext as _

from portal.core.wording import WEEKDAYS, language, say_day, say_money, say_when
from portal.rebooking.models import Rebooking


def rebooked(rebooking: Rebooking) -> str:
    """The answer to the customer who has chosen. Needs `new_booking` loaded."""
    booking = rebooking.new_booking
    assert booking is not None
    if booking.is_candidate:
        text = _(
            "We have asked for %(when)s. As soon as the new date is confirmed, you get another e-mail; until then your "
            "previous date stays booked."
        )
    else:
        text = _(
            "Your booking has moved to %(when)s. As soon as the new date is confirmed, you get another e-mail."
        )
    moment = booking.starts_at or booking.starts_on
    return text % {"when": say_when(moment) if moment else ""}


def wish_text(rebooking: Rebooking) -> str:
    """ "Other dates · Sat, Sun · in the evening · until Sat 30 June 2030"; empty where nothing is wished."""
    if not rebooking.choice:
        return ""
    days = [WEEKDAYS[language()][day] for day in sorted(rebooking.wish_weekdays)]
    parts = [str(rebooking.get_choice_display()), ", ".join(days)]
    if rebooking.wish_time:
        parts.append(str(rebooking.get_wish_time_display()))
    if rebooking.wish_until:
        parts.append(_("until %(day)s") % {"day": say_day(rebooking.wish_until)})
    return " · ".join(part for part in parts if part)


def difference_text(rebooking: Rebooking) -> str:
    """To staff: what to do about the price of the new date. Empty where it costs the same. Needs the booking loaded."""
    cents, currency = rebooking.difference_cents or 0, rebooking.original_booking.currency
    amount = {"amount": say_money(abs(cents), currency)}
    if cents < 0:
        return (
            _("The new date costs %(amount)s less: please settle the difference with the customer.") % amount
        )
    return _("The new date costs %(amount)s more, which nobody pays.") % amount if cents else ""
