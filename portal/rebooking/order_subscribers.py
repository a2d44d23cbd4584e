"""What the shop hears of a rebooking: a comment on its order, which stays as it is. Each may run twice."""

from portal.bookings import queries
from portal.bookings.order_subscribers import QUEUE, write_comment
from portal.core.events import subscribe
from portal.core.models import Event
from portal.core.tenancy import scope
from portal.integrations.shop import rest
from portal.rebooking import order_comments


@subscribe("booking.rebooked", "booking.move_asked", queue=QUEUE, when=rest.is_configured)
def comment_move(event: Event) -> None:
    """Scope and load, then call with no transaction open; the shop itself keeps what is written."""
    assert event.partner_id is not None
    if not rest.is_configured():
        return
    with scope(partner_ids=[event.partner_id]):
        old = queries.booking_of(event.partner_id, event.subject_id)
        new = queries.booking_of(event.partner_id, event.data["to"])
        comment = order_comments.comment_for(event, old, new)
    if comment:
        write_comment(comment)
