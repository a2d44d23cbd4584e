"""One line of an order with its order, and what of it a booking keeps."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from portal.bookings.importing.erased import is_erased
from portal.bookings.operations.erasing import FACTS_HASH_LENGTH
from portal.dates.clockwork import starting_moment
from portal.integrations.shop import ShopLine, ShopOrder

# Magento's machine. Only these states may be asked for; the others are kept until they move.
RELEASED_STATES = {"new", "processing", "complete"}
CANCELLED_STATES = {"canceled", "closed"}
# What the column holds. Nobody teaches more people at once; an odd quantity must not keep an order out.
MOST_PARTICIPANTS = 32_767


@dataclass(frozen=True, slots=True)
class Item:
    order: ShopOrder
    line: ShopLine

    @property
    def starts_at(self) -> datetime | None:
        return starting_moment(self.line.starts_on, self.line.starts_time, settings.TIME_ZONE)

    @property
    def is_cancelled(self) -> bool:
        """By quantity too: a partly refunded order stays complete. A closed one was refunded as a whole."""
        return self.order.state in CANCELLED_STATES or self.line.participants == 0

    @property
    def is_released(self) -> bool:
        return self.order.state in RELEASED_STATES

    @property
    def is_history(self) -> bool:
        start = settings.BOOKINGS_START_AT
        return start is not None and self.order.created_at < start

    @property
    def participants(self) -> int:
        return min(self.line.participants, MOST_PARTICIPANTS)

    @property
    def participants_meant(self) -> int:
        """Cancelled at first sight leaves no participants, yet the booking says how many were meant."""
        return min(max(1, self.line.participants or self.line.ordered), MOST_PARTICIPANTS)

    @property
    def contact(self) -> dict[str, str]:
        """The customer's columns, as long as they may be."""
        person = self.order.person
        return {
            "first_name": person.first_name[:255],
            "last_name": person.last_name[:255],
            "email": person.email[:255],
            "phone": person.phone[:255],
        }

    def shop_columns(self, at: datetime) -> dict[str, object]:
        """The columns that belong to the import alone."""
        return {
            "shop_state": self.order.state[:32],
            "shop_status": self.order.status[:32],
            "shop_participants": self.participants,
            "shop_price_cents": self.line.price_cents,
            "shop_currency": self.order.currency[:3],
            "shop_payment_status": str(self.order.payment_status),
            "shop_payment_method": self.order.payment_method[:64],
            "shop_previous_order_id": self.order.previous_order_id,
            "shop_hash": self.fingerprint(),
            "shop_read_at": at,
        }

    def fingerprint(self) -> str:
        """Changes exactly when something changes that a booking follows. Of an erased person nothing is in it."""
        order, line, person = self.order, self.line, self.order.person
        facts = [
            [order.state, order.status, order.payment_status, order.payment_method, order.currency],
            [line.participants, line.price_cents, line.date_product_id, line.date_sku],
            [str(line.starts_on), str(line.starts_time), order.language],
        ]
        if is_erased(order):
            return _hash(facts)
        return _hash(facts) + _hash(
            [person.first_name, person.last_name, person.email, person.phone, line.notes]
        )


def _hash(facts: list[Any]) -> str:
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:FACTS_HASH_LENGTH]
