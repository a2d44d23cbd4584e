"""Everything that changes a booking. One transaction per decision; what leaves the process is a job in it."""

from portal.bookings.operations.asking import ask_partner, ask_partners, follow_address, link_purpose
from portal.bookings.operations.assigning import assign_order
from portal.bookings.operations.deciding import (
    By,
    Decision,
    confirm_booking,
    decline_booking,
    take_back_provisional_confirmation,
    undo_decision,
)
from portal.bookings.operations.locking import lock
from portal.bookings.operations.settling import expire_booking, record_ticket, settle_decision, tell_declined
from portal.bookings.operations.shop_changes import (
    ShopFacts,
    apply_shop_change,
    cancel_booking,
    follow_contact,
    settle_staff_question,
)

__all__ = [
    "By",
    "Decision",
    "ShopFacts",
    "apply_shop_change",
    "ask_partner",
    "ask_partners",
    "assign_order",
    "cancel_booking",
    "confirm_booking",
    "decline_booking",
    "expire_booking",
    "follow_address",
    "follow_contact",
    "link_purpose",
    "lock",
    "record_ticket",
    "settle_decision",
    "settle_staff_question",
    "take_back_provisional_confirmation",
    "tell_declined",
    "undo_decision",
]
