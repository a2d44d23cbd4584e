"""What the shop hears of an answer: a comment on its order. Each may run twice."""

from portal.bookings import order_comments, queries
from portal.core import jobs, keys
from portal.core.clock import now
from portal.core.events import subscribe
from portal.core.models import Event
from portal.core.tenancy import scope
from portal.core.turns import turn
from portal.integrations.shop import rest

SYSTEM, QUEUE = "order comments", "comments"


@subscribe(*order_comments.ANSWERED, queue=QUEUE, when=rest.is_configured)
def comment_order(event: Event) -> None:
    """Scope and load, then call with no transaction open; the shop itself keeps what is written."""
    assert event.partner_id is not None
    if not rest.is_configured():
        return
    with scope(partner_ids=[event.partner_id]):
        booking = queries.booking_of(event.partner_id, event.subject_id)
        if booking.status != order_comments.ANSWERED[event.kind]:
            return
        comment = order_comments.comment_for(event, booking)
    write_comment(comment)


def write_comment(comment: rest.OrderComment) -> None:
    """Write it at the shop, for subscribers in a job of the queue `QUEUE`, with no transaction open. Safe to repeat."""
    try:
        with (
            turn(f"order {comment.order_id}"),
            keys.using(SYSTEM, queue=QUEUE, unsure=rest.ShopWriteUnavailable, at=now()),
        ):
            rest.order_writer().add_comment(comment)
    except rest.ShopWriteRejected as error:
        raise jobs.GiveUp(str(error)) from error
