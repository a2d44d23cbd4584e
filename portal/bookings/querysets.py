"""Reads of bookings that read on: `Booking.objects.of_partner(p).shown().pending()`."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL

from portal.core.wording import wall_clock

if TYPE_CHECKING:
    from portal.bookings.models import Booking
    from portal.partners.models import Partner

# So long before the start somebody calls, whom mails have not moved within some time ...
CALL_BEFORE, CALL_PATIENCE = timedelta(hours=24), timedelta(hours=2)
# ... and so long after a booking expired somebody still asks how it went.
CALL_AFTER = timedelta(days=7)
RELATIONS = ("customer", "course", "course_date", "partner", "decided_by_user")


def unnested(ids: list[int]) -> RawSQL:
    """For `__in`: one parameter however many they are, so that the statement stays prepared."""
    return RawSQL("SELECT unnest(%s::bigint[])", [ids])


class BookingQuerySet(models.QuerySet["Booking"]):
    def of_partner(self, partner: "Partner | int") -> Self:
        return self.filter(partner=partner)

    def shown(self) -> Self:
        """Without those whose payment the shop still waits for."""
        return self.filter(released_at__isnull=False)

    def pending(self) -> Self:
        return self.filter(status="pending")

    def with_relations(self) -> Self:
        """All a list row or a page shows, in one query."""
        return self.select_related(*RELATIONS)

    def live_rows(self, order_item_ids: Collection[int]) -> Self:
        """The row per order item that counts: not one that a rebooking replaced, nor one that is only asked for."""
        found = self.filter(magento_order_item_id__in=order_item_ids, is_candidate=False)
        return found.exclude(status="rebooked")

    def thread_of(self, booking: "Booking") -> Self:
        """All rows of its order item: what it was before, what it became, and what was asked for."""
        return self.filter(magento_order_item_id=booking.magento_order_item_id, part=booking.part)

    def to_settle(self, at: datetime) -> Self:
        return self.filter(settles_at__lte=at, settled_at=None, status__in=("confirmed", "declined"))

    def with_ids(self, ids: list[int]) -> Self:
        """Those of a search."""
        return self.filter(pk__in=unnested(ids))

    def to_call(self, at: datetime) -> Self:
        """What only a call still answers: escalated, close to the start, or over without an answer."""
        soon = at + CALL_BEFORE
        # What is past by more than that has expired long ago. Said all the same: with both ends PostgreSQL sees that
        # these days are few, and reads them alone.
        days = (wall_clock(at - CALL_AFTER).date(), wall_clock(soon).date())
        is_near = Q(starts_on__range=days) & (Q(starts_at=None) | Q(starts_at__lte=soon))
        return self.shown().filter(
            Q(status="pending", escalated_at__isnull=False)
            | Q(status="pending", asked_at__lte=at - CALL_PATIENCE) & is_near
            | Q(status="expired", expired_at__gt=at - CALL_AFTER)
        )
