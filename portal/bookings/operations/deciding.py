"""Confirm, decline, undo. A booking is confirmed here and nowhere else."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from django.conf import settings
from django.db import transaction
from django.db.models import TextChoices

from portal.accounts.models import User
from portal.bookings import policies, queries, wording
from portal.bookings.models import Booking, BookingStatus, DeclineReason
from portal.bookings.operations.asking import remind_of_request
from portal.bookings.operations.locking import lock
from portal.bookings.operations.reminding import step_back
from portal.bookings.operations.scheduling import climb_again, plan
from portal.core import events
from portal.core.refusals import NotAllowed, refuse_or_do
from portal.core.statements import UpdateStatement

# All that a decision writes: fewer columns are faster, and this is what partners wait for.
_DECISION = (
    *("status", "decided_by_user", "settles_at", "settled_at", "undo_status", "undo_settled_at"),
    *("confirmed_at", "confirmed_by", "confirm_notes", "provisional_until"),
    *("declined_at", "declined_by", "decline_reason", "decline_notes"),
    *("ladder_rung", "remind_at", "escalate_at", "updated_at"),
)
# So close to the start nobody can wait for an undo window: the customer must hear at once.
SETTLE_AT_ONCE = timedelta(hours=4)


@dataclass(frozen=True)
class By:
    """Who decides. `way` is the spec's confirmed_by: email_token, portal, rule, staff, import."""

    way: str
    user: User | None = None
    link_id: str = ""

    @property
    def is_staff(self) -> bool:
        """Staff may decide what a partner may not: `policies` says what."""
        return self.way == "staff"

    @property
    def actor(self) -> str:
        return self.user.actor if self.user else f"link:{self.link_id}" if self.link_id else self.way


@dataclass(frozen=True)
class Decision:
    """`is_new` is False when the booking already stood like this: somebody was faster, or clicked twice."""

    booking: Booking
    is_new: bool


@refuse_or_do
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
    _guard(booking, policies.confirm_blocker(booking, at=at, by_staff=by.is_staff))

    _keep_for_undo(booking)
    booking.status = BookingStatus.CONFIRMED
    booking.confirmed_at, booking.confirmed_by, booking.confirm_notes = at, by.way, notes.strip()
    booking.provisional_until = provisional_until
    _decided(booking, by=by, at=at, settles_at=settling_time(booking, at=at))

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
    _guard(booking, policies.decline_blocker(booking, at=at, by_staff=by.is_staff))
    _decline(booking, reason, notes, by=by, at=at)
    return Decision(booking, is_new=True)


@transaction.atomic
def emergency_decline_booking(
    booking: Booking, *, reason: DeclineReason | None, notes: str, by: By, at: datetime
) -> Decision:
    """Break a promise: staff decline a confirmed booking, with a reason and a note. Safe to repeat.

    An action of its own: who declines an open booking just as the partner confirms it must not break a promise.

    :raises NotAllowed: with the DecideBlocker or DeclineFormBlocker that stands in the way
    """
    booking = lock(booking)
    _guard(booking, policies.decline_form_blocker(reason, notes, needs_notes=True))
    assert reason is not None
    if booking.status == BookingStatus.DECLINED and booking.decline_reason == reason.code:
        return Decision(booking, is_new=False)
    _guard(booking, policies.emergency_decline_blocker(booking, at=at, by_staff=by.is_staff))
    _decline(booking, reason, notes, by=by, at=at)
    return Decision(booking, is_new=True)


@transaction.atomic
def undo_decision(booking: Booking, *, by: By, at: datetime) -> Booking:
    """Give back what was before the decision, as if there had been none: nobody outside has heard of it yet.

    :raises NotAllowed: with the UndoBlocker, once the window is over
    """
    booking = lock(booking)
    if blocker := policies.undo_blocker(booking, at=at, by_staff=by.is_staff):
        raise NotAllowed(blocker)
    was = booking.status
    _give_back(booking, at=at)
    kind = "booking.confirmation_undone" if was == BookingStatus.CONFIRMED else "booking.decline_undone"
    events.record(kind, subject=booking, actor=by.actor, at=at, data={"to": booking.status})
    return booking


def decline_with_date(
    bookings: Sequence[Booking], *, reason: DeclineReason, notes: str, by: By, at: datetime
) -> datetime:
    """Decline them all, promised or not: their date falls through. They settle together; returns when.

    Call it with their date and all of them locked, after asking `policies.emergency_decline_blocker`.
    """
    settles_at = common_settling_time(bookings, at=at)
    about = [(each, _refuse(each, reason, notes, by=by, at=at, settles_at=settles_at)) for each in bookings]
    events.record_many("booking.declined", about, actor=by.actor, at=at)
    return settles_at


def undo_with_date(bookings: Sequence[Booking], *, by: By, at: datetime) -> None:
    """Give back all that `decline_with_date` took.

    Call it with their date, all of them and their mails locked, after asking `policies.undo_blocker`.
    """
    for each in bookings:
        _give_back(each, at=at)
    about = [(each, {"to": each.status}) for each in bookings]
    events.record_many("booking.decline_undone", about, actor=by.actor, at=at)


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
    _ask_on(booking, at=at)
    events.record("booking.confirmation_taken_back", subject=booking, actor=by.actor, at=at)
    return True


def reopen(booking: Booking) -> None:
    """Back to pending: every trace of the decision leaves the row (the events keep it)."""
    _forget_decision(booking)
    booking.status, booking.expired_at = BookingStatus.PENDING, None
    booking.save()


def settling_time(booking: Booking, *, at: datetime) -> datetime:
    """When the outside learns of a decision made at `at`."""
    window = timedelta(seconds=settings.UNDO_SECONDS)
    # After the start, where only staff decide, nobody stands at the door any more.
    if booking.starts_at and at < booking.starts_at < at + SETTLE_AT_ONCE:
        window = timedelta(0)
    settles_at = at + window
    # Whatever the window: a confirmation that may be a robot's waits until it no longer can be taken back.
    return max(settles_at, booking.provisional_until) if booking.provisional_until else settles_at


def common_settling_time(bookings: Sequence[Booking], *, at: datetime) -> datetime:
    """When the outside learns of one decision about all of them. Also when there are none."""
    default = at + timedelta(seconds=settings.UNDO_SECONDS)
    return max((settling_time(each, at=at) for each in bookings), default=default)


def _make_certain(booking: Booking, provisional_until: datetime | None) -> None:
    """Somebody pressed the button after a mere opening had confirmed: that can no longer be a robot's doing."""
    if booking.provisional_until is not None and provisional_until is None:
        booking.provisional_until = None
        booking.save(update_fields=["provisional_until", "updated_at"])


def _decline(booking: Booking, reason: DeclineReason, notes: str, *, by: By, at: datetime) -> None:
    data = _refuse(booking, reason, notes, by=by, at=at, settles_at=settling_time(booking, at=at))
    events.record("booking.declined", subject=booking, actor=by.actor, at=at, data=data)


def _refuse(
    booking: Booking, reason: DeclineReason, notes: str, *, by: By, at: datetime, settles_at: datetime
) -> dict[str, object]:
    """Returns what the event has to say."""
    # Whose promise it was: the row has room for one who decided, and undo gives that one back.
    was = {"was": booking.status, "was_by_user": booking.decided_by_user_id}
    _keep_for_undo(booking)
    booking.status = BookingStatus.DECLINED
    booking.declined_at, booking.declined_by = at, by.way
    booking.decline_reason, booking.decline_notes = reason.code, notes.strip()
    _decided(booking, by=by, at=at, settles_at=settles_at)
    return {"by": by.way, "reason": reason.code, **was}


def _keep_for_undo(booking: Booking) -> None:
    booking.undo_status, booking.undo_settled_at = BookingStatus(booking.status), booking.settled_at


def _give_back(booking: Booking, *, at: datetime) -> None:
    """Exactly what `_keep_for_undo` saw."""
    if booking.undo_status == BookingStatus.CONFIRMED:
        _confirm_again(booking)
    elif booking.undo_status == BookingStatus.EXPIRED:
        _forget_decision(booking)
        booking.status = BookingStatus.EXPIRED
        booking.save()
        _call_on(booking)
    else:
        reopen(booking)
        _ask_on(booking, at=at)


def _ask_on(booking: Booking, *, at: datetime) -> None:
    """Nobody has answered after all: request, reminder and ticket that were dropped because of it are due again."""
    # Mails before links, as the sender takes them.
    step_back(booking)
    remind_of_request(booking, at=at)
    climb_again(booking, at=at)
    _call_on(booking)


def _call_on(booking: Booking) -> None:
    if booking.escalated_at is not None:
        _repeat(booking, "booking.escalated")


def _repeat(booking: Booking, kind: str) -> None:
    if event := queries.latest_event(booking, kind):
        events.repeat(event)


def _confirm_again(booking: Booking) -> None:
    """The promise as it was: one that had settled is told to whoever had not heard of it before the decline."""
    assert booking.confirmed_at is not None
    declined = queries.latest_event(booking, "booking.declined")
    user_id = declined.data.get("was_by_user") if declined else None
    booking.decided_by_user = User.objects.filter(pk=user_id).first() if user_id else None
    booking.status = BookingStatus.CONFIRMED
    _forget_decline(booking)
    booking.settled_at = booking.undo_settled_at
    booking.settles_at = booking.settled_at or settling_time(booking, at=booking.confirmed_at)
    # What the promise itself, should it not have settled, would give back in turn.
    booking.undo_status = BookingStatus.EXPIRED if booking.expired_at else BookingStatus.PENDING
    booking.undo_settled_at = None
    booking.save()
    if booking.settled_at is not None:
        _repeat(booking, "booking.confirmation_settled")


def _forget_decision(booking: Booking) -> None:
    _forget_decline(booking)
    booking.confirmed_at = booking.provisional_until = booking.settles_at = booking.settled_at = None
    booking.confirmed_by = booking.confirm_notes = ""
    booking.decided_by_user = None
    booking.undo_status, booking.undo_settled_at = BookingStatus.PENDING, None


def _forget_decline(booking: Booking) -> None:
    booking.declined_at = booking.decline_told_at = None
    booking.declined_by = booking.decline_reason = booking.decline_notes = ""


def _decided(booking: Booking, *, by: By, at: datetime, settles_at: datetime) -> None:
    booking.decided_by_user = by.user
    booking.settles_at, booking.settled_at = settles_at, None
    plan(booking, at=at)
    _decision().save(booking)


@cache
def _decision() -> UpdateStatement:
    return UpdateStatement(Booking, _DECISION)


def _guard(booking: Booking, blocker: TextChoices | None) -> None:
    if blocker:
        raise NotAllowed(blocker, wording.refusal(booking, blocker))
