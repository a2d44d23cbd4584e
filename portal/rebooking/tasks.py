"""Jobs of rebooking."""

from portal.core import jobs
from portal.core.clock import now
from portal.rebooking import stock


@jobs.task("rebooking.correct_stock", queue=stock.QUEUE)
def correct_stock(partner_id: int, change_id: int, event_id: int) -> None:
    """:param event_id: of what the booking went through: with it staff see which order waits"""
    stock.correct(partner_id, change_id, at=now())
