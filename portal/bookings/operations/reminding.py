"""Reminding the partner of a booking, and telling staff that nobody answers."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max, QuerySet

from portal.bookings import ladder
from portal.bookings.models import Booking, BookingStatus
from portal.bookings.operations.asking import recipients_today
from portal.bookings.operations.locking import lock
from portal.bookings.operations.scheduling import ladder_of, plan, reminder_leaves_at
from portal.core import events, outbox
from portal.core.models import Link, OutboxMail
from portal.core.outbox import Owed

REMINDERS = {ladder.FIRST: "booking_reminder", ladder.LAST: "booking_reminder_final"}
_ASKING = ("booking_request", *REMINDERS.values())
_OWED = (OutboxMail.State.WAITING, OutboxMail.State.SENT)


@transaction.atomic
def remind(booking: Booking, *, at: datetime) -> bool:
    """Owe the reminder that is due, one mail for each recipient of today; with the last one staff hear of it too.

    Everything is looked at again under the lock. Safe to repeat: what is no longer, or not yet, due is planned anew.
    """
    booking = lock(booking)
    step = plan(booking, last_mail_at=_last_mail_at(booking, at=at), at=at)
    is_due = step.remind_at is not None and step.remind_at <= at and not booking.has_started(at)
    if is_due:
        _remind(booking, step.rung, at=at)
    booking.save()
    return is_due


@transaction.atomic
def escalate(booking: Booking, *, at: datetime, reason: str = "", actor: str = "clock") -> bool:
    """Let staff call the partner: an event, from which the ticket follows. Once until the partner is asked anew.

    :param reason: given ("bounced", "staff"), it happens at once; without one, when the ladder says so, and the event
        names "no_answer", "late" (asked so late that no reminder could come) or "no_address" (nobody was asked)
    """
    booking = lock(booking)
    is_open = booking.status == BookingStatus.PENDING and booking.asked_at is not None
    if not is_open or booking.escalated_at is not None or booking.has_started(at):
        return False
    if not reason:
        step = plan(booking, at=at)
        if step.escalate_at is None or at < step.escalate_at:
            booking.save(update_fields=["ladder_rung", "remind_at", "escalate_at", "updated_at"])
            return False
    _escalate(booking, reason or _reason(booking), actor=actor, at=at)
    booking.save()
    return True


def step_back(booking: Booking) -> None:
    """Climb the last rung once more, should none of its mails have left before the answer that was undone.

    Saves nothing. Call it with the booking locked.
    """
    kind = REMINDERS.get(booking.ladder_rung)
    # Locked first, then looked at: the sender may be dropping one right now.
    states = {mail.state for mail in _mails(booking).filter(kind=kind).select_for_update()}
    if states == {OutboxMail.State.DROPPED}:
        booking.ladder_rung -= 1
        booking.reminder_count -= 1
        left = _mails(booking).filter(kind__in=REMINDERS.values()).aggregate(at=Max("sent_at"))
        booking.last_reminder_at = left["at"]


def waits_until(booking: Booking, mail: OutboxMail, *, at: datetime) -> datetime | None:
    """Until when a reminder that is owed must not leave; None when it may."""
    rung = next(rung for rung, kind in REMINDERS.items() if kind == mail.kind)
    leaves_at = reminder_leaves_at(booking, rung, owed_at=mail.created_at, at=at)
    return leaves_at if leaves_at > at else None


def _remind(booking: Booking, rung: int, *, at: datetime) -> None:
    # It may be the second time, after an undo. Before the links: the sender too takes the mail first.
    outbox.revive_dropped(REMINDERS[rung], subject=booking, version=booking.version)
    addresses = recipients_today(booking, at=at)
    booking.ladder_rung = rung
    if addresses:
        owed = [Owed(booking, address, booking.version) for address in addresses]
        outbox.put_many(REMINDERS[rung], owed, at=at)
        booking.reminder_count += 1
        booking.last_reminder_at = at
        _follow_link(booking)
        data = {"count": booking.reminder_count, "is_last": rung == ladder.LAST}
        events.record("booking.reminded", subject=booking, actor="clock", at=at, data=data)
    if booking.escalated_at is None and (rung == ladder.LAST or not addresses):
        _escalate(booking, "no_answer" if addresses else "no_address", actor="clock", at=at)
    plan(booking, at=at)


def _follow_link(booking: Booking) -> None:
    """With the reminder the days of the links count anew."""
    link = Link.objects.filter(token_hash=booking.confirmation_token).only("expires_at").first()
    booking.token_expires_at = link.expires_at if link else booking.token_expires_at


def _escalate(booking: Booking, reason: str, *, actor: str, at: datetime) -> None:
    booking.escalated_at = at
    plan(booking, at=at)
    events.record("booking.escalated", subject=booking, actor=actor, at=at, data={"reason": reason})


def _reason(booking: Booking) -> str:
    known = ladder_of(booking)
    if not known.is_asked:
        return "no_address"
    return "late" if known.begins_late else "no_answer"


def _last_mail_at(booking: Booking, *, at: datetime) -> datetime | None:
    """When the newest mail that asks for an answer left; now, while it waits for a mail server that is down.

    So the partner does not get request and reminder in one heap when the server is back. Of a kind, those who got it
    first count: a request to somebody who came later, or sent again by staff, keeps no reminder from the others.
    """
    mails = list(_mails(booking).filter(state__in=_OWED).order_by("created_at", "pk"))
    newest = max((mail.kind for mail in mails), key=_ASKING.index, default="")
    first = [mail for mail in mails if mail.kind == newest]
    sent = [mail.sent_at for mail in first if mail.created_at == first[0].created_at and mail.sent_at]
    return max(sent) if sent else at if first else None


def _mails(booking: Booking) -> QuerySet[OutboxMail]:
    """What has asked for an answer to this version."""
    return OutboxMail.objects.filter(
        subject_type=booking.EVENT_SUBJECT,
        subject_id=booking.pk,
        kind__in=_ASKING,
        version=booking.version,
    )
