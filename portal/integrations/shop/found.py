"""What the catalog says of a date and its course: one set of rules, for rows of orders and for the catalog itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from portal.integrations.shop.catalog import Product, ShopFacts
from portal.integrations.shop.parsing import clock_time, is_true, text, wall_clock

Start = tuple[date | None, time | None]


@dataclass(frozen=True, slots=True)
class Zones:
    event_dates: ZoneInfo
    shown: ZoneInfo

    @classmethod
    def of_settings(cls) -> "Zones":
        return cls(ZoneInfo(settings.MAGENTO_EVENT_DATE_ZONE), ZoneInfo(settings.TIME_ZONE))


@dataclass(frozen=True, slots=True)
class Found:
    """The date and its course, as far as the catalog still has them."""

    date: Product | None
    course: Product | None

    def value(self, name: str, store_id: int = 0) -> Any:
        """The date's own value, else its course's. Blanks are no value."""
        for product in (self.date, self.course):
            value = product.value(name, store_id) if product else None
            if text(value):
                return value
        return None

    def is_voucher(self, store_id: int = 0) -> bool:
        return is_true(self.value("voucher", store_id))

    def is_of_a_course(self, store_id: int = 0) -> bool:
        """Somebody teaches it, or it has a day. Without either, how it is sold must say more."""
        return bool(text(self.value("partner", store_id))) or self.value("event_date", store_id) is not None


def start_of(found: Found, label: Callable[[], Start], zones: Zones, store_id: int = 0) -> Start:
    """The day and time of the date; those of the label that customers choose, when the date has none of its own."""
    own_time = clock_time(found.value("event_time", store_id))
    on, at = wall_clock(
        found.value("event_date", store_id), stored_in=zones.event_dates, shown_in=zones.shown
    )
    if on is not None and (own_time or at):
        return on, own_time or at
    label_on, label_at = label()
    if on is None:
        return label_on, (own_time or label_at) if label_on else None
    return on, label_at if label_on == on else None


def price_cents(product: Product | None, facts: ShopFacts) -> int | None:
    """With tax, as the default store view has it; None when the catalog does not say that."""
    # A catalog price without tax would need Magento's tax rules.
    price = product.value("price") if product and facts.prices_include_tax else None
    return None if price is None else round(price * 100)
