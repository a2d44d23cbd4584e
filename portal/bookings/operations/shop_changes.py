"""What a change in the shop does to a booking. The import calls this; it decides nothing itself."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from portal.bookings.models import Booking, BookingStatus, Customer, StaffQuestion
from portal.bookings.operations.asking import ask_partner
from portal.bookings.operations.deciding import reopen
from portal.bookings.operations.locking import lock
from portal.core import events, outbox
from portal.dates.models import CourseDate


@dataclass(frozen=True)
class ShopFacts:
    """One order item as the shop has it now. `participants` may be 0; `is_released` when it may be asked for."""

    participants: int
    is_cancelled: bool
    is_released: bool
    course_date: CourseDate | None
    starts_on: date | None
    starts_at: datetime | None
    first_name: str
    last_name: str
    email: str
    phone: str
    columns: dict[str, object]  # the shop_* columns, written whatever else happens

    @property
    def is_money_back(self) -> bool:
        return self.columns["shop_payment_status"] == "refunded" and not self.is_cancelled


@transaction.atomic
def apply_shop_change(booking: Booking, facts: ShopFacts, *, at: datetime) -> Booking:
    """Follow the shop, as far as the decision that stands allows; what is unclear becomes a question to staff."""
    booking = lock(booking)
    for name, value in facts.columns.items():
        setattr(booking, name, value)
    has_new_contact = _update_customer(booking.customer, facts)

    if booking.status in (BookingStatus.CANCELLED, BookingStatus.REBOOKED):
        if booking.status == BookingStatus.CANCELLED and not facts.is_cancelled and facts.is_released:
            booking.staff_question = StaffQuestion.REVIVED
        booking.save()
    elif facts.is_cancelled:
        _cancel(booking, at=at)
    elif booking.released_at is None:
        _follow_silently(booking, facts)
        _release_if_paid(booking, facts, at=at)
    elif booking.is_history:
        _follow_silently(booking, facts)
        booking.save()
    else:
        _follow(booking, facts, has_new_contact=has_new_contact, at=at)
    return booking


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
    booking.save()
    if booking.is_history:
        return
    events.record("booking.cancelled", subject=booking, actor="shop", at=at, data={"was": was})


def _release_if_paid(booking: Booking, facts: ShopFacts, *, at: datetime) -> None:
    if facts.is_released:
        booking.released_at = at
    booking.save()
    if facts.is_released:
        events.record("booking.released", subject=booking, actor="shop", at=at)
        ask_partner(booking, at=at)


def _follow(booking: Booking, facts: ShopFacts, *, has_new_contact: bool, at: datetime) -> None:
    """A booking that the partner has seen: what changed decides who hears of it."""
    if facts.is_money_back:
        booking.staff_question = StaffQuestion.REFUNDED_WITHOUT_QUANTITY
    has_new_date = _has_new_date(booking, facts)
    if has_new_date and booking.generation > 1:
        # After a rebooking the date belongs to the portal.
        booking.staff_question = StaffQuestion.DATE_MOVED_AFTER_REBOOKING
        has_new_date = False
    has_new_number = facts.participants != booking.participants
    if not (has_new_date or has_new_number or has_new_contact):
        booking.save()
        return
    if has_new_date or has_new_number:
        _follow_date_or_number(booking, facts, has_new_date=has_new_date, at=at)
    else:
        _tell_changed(booking, ["contact"], at=at)


def _follow_date_or_number(booking: Booking, facts: ShopFacts, *, has_new_date: bool, at: datetime) -> None:
    if booking.status in (BookingStatus.DECLINED, BookingStatus.EXPIRED):
        was_declined = booking.status == BookingStatus.DECLINED
        booking.staff_question = (
            StaffQuestion.CHANGED_AFTER_DECLINE if was_declined else StaffQuestion.CHANGED_AFTER_EXPIRY
        )
        booking.save()
        return
    fields = ["date"] if has_new_date else []
    fields += ["participants"] if facts.participants != booking.participants else []
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
        outbox.put(
            "booking_changed",
            subject=booking,
            recipient=booking.partner.email,
            version=booking.change_count,
            at=at,
        )


def _follow_silently(booking: Booking, facts: ShopFacts, *, with_date: bool = True) -> None:
    if facts.participants:
        booking.participants = facts.participants
    if with_date:
        booking.course_date = facts.course_date
        booking.starts_on, booking.starts_at = facts.starts_on, facts.starts_at


def _has_new_date(booking: Booking, facts: ShopFacts) -> bool:
    """A date the shop no longer knows is no new date: what was sold still stands."""
    if facts.starts_on is None and facts.starts_at is None:
        return False
    return (booking.starts_on, booking.starts_at) != (facts.starts_on, facts.starts_at)


def _update_customer(customer: Customer, facts: ShopFacts) -> bool:
    """Whether the contact data are new. An erased customer stays erased, whatever the shop still says."""
    if customer.erased_at is not None:
        return False
    before = (customer.first_name, customer.last_name, customer.email, customer.phone)
    after = (facts.first_name, facts.last_name, facts.email, facts.phone)
    if before == after:
        return False
    customer.first_name, customer.last_name, customer.email, customer.phone = after
    customer.save()
    return True
