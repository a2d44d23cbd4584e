"""Taking seats in one line, and what is told of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from portal.conftest import NOON
from portal.core import tenancy
from portal.core.models import Event
from portal.core.refusals import NotAllowed
from portal.dates import operations
from portal.dates.models import CourseDate, SeatEntry
from portal.dates.seats import Seats, seats_of

IN_AN_HOUR = NOON + timedelta(hours=1)


def seats(date: CourseDate, *, at=NOON) -> Seats:
    with tenancy.system("tests"):
        date.refresh_from_db()
        return seats_of([date], at=at)[date.pk]


def hold(date: CourseDate, quantity: int = 2, *, key: str = "h", until=IN_AN_HOUR, at=NOON) -> SeatEntry:
    return operations.hold_seats(date, quantity=quantity, key=key, until=until, actor="test", at=at)


def sell(date: CourseDate, quantity: int = 2, *, key: str = "e", at=NOON) -> SeatEntry:
    return operations.sell_elsewhere(date, quantity=quantity, key=key, actor="user:1", at=at)


def block(date: CourseDate, quantity: int = 2, *, key: str = "b", note: str = "", at=NOON) -> SeatEntry:
    return operations.block_seats(date, quantity=quantity, key=key, note=note, actor="user:1", at=at)


def resize(date: CourseDate, capacity: int | None, *, at=NOON) -> CourseDate:
    return operations.set_capacity(date, capacity, actor="user:1", at=at)


def refused(call: Callable[..., object], *arguments: object, **values: object) -> tuple[str, str]:
    """Which rule said no, and in which words."""
    with pytest.raises(NotAllowed) as refusal:
        call(*arguments, **values)
    return refusal.value.blocker.value, refusal.value.message


def told(kind: str = "date.seats_changed") -> list[tuple[str, dict[str, object]]]:
    """Who did what, in its order."""
    with tenancy.system("tests"):
        return [(row.actor, row.data) for row in Event.objects.filter(kind=kind).order_by("id")]
