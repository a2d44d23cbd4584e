"""Any sequence of shop changes, answers and clock: one booking per item, and the rules of its life hold."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.bookings import operations, queries
from portal.bookings.models import BACK_TO_PENDING, NEXT_STATUSES, Booking, BookingStatus
from portal.bookings.operations import By
from portal.bookings.sweeps import expire_bookings, settle_decisions
from portal.bookings.tests.shop_orders import make_line, make_order, take_in
from portal.conftest import NOON
from portal.core.models import Event, OutboxMail
from portal.core.refusals import NotAllowed

STATES = [
    "new",
    "processing",
    "complete",
    "pending_payment",
    "payment_review",
    "holded",
    "canceled",
    "closed",
]


@dataclass(frozen=True)
class Shop:
    """The shop changes the order."""

    state: str
    participants: int
    day: int


shop = st.builds(Shop, st.sampled_from(STATES), st.integers(0, 5), st.sampled_from([3, 8, 15]))
steps = st.lists(
    st.one_of(
        shop, st.sampled_from(["confirm", "decline", "undo"]), st.timedeltas(timedelta(0), timedelta(days=4))
    ),
    min_size=1,
    max_size=12,
)


class _Undone(Exception):
    """Ends one example: its rows are rolled back."""


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=steps)
def test_whatever_happens_an_item_is_one_booking_and_its_life_follows_the_table(
    adas_partner, settings, steps
):
    settings.UNDO_SECONDS = 600
    try:
        with transaction.atomic():
            _play(steps)
            raise _Undone
    except _Undone:
        pass


def _play(steps) -> None:
    at, last = NOON, Shop("processing", 2, 8)
    take_in(_order(last))
    for step in steps:
        before = _booking()
        if isinstance(step, timedelta):
            at += step
        elif isinstance(step, Shop):
            last = step
            take_in(_order(step), at=at)
        else:
            _answer(step, at)
        settle_decisions(at)
        expire_bookings(at)
        _check(before, _booking(), last)


def _order(shop: Shop):
    line = make_line(participants=shop.participants, ordered=5, starts_on=date(2030, 5, shop.day))
    return make_order(line, state=shop.state)


def _answer(step: str, at) -> None:
    booking, by = _booking(), By("portal")
    try:
        if step == "confirm":
            operations.confirm_booking(booking, by=by, at=at)
        elif step == "decline":
            reason = queries.reason_by_code("capacity_full")
            operations.decline_booking(booking, reason=reason, by=by, at=at)
        else:
            operations.undo_decision(booking, by=by, at=at)
    except NotAllowed:
        pass


def _booking() -> Booking:
    return Booking.objects.get()


def _check(before: Booking, after: Booking, shop: Shop) -> None:
    is_gone = shop.state in ("canceled", "closed") or shop.participants == 0
    assert (after.status == BookingStatus.CANCELLED) >= is_gone
    assert after.participants >= 1
    assert after.shop_participants == shop.participants
    # A step may answer and settle, or ask anew and expire: at most two moves, each of the table.
    assert after.status in _within_two_moves(BookingStatus(before.status))
    if before.settled_at and after.status == BookingStatus.PENDING:
        assert after.version > before.version, "only the shop takes back what others have heard of"
    # Hidden bookings are never asked for; every other version is asked for once.
    asked = list(OutboxMail.objects.filter(kind="booking_request").values_list("version", flat=True))
    assert sorted(asked) == ([] if after.asked_at is None else list(range(min(asked), after.version + 1)))
    settled = Event.objects.filter(kind__endswith="_settled").count()
    assert settled <= Event.objects.filter(kind__in=["booking.confirmed", "booking.declined"]).count()


def _within_two_moves(status: BookingStatus) -> set[BookingStatus]:
    first = {status} | _moves(status)
    return first.union(*(_moves(each) for each in first))


def _moves(status: BookingStatus) -> set[BookingStatus]:
    back = {BookingStatus.PENDING} if status in BACK_TO_PENDING else set()
    return NEXT_STATUSES[status] | back
