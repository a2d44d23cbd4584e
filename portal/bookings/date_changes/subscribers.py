"""What follows when bookings fall through with their date, as jobs: each may run twice."""

from portal.bookings import queries
from portal.bookings.date_changes import operations
from portal.core.events import subscribe
from portal.core.models import Event
from portal.core.tenancy import scope


@subscribe("booking.decline_settled")
def tell_customer(event: Event) -> None:
    """The undo window is over: only now the customer hears of it."""
    _tell(event)


@subscribe("booking.changed")
def tell_customer_at_new_address(event: Event) -> None:
    """An address that was wrong in the shop is put right there: the news goes to the right one."""
    if "contact" in event.data.get("fields", []):
        _tell(event)


def _tell(event: Event) -> None:
    assert event.partner_id is not None
    with scope(partner_ids=[event.partner_id]):
        operations.tell_customer(queries.booking_of(event.partner_id, event.subject_id), at=event.at)
