"""Whatever happens in whatever order: one live booking for each order item, and no seat promised twice."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from django.db import transaction
from django.db.models import Count, Sum
from hypothesis import HealthCheck, given, note
from hypothesis import settings as examples
from hypothesis import strategies as st
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from portal.accounts.models import User
from portal.bookings import operations as bookings
from portal.bookings.models import Booking
from portal.bookings.operations import By
from portal.bookings.queries import reason_by_code
from portal.bookings.sweeps import settle_decisions
from portal.bookings.tests.factories import make_booking
from portal.bookings.tests.recount import differences
from portal.conftest import NOON
from portal.core.refusals import NotAllowed
from portal.dates.models import CourseDate, SeatEntry
from portal.dates.seats import seats_of
from portal.dates.sweeps_seats import remove_expired_holds
from portal.rebooking import operations
from portal.rebooking.models import Choice, Rebooking
from portal.rebooking.operations import Wish
from portal.rebooking.sweeps import expire_links, remind_customers
from portal.rebooking.tests.factories import make_free_date

# Two order items of two seats each, one of three; dates of three and four seats beside those they were sold for.
ITEMS, PLACES, ROWS = range(3), range(4), ("live", "live", "candidate")
ANSWERS = ("confirm", "decline")
# How often each comes. "final" is an answer with the end of its undo window and all that follows: most of what matters
# comes after that.
WEIGHTS = {
    **{"final": 8, "answer": 4, "undo": 2, "choose": 8, "hold": 5, "send link": 3, "wait": 5, "jobs": 3},
    **dict.fromkeys(("release", "wish", "revoke", "extend", "cancel"), 1),
}
# What follows in other modules (tickets, stock, mails to partners) is not asked here.
FOLLOWING = ("portal.bookings.subscribers.", "portal.rebooking.subscribers.")


class _Undone(Exception):
    """Ends one example: its rows are rolled back."""


@dataclass
class World:
    dates: list[CourseDate]
    order_items: list[int]
    mona: User
    at: datetime = NOON
    ran: set[int] = field(default_factory=set)

    def booking(self, number: int, row: str = "live") -> Booking | None:
        found = Booking.objects.with_relations().filter(magento_order_item_id=self.order_items[number])
        if row == "candidate":
            return found.filter(is_candidate=True).order_by("generation").last()
        return found.exclude(status="rebooked").get(is_candidate=False)

    def link(self, number: int) -> Rebooking | None:
        found = Rebooking.objects.filter(original_order_item_id=self.order_items[number])
        return found.order_by("pk").last()


@examples(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(seed=st.integers(0, 2**32))
def test_each_order_item_has_one_live_booking_and_seats_are_bookings_and_holds(
    adas_partner, mona, settings, seed
):
    settings.UNDO_SECONDS = 600
    # Drawn by weight: of lists that hypothesis makes up few get as far as a choice, and hardly one to a second decline.
    steps = _steps(Random(seed))
    note(steps)
    try:
        with transaction.atomic():
            _play(adas_partner, mona, steps)
            raise _Undone
    except _Undone:
        pass


def _steps(random: Random) -> list[tuple[object, ...]]:
    kinds = random.choices(list(WEIGHTS), weights=WEIGHTS.values(), k=random.randint(10, 30))
    begun = [("final", random.choice(ANSWERS), item, "live") for item in ITEMS if random.random() < 0.7]
    return begun + [_drawn(kind, random) for kind in kinds]


def _drawn(kind: str, random: Random) -> tuple[object, ...]:
    item = random.choice(ITEMS)
    if kind == "wait":
        return kind, random.choice([1, 5, *[10] * 9, 30 * 24 * 60]), random.random() < 0.5
    if kind == "jobs":
        return kind, random.random() < 0.5
    if kind == "answer":
        return random.choice(ANSWERS), item, random.choice(ROWS)
    if kind == "final":
        return kind, random.choice(ANSWERS), item, random.choice(ROWS)
    if kind in ("choose", "hold"):
        return kind, item, random.choice(PLACES)
    return (kind, item, random.choice(ROWS)) if kind == "undo" else (kind, item)


def _play(partner, mona, steps) -> None:
    world = _world(partner, mona)
    _check(world)
    for step in steps:
        before = _state()
        try:
            with transaction.atomic():
                _act(world, *step)
        except NotAllowed:
            assert _state() == before, "what is refused changes nothing"
        _check(world)
    _end(world)


def _world(partner, mona) -> World:
    far = NOON + timedelta(days=900)
    sold = [make_booking(partner, starts_at=far, **_people(count)) for count in (2, 2, 3)]
    CourseDate.objects.update(capacity=3)
    course = sold[0].course
    Booking.objects.update(course=course)
    CourseDate.objects.update(course=course)
    dates = [
        make_free_date(course, 901 + number, capacity=capacity) for number, capacity in enumerate((3, 4, 4))
    ]
    return World([*dates, sold[2].course_date], [each.magento_order_item_id for each in sold], mona)


def _people(count: int) -> dict[str, int]:
    return {"participants": count, "shop_participants": count}


def _act(world: World, kind: str, *values) -> None:
    if kind == "wait":
        _wait(world, *values)
    elif kind == "jobs":
        _run_jobs(world, *values)
    elif kind == "final":
        _act(world, *values)
        _wait(world, 10, True)
        _run_jobs(world, False)
    else:
        _touch(world, kind, *values)


def _touch(world: World, kind: str, item: int, *values) -> None:
    if kind in (*ANSWERS, "undo"):
        if booking := world.booking(item, *values):
            _answer(kind, booking, at=world.at)
    elif kind == "cancel":
        bookings.cancel_booking(world.booking(item), at=world.at)
    elif kind == "send link":
        operations.send_link(world.booking(item), user=world.mona, at=world.at)
    elif link := world.link(item):
        _use(world, kind, link, *values)


def _wait(world: World, minutes: int, is_swept: bool) -> None:
    world.at += timedelta(minutes=minutes)
    settle_decisions(world.at)
    if is_swept:
        remove_expired_holds(world.at)
        remind_customers(world.at)
        expire_links(world.at)


def _answer(kind: str, booking: Booking, *, at: datetime) -> None:
    partner, staff, reason = By("portal"), By("staff"), reason_by_code("capacity_full")
    if kind == "confirm":
        bookings.confirm_booking(booking, by=partner, at=at)
    elif kind == "decline" and booking.status == "confirmed":
        bookings.emergency_decline_booking(booking, reason=reason, notes="Krank", by=staff, at=at)
    elif kind == "decline":
        bookings.decline_booking(booking, reason=reason, by=partner, at=at)
    else:
        bookings.undo_decision(booking, by=staff, at=at)


def _use(world: World, kind: str, link: Rebooking, place: int = 0) -> None:
    date_id, at = world.dates[place].pk, world.at
    if kind == "hold":
        operations.hold_date(link, date_id, at=at)
    elif kind == "choose":
        operations.rebook(link, date_id, at=at)
    elif kind == "release":
        operations.release_date(link, at=at)
    elif kind == "wish":
        operations.note_wish(link, Wish(Choice.REFUND), at=at)
    elif kind == "extend":
        operations.extend_link(link, user=world.mona, at=at)
    else:
        operations.revoke_link(link, user=world.mona, at=at)


def _run_jobs(world: World, is_backwards: bool) -> None:
    """What follows from events, in the order they happened or in the opposite one; each of them twice."""
    for _round in range(10):
        waiting = ProcrastinateJob.objects.filter(task_name="core.run_subscriber", status="todo")
        found = list(waiting.exclude(pk__in=world.ran).order_by("-id" if is_backwards else "id"))
        world.ran.update(job.pk for job in found)
        ours = [job for job in found if job.args["subscriber"].startswith(FOLLOWING)]
        if not ours:
            return
        for job in ours:
            for _again in range(2):
                app.tasks[job.task_name].func(**job.args)
    raise AssertionError("the jobs never end")


def _state() -> tuple[list[object], ...]:
    return (
        list(Booking.objects.order_by("pk").values_list("pk", "status", "is_candidate", "settled_at")),
        list(SeatEntry.objects.order_by("pk").values_list("pk", "quantity", "expires_at")),
        list(
            Rebooking.objects.order_by("pk").values_list("pk", "status", "held_date", "held_until", "choice")
        ),
    )


def _check(world: World) -> None:
    live = Booking.objects.filter(is_candidate=False).exclude(status="rebooked")
    counted = live.values_list("magento_order_item_id").annotate(Count("pk"))
    assert dict(counted) == dict.fromkeys(world.order_items, 1)
    assert differences() == []
    _check_seats(world)
    for each in Rebooking.objects.exclude(new_booking=None).select_related("original_booking", "new_booking"):
        assert each.new_booking.previous_id == each.original_booking_id
        assert each.original_booking.status == "rebooked" or each.new_booking.is_candidate


def _check_seats(world: World) -> None:
    held = Rebooking.objects.filter(held_until__gt=world.at)
    asked = dict(held.values_list("held_date").annotate(Sum("original_booking__participants")))
    found = seats_of(CourseDate.objects.all(), at=world.at)
    assert {pk: seats.held for pk, seats in found.items() if seats.held} == asked
    assert [pk for pk, seats in found.items() if seats.taken > seats.capacity] == []


def _end(world: World) -> None:
    """Once everything has been told nothing is left between two states."""
    for _round in range(2):
        _wait(world, 10, True)
        _run_jobs(world, False)
    _check(world)
    for booking in Booking.objects.filter(is_candidate=False).exclude(status="rebooked"):
        _check_end(booking)


def _check_end(booking: Booking) -> None:
    thread = Booking.objects.thread_of(booking)
    open_candidates = [each for each in thread if each.is_open_candidate]
    active = Rebooking.objects.filter(original_booking__in=thread, status="active")
    assert len(open_candidates) <= 1
    if booking.status == "cancelled":
        assert (open_candidates, list(active)) == ([], [])
    assert {each.original_booking_id for each in active} <= {booking.pk}
    if booking.status == "declined":
        assert open_candidates == [], "what was asked for is the booking now"
        links = Rebooking.objects.filter(original_booking=booking)
        made = Rebooking.objects.filter(original_booking__in=thread, cause="declined").count()
        assert links.exists() or made >= 3, "its customer was written to, or staff were told"
