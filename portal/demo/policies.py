"""Why the demo's shop and clock say no."""

from datetime import datetime

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.integrations.shop import ShopLine, ShopOrder

FURTHEST_HOURS = 24 * 365


class OrderBlocker(TextChoices):
    UNKNOWN_SKU = "unknown_sku", _("The shop does not sell anything with this number.")
    CHOOSE_DATE = "choose_date", _("This is a course. Please order one of its dates.")
    DATE_STARTED = "date_started", _("This date has already started.")
    NOT_ENOUGH_SPOTS = "not_enough_spots", _("There are not that many free spots on this date.")


class ChangeBlocker(TextChoices):
    NOTHING_LEFT = "nothing_left", _("Nothing of this item is left to cancel or refund.")
    TOO_MANY = "too_many", _("That is more than was booked and is still left.")
    NOT_PAID = "not_paid", _("This order is not paid yet, so nothing can be refunded. Cancel it instead.")
    SAME_NUMBER = "same_number", _("The order already has this number of participants.")


class ShiftBlocker(TextChoices):
    BEHIND = "behind", _("The clock cannot go back behind the real time.")
    TOO_FAR = "too_far", _("The clock cannot be more than a year ahead.")


def sale_blocker(kind: str, starts_at: datetime | None, *, at: datetime) -> OrderBlocker | None:
    """:param kind: Magento's product type, "" when there is no such product"""
    if not kind:
        return OrderBlocker.UNKNOWN_SKU
    if kind == "configurable":
        return OrderBlocker.CHOOSE_DATE
    if starts_at is not None and starts_at <= at:
        return OrderBlocker.DATE_STARTED
    return None


def cancel_blocker(line: ShopLine, qty: int) -> ChangeBlocker | None:
    if line.participants == 0:
        return ChangeBlocker.NOTHING_LEFT
    return ChangeBlocker.TOO_MANY if qty > line.participants else None


def refund_blocker(order: ShopOrder, line: ShopLine, qty: int) -> ChangeBlocker | None:
    return ChangeBlocker.NOT_PAID if order.payment_status == "open" else cancel_blocker(line, qty)


def edit_blocker(line: ShopLine, qty: int) -> ChangeBlocker | None:
    if line.participants == 0:
        return ChangeBlocker.NOTHING_LEFT
    return ChangeBlocker.SAME_NUMBER if qty == line.participants else None


def shift_blocker(total_hours: float) -> ShiftBlocker | None:
    if total_hours < 0:
        return ShiftBlocker.BEHIND
    return ShiftBlocker.TOO_FAR if total_hours > FURTHEST_HOURS else None
