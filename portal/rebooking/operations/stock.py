"""By how much the shop's stock has to change since a booking has moved, and what is known of each correction.

The shop has sold an order item on the date of its first row, and gives seats back there. So when the live row is on
another date, the first one's has to sell as many seats more as the other one's fewer; of what is cancelled or refunded
nothing is left. What is to be done is the difference between this and what was asked for so far, whatever
happened in whichever order.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Sum
from django.db.models.functions import Greatest, Now

from portal.bookings import queries
from portal.bookings.models import Booking, BookingStatus
from portal.dates.models import CourseDate, SeatEntry
from portal.rebooking.models import StockChange
from portal.rebooking.operations.locking import lock_booking


@transaction.atomic
def ask_for_changes(booking: Booking, reason: StockChange.Reason, *, at: datetime) -> list[StockChange]:
    """Write down which corrections this event of the booking calls for. Safe to repeat: then there are none.

    What was not begun yet, since it waits or the shop has refused it, goes into the new one: should only one of both
    ever be made, the shop would sell a seat too many or too few.
    """
    lock_booking(booking)
    thread = queries.thread_of(booking)
    missing = _wanted(thread)
    missing.subtract(_sums(thread))
    dates = {each.course_date_id: each.course_date for each in thread if each.course_date is not None}
    deltas = [
        (missing[pk] + _take_over(thread, date), date)
        for pk, date in dates.items()
        if missing[pk] and is_known_to_shop(date)
    ]
    common = {"partner_id": booking.partner_id, "booking": booking, "reason": reason, "created_at": at}
    # Fewer first: no seat is on sale twice in between.
    deltas.sort(key=lambda each: each[0])
    return StockChange.objects.bulk_create(
        [StockChange(course_date=date, delta=delta, **common) for delta, date in deltas if delta]
    )


@transaction.atomic
def follow_cancellation(booking: Booking) -> None:
    """The shop has taken the seats back. A row that has moved on is not cancelled itself. Safe to repeat."""
    lock_booking(booking)
    _mark_sold(queries.thread_of(booking))


def is_known_to_shop(date: CourseDate) -> bool:
    is_gone = date.shop_state == CourseDate.ShopState.GONE
    return bool(date.magento_product_id and date.sku) and not is_gone


def is_blocked(change: StockChange) -> bool:
    """Whether another correction of the same product was begun and is not known to be done yet."""
    begun = StockChange.objects.filter(planned_after__isnull=False, done_at=None)
    return begun.filter(course_date__sku__iexact=change.course_date.sku).exclude(pk=change.pk).exists()


def plan_change(change: StockChange, found: Decimal) -> bool:
    """Keep what the shop has and what it shall have, before it is told. False when another one has taken it over."""
    change.planned_before, change.planned_after = found, found + change.delta
    plan = {"planned_before": change.planned_before, "planned_after": change.planned_after}
    return bool(StockChange.objects.filter(pk=change.pk, done_at=None).update(**plan))


def forget_plan(change: StockChange) -> None:
    """The shop has certainly not done it."""
    StockChange.objects.filter(pk=change.pk, done_at=None).update(planned_before=None, planned_after=None)


@transaction.atomic
def finish_change(change: StockChange, *, is_written: bool, at: datetime) -> bool:
    """The shop's stock has changed, and the sale stands where it now is. False when that was known.

    :param is_written: False where the shop keeps no stock of the date
    """
    booking = lock_booking(change.booking)
    if not StockChange.objects.filter(pk=change.pk, done_at=None).update(done_at=at):
        return False
    thread = queries.thread_of(booking)
    if is_written:
        _follow(change)
    _mark_sold(thread)
    _read_again(change.course_date_id, thread)
    return True


def _take_over(thread: list[Booking], date: CourseDate) -> int:
    """The seats of what was asked for on this date and not begun; its jobs will find nothing to do."""
    waiting = StockChange.objects.filter(
        booking__in=thread, course_date=date, planned_after=None, done_at=None
    )
    # A job may be beginning one: whoever has the row first decides.
    deltas = list(waiting.select_for_update().values_list("pk", "delta"))
    StockChange.objects.filter(pk__in=[pk for pk, _delta in deltas]).delete()
    return sum(delta for _pk, delta in deltas)


def _follow(change: StockChange) -> None:
    """What the shop still sells. What it has in all stays: it sells so many more and has sold so many fewer."""
    if change.reason != StockChange.Reason.REBOOKED and change.delta < 0:
        # It had just given so many back itself, and was not read since.
        return
    dates = CourseDate.objects.filter(pk=change.course_date_id, shop_salable__isnull=False)
    dates.update(shop_salable=Greatest(F("shop_salable") + change.delta, 0))


def _wanted(thread: list[Booking]) -> Counter[int | None]:
    """By date: seats that the shop must sell more, or (negative) fewer, than it does by itself."""
    live = queries.live_booking_of(thread)
    wanted: Counter[int | None] = Counter()
    if live is not None and live.status != BookingStatus.CANCELLED:
        wanted[thread[0].course_date_id] += live.shop_participants
        wanted[live.course_date_id] -= live.shop_participants
    return wanted


def _sums(thread: list[Booking], **which: object) -> dict[int | None, int]:
    changes = StockChange.objects.filter(booking__in=thread, **which)
    return dict(changes.values_list("course_date_id").annotate(Sum("delta")))


def _mark_sold(thread: list[Booking]) -> None:
    """Let the row say that has it whether the shop's stock of its date has the sale."""
    sold = _sold(thread)
    latest = {each.course_date_id: each.pk for each in thread if not each.is_candidate}
    for each in thread:
        is_sold = sold[each.course_date_id] > 0 and latest.get(each.course_date_id) == each.pk
        if each.is_sold_here != is_sold:
            # The triggers let the ledger follow.
            Booking.objects.filter(pk=each.pk).update(is_sold_here=is_sold)


def _sold(thread: list[Booking]) -> Counter[int | None]:
    """By date: seats that the shop's stock counts as sold by this order item, with the corrections made so far."""
    live = queries.live_booking_of(thread)
    sold: Counter[int | None] = Counter()
    if live is not None and live.status != BookingStatus.CANCELLED:
        sold[thread[0].course_date_id] += live.shop_participants
    sold.subtract(_sums(thread, done_at__isnull=False))
    return sold


def _read_again(date_id: int, thread: Iterable[Booking]) -> None:
    """The next reading of the shop looks at dates whose ledger was touched."""
    keys = [str(each.pk) for each in thread if each.course_date_id == date_id]
    entries = SeatEntry.objects.filter(course_date_id=date_id, source=SeatEntry.Source.BOOKING)
    entries.filter(source_key__in=keys).update(changed_at=Now())
