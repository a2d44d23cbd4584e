"""Orders, answers, holds and edits in any order: the ledger is what is live, and only the shop sells too much."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.bookings import operations, queries
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.sweeps import settle_decisions
from portal.bookings.tests.recount import differences
from portal.bookings.tests.shop_orders import make_line, make_order, take_in
from portal.conftest import NOON
from portal.core.models import Event
from portal.core.refusals import NotAllowed
from portal.dates import operations as dates
from portal.dates.models import CourseDate, SeatEntry
from portal.dates.seats import Seats, seats_of
from portal.dates.sweeps_seats import remove_expired_holds

items, quantities, which = st.integers(1, 3), st.integers(1, 4), st.integers(0, 1)
by_shop = st.tuples(st.just("shop"), items, st.integers(0, 3), which)
by_partner = st.tuples(st.sampled_from(["confirm", "decline", "break", "undo"]), items)
by_hand = st.tuples(st.sampled_from(["elsewhere", "blocked"]), st.sampled_from("ab"), quantities, which)
holds = st.tuples(st.just("hold"), st.sampled_from("ab"), quantities, which, st.integers(1, 20))
back = st.tuples(st.sampled_from(["give back", "release"]), st.sampled_from("ab"))
edits = st.tuples(st.just("capacity"), st.integers(0, 12), which)
waits = st.tuples(st.just("wait"), st.integers(1, 12), st.booleans())
steps = st.lists(st.one_of(by_shop, by_partner, by_hand, holds, back, edits, waits), min_size=4, max_size=12)


class _Undone(Exception):
    """Ends one example: its rows are rolled back."""


@dataclass
class World:
    """What must be in the ledger besides bookings, kept in the plainest way. Two dates of eight seats."""

    dates: list[CourseDate]
    at: datetime = NOON
    # (source, key) → (which date, quantity, until)
    taken: dict[tuple[str, str], tuple[int, int, datetime | None]] = field(default_factory=dict)
    used: set[tuple[str, str]] = field(default_factory=set)

    def live(self, number: int, source: str) -> int:
        return sum(
            quantity
            for (each, _key), (which, quantity, until) in self.taken.items()
            if each == source and which == number and (until is None or until > self.at)
        )

    def seats(self) -> list[Seats]:
        rows = CourseDate.objects.in_bulk([each.pk for each in self.dates])
        found = seats_of(rows.values(), at=self.at)
        return [found[each.pk] for each in self.dates]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_the_ledger_is_what_is_live_and_nothing_of_ours_takes_a_seat_that_is_not_there(
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
    take_in(*[_order(number, 1, number % 2) for number in (1, 2, 3)])
    world = World(list(CourseDate.objects.order_by("magento_product_id")))
    CourseDate.objects.update(capacity=8)
    seats = world.seats()
    for step in steps:
        before, seats = seats, _step(world, step, seats)
        _check(world, before, seats, is_by_shop=step[0] == "shop")


def _step(world: World, step, before: list[Seats]) -> list[Seats]:
    try:
        _act(world, *step)
    except NotAllowed:
        assert world.seats() == before
        return before
    return world.seats()


def _order(number: int, participants: int, which: int):
    line = make_line(
        10 + number,
        participants=participants,
        ordered=4,
        date_product_id=101 + which,
        date_sku=f"K1-{which}",
        starts_on=date(2030, 5, 8 + which),
    )
    return make_order(line, order_id=number, state="processing" if participants else "canceled")


def _act(world: World, kind: str, *values) -> None:
    if kind == "shop":
        take_in(_order(*values), at=world.at)
    elif kind == "wait":
        _wait(world, *values)
    elif kind == "capacity":
        capacity, number = values
        dates.set_capacity(world.dates[number], capacity, actor="test", at=world.at)
    elif kind in ("confirm", "decline", "break", "undo"):
        _answer(world, kind, Booking.objects.get(magento_order_id=values[0]))
    elif kind in ("give back", "release"):
        _give_back(world, kind, values[0])
    else:
        _take(world, kind, *values)


def _wait(world: World, minutes: int, is_swept: bool) -> None:
    world.at += timedelta(minutes=minutes)
    settle_decisions(world.at)
    if is_swept:
        remove_expired_holds(world.at)


def _answer(world: World, kind: str, booking: Booking) -> None:
    partner, staff, reason = By("portal"), By("staff"), queries.reason_by_code("capacity_full")
    if kind == "confirm":
        operations.confirm_booking(booking, by=partner, at=world.at)
    elif kind == "decline":
        operations.decline_booking(booking, reason=reason, by=partner, at=world.at)
    elif kind == "break":
        operations.emergency_decline_booking(booking, reason=reason, notes="Krank", by=staff, at=world.at)
    else:
        operations.undo_decision(booking, by=staff, at=world.at)


def _take(world: World, source: str, key: str, quantity: int, number: int, minutes: int = 0) -> None:
    values = {"quantity": quantity, "key": key, "actor": "test", "at": world.at}
    until = None
    if source == "hold":
        until = world.at + timedelta(minutes=minutes)
        dates.hold_seats(world.dates[number], until=until, **values)
        was = world.taken.get((source, key))
        until = max(until, was[2]) if was else until
    elif source == "elsewhere":
        dates.sell_elsewhere(world.dates[number], **values)
    else:
        dates.block_seats(world.dates[number], note="", **values)
    known = world.taken.get((source, key))
    is_expired = source == "hold" and known is not None and known[2] <= world.at
    assert known is None or is_expired or known[:2] == (number, quantity), "a key stands for one thing"
    assert known is not None or (source, key) not in world.used, "what was given back is not taken again"
    world.taken[source, key] = (number, quantity, until)


def _give_back(world: World, kind: str, key: str) -> None:
    if kind == "release":
        partner_id = world.dates[0].partner_id
        dates.release_seats(partner_id, "hold", key, at=world.at)
        world.taken.pop(("hold", key), None)
        return
    for entry in SeatEntry.objects.filter(source__in=["elsewhere", "blocked"], source_key=key):
        dates.give_back(entry, actor="test", at=world.at)
        world.taken.pop((entry.source, key), None)
        world.used.add((entry.source, key))


def _check(world: World, before: list[Seats], after: list[Seats], *, is_by_shop: bool) -> None:
    assert differences() == []
    participants = _live_participants()
    for number, (was, now) in enumerate(zip(before, after, strict=True)):
        by_hand = [world.live(number, source) for source in ("hold", "elsewhere", "blocked")]
        assert [now.held, now.elsewhere, now.blocked] == by_hand
        assert now.booked == participants.get(world.dates[number].pk, 0)
        assert is_by_shop or now.free >= min(0, was.free), "only the shop sells more than there is"
    _check_story()


def _live_participants() -> dict[int, int]:
    live = Booking.objects.exclude(status="cancelled").exclude(status="declined", settled_at__isnull=False)
    return dict(live.values_list("course_date").annotate(Sum("participants")))


def _check_story() -> None:
    """All that was told adds up to what is there: nothing was taken, or given back, twice."""
    told: dict[tuple[int, str], int] = {}
    for event in Event.objects.filter(kind="date.seats_changed"):
        key = event.subject_id, event.data["source"]
        told[key] = told.get(key, 0) + event.data["quantity"]
    rows = SeatEntry.objects.exclude(source="booking").values_list("course_date_id", "source")
    there = {(date_id, source): total for date_id, source, total in rows.annotate(Sum("quantity"))}
    assert {key: total for key, total in told.items() if total} == {
        key: total for key, total in there.items() if total
    }
