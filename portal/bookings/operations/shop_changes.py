"""What a change in the shop does to a booking. The import calls this; it decides nothing itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from portal.bookings.models import Booking, BookingStatus, Customer, StaffQuestion
from portal.bookings.operations.asking import ask_partner, tell_partner
from portal.bookings.operations.deciding import reopen
from portal.bookings.operations.locking import lock
from portal.bookings.operations.scheduling import keep_plan, plan
from portal.bookings.operations.telling import follow_bounce
from portal.core import events
from portal.dates.models import CourseDate

# The columns that a question is about: what staff have settled is not asked again because something else changed.
# Of a date the last reading leaves no column; in doubt staff are asked.
_ABOUT = {
    StaffQuestion.REVIVED: {"shop_state", "shop_participants"},
    StaffQuestion.REFUNDED_WITHOUT_QUANTITY: {"shop_payment_status"},
    StaffQuestion.CHANGED_AFTER_DECLINE: {"shop_participants"},
    StaffQuestion.CHANGED_AFTER_EXPIRY: {"shop_participants"},
    StaffQuestion.DATE_MOVED_AFTER_REBOOKING: set[str](),
}

# Whom a date that moves concerns.
_RELYING = (BookingStatus.PENDING, BookingStatus.CONFIRMED)


@dataclass(frozen=True)
class ShopFacts:
    """One order item as the shop has it now. `participants` may be 0; `is_released` when it may be asked for."""

    participants: int
    is_cancelled: bool
    is_released: bool
    course_date: CourseDate | None
    starts_on: date | None
    starts_at: datetime | None
    has_new_contact: bool
    columns: dict[str, object]  # the shop_* columns, written whatever else happens

    @property
    def is_money_back(self) -> bool:
        return self.columns["shop_payment_status"] == "refunded" and not self.is_cancelled


@transaction.atomic
def apply_shop_change(booking: Booking, facts: ShopFacts, *, at: datetime) -> Booking:
    """Follow the shop, as far as the decision that stands allows; what is unclear becomes a question to staff."""
    booking = lock(booking)
    was_on_hold, asked_before = booking.is_on_hold, booking.staff_question
    unlike = {name for name, value in facts.columns.items() if getattr(booking, name) != value}
    for name, value in facts.columns.items():
        setattr(booking, name, value)

    _apply(booking, facts, at=at)
    _tell_sale(booking, unlike, at=at)
    if booking.staff_question != asked_before and not _is_news(booking, facts, unlike):
        booking.staff_question = asked_before
        booking.save(update_fields=["staff_question", "updated_at"])
    # The hour has become known, or the order is put on hold or no longer is.
    keep_plan(booking, at=at)
    if was_on_hold and follow_bounce(booking, at=at):
        booking.refresh_from_db()
    return booking


def _tell_sale(booking: Booking, unlike: set[str], *, at: datetime) -> None:
    """Whatever its answer: the shop has given seats back on the date that it sold, and the booking is on another."""
    is_over = booking.is_candidate or booking.status == BookingStatus.CANCELLED
    if booking.is_rebooked_here and "shop_participants" in unlike and not is_over:
        events.record("booking.sale_changed", subject=booking, actor="shop", at=at)


def _apply(booking: Booking, facts: ShopFacts, *, at: datetime) -> None:
    if booking.status in (BookingStatus.CANCELLED, BookingStatus.REBOOKED):
        if booking.status == BookingStatus.CANCELLED and not facts.is_cancelled and facts.is_released:
            booking.staff_question = StaffQuestion.REVIVED
        booking.save()
    elif facts.is_cancelled:
        _cancel(booking, at=at)
    elif booking.is_history:
        _follow_silently(booking, facts)
        booking.released_at = booking.released_at or (at if facts.is_released else None)
        booking.save()
    elif booking.released_at is None:
        _follow_silently(booking, facts)
        _release_if_paid(booking, facts, at=at)
    else:
        _follow(booking, facts, at=at)


@transaction.atomic
def follow_sale(booking: Booking, facts: ShopFacts) -> None:
    """A booking that was rebooked keeps what the shop says of it, and the shop counts its seats where it says."""
    booking = lock(booking)
    for name, value in facts.columns.items():
        setattr(booking, name, value)
    if facts.is_cancelled:
        # An order that is over holds no seats, whatever quantity its item still says.
        booking.shop_participants = 0
    if booking.generation == 1 and facts.starts_on is not None:
        _follow_date(booking, facts)
    booking.save()


@transaction.atomic
def follow_moved_date(booking: Booking) -> bool:
    """The shop has moved the date that the booking was rebooked to: no order says so, and staff are asked."""
    booking = lock(booking)
    date = booking.course_date
    if not booking.is_rebooked_here or date is None or booking.status not in _RELYING:
        return False
    if (booking.starts_on, booking.starts_at) == (date.starts_on, date.starts_at):
        return False
    booking.staff_question = StaffQuestion.DATE_MOVED_AFTER_REBOOKING
    booking.save(update_fields=["staff_question", "updated_at"])
    return True


@transaction.atomic
def cancel_booking(booking: Booking, *, at: datetime) -> Booking:
    """The order is gone in the shop. Safe to repeat."""
    booking = lock(booking)
    if booking.may_become(BookingStatus.CANCELLED):
        _cancel(booking, at=at)
    return booking


@transaction.atomic
def settle_staff_question(booking: Booking, *, actor: str, at: datetime) -> None:
    """Staff have looked at it."""
    booking = lock(booking)
    if booking.staff_question:
        question, booking.staff_question = booking.staff_question, StaffQuestion.NONE
        booking.save(update_fields=["staff_question", "updated_at"])
        events.record(
            "booking.question_settled", subject=booking, actor=actor, at=at, data={"question": question}
        )


def _cancel(booking: Booking, *, at: datetime) -> None:
    was, booking.status, booking.cancelled_at = booking.status, BookingStatus.CANCELLED, at
    if booking.settled_at is None:
        # A decision nobody outside has heard of is not announced any more.
        booking.settles_at = None
    plan(booking, at=at)
    booking.save()
    if booking.is_history and booking.declined_at is None:
        return
    events.record("booking.cancelled", subject=booking, actor="shop", at=at, data={"was": was})


def _release_if_paid(booking: Booking, facts: ShopFacts, *, at: datetime) -> None:
    if not facts.is_released:
        booking.save()
        return
    booking.released_at = at
    is_too_late = booking.has_started(at)
    if is_too_late:
        booking.status, booking.expired_at = BookingStatus.EXPIRED, at
    booking.save()
    events.record("booking.released", subject=booking, actor="shop", at=at)
    if not is_too_late:
        ask_partner(booking, at=at)


def _follow(booking: Booking, facts: ShopFacts, *, at: datetime) -> None:
    """A booking that the partner has seen: what changed decides who hears of it."""
    if facts.is_money_back:
        booking.staff_question = StaffQuestion.REFUNDED_WITHOUT_QUANTITY
    has_new_date = _has_new_date(booking, facts)
    if has_new_date and booking.is_rebooked_here:
        # After a rebooking the date belongs to the portal.
        booking.staff_question = StaffQuestion.DATE_MOVED_AFTER_REBOOKING
        has_new_date = False
    news = ["contact"] if facts.has_new_contact else []
    if _learns_time(booking, facts):
        booking.course_date, booking.starts_at = facts.course_date, facts.starts_at
        news.append("date")
    if has_new_date or facts.participants != booking.participants:
        _follow_date_or_number(booking, facts, news, has_new_date=has_new_date, at=at)
    elif news:
        _tell_changed(booking, news, at=at)
    else:
        booking.save()


def _follow_date_or_number(
    booking: Booking, facts: ShopFacts, news: list[str], *, has_new_date: bool, at: datetime
) -> None:
    """:param news: what else has changed"""
    if booking.status in (BookingStatus.DECLINED, BookingStatus.EXPIRED):
        was_declined = booking.status == BookingStatus.DECLINED
        booking.staff_question = (
            StaffQuestion.CHANGED_AFTER_DECLINE if was_declined else StaffQuestion.CHANGED_AFTER_EXPIRY
        )
        if news:
            _tell_changed(booking, news, at=at)
        else:
            booking.save()
        return
    fields = ["date"] if has_new_date else []
    fields += ["participants"] if facts.participants != booking.participants else []
    fields += news
    needs_new_answer = has_new_date or facts.participants > booking.participants
    _follow_silently(booking, facts, with_date=has_new_date)
    booking.version += 1
    if booking.status == BookingStatus.CONFIRMED and not needs_new_answer:
        _tell_changed(booking, fields, at=at)
        return
    reopen(booking)
    events.record("booking.changed", subject=booking, actor="shop", at=at, data={"fields": fields})
    ask_partner(booking, at=at)


def _tell_changed(booking: Booking, fields: list[str], *, at: datetime) -> None:
    booking.change_count += 1
    booking.save()
    events.record("booking.changed", subject=booking, actor="shop", at=at, data={"fields": fields})
    # A partner still being asked sees the new facts behind the link; one who has promised must be told.
    if booking.status == BookingStatus.CONFIRMED:
        tell_partner("booking_changed", booking, version=booking.change_count, at=at)


def _follow_silently(booking: Booking, facts: ShopFacts, *, with_date: bool = True) -> None:
    if facts.participants:
        booking.participants = facts.participants
    if with_date:
        _follow_date(booking, facts)


def _follow_date(booking: Booking, facts: ShopFacts) -> None:
    booking.course_date = facts.course_date
    booking.starts_on, booking.starts_at = facts.starts_on, facts.starts_at


def _has_new_date(booking: Booking, facts: ShopFacts) -> bool:
    """A day or an hour the shop no longer knows is no new date: what was sold still stands."""
    # Of one that was rebooked the first row says which date the shop means.
    sold = Booking.objects.thread_of(booking).earliest("generation") if booking.is_rebooked_here else booking
    if facts.starts_on is None or sold.starts_on != facts.starts_on:
        return facts.starts_on is not None
    return None not in (sold.starts_at, facts.starts_at) and sold.starts_at != facts.starts_at


def _is_news(booking: Booking, facts: ShopFacts, unlike: set[str]) -> bool:
    """Whether the question that was just asked is about something that the last reading did not know."""
    if booking.is_candidate:
        # Staff are asked at the booking that it would replace.
        return False
    return bool(unlike & _ABOUT[StaffQuestion(booking.staff_question)]) or _has_new_date(booking, facts)


def _learns_time(booking: Booking, facts: ShopFacts) -> bool:
    """The day stands and its hour becomes known: news, but no other date than the one that was promised."""
    if booking.is_rebooked_here:
        return False
    return booking.starts_at is None and facts.starts_at is not None and booking.starts_on == facts.starts_on


def follow_contact(customer: Customer, contact: Mapping[str, str]) -> bool:
    """Whether any of the customer's columns is new. An erased customer stays erased."""
    is_known = all(getattr(customer, name) == value for name, value in contact.items())
    if customer.erased_at is not None or is_known:
        return False
    for name, value in contact.items():
        setattr(customer, name, value)
    customer.save()
    return True
