"""Taking seats of a date and giving them back. Whoever takes seats names them once, by a key."""

from datetime import datetime

from django.db import transaction
from django.db.models import TextChoices
from django.db.models.functions import Now

from portal.core import events
from portal.core.refusals import NotAllowed
from portal.dates import seat_policies as policies
from portal.dates.models import CourseDate, SeatEntry
from portal.dates.operations.locking import lock_date
from portal.dates.seat_policies import CapacityBlocker, SeatBlocker
from portal.dates.seats import BY_HAND, Seats, seats_of

Source = SeatEntry.Source
_LONGEST_KEY = 80
_LONGEST_NOTE = 200


@transaction.atomic
def hold_seats(
    date: CourseDate, *, quantity: int, key: str, until: datetime, actor: str, at: datetime
) -> SeatEntry:
    """Keep seats for somebody who is about to book. The same key again makes the hold longer, never shorter.

    :raises NotAllowed: with the SeatBlocker that stands in the way
    """
    if until <= at:
        raise ValueError("A hold that is over before it begins holds nothing.")
    date = lock_date(date)
    entry = SeatEntry(source=Source.HOLD, source_key=key, quantity=quantity, expires_at=until, actor=actor)
    if known := _live_one(date, entry, at=at):
        return _extend(date, known, until, at=at)
    return _take(date, entry, at=at)


@transaction.atomic
def sell_elsewhere(date: CourseDate, *, quantity: int, key: str, actor: str, at: datetime) -> SeatEntry:
    """The partner has sold seats at the door, by phone or on another site. Safe to repeat by its key.

    :raises NotAllowed: with the SeatBlocker that stands in the way
    """
    date = lock_date(date)
    entry = SeatEntry(source=Source.ELSEWHERE, source_key=key, quantity=quantity, actor=actor)
    return _live_one(date, entry, at=at) or _take(date, entry, at=at)


@transaction.atomic
def block_seats(
    date: CourseDate, *, quantity: int, key: str, note: str, actor: str, at: datetime
) -> SeatEntry:
    """Seats that nobody shall sell. Safe to repeat by its key.

    :raises NotAllowed: with the SeatBlocker that stands in the way
    """
    date = lock_date(date)
    note = note.strip()[:_LONGEST_NOTE]
    entry = SeatEntry(source=Source.BLOCKED, source_key=key, quantity=quantity, note=note, actor=actor)
    return _live_one(date, entry, at=at) or _take(date, entry, at=at)


@transaction.atomic
def give_back(entry: SeatEntry, *, actor: str, at: datetime) -> bool:
    """Undo “sold elsewhere” or “blocked”. Safe to repeat: False when somebody was faster.

    :raises SeatEntry.DoesNotExist: for seats that are not the partner's to give back
    """
    date = lock_date(entry.course_date)
    entry = date.seat_entries.get(pk=entry.pk, source__in=BY_HAND)
    if entry.quantity == 0:
        return False
    _record(date, entry.source, -entry.quantity, actor=actor, at=at)
    # The row stays, and with it the key: a late second tap on the old button must not take the seats again.
    date.seat_entries.filter(pk=entry.pk).update(quantity=0, changed_at=Now())
    return True


@transaction.atomic
def release_seats(partner_id: int, source: str, key: str, *, at: datetime) -> bool:
    """A hold is needed no longer. Safe to repeat: False when there is none, or no longer."""
    known = SeatEntry.objects.filter(partner_id=partner_id, source=source, source_key=key)
    entry = known.exclude(source=Source.BOOKING).select_related("course_date").first()
    if entry is None:
        return False
    date = lock_date(entry.course_date)
    return _remove(date, entry, actor=entry.actor, at=at)


@transaction.atomic
def remove_expired_holds(*, at: datetime, at_most: int) -> int:
    """Remove holds of any partner that have expired; returns how many. For the clock: it needs the scope of all."""
    # Without the locks of their dates: seats of an expired hold are free already, so nobody's count changes.
    expired = SeatEntry.objects.select_for_update(skip_locked=True).filter(expires_at__lte=at)
    holds = list(expired.order_by("expires_at")[:at_most])
    SeatEntry.objects.filter(pk__in=[each.pk for each in holds]).delete()
    about = [(_date_of(each), _change(each.source, -each.quantity)) for each in holds]
    events.record_many("date.seats_changed", about, actor="clock", at=at)
    return len(holds)


@transaction.atomic
def set_capacity(date: CourseDate, capacity: int | None, *, actor: str, at: datetime) -> CourseDate:
    """Say how many seats there are; None when nobody knows. Safe to repeat.

    :raises NotAllowed: with the CapacityBlocker that stands in the way
    """
    date = lock_date(date)
    return _set_capacity(date, _seats(date, at=at), capacity, actor=actor, at=at)


@transaction.atomic
def take_over_shop_capacity(date: CourseDate, *, actor: str, at: datetime) -> CourseDate:
    """The shop is right about how many seats there are. Safe to repeat.

    :raises NotAllowed: with the CapacityBlocker that stands in the way
    """
    date = lock_date(date)
    if date.shop_total is None:
        raise NotAllowed(CapacityBlocker.SHOP_UNKNOWN)
    return _set_capacity(date, _seats(date, at=at), date.shop_total, actor=actor, at=at)


def _live_one(date: CourseDate, wanted: SeatEntry, *, at: datetime) -> SeatEntry | None:
    """The entry that this key has made already; an expired hold has made none.

    :raises NotAllowed: when the key stands for something else, or its seats were given back
    """
    if not 1 <= len(wanted.source_key) <= _LONGEST_KEY:
        raise NotAllowed(SeatBlocker.KEY_USED)
    # Under its own lock: the clock removes expired holds without the lock of their date.
    known = (
        SeatEntry.objects.select_for_update()
        .filter(partner_id=date.partner_id, source=wanted.source, source_key=wanted.source_key)
        .first()
    )
    if known is None:
        return None
    if known.expires_at is not None and known.expires_at <= at:
        _remove(_date_of(known), known, actor="clock", at=at)
        return None
    return _same(date, wanted, known)


def _same(date: CourseDate, wanted: SeatEntry, known: SeatEntry) -> SeatEntry:
    if (known.course_date_id, known.quantity) != (date.pk, wanted.quantity):
        raise NotAllowed(SeatBlocker.KEY_USED)
    return known


def _take(date: CourseDate, entry: SeatEntry, *, at: datetime) -> SeatEntry:
    seats = _seats(date, at=at)
    _guard(policies.take_blocker(date, seats, entry.quantity, at=at), seats)
    made, is_new = SeatEntry.objects.get_or_create(
        partner_id=date.partner_id,
        source=entry.source,
        source_key=entry.source_key,
        defaults={
            "course_date": date,
            "quantity": entry.quantity,
            "expires_at": entry.expires_at,
            "note": entry.note,
            "actor": entry.actor,
            "created_at": at,
        },
    )
    if not is_new:
        # The same key for another date at the same instant: that one holds another lock than we do.
        return _same(date, entry, made)
    _record(date, entry.source, entry.quantity, actor=entry.actor, at=at)
    return made


def _extend(date: CourseDate, hold: SeatEntry, until: datetime, *, at: datetime) -> SeatEntry:
    assert hold.expires_at is not None
    if until > hold.expires_at:
        _guard(policies.date_blocker(date, at=at), _seats(date, at=at))
        hold.expires_at = until
        hold.save(update_fields=["expires_at"])
    return hold


def _remove(date: CourseDate, entry: SeatEntry, *, actor: str, at: datetime) -> bool:
    removed, _ = SeatEntry.objects.filter(pk=entry.pk).delete()
    if removed:
        _record(date, entry.source, -entry.quantity, actor=actor, at=at)
    return bool(removed)


def _set_capacity(
    date: CourseDate, seats: Seats, capacity: int | None, *, actor: str, at: datetime
) -> CourseDate:
    if capacity == date.capacity:
        return date
    _guard(policies.capacity_blocker(date, seats, capacity), seats)
    was, date.capacity = date.capacity, capacity
    date.save(update_fields=["capacity", "updated_at"])
    events.record(
        "date.capacity_changed", subject=date, actor=actor, at=at, data={"from": was, "to": capacity}
    )
    return date


def _seats(date: CourseDate, *, at: datetime) -> Seats:
    return seats_of([date], at=at)[date.pk]


def _record(date: CourseDate, source: str, quantity: int, *, actor: str, at: datetime) -> None:
    events.record("date.seats_changed", subject=date, actor=actor, at=at, data=_change(source, quantity))


def _change(source: str, quantity: int) -> dict[str, str | int]:
    """:param quantity: negative when seats are free again"""
    return {"source": source, "quantity": quantity}


def _date_of(entry: SeatEntry) -> CourseDate:
    """As much of it as an event names, without a query."""
    return CourseDate(pk=entry.course_date_id, partner_id=entry.partner_id)


def _guard(blocker: TextChoices | None, seats: Seats) -> None:
    if blocker:
        raise NotAllowed(blocker, policies.refusal(blocker, seats))
