"""What was sent about bookings and what became of it, in words for staff."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from portal.bookings.models import Booking
from portal.bookings.queries import of_customers
from portal.core.models import Link, LinkVisit, OutboxMail
from portal.manage import wording

_TONES = {
    OutboxMail.Fate.DELIVERED: "good",
    OutboxMail.Fate.BOUNCED: "bad",
    OutboxMail.Fate.BLOCKED: "bad",
    OutboxMail.Fate.DROPPED: "bad",
    OutboxMail.Fate.SPAM: "bad",
}


@dataclass(frozen=True)
class MailLine:
    """:param at: when it became what `outcome` says :param tone: good, bad or empty"""

    id: int
    text: str
    recipient: str
    outcome: str
    tone: str
    at: datetime


def booking_mails() -> "QuerySet[OutboxMail]":
    """All mails about bookings."""
    return OutboxMail.objects.filter(subject_type=Booking.EVENT_SUBJECT)


def mails_of_bookings(booking_ids: Collection[int]) -> dict[int, list[MailLine]]:
    """By booking, oldest first, of however many with one query."""
    found: dict[int, list[MailLine]] = {}
    for row in booking_mails().filter(subject_id__in=booking_ids).order_by("id"):
        found.setdefault(row.subject_id, []).append(_line(row))
    return found


def opened_by_booking(booking_ids: Collection[int]) -> dict[int, datetime]:
    """When a person last opened a link of the partner's mails about these bookings; robots do not count."""
    by_person = Q(visits__visitor=LinkVisit.Visitor.PERSON)
    links = Link.objects.filter(subject_type=Booking.EVENT_SUBJECT, subject_id__in=booking_ids)
    rows = links.exclude(of_customers()).values("subject_id").annotate(at=Max("visits__at", filter=by_person))
    return {row["subject_id"]: row["at"] for row in rows if row["at"]}


def _line(row: OutboxMail) -> MailLine:
    return MailLine(
        id=row.pk,
        text=wording.mail_text(row.kind),
        recipient=row.recipient,
        outcome=_outcome(row),
        tone="bad" if row.state == OutboxMail.State.FAILED else _TONES.get(OutboxMail.Fate(row.fate), ""),
        at=row.fate_at or row.sent_at or row.created_at,
    )


def _outcome(row: OutboxMail) -> str:
    if row.state == OutboxMail.State.SENT:
        return str(row.get_fate_display()) or _("has left")
    return {
        OutboxMail.State.WAITING: _("not sent yet"),
        OutboxMail.State.DROPPED: _("not sent: it was no longer needed"),
        OutboxMail.State.FAILED: _("refused by the mail server"),
    }[OutboxMail.State(row.state)]
