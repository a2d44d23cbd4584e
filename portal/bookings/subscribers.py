"""What follows from events, as jobs: each may run twice."""

from portal.bookings import operations, queries
from portal.bookings.models import Booking, BookingStatus, DateCancellation, UnmatchedOrder
from portal.core import jobs, outbox
from portal.core.events import subscribe
from portal.core.models import Event
from portal.core.tenancy import register_system_reason, scope, system
from portal.partners.models import Partner
from portal.partners.recipients import recipients_of

MATCHING = register_system_reason("orders of a new partner")
_MOVES = {"starts_on", "starts_time"}


@subscribe("booking.confirmation_settled")
def tell_confirmed_for_partner(event: Event) -> None:
    """What staff promised in the partner's place, the partner must know."""
    assert event.partner_id is not None
    with scope(partner_ids=[event.partner_id]):
        booking = queries.booking_of(event.partner_id, event.subject_id)
        operations.tell_confirmed_for_partner(booking, at=event.at)


@subscribe("booking.cancelled")
def tell_cancelled(event: Event) -> None:
    """A partner who was asked hears that nobody comes, unless an edited order carries the booking on."""
    assert event.partner_id is not None
    with scope(partner_ids=[event.partner_id]):
        booking = queries.booking_of(event.partner_id, event.subject_id)
        if booking.status != BookingStatus.CANCELLED or not _is_known_to_partner(booking):
            return
        if queries.replacement_of(booking):
            return
        operations.tell_partner("booking_cancelled", booking, version=booking.version, at=event.at)


@subscribe("booking.confirmation_settled", "booking.decline_settled", "booking.decline_undone")
def promote_candidate(event: Event) -> None:
    """A date that was asked for is promised, or the booking that it would replace is declined."""
    assert event.partner_id is not None
    with scope(partner_ids=[event.partner_id]):
        booking = queries.booking_of(event.partner_id, event.subject_id)
        for candidate in queries.thread_of(booking):
            if candidate.is_open_candidate:
                operations.promote_candidate(candidate, at=event.at)


@subscribe("booking.cancelled")
def withdraw_candidates(event: Event) -> None:
    """The order is gone: nothing is asked for any more."""
    assert event.partner_id is not None
    with scope(partner_ids=[event.partner_id]):
        booking = queries.booking_of(event.partner_id, event.subject_id)
        operations.withdraw_candidates(booking, at=event.at)


def _is_known_to_partner(booking: Booking) -> bool:
    has_answered = booking.confirmed_at is not None or booking.declined_at is not None
    return has_answered or outbox.has_left("booking_request", subject=booking)


@subscribe("partner.changed", "member.joined", formerly=("portal.bookings.subscribers.follow_new_address",))
def follow_recipients(event: Event) -> None:
    """Who came to get the partner's mails is asked for what still waits; mails owed to who left go to who is there."""
    assert event.partner_id is not None
    for booking in _waiting_for(event.partner_id):
        with scope(partner_ids=[event.partner_id]):
            operations.follow_recipients(booking, at=event.at)
    # Not beside the links above: whoever sends a mail locks it first and its links last.
    with scope(partner_ids=[event.partner_id]):
        recipients = recipients_of(Partner.objects.get(pk=event.partner_id), at=event.at)
        for about in (Booking.EVENT_SUBJECT, DateCancellation.EVENT_SUBJECT):
            outbox.redirect(
                partner_id=event.partner_id,
                about=about,
                allowed=recipients.allowed,
                to=recipients.today,
                at=event.at,
            )


@subscribe("partner.changed")
def follow_quiet_hours(event: Event) -> None:
    """Reminders that are planned keep to the quiet hours of today."""
    assert event.partner_id is not None
    for booking in _waiting_for(event.partner_id):
        with scope(partner_ids=[event.partner_id]):
            operations.follow_quiet_hours(booking, at=event.at)


def _waiting_for(partner_id: int) -> list[Booking]:
    """To be taken one by one, each in a transaction of its own, so that nobody waits for more than one of them."""
    with scope(partner_ids=[partner_id]):
        return list(queries.waiting_for(partner_id).order_by("pk").only("pk", "course_date_id"))


@subscribe("partner.created", "partner.changed")
def match_orders_of_partner(event: Event) -> None:
    """Orders that waited for this partner are read from the shop again, and then find it."""
    assert event.partner_id is not None
    with system(MATCHING):
        ids = list(
            UnmatchedOrder.objects.filter(matched_at=None, partner_value=event.data["magento_partner_id"])
            .values_list("magento_order_id", flat=True)
            .distinct()
        )
    if ids:
        jobs.defer("bookings.import_orders", way="matched", order_ids=ids)


@subscribe("date.changed")
def follow_moved_date(event: Event) -> None:
    """A date that the shop has moved: its orders are read again, so that each partner answers for the new day."""
    assert event.partner_id is not None
    if event.actor != "shop" or not _MOVES.intersection(event.data["fields"]):
        return
    with scope(partner_ids=[event.partner_id]):
        ids = queries.orders_of_date(event.partner_id, event.subject_id)
        for booking in queries.rebooked_to(event.partner_id, event.subject_id):
            operations.follow_moved_date(booking)
    if ids:
        jobs.defer("bookings.import_orders", way="moved", order_ids=ids)
