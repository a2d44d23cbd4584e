"""Everything that changes a link to rebook. One transaction per step; what leaves the process is a job in it."""

from portal.rebooking.operations.bouncing import follow_bounce
from portal.rebooking.operations.cases import reopen_case, settle_case
from portal.rebooking.operations.choosing import Rebooked, rebook
from portal.rebooking.operations.ending import (
    end_link,
    end_links,
    end_replaced_links,
    expire_link,
    revoke_link,
)
from portal.rebooking.operations.forgetting import forget_customer
from portal.rebooking.operations.holding import hold_date, release_date
from portal.rebooking.operations.linking import (
    extend_link,
    follow_contact,
    offer_for_candidates,
    offer_rebooking,
    resume_link,
    send_link,
)
from portal.rebooking.operations.locking import lock_booking, lock_rebooking, take_turn
from portal.rebooking.operations.proposing import lock_dates, propose_dates
from portal.rebooking.operations.reminding import remind_customer
from portal.rebooking.operations.telling import tell_of_loss
from portal.rebooking.operations.terms import save_terms
from portal.rebooking.operations.wishing import Wish, note_wish

__all__ = [
    "Rebooked",
    "Wish",
    "end_link",
    "end_links",
    "end_replaced_links",
    "expire_link",
    "extend_link",
    "follow_bounce",
    "follow_contact",
    "forget_customer",
    "hold_date",
    "lock_booking",
    "lock_dates",
    "lock_rebooking",
    "note_wish",
    "offer_for_candidates",
    "offer_rebooking",
    "propose_dates",
    "rebook",
    "release_date",
    "remind_customer",
    "reopen_case",
    "resume_link",
    "revoke_link",
    "save_terms",
    "send_link",
    "settle_case",
    "take_turn",
    "tell_of_loss",
]
