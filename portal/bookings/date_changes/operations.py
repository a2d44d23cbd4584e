"""A whole date falls through: all its bookings are declined in one go, and their customers are told."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction

from portal.accounts.models import User
from portal.bookings import operations, ticket_queries
from portal.bookings.date_changes import policies, queries
from portal.bookings.models import (
    Booking,
    BookingStatus,
    CancelledBooking,
    DateCancellation,
    DeclineReason,
)
from portal.bookings.operations import By
from portal.bookings.policies import decline_form_blocker
from portal.bookings.queries import CUSTOMER_LINK, cancellation_of, candidate_of
from portal.core import events, links, outbox
from portal.core.models import Link, LinkVisit, OutboxMail
from portal.core.refusals import guard
from portal.dates.models import CourseDate
from portal.dates.operations import call_off, lock_date, take_up_again

CUSTOMER_TOLD = "customer_date_cancelled"
# So long the page behind the link says what happened.
LINK_LIFE = timedelta(days=90)


@transaction.atomic
def cancel_whole_date(
    course_date: CourseDate, *, reason: DeclineReason | None, notes: str, by: By, at: datetime
) -> DateCancellation:
    """Decline all live bookings of the date and cancel it. Safe to repeat: the second one returns the first.

    What the shop still waits to be paid for stays as it is. Should it be paid, it is a booking of a cancelled date,
    which staff are shown.

    :raises NotAllowed: with the FallThroughBlocker or DeclineFormBlocker that stands in the way
    """
    course_date = lock_date(course_date)
    if standing := queries.standing_cancellation(course_date):
        return standing
    guard(decline_form_blocker(reason, notes, needs_notes=True))
    assert reason is not None
    guard(policies.fall_through_blocker(course_date, at=at))

    found = operations.lock_bookings(Booking.objects.filter(course_date=course_date, status__in=queries.LIVE))
    bookings = [each for each in found if policies.falls_through(each, at=at)]
    settles_at = operations.decline_with_date(bookings, reason=reason, notes=notes, by=by, at=at)
    call_off(course_date, actor=by.actor, at=at)
    cancellation = DateCancellation.objects.create(
        partner_id=course_date.partner_id,
        course_date=course_date,
        reason=reason.code,
        notes=notes.strip(),
        way=by.way,
        decided_by_user=by.user,
        settles_at=settles_at,
        created_at=at,
    )
    CancelledBooking.objects.bulk_create(
        CancelledBooking(partner_id=each.partner_id, cancellation=cancellation, booking=each)
        for each in bookings
    )
    return cancellation


@transaction.atomic
def undo_date_cancellation(cancellation: DateCancellation, *, by: By, at: datetime) -> DateCancellation:
    """The date takes place, and every booking stands as before; nobody outside has heard. Safe to repeat.

    :raises NotAllowed: with the UndoBlocker, once the window is over
    """
    course_date = lock_date(cancellation.course_date)
    bookings = operations.lock_bookings(queries.fell_through(cancellation))
    cancellation = DateCancellation.objects.select_for_update().get(pk=cancellation.pk)
    if cancellation.undone_at is not None:
        return cancellation
    # One that the customer has cancelled meanwhile stays cancelled.
    declined = [each for each in bookings if each.status == BookingStatus.DECLINED]
    guard(policies.undo_blocker(cancellation, declined, at=at, by_staff=by.is_staff))

    operations.lock_mails(declined)
    operations.undo_with_date(declined, by=by, at=at)
    take_up_again(course_date, actor=by.actor, at=at)
    cancellation.undone_at = at
    cancellation.save(update_fields=["undone_at"])
    return cancellation


def carry_on(bookings: Collection[Booking]) -> None:
    """An edited order carries a booking on that fell through: its customer is on the list in its place."""
    heirs = {each.previous_id: each for each in bookings if each.status == BookingStatus.DECLINED}
    heirs.pop(None, None)
    if not heirs:
        return
    entries = CancelledBooking.objects.filter(booking__in=heirs.keys(), cancellation__undone_at=None)
    CancelledBooking.objects.bulk_create(
        CancelledBooking(
            partner_id=entry.partner_id,
            cancellation_id=entry.cancellation_id,
            booking=heirs[entry.booking_id],
            reached_at=entry.reached_at,
            reached_by_user_id=entry.reached_by_user_id,
        )
        for entry in entries
    )


@transaction.atomic
def tell_customer(booking: Booking, *, at: datetime) -> OutboxMail | None:
    """Owe the customer the mail that the date falls through, with a link of its own. Safe to repeat.

    One mail for the whole life of a booking, and one more only to an address that the shop has put right.
    """
    booking = operations.lock(booking)
    to = booking.customer.email
    if not may_be_told(booking) or booking.settled_at is None or _is_told(booking, to):
        return None
    # Mails before links, as the sender takes them.
    outbox.revive_dropped(CUSTOMER_TOLD, subject=booking, recipient=to, version=booking.version)
    mail = outbox.put(CUSTOMER_TOLD, subject=booking, recipient=to, version=booking.version, at=at)
    links.issue(CUSTOMER_LINK, subject=booking, recipient=to, version=1, expires_at=at + LINK_LIFE, at=at)
    return mail


def may_be_told(booking: Booking) -> bool:
    """Whether its customer is to hear that the date falls through, and can.

    Not of a date that was only asked for, nor where one is about to take its place: both are told otherwise.
    """
    is_reachable = bool(booking.customer.email) and booking.customer.erased_at is None
    has_fallen = queries.has_fallen_through(booking) and cancellation_of(booking) is not None
    return is_reachable and has_fallen and not _has_other_date(booking)


def _has_other_date(booking: Booking) -> bool:
    candidate = candidate_of(Booking.objects.thread_of(booking))
    return booking.is_candidate or (candidate is not None and candidate.status in queries.LIVE)


def note_opening(link: Link, booking: Booking, *, is_person: bool, at: datetime) -> None:
    """Keep that the page behind the link was opened. The first time by a person, open pages hear of it."""
    # Two at once are one first time.
    link = Link.objects.select_for_update().get(pk=link.pk)
    visits = LinkVisit.objects.filter(link=link, visitor=LinkVisit.Visitor.PERSON)
    is_first = is_person and not visits.exists()
    links.record_visit(link, action="booking", is_person=is_person, at=at)
    if is_first:
        events.record("booking.customer_opened", subject=booking, actor=f"link:{link.pk}", at=at)


@transaction.atomic
def note_reached(entry: CancelledBooking, *, user: User, at: datetime) -> None:
    """Somebody has spoken with the customer. Safe to repeat."""
    entry = _lock_entry(entry)
    if entry.reached_at is None:
        _set_reached(entry, user, at)
        events.record("booking.customer_reached", subject=entry.booking, actor=user.actor, at=at)


@transaction.atomic
def take_back_reached(entry: CancelledBooking, *, user: User, at: datetime) -> None:
    """It was ticked off by mistake. Safe to repeat."""
    entry = _lock_entry(entry)
    if entry.reached_at is not None:
        _set_reached(entry, None, None)
        events.record("booking.customer_not_reached", subject=entry.booking, actor=user.actor, at=at)


def _set_reached(entry: CancelledBooking, user: User | None, at: datetime | None) -> None:
    entry.reached_by_user, entry.reached_at = user, at
    entry.save(update_fields=["reached_by_user", "reached_at"])


def _lock_entry(entry: CancelledBooking) -> CancelledBooking:
    found = CancelledBooking.objects.select_for_update(of=("self",)).select_related("booking")
    return found.get(pk=entry.pk)


def _is_told(booking: Booking, address: str) -> bool:
    """This booking, or one that it carries on: its mail is on its way or has left."""
    chain = [each.pk for each in ticket_queries.carried_on(booking)]
    mails = OutboxMail.objects.filter(
        subject_type=Booking.EVENT_SUBJECT, subject_id__in=chain, kind=CUSTOMER_TOLD, recipient=address
    )
    return mails.exclude(state=OutboxMail.State.DROPPED).exists()
