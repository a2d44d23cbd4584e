"""Giving an order without a partner to one."""

from datetime import datetime

from django.db import transaction

from portal.bookings.models import UnmatchedOrder
from portal.core import events, jobs
from portal.partners.models import Partner


@transaction.atomic
def assign_order(row: UnmatchedOrder, partner: Partner, *, actor: str, at: datetime) -> None:
    """Staff say whose order it is; the import then makes the booking. Safe to repeat."""
    row = UnmatchedOrder.objects.select_for_update().get(pk=row.pk)
    if row.matched_at is not None:
        return
    row.assigned_partner = partner
    row.save(update_fields=["assigned_partner"])
    events.record(
        "order.assigned", subject=partner, actor=actor, at=at, data={"item": row.magento_order_item_id}
    )
    jobs.defer("bookings.import_orders", way="assigned", order_ids=[row.magento_order_id])
