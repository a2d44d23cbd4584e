"""Another date for a booking: at once, or as a candidate beside the booking that still stands."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from portal.bookings import policies, queries
from portal.bookings.models import Booking, BookingStatus
from portal.bookings.operations.asking import ask_partner
from portal.bookings.operations.locking import lock_found
from portal.bookings.operations.scheduling import plan
from portal.bookings.operations.settling import tell_declined
from portal.bookings.operations.shop_changes import cancel_booking
from portal.core import events
from portal.core.refusals import guard
from portal.dates.models import CourseDate

# What the order and the shop say stays as it is; the date, the answer and the clock begin anew.
_KEPT = (
    *("partner", "customer", "customer_number", "magento_order_id", "magento_order_item_id"),
    *("magento_order_increment_id", "part", "participants", "notes", "ordered_at"),
    *("odoo_ticket_id", "odoo_ticket_number"),
    *(field.name for field in Booking._meta.concrete_fields if field.name.startswith("shop_")),
)


def lock_thread(booking: Booking, dates: Iterable[CourseDate] = ()) -> Booking:
    """The booking as it is now; all rows of its order item and their dates are kept from changing.

    :param dates: others that the transaction takes seats of
    """
    lock_found(Booking.objects.thread_of(booking), dates=[each.pk for each in dates])
    return Booking.objects.with_relations().get(pk=booking.pk)


def rebook_booking(booking: Booking, course_date: CourseDate, *, actor: str, at: datetime) -> Booking:
    """Ask the partner for the other date. Returns the new row.

    A booking that was declined for good is replaced. One that still stands keeps its seats: the new row is a
    candidate until the partner has confirmed it. Whether there are seats the caller has seen: it calls this after
    `lock_thread` with the date, in the same transaction.

    :raises NotAllowed: with the RebookBlocker
    """
    guard(policies.rebook_blocker(booking, at=at))
    replaces = booking.status == BookingStatus.DECLINED
    new = _new_row(booking, course_date, at=at)
    new.is_candidate = not replaces
    if replaces:
        # Before the new row is there: an order item has one live row.
        _leave(booking, at=at)
    new.save()
    kind = "booking.rebooked" if replaces else "booking.move_asked"
    events.record(kind, subject=booking, actor=actor, at=at, data={"to": new.pk})
    data = {"status": new.status, "rebooked_from": booking.pk}
    events.record("booking.created", subject=new, actor=actor, at=at, data=data)
    ask_partner(new, actor=actor, at=at)
    return new


@transaction.atomic
def promote_candidate(candidate: Booking, *, at: datetime) -> bool:
    """The candidate becomes the booking, once it is promised for good or nothing else is left. Safe to repeat.

    Should the order be gone meanwhile, so is the candidate.
    """
    candidate = lock_thread(candidate)
    old = queries.live_booking_of(queries.thread_of(candidate))
    if not candidate.is_candidate or old is None:
        return False
    if old.status == BookingStatus.CANCELLED:
        cancel_booking(candidate, at=at)
        return False
    if not _is_due(candidate, old):
        return False
    _leave(old, at=at)
    candidate.is_candidate = False
    candidate.save(update_fields=["is_candidate", "updated_at"])
    events.record("booking.rebooked", subject=old, actor="clock", at=at, data={"to": candidate.pk})
    return True


@transaction.atomic
def withdraw_candidates(booking: Booking, *, at: datetime) -> int:
    """The order is gone, and what was asked for it with it. Returns how many. Safe to repeat."""
    booking = lock_thread(booking)
    if booking.is_candidate or booking.status != BookingStatus.CANCELLED:
        return 0
    candidates = [each for each in queries.thread_of(booking) if _goes_with_order(each)]
    for each in candidates:
        cancel_booking(each, at=at)
    return len(candidates)


def _new_row(booking: Booking, course_date: CourseDate, *, at: datetime) -> Booking:
    is_same_course = course_date.course_id == booking.course_id
    latest = queries.thread_of(booking)[-1]
    return Booking(
        **{name: getattr(booking, name) for name in _KEPT},
        generation=latest.generation + 1,
        previous=booking,
        is_sold_here=False,
        course=course_date.course,
        course_date=course_date,
        course_name=booking.course_name if is_same_course else course_date.course.name[:300],
        starts_on=course_date.starts_on,
        starts_at=course_date.starts_at,
        released_at=at,
        created_at=at,
    )


def _leave(booking: Booking, *, at: datetime) -> None:
    if booking.status == BookingStatus.DECLINED and tell_declined(booking, at=at):
        # The ticket was not there yet, whose number that mail waits for; of a booking that has moved nobody asks again.
        booking.refresh_from_db(fields=["decline_told_at"])
    booking.status = BookingStatus.REBOOKED
    if booking.settled_at is None:
        # A decision nobody outside has heard of is not announced any more.
        booking.settles_at = None
    plan(booking, at=at)
    booking.save()


def _goes_with_order(booking: Booking) -> bool:
    # Nobody calls about one that nobody had answered, either.
    return booking.is_open_candidate or (booking.is_candidate and booking.status == BookingStatus.EXPIRED)


def _is_due(candidate: Booking, old: Booking) -> bool:
    if candidate.status not in (BookingStatus.PENDING, BookingStatus.CONFIRMED):
        return False
    is_promised = candidate.status == BookingStatus.CONFIRMED and candidate.settled_at is not None
    return is_promised or (old.status == BookingStatus.DECLINED and old.settled_at is not None)
