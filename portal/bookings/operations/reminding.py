"""Reminding the partner of a booking, and telling staff that nobody answers."""

from datetime import datetime

from django.db import transaction

from portal.bookings import ladder
from portal.bookings.models import Booking, BookingStatus
from portal.bookings.operations.asking import link_expiry, recipients_today
from portal.bookings.operations.locking import lock
from portal.bookings.operations.scheduling import ladder_of, plan
from portal.core import events, outbox
from portal.core.models import OutboxMail
from portal.core.outbox import Owed

REMINDERS = {ladder.FIRST: "booking_reminder", ladder.LAST: "booking_reminder_final"}
_ASKING = ("booking_request", *REMINDERS.values())


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


def _remind(booking: Booking, rung: int, *, at: datetime) -> None:
    addresses = recipients_today(booking, at=at)
    booking.ladder_rung = rung
    if addresses:
        owed = [Owed(booking, address, booking.version) for address in addresses]
        outbox.put_many(REMINDERS[rung], owed, at=at)
        booking.reminder_count += 1
        booking.last_reminder_at = at
        # A link that was over works again with the reminder.
        booking.token_expires_at = max(booking.token_expires_at or at, link_expiry(booking, at=at))
        data = {"count": booking.reminder_count, "is_last": rung == ladder.LAST}
        events.record("booking.reminded", subject=booking, actor="clock", at=at, data=data)
    if booking.escalated_at is None and (rung == ladder.LAST or not addresses):
        _escalate(booking, "no_answer" if addresses else "no_address", actor="clock", at=at)
    plan(booking, at=at)


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

    So the partner does not get request and reminder in one heap when the server is back.
    """
    mails = list(
        OutboxMail.objects.filter(
            subject_type=booking.EVENT_SUBJECT,
            subject_id=booking.pk,
            kind__in=_ASKING,
            version=booking.version,
        ).order_by("-created_at", "-pk")
    )
    newest = [mail for mail in mails if mail.kind == mails[0].kind]
    sent = [mail.sent_at for mail in newest if mail.sent_at]
    if sent:
        return max(sent)
    is_waiting = any(mail.state == OutboxMail.State.WAITING for mail in newest)
    return at if is_waiting else max((mail.sent_at for mail in mails if mail.sent_at), default=None)
