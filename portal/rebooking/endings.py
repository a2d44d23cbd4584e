"""What a customer reads where there is nothing to choose: why a link leads nowhere, and how a new date stands."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.bookings.models import Booking, BookingStatus
from portal.rebooking.policies import UseBlocker

INVALID = "invalid"


@dataclass(frozen=True)
class Ending:
    title: str | Promise
    text: str | Promise
    icon: str
    tone: str = "pending"
    # Of the answer at the address of the link itself.
    status: int = 410


_NOTHING_LEFT = _(
    "So there is nothing left to move to another date. If that surprises you, please write to us: we gladly help you."
)
# The title says what the label of the blocker says first; the text says what to do.
ENDINGS: dict[str, Ending] = {
    INVALID: Ending(
        _("This link is unknown."),
        _(
            "Perhaps it was cut off in the e-mail. Please open it from the newest e-mail that we have sent you, or "
            "write to us and name your order number: we gladly help you."
        ),
        "unlink",
        status=404,
    ),
    UseBlocker.USED: Ending(
        _("You have already chosen."), UseBlocker.USED.label, "calendar-check", "confirmed"
    ),
    UseBlocker.EXPIRED: Ending(
        _("This link has expired."),
        _("Please write to us: we gladly find a new date with you."),
        "hourglass",
    ),
    UseBlocker.WITHDRAWN: Ending(
        _("This link no longer works."),
        _("Please use the link in our newest e-mail, or write to us: we gladly help you."),
        "unlink",
    ),
    UseBlocker.ORDER_CANCELLED: Ending(_("Your order was cancelled."), _NOTHING_LEFT, "ban", "neutral"),
    UseBlocker.REFUNDED: Ending(_("Your order was refunded."), _NOTHING_LEFT, "banknote", "neutral"),
    UseBlocker.ERASED: Ending(_("This link no longer works."), UseBlocker.ERASED.label, "unlink", "neutral"),
    UseBlocker.NOT_SETTLED: Ending(
        _("Please wait a moment"), UseBlocker.NOT_SETTLED.label, "hourglass", status=409
    ),
    UseBlocker.REBOOKED: Ending(
        _("Your booking has already moved to another date."),
        _("Our newest e-mail says how it stands. If anything is unclear, please write to us."),
        "calendar-check",
        "confirmed",
    ),
    UseBlocker.TOOK_PLACE: Ending(
        _("Your date has already begun."),
        _("If something went wrong, please write to us: we gladly help you."),
        "calendar-clock",
        "neutral",
    ),
}

_ASKED = Ending(
    _("Your booking has moved"),
    _(
        "We have asked your host to confirm the new date. You get an e-mail from us now, and another one as soon as "
        "it is confirmed."
    ),
    "calendar-check",
    "confirmed",
)
_ASKED_BESIDE = Ending(
    _("We have asked for your new date"),
    _("You get an e-mail as soon as your host has confirmed it. Until then your previous date stays booked."),
    "calendar-clock",
)
_DECLINED = Ending(
    _("We are sorry: the new date does not take place either"),
    _("Your host had to decline it. We get in touch with you about other dates."),
    "calendar-x",
    "declined",
)
_DECLINED_BESIDE = Ending(
    _("We are sorry: the new date is not possible"),
    _("Your host had to decline it. Your previous date stays booked."),
    "calendar-x",
    "declined",
)
_SETTLED: dict[str, Ending] = {
    BookingStatus.CONFIRMED: Ending(
        _("Your new date is confirmed"),
        _("Your host is looking forward to you."),
        "calendar-check",
        "confirmed",
    ),
    BookingStatus.DECLINED: _DECLINED,
}
_OTHERWISE: dict[str, Ending] = {
    BookingStatus.CANCELLED: ENDINGS[UseBlocker.ORDER_CANCELLED],
    BookingStatus.REBOOKED: ENDINGS[UseBlocker.REBOOKED],
    BookingStatus.EXPIRED: Ending(
        _("Your host has not answered yet"),
        _("We are looking after it: our team gets in touch with you."),
        "clock-alert",
    ),
}


def state_of(new: Booking) -> Ending:
    """How the date that was chosen stands. A decision that can still be undone is nobody's news."""
    if new.settled_at is not None and new.status in _SETTLED:
        is_declined_beside = new.is_candidate and new.status == BookingStatus.DECLINED
        return _DECLINED_BESIDE if is_declined_beside else _SETTLED[new.status]
    return _OTHERWISE.get(new.status) or (_ASKED_BESIDE if new.is_candidate else _ASKED)
