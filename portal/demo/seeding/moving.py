"""What follows a decline: the customer gets a link, and does something with it."""

from datetime import datetime, timedelta

from portal.accounts.models import User
from portal.bookings.models import Booking, BookingStatus
from portal.bookings.operations import settle_decision
from portal.core.tenancy import system
from portal.demo.queries import DEMO
from portal.demo.seeding.deciding import booking_of_item, date_by_sku, sku_of
from portal.demo.seeding.moves import CALLED, CALLED_HOURS_AGO, MOVES, Move
from portal.demo.seeding.telling import MOMENT, Step, Telling
from portal.rebooking import operations
from portal.rebooking.models import Rebooking

LINK_TAKES = timedelta(seconds=20)
ANSWER_TAKES = timedelta(hours=3)


def tell_moves(telling: Telling) -> None:
    """Call it when the dates are there: without them nobody has anything to choose."""
    with system(DEMO):
        declined = Booking.objects.with_relations().filter(status=BookingStatus.DECLINED)
        for booking in declined.exclude(settled_at=None).order_by("settled_at"):
            assert booking.settled_at is not None
            telling.plan(booking.settled_at + LINK_TAKES, _offering(telling, booking))
    telling.plan(telling.now - timedelta(hours=CALLED_HOURS_AGO), _sending)
    telling.run()


def _offering(telling: Telling, booking: Booking) -> Step:
    def offer(at: datetime) -> None:
        rebooking = operations.offer_rebooking(booking, at=at)
        move = MOVES.get(sku_of(booking))
        if rebooking and move:
            wanted = telling.awake(at + timedelta(hours=move.hours))
            telling.plan(min(wanted, telling.now - MOMENT), _moving(telling, rebooking, move))

    return offer


def _moving(telling: Telling, rebooking: Rebooking, move: Move) -> Step:
    def do(at: datetime) -> None:
        if move.wish:
            operations.note_wish(rebooking, move.wish, at=at)
            return
        date = date_by_sku(move.to)
        operations.hold_date(rebooking, date.pk, at=at)
        operations.rebook(rebooking, date.pk, at=at)
        if move.is_confirmed:
            telling.plan(telling.awake(at + ANSWER_TAKES), _confirming(telling, rebooking))

    return do


def _confirming(telling: Telling, rebooking: Rebooking) -> Step:
    item_id = rebooking.original_order_item_id

    def confirm(at: datetime) -> None:
        settles_at = telling.deciders.confirm(item_id, at=at).settles_at
        assert settles_at is not None
        telling.plan(settles_at, lambda at: _settle(item_id, at))

    return confirm


def _settle(item_id: int, at: datetime) -> None:
    settle_decision(booking_of_item(item_id), at=at)


def _sending(at: datetime) -> None:
    booking = Booking.objects.get(course_date__sku=CALLED, status=BookingStatus.CONFIRMED)
    operations.send_link(booking, user=User.objects.get(is_manager=True), at=at)
