"""Partner and staff decide, undo and let time pass, in any order: the rules of a booking's life hold."""

from datetime import timedelta

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.bookings import operations, queries
from portal.bookings.models import BACK_BY_UNDO, BACK_TO_PENDING, NEXT_STATUSES, Booking, BookingStatus
from portal.bookings.operations import By
from portal.bookings.sweeps import expire_bookings, settle_decisions
from portal.bookings.tests.looking import ask, decision_of, kinds
from portal.conftest import NOON
from portal.core.refusals import NotAllowed

steps = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["confirm", "decline", "emergency", "undo"]), st.sampled_from(["portal", "staff"])
        ),
        st.timedeltas(timedelta(0), timedelta(minutes=15)),
        st.just(timedelta(days=8)),
    ),
    min_size=1,
    max_size=14,
)


class _Undone(Exception):
    """Ends one example: its rows are rolled back."""


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=steps)
def test_in_any_order_the_life_follows_the_table_and_each_promise_is_told_once(
    adas_partner, ada, mona, settings, steps
):
    settings.UNDO_SECONDS = 600
    people = {"portal": By("portal", ada), "staff": By("staff", mona)}
    try:
        with transaction.atomic():
            _play(steps, adas_partner, people)
            raise _Undone
    except _Undone:
        pass


def _play(steps, partner, people) -> None:
    booking, at, before = ask(partner)[0], NOON, []
    for step in steps:
        was = decision_of(booking)
        if isinstance(step, timedelta):
            at += step
            settle_decisions(at)
            expire_bookings(at)
        else:
            is_done = _act(booking, step[0], people[step[1]], at)
            if is_done and step[0] == "undo":
                # Nothing of the decision is left, and nothing of what was there before is missing.
                assert decision_of(booking) == before.pop()
            elif is_done:
                before.append(was)
        assert decision_of(booking)["status"] in _within_two_moves(BookingStatus(was["status"]))
        told = kinds(booking)
        assert told.count("booking.confirmation_settled") <= told.count("booking.confirmed")
        assert told.count("booking.decline_settled") <= 1


def _act(booking: Booking, action: str, by: By, at) -> bool:
    """Whether something changed."""
    events, reason = len(kinds(booking)), queries.reason_by_code("capacity_full")
    try:
        if action == "confirm":
            operations.confirm_booking(booking, by=by, at=at)
        elif action == "decline":
            operations.decline_booking(booking, reason=reason, by=by, at=at)
        elif action == "emergency":
            operations.emergency_decline_booking(booking, reason=reason, notes="Krank", by=by, at=at)
        else:
            operations.undo_decision(booking, by=by, at=at)
    except NotAllowed:
        return False
    return len(kinds(booking)) > events


def _within_two_moves(status: BookingStatus) -> set[BookingStatus]:
    first = {status} | _moves(status)
    return first.union(*(_moves(each) for each in first))


def _moves(status: BookingStatus) -> set[BookingStatus]:
    back = {BookingStatus.PENDING} if status in BACK_TO_PENDING else set()
    return NEXT_STATUSES[status] | back | BACK_BY_UNDO.get(status, set())
