"""One correction of the shop's stock, step by step: what is read, what is kept, what is written, what is known then.

The shop takes absolute numbers. One that was kept before it was written tells a repeat what happened: the shop has
the number from before, or the one from after. When it has neither, something else has moved the stock meanwhile and
nobody can tell any more; then nothing is written a second time.
"""

from datetime import datetime

from django.utils.translation import gettext as _

from portal.core import jobs, keys
from portal.core.tenancy import scope
from portal.core.turns import Busy, turn
from portal.integrations.shop import rest
from portal.rebooking.models import StockChange
from portal.rebooking.operations import stock as operations

SYSTEM, QUEUE = "stock", "stock"


def correct(partner_id: int, change_id: int, *, at: datetime) -> None:
    """Make this correction, unless it was made. Safe to repeat; calls the shop with no transaction open.

    :raises portal.core.turns.Busy: while another one of the same product is being made
    :raises portal.core.jobs.Hold: until the portal may write stock
    :raises portal.core.jobs.GiveUp: when it cannot be made, or nobody can tell whether it was
    """
    if not rest.writes_stock():
        raise jobs.Hold(_("The portal may not write the shop's stock at the moment (MAGENTO_STOCK_WRITE)."))
    seen = _load(partner_id, change_id)
    if seen is None:
        return
    # The shop takes upper for lower case in skus.
    with turn(f"stock {seen.course_date.sku.lower()}"):
        change = _load(partner_id, change_id)
        if change is None or change.done_at is not None:
            return
        _refuse_blocked(change)
        try:
            with keys.using(SYSTEM, queue=QUEUE, unsure=rest.ShopWriteUnavailable, at=at):
                _make(change, rest.stock_writer(), at=at)
        except rest.ShopWriteRejected as error:
            raise jobs.GiveUp(str(error)) from error


def _load(partner_id: int, change_id: int) -> StockChange | None:
    """None when a later correction has taken it over."""
    with scope(partner_ids=[partner_id]):
        return StockChange.objects.select_related("booking", "course_date").filter(pk=change_id).first()


def _refuse_blocked(change: StockChange) -> None:
    with scope(partner_ids=[change.partner_id]):
        if operations.is_blocked(change):
            # Its job comes again; to write now would hide from it whether it was made.
            raise Busy("An earlier correction of the same product is not known to be made yet.")


def _make(change: StockChange, writer: rest.StockWriter, *, at: datetime) -> None:
    level = writer.read(change.course_date.sku)
    if level is None:
        _finish(change, is_written=False, at=at)
        return
    is_first_try = change.planned_after is None
    if is_first_try:
        with scope(partner_ids=[change.partner_id]):
            if not operations.plan_change(change, level.quantity):
                return
    elif level.quantity == change.planned_after:
        _finish(change, at=at)
        return
    elif level.quantity != change.planned_before:
        # Taken for made: more often than not only the answer was lost. If it was not, the next reading of the shop
        # finds another number of seats than ours, and says by how much.
        _finish(change, at=at)
        raise jobs.GiveUp(_unclear(change, level))
    _write(change, level, writer, is_first_try=is_first_try)
    _finish(change, at=at)


def _write(
    change: StockChange, level: rest.StockLevel, writer: rest.StockWriter, *, is_first_try: bool
) -> None:
    assert change.planned_after is not None
    try:
        writer.write(level, change.planned_after)
    except (rest.ShopWriteRejected, rest.ShopWriteAuthFailed):
        # An earlier try without an answer may still be on its way; without one, nothing has happened for certain.
        if is_first_try:
            with scope(partner_ids=[change.partner_id]):
                operations.forget_plan(change)
        raise


def _finish(change: StockChange, *, is_written: bool = True, at: datetime) -> None:
    with scope(partner_ids=[change.partner_id]):
        operations.finish_change(change, is_written=is_written, at=at)


def _unclear(change: StockChange, level: rest.StockLevel) -> str:
    text = _(
        "The stock of {sku} was to go from {before} to {after}, and the shop now says {found}: whether that includes "
        "our correction is not known. Nothing is written again; please compare the seats of this date with the shop."
    )
    numbers = {"before": change.planned_before, "after": change.planned_after, "found": level.quantity}
    return text.format(sku=level.sku, **{name: f"{float(number or 0):g}" for name, number in numbers.items()})
