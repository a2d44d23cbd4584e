"""What the clock does with links to rebook. Every sweep finds its rows by an index and takes each in a transaction."""

import logging
from collections.abc import Callable
from datetime import datetime

from django.db.models import QuerySet

from portal.core.sweeps import sweep
from portal.core.tenancy import register_system_reason, scope, system
from portal.rebooking import operations
from portal.rebooking.models import Rebooking

logger = logging.getLogger(__name__)

DUE = register_system_reason("finding rebookings that are due")
AT_ONCE = 500


@sweep("rebooking links that expire")
def expire_links(at: datetime) -> int:
    due = Rebooking.objects.filter(status=Rebooking.Status.ACTIVE, token_expires_at__lte=at)
    return _each(due.order_by("token_expires_at"), lambda each: operations.expire_link(each, at=at))


@sweep("reminders to customers")
def remind_customers(at: datetime) -> int:
    due = Rebooking.objects.filter(status=Rebooking.Status.ACTIVE, remind_at__lte=at)
    return _each(due.order_by("remind_at"), lambda each: operations.remind_customer(each, at=at))


def _each(due: "QuerySet[Rebooking]", do: Callable[[Rebooking], bool]) -> int:
    with system(DUE):
        found = list(due.only("pk", "partner_id", "original_order_item_id")[:AT_ONCE])
    done = 0
    for rebooking in found:
        # One transaction each, in the scope of its partner: one that fails holds up no other.
        try:
            with scope(partner_ids=[rebooking.partner_id], actor="clock"):
                done += do(rebooking)
        except Exception:
            logger.exception("Rebooking %s stays due and is taken again with the next tick", rebooking.pk)
    return done
