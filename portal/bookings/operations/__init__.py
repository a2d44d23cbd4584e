"""Everything that changes a booking. One transaction per decision; what leaves the process is a job in it."""

from portal.bookings.operations.asking import (
    ask_partner,
    ask_partners,
    follow_recipients,
    is_recipient,
    link_purpose,
    recipients_today,
    tell_partner,
)
from portal.bookings.operations.assigning import assign_order
from portal.bookings.operations.calling import CallOutcome, note_call, start_call
from portal.bookings.operations.deciding import (
    By,
    Decision,
    common_settling_time,
    confirm_booking,
    decline_booking,
    decline_with_date,
    emergency_decline_booking,
    settling_time,
    take_back_provisional_confirmation,
    undo_decision,
    undo_with_date,
)
from portal.bookings.operations.erasing import Erasure, erase_orders
from portal.bookings.operations.locking import lock, lock_bookings, lock_mails
from portal.bookings.operations.reminding import escalate, remind, waits_until
from portal.bookings.operations.scheduling import follow_quiet_hours
from portal.bookings.operations.settling import (
    DATE_CANCELLED,
    expire_booking,
    record_ticket,
    settle_decision,
    tell_confirmed_for_partner,
    tell_declined,
)
from portal.bookings.operations.shop_changes import (
    ShopFacts,
    apply_shop_change,
    cancel_booking,
    follow_contact,
    settle_staff_question,
)
from portal.bookings.operations.telling import (
    ASKING,
    CUSTOMER_CONFIRMED,
    follow_bounce,
    may_hear_of_confirmation,
    tell_customer,
    tell_customer_at_new_address,
)

__all__ = [
    "ASKING",
    "CUSTOMER_CONFIRMED",
    "DATE_CANCELLED",
    "By",
    "CallOutcome",
    "Decision",
    "Erasure",
    "ShopFacts",
    "apply_shop_change",
    "ask_partner",
    "ask_partners",
    "assign_order",
    "cancel_booking",
    "common_settling_time",
    "confirm_booking",
    "decline_booking",
    "decline_with_date",
    "emergency_decline_booking",
    "erase_orders",
    "escalate",
    "expire_booking",
    "follow_bounce",
    "follow_contact",
    "follow_quiet_hours",
    "follow_recipients",
    "is_recipient",
    "link_purpose",
    "lock",
    "lock_bookings",
    "lock_mails",
    "may_hear_of_confirmation",
    "note_call",
    "recipients_today",
    "record_ticket",
    "remind",
    "settle_decision",
    "settle_staff_question",
    "settling_time",
    "start_call",
    "take_back_provisional_confirmation",
    "tell_confirmed_for_partner",
    "tell_customer",
    "tell_customer_at_new_address",
    "tell_declined",
    "tell_partner",
    "undo_decision",
    "undo_with_date",
    "waits_until",
]
