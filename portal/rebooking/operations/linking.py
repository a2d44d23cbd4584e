"""Sending the customer a link: by itself after a decline, or because staff want it so."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from portal.accounts.models import User
from portal.bookings import queries as booking_queries
from portal.bookings.models import Booking, BookingStatus
from portal.core import events
from portal.core.models import Event
from portal.core.refusals import guard
from portal.rebooking import policies, queries, reminders
from portal.rebooking.models import Rebooking
from portal.rebooking.operations import cases, ending, mails
from portal.rebooking.operations.cases import record
from portal.rebooking.operations.issuing import (
    expiry,
    follow_address,
    issue_link,
    make_rebooking,
    name_of,
)
from portal.rebooking.operations.locking import lock_booking, lock_rebooking
from portal.rebooking.options import options_for
from portal.rebooking.policies import LinkBlocker

Status = Rebooking.Status
Cause = Rebooking.Cause
NeedsStaff = Rebooking.NeedsStaff
# So many links an order item gets by itself; then somebody should talk with the customer.
MOST_BY_ITSELF = 3
_ANSWERS = ("rebooking.offered", "rebooking.no_dates", "rebooking.exhausted", "rebooking.no_address")


@transaction.atomic
def offer_rebooking(booking: Booking, *, at: datetime) -> Rebooking | None:
    """After a decline that is final: a link for the customer, once for each decline. Safe to repeat.

    Of a candidate that was declined the link is for the booking that still stands. None when there is to be none.
    """
    declined = lock_booking(booking)
    if declined.status != BookingStatus.DECLINED or declined.settled_at is None:
        return None
    standing = declined
    if declined.is_candidate:
        live = booking_queries.live_booking_of(booking_queries.thread_of(declined))
        if live is None:
            return None
        standing = live
    if _is_answered(standing, since=declined.settled_at):
        return queries.active_rebooking(standing)
    return _offer(standing, declined, at=at)


def offer_for_candidates(booking: Booking, *, at: datetime) -> None:
    """What the customer had asked for instead was declined while this booking could not be rebooked. Safe to repeat."""
    for each in booking_queries.thread_of(booking):
        if each.is_candidate and each.status == BookingStatus.DECLINED:
            offer_rebooking(each, at=at)


@transaction.atomic
def resume_link(booking: Booking) -> None:
    """A mail with the link that came to leave while the decline could be undone leaves after all. Safe to repeat."""
    if rebooking := queries.active_rebooking(lock_booking(booking)):
        mails.owe_held_back(rebooking)


def _offer(booking: Booking, declined: Booking, *, at: datetime) -> Rebooking | None:
    blocker = policies.link_blocker(booking, at=at)
    if blocker == LinkBlocker.NO_ADDRESS:
        _call_for_address(booking, declined, at=at)
    if blocker:
        return None
    rebooking = _active(booking, at=at)
    if rebooking is None:
        earlier = queries.rebookings_of_thread(booking)
        if earlier.filter(cause=Cause.DECLINED).count() >= MOST_BY_ITSELF:
            _give_up(earlier.select_related("original_booking").last(), booking, declined, at=at)
            return None
        rebooking = make_rebooking(booking, Cause.DECLINED, at=at)
    else:
        _renew(rebooking, at=at)
    if not _is_told_otherwise(booking):
        mails.owe_again(rebooking, at=at)
    _announce(rebooking, declined, at=at)
    return rebooking


@transaction.atomic
def send_link(booking: Booking, *, user: User, at: datetime) -> Rebooking:
    """Staff send the customer a link, or the one that still works once more.

    :raises NotAllowed: with the LinkBlocker that stands in the way
    """
    booking = lock_booking(booking)
    guard(policies.link_blocker(booking, at=at))
    rebooking = _active(booking, at=at)
    if rebooking is None:
        # Whoever sends a link takes care of whatever was open.
        cases.close_cases(booking, at=at)
        rebooking = make_rebooking(booking, Cause.STAFF, at=at)
    # Mails before links, as the sender takes them.
    mails.owe_again(rebooking, at=at)
    _save_with_link(rebooking, at=at)
    record("rebooking.link_sent", rebooking, {}, actor=user.actor, at=at)
    return rebooking


@transaction.atomic
def extend_link(rebooking: Rebooking, *, user: User, at: datetime) -> Rebooking:
    """The link works for the whole time again, counted from now, also one that had expired.

    :raises NotAllowed: with the LinkBlocker or UseBlocker that stands in the way
    """
    rebooking = lock_rebooking(rebooking)
    active = queries.active_rebooking(rebooking.original_booking)
    has_other = active is not None and active.pk != rebooking.pk
    guard(policies.extend_blocker(rebooking, at=at, has_other=has_other))
    if rebooking.status == Status.ACTIVE and rebooking.token_expires_at >= expiry(at):
        return rebooking
    rebooking.status, rebooking.token_expires_at = Status.ACTIVE, expiry(at)
    if rebooking.needs_staff == NeedsStaff.EXPIRED:
        rebooking.settled_at = rebooking.settled_at or at
    if _has_moved(rebooking):
        follow_address(rebooking, at=at)
    else:
        _save_with_link(rebooking, at=at)
    record("rebooking.link_extended", rebooking, {}, actor=user.actor, at=at)
    return rebooking


@transaction.atomic
def follow_contact(booking: Booking, *, at: datetime) -> bool:
    """The shop has put the customer's name or address right: a link that waits follows. Safe to repeat."""
    booking = lock_booking(booking)
    rebooking = _active(booking, at=at)
    if booking.customer.erased_at is not None or not booking.customer.email:
        return False
    if _has_missed_link(booking):
        # There was nobody to write to until now.
        return _offer(booking, booking, at=at) is not None
    if rebooking is None:
        return False
    if _has_moved(rebooking):
        follow_address(rebooking, at=at)
        return True
    was, rebooking.customer_name = rebooking.customer_name, name_of(booking.customer)
    rebooking.save(update_fields=["customer_name", "updated_at"])
    return rebooking.customer_name != was


def _has_moved(rebooking: Rebooking) -> bool:
    """Whether the shop names another address by now."""
    address = rebooking.original_booking.customer.email
    return (rebooking.customer_email or "").lower() != address.lower()


def _save_with_link(rebooking: Rebooking, *, at: datetime) -> None:
    issue_link(rebooking, at=at)
    rebooking.save()


def _active(booking: Booking, *, at: datetime) -> Rebooking | None:
    """The link that waits for the customer; one that is over is ended first. Call it with the turn."""
    rebooking = queries.active_rebooking(booking)
    if rebooking is None or at < rebooking.token_expires_at:
        return rebooking
    ending.expire(rebooking, at=at)
    return None


def _call_for_address(booking: Booking, declined: Booking, *, at: datetime) -> None:
    """There is nobody to write to. Who has no date left is a case for staff, until the shop names an address."""
    about = {"declined": declined.pk}
    if policies.has_nothing(booking):
        rebooking = _active(booking, at=at) or make_rebooking(booking, Cause.DECLINED, at=at)
        rebooking.remind_at = None
        cases.call_staff(rebooking, NeedsStaff.NO_ADDRESS, at=at)
        _save_with_link(rebooking, at=at)
        about["rebooking"] = rebooking.pk
    events.record("rebooking.no_address", subject=booking, actor="clock", at=at, data=about)


def _renew(rebooking: Rebooking, *, at: datetime) -> None:
    """A link from before the decline, or without an address: now it is the one that the decline would have made."""
    if rebooking.needs_staff == NeedsStaff.NO_ADDRESS:
        cases.close(rebooking, at=at)
    rebooking.cause, rebooking.token_expires_at = Cause.DECLINED, max(rebooking.token_expires_at, expiry(at))
    rebooking.remind_at = reminders.first(rebooking.partner.time_zone, at=at)
    rebooking.reminder_count = 0
    if _has_moved(rebooking):
        follow_address(rebooking, at=at)


def _announce(rebooking: Rebooking, declined: Booking, *, at: datetime) -> None:
    booking = rebooking.original_booking
    options = options_for(booking, at=at)
    if not options:
        cases.call_staff(rebooking, NeedsStaff.NO_DATES, at=at)
    _save_with_link(rebooking, at=at)
    kind = "rebooking.offered" if options else "rebooking.no_dates"
    record(kind, rebooking, {"declined": declined.pk, "dates": len(options)}, actor="clock", at=at)


def _give_up(latest: Rebooking | None, booking: Booking, declined: Booking, *, at: datetime) -> None:
    assert latest is not None
    cases.call_staff(latest, NeedsStaff.TOO_OFTEN, at=at)
    latest.save(update_fields=["needs_staff", "needs_staff_at", "settled_at", "updated_at"])
    if not _is_told_otherwise(booking):
        mails.owe_declined(declined, at=at)
    data = {"rebooking": latest.pk, "declined": declined.pk}
    events.record("rebooking.exhausted", subject=booking, actor="clock", at=at, data=data)


def _is_told_otherwise(booking: Booking) -> bool:
    """Of a date that falls through the customer hears by one mail, which has the dates in it, too.

    Not of one that was only asked for: the link is for the booking that stands.
    """
    return booking_queries.cancellation_of(booking) is not None


def _is_answered(booking: Booking, *, since: datetime) -> bool:
    """Whether the customer has had a link since that decline was final, or will have none by itself."""
    return _answers(booking).filter(at__gte=since).exists()


def _has_missed_link(booking: Booking) -> bool:
    latest = _answers(booking).order_by("pk").last()
    is_declined = booking.status == BookingStatus.DECLINED and booking.settled_at is not None
    return is_declined and latest is not None and latest.kind == "rebooking.no_address"


def _answers(booking: Booking) -> "QuerySet[Event]":
    return Event.objects.filter(subject_type=Booking.EVENT_SUBJECT, subject_id=booking.pk, kind__in=_ANSWERS)
