"""A booking, its customer, the reasons to decline, and the orders whose partner nobody knows yet."""

from portal.bookings.models.booking import (
    BACK_BY_UNDO,
    BACK_TO_PENDING,
    NEXT_STATUSES,
    Booking,
    BookingStatus,
    Customer,
    PaymentStatus,
    StaffQuestion,
)
from portal.bookings.models.date_changes import CancelledBooking, DateCancellation
from portal.bookings.models.orders import ErasedOrder, FailedOrder, ImportRun, UnmatchedOrder
from portal.bookings.models.reasons import DeclineReason

__all__ = [
    "BACK_BY_UNDO",
    "BACK_TO_PENDING",
    "NEXT_STATUSES",
    "Booking",
    "BookingStatus",
    "CancelledBooking",
    "Customer",
    "DateCancellation",
    "DeclineReason",
    "ErasedOrder",
    "FailedOrder",
    "ImportRun",
    "PaymentStatus",
    "StaffQuestion",
    "UnmatchedOrder",
]
