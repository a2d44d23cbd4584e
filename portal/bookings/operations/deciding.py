"""Confirm, decline, undo. A booking is confirmed here and nowhere else."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import TextChoices

from portal.accounts.models import User
from portal.bookings import policies, wording
from portal.bookings.models import Booking, BookingStatus, DeclineReason
from portal.bookings.operations.asking import remind_of_request
from portal.bookings.operations.locking import lock
from portal.core import events
from portal.core.refusals import NotAllowed

# So close to the start nobody can wait for an undo window: the customer must hear at once.
SETTLE_AT_ONCE = timedelta(hours=4)


@dataclass(frozen=True)
class By:
    """Who decides. `way` is the spec's confirmed_by: email_token, portal, rule, staff, import."""

    way: str
    user: User | None = None
    link_id: str = ""

    @property
    def actor(self) -> str:
        return self.user.actor if self.user else f"link:{self.link_id}" if self.link_id else self.way


@dataclass(frozen=True)
class Decision:
    """`is_new` is False when the booking already stood like this: somebody was faster, or clicked twice."""

    booking: Booking
    is_new: bool


@transaction.atomic
def confirm_booking(
    booking: Booking, *, by: By, at: datetime, notes: str = "", provisional_until: datetime | None = None
) -> Decision:
    """Promise the participants their seats. Safe to repeat.

    :param provisional_until: until then opening the decline link of the same mail takes it back
    :raises NotAllowed: with the DecideBlocker that stands in the way, and who decided otherwise
    """
    booking = lock(booking)
    if booking.status == BookingStatus.CONFIRMED:
        _make_certain(booking, provisional_until)
        return Decision(booking, is_new=False)
    _guard(booking, policies.confirm_blocker(booking, at=at))

    booking.status = BookingStatus.CONFIRMED
    booking.confirmed_at, booking.confirmed_by, booking.confirm_notes = at, by.way, notes.strip()
    booking.provisional_until = provisional_until
    _decided(booking, by=by, at=at)

    # Pages hear of it now. Nobody outside does: mails, ticket and webhooks hang on
    # booking.confirmation_settled, which tick() records when the undo window is over.
    events.record("booking.confirmed", subject=booking, actor=by.actor, at=at, data={"by": by.way})
    return Decision(booking, is_new=True)


@transaction.atomic
def decline_booking(
    booking: Booking, *, reason: DeclineReason | None, notes: str = "", by: By, at: datetime
) -> Decision:
    """Refuse the booking, with a reason. Safe to repeat with the same reason.

    :raises NotAllowed: with the DecideBlocker or DeclineFormBlocker that stands in the way
    """
    booking = lock(booking)
    _guard(booking, policies.decline_form_blocker(reason, notes))
    assert reason is not None
    if booking.status == BookingStatus.DECLINED and booking.decline_reason == reason.code:
        return Decision(booking, is_new=False)
    _guard(booking, policies.decline_blocker(booking, at=at))

    booking.status = BookingStatus.DECLINED
    booking.declined_at, booking.declined_by = at, by.way
    booking.decline_reason, booking.decline_notes = reason.code, notes.strip()
    _decided(booking, by=by, at=at)

    events.record(
        "booking.declined", subject=booking, actor=by.actor, at=at, data={"by": by.way, "reason": reason.code}
    )
    return Decision(booking, is_new=True)


@transaction.atomic
def undo_decision(booking: Booking, *, by: By, at: datetime) -> Booking:
    """Make the booking pending again, as if nothing had been decided: nobody outside has heard of it yet.

    :raises NotAllowed: with the UndoBlocker, once the window is over
    """
    booking = lock(booking)
    if blocker := policies.undo_blocker(booking, at=at):
        raise NotAllowed(blocker)
    was = booking.status
    reopen(booking)
    remind_of_request(booking, at=at)
    kind = "booking.confirmation_undone" if was == BookingStatus.CONFIRMED else "booking.decline_undone"
    events.record(kind, subject=booking, actor=by.actor, at=at)
    return booking


@transaction.atomic
def take_back_provisional_confirmation(booking: Booking, *, by: By, at: datetime) -> bool:
    """Take back a confirmation by opening: the decline link of the same mail was opened seconds later.

    A mail scanner opens every link; a person who opens "decline" does not mean yes either.
    """
    booking = lock(booking)
    is_provisional = booking.provisional_until is not None and at < booking.provisional_until
    if booking.status != BookingStatus.CONFIRMED or booking.settled_at is not None or not is_provisional:
        return False
    reopen(booking)
    events.record("booking.confirmation_taken_back", subject=booking, actor=by.actor, at=at)
    return True


def reopen(booking: Booking) -> None:
    """Back to pending: every trace of the decision leaves the row (the events keep it)."""
    booking.status = BookingStatus.PENDING
    booking.confirmed_at = booking.declined_at = booking.provisional_until = None
    booking.settles_at = booking.settled_at = booking.decline_told_at = None
    booking.confirmed_by = booking.confirm_notes = booking.declined_by = ""
    booking.decline_reason = booking.decline_notes = ""
    booking.decided_by_user = None
    booking.save()


def settling_time(booking: Booking, *, at: datetime) -> datetime:
    """When the outside learns of a decision made at `at`."""
    window = timedelta(seconds=settings.UNDO_SECONDS)
    if booking.starts_at and booking.starts_at - at < SETTLE_AT_ONCE:
        window = timedelta(0)
    settles_at = at + window
    # Whatever the window: a confirmation that may be a robot's waits until it no longer can be taken back.
    return max(settles_at, booking.provisional_until) if booking.provisional_until else settles_at


def _make_certain(booking: Booking, provisional_until: datetime | None) -> None:
    """Somebody pressed the button after a mere opening had confirmed: that can no longer be a robot's doing."""
    if booking.provisional_until is not None and provisional_until is None:
        booking.provisional_until = None
        booking.save(update_fields=["provisional_until", "updated_at"])


def _decided(booking: Booking, *, by: By, at: datetime) -> None:
    booking.decided_by_user = by.user
    booking.settles_at, booking.settled_at = settling_time(booking, at=at), None
    booking.save()


def _guard(booking: Booking, blocker: TextChoices | None) -> None:
    if blocker:
        raise NotAllowed(blocker, wording.refusal(booking, blocker))
