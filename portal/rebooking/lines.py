"""A rebooking as a partner's list shows it, with nothing left for a template to decide."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.bookings.models import Booking, BookingStatus
from portal.bookings.people import ShownCustomer, shown_customer
from portal.core.registry import Text
from portal.rebooking.models import Choice, Rebooking
from portal.rebooking.queries_partner import State, state_of

_PILLS = {
    State.WAITING: "pending",
    State.TO_ANSWER: "pending",
    State.SAVED: "confirmed",
    State.OVER: "expired",
}
_WISHES: dict[str, Text] = {
    Choice.OTHER_DATES: gettext_lazy("The customer wishes other dates"),
    Choice.VOUCHER: gettext_lazy("The customer asks for a voucher"),
    Choice.REFUND: gettext_lazy("The customer asks for the money back"),
}
_NEW_ONES: dict[str, Text] = {
    BookingStatus.DECLINED: gettext_lazy("The new date was declined, too"),
    BookingStatus.CANCELLED: gettext_lazy("Cancelled by the customer"),
    BookingStatus.EXPIRED: gettext_lazy("The new date was not answered"),
    BookingStatus.REBOOKED: gettext_lazy("Moved once more"),
}
_REFUSED_BESIDE = gettext_lazy("The new date was declined, the booked one stands")


@dataclass(frozen=True)
class Line:
    """:param booking: where it leads: the new booking, once there is one
    :param since: when it became what it is
    """

    rebooking: Rebooking
    customer: ShownCustomer
    booking: Booking
    text: Text
    pill: str
    since: datetime

    @property
    def original(self) -> Booking:
        return self.rebooking.original_booking

    @property
    def new(self) -> Booking | None:
        return self.rebooking.new_booking


def lines_of(rebookings: Iterable[Rebooking], *, at: datetime) -> list[Line]:
    return [_line(each, at=at) for each in rebookings]


def _line(rebooking: Rebooking, *, at: datetime) -> Line:
    new = rebooking.new_booking
    state = state_of(rebooking.status, new.status if new else None)
    return Line(
        rebooking=rebooking,
        customer=shown_customer(rebooking.original_booking, at=at),
        booking=new or rebooking.original_booking,
        text=_text(rebooking, state, at=at),
        pill=_PILLS[state],
        since=rebooking.rebooked_at or rebooking.chosen_at or rebooking.created_at,
    )


def _text(rebooking: Rebooking, state: State, *, at: datetime) -> Text:
    new = rebooking.new_booking
    if state == State.OVER and new is not None:
        is_beside = new.is_candidate and new.status == BookingStatus.DECLINED
        return _REFUSED_BESIDE if is_beside else _NEW_ONES[new.status]
    if state in (State.TO_ANSWER, State.SAVED):
        return str(state.label)
    if rebooking.status == Rebooking.Status.CANCELLED:
        return rebooking.get_ended_display() or str(rebooking.get_status_display())
    if rebooking.choice:
        return _WISHES[rebooking.choice]
    if state == State.OVER or at >= rebooking.token_expires_at:
        return _("Not used in time")
    return _("The customer is choosing") if rebooking.is_held(at) else str(state.label)
