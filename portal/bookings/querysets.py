"""Reads of bookings that read on: `Booking.objects.of_partner(p).shown().pending()`."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from portal.bookings.models import Booking  # noqa: F401
    from portal.partners.models import Partner


class BookingQuerySet(models.QuerySet["Booking"]):
    def of_partner(self, partner: "Partner") -> Self:
        return self.filter(partner=partner)

    def shown(self) -> Self:
        """Without those whose payment the shop still waits for."""
        return self.filter(released_at__isnull=False)

    def pending(self) -> Self:
        return self.filter(status="pending")

    def with_relations(self) -> Self:
        """All a list row or a page shows, in one query."""
        return self.select_related("customer", "course", "course_date", "partner", "decided_by_user")

    def live_rows(self, order_item_ids: Collection[int]) -> Self:
        """The row per order item that counts: not one that a rebooking replaced."""
        return self.filter(magento_order_item_id__in=order_item_ids).exclude(status="rebooked")

    def to_settle(self, at: datetime) -> Self:
        return self.filter(settles_at__lte=at, settled_at=None, status__in=("confirmed", "declined"))

    def search(self, text: str) -> Self:
        """Order number, or any part of the customer's name."""
        for word in text.split():
            self = self.filter(
                Q(magento_order_increment_id__icontains=word)
                | Q(customer__first_name__icontains=word)
                | Q(customer__last_name__icontains=word)
            )
        return self
