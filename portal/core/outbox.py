"""The outbox: a mail is owed from the transaction of the decision on, and sent once by a job.

A module registers how its kind of mail is rendered; the outside (SendGrid, SMTP or the embedded mailbox) is put in by
`portal.integrations` when the application starts.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import make_msgid, parseaddr

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from portal.core import events, fates, jobs, links
from portal.core.events import Subject
from portal.core.fates import MailSubject, facts, mail_scope
from portal.core.mailing import RenderedMail
from portal.core.models import OutboxMail

# An address that is put right later gets no heap of old news.
REFUSED_IS_NEWS = timedelta(days=7)


class MailRefused(Exception):
    """The mail server will never take this mail; the text says why, without an address."""


class RecipientRefused(MailRefused):
    """No mail reaches this address: what a provider tells later as a bounce, said at once."""


Renderer = Callable[[OutboxMail, datetime], RenderedMail | None]
Sender = Callable[[OutboxMail, RenderedMail], None]

_renderers: dict[str, Renderer] = {}
_audiences: dict[str, OutboxMail.Audience] = {}
_senders: list[Sender] = []


def mail(kind: str, *, audience: str = OutboxMail.Audience.PARTNER) -> Callable[[Renderer], Renderer]:
    """Register how a kind of mail is rendered. A renderer returns None when there is nothing left to say.

    :param audience: whose mail it is; only a partner's mails follow the partner to a new address
    """

    def register(function: Renderer) -> Renderer:
        _renderers[kind], _audiences[kind] = function, OutboxMail.Audience(audience)
        return function

    return register


def use_sender(sender: Sender) -> None:
    """:param sender: delivers one mail or raises; `MailRefused` is final, anything else is tried again"""
    _senders[:] = [sender]


@dataclass(frozen=True)
class Owed:
    """A mail that somebody should get: about what, who, and of which version."""

    subject: Subject
    recipient: str
    version: int = 1


def put(kind: str, *, subject: Subject, recipient: str, at: datetime, version: int = 1) -> OutboxMail | None:
    """Owe `recipient` this mail. However often this runs, it is one row and one Message-ID.

    Returns None when there is no address to send to.
    """
    return next(iter(put_many(kind, [Owed(subject, recipient, version)], at=at)), None)


def put_many(kind: str, owed: Iterable[Owed], *, at: datetime) -> list[OutboxMail]:
    """As `put`, for many subjects of one kind with a handful of queries.

    Two that put the same mail at the same instant are parted by the constraint: the later one fails and, being
    a job, finds the row when it runs again.
    """
    wanted = {(each.subject.pk, each.recipient, each.version): each for each in owed if each.recipient}
    rows = OutboxMail.objects.filter(
        subject_type__in={each.subject.EVENT_SUBJECT for each in wanted.values()},
        subject_id__in=[each.subject.pk for each in wanted.values()],
        kind=kind,
    )
    known = {
        key: row
        for row in rows.order_by("-copy")
        if (key := (row.subject_id, row.recipient, row.version)) in wanted
    }
    new = {key: _new_row(kind, each, at=at) for key, each in wanted.items() if key not in known}
    OutboxMail.objects.bulk_create(new.values())
    jobs.defer_many(
        "core.send_mail", [{"mail_id": row.pk, "partner_id": row.partner_id} for row in new.values()]
    )
    return [known.get(key) or new[key] for key in wanted]


def _new_row(kind: str, owed: Owed, *, at: datetime) -> OutboxMail:
    return OutboxMail(
        partner_id=owed.subject.partner_id,
        kind=kind,
        recipient=owed.recipient,
        subject_type=owed.subject.EVENT_SUBJECT,
        subject_id=owed.subject.pk,
        version=owed.version,
        audience=_audiences.get(kind, OutboxMail.Audience.PARTNER),
        message_id=_message_id(),
        created_at=at,
    )


def send(mail_id: int, *, partner_id: int | None, at: datetime) -> None:
    """Render and send one mail. Safe to repeat: a mail that left does not leave again.

    The row stays locked while the server is talked to, so two workers cannot send it side by side. That is the
    one place where an outside call holds a transaction; it is the sender's own and decides nothing.
    """
    with mail_scope(partner_id):
        row = OutboxMail.objects.select_for_update().get(pk=mail_id)
        if row.state != OutboxMail.State.WAITING:
            return
        rendered = _renderers[row.kind](row, at)
        if rendered is None:
            _finish(row, OutboxMail.State.DROPPED)
            return
        _deliver(row, rendered, at)


def _deliver(row: OutboxMail, rendered: RenderedMail, at: datetime) -> None:
    try:
        _senders[0](row, rendered)
    except RecipientRefused as refusal:
        _finish(row, OutboxMail.State.FAILED, problem=str(refusal))
        fates.follow(row, OutboxMail.Fate.BOUNCED, at=at)
        return
    except MailRefused as refusal:
        _finish(row, OutboxMail.State.FAILED, problem=str(refusal))
        events.record("mail.refused", subject=MailSubject(row), actor="outbox", at=at, data=facts(row))
        return
    links.mark_mailed(
        subject_type=row.subject_type, subject_id=row.subject_id, recipient=row.recipient, at=at
    )
    _finish(row, OutboxMail.State.SENT, sent_at=at)
    events.record("mail.sent", subject=MailSubject(row), actor="outbox", at=at, data=facts(row))


def _finish(
    row: OutboxMail, state: OutboxMail.State, *, sent_at: datetime | None = None, problem: str = ""
) -> None:
    row.state, row.sent_at, row.problem = state, sent_at, problem[:200]
    row.save(update_fields=["state", "sent_at", "problem"])


def has_left(kind: str, *, subject: Subject) -> bool:
    """Whether any mail of this kind about the subject was sent. Waits for one that is just being sent."""
    rows = OutboxMail.objects.select_for_update().filter(
        subject_type=subject.EVENT_SUBJECT, subject_id=subject.pk, kind=kind
    )
    return any(row.state == OutboxMail.State.SENT for row in rows)


def revive_dropped(kind: str, *, subject: Subject, version: int, recipient: str = "") -> None:
    """What had become pointless before it left has its point again: it is owed once more.

    :param recipient: only the mail to this address
    """
    rows = OutboxMail.objects.select_for_update().filter(
        subject_type=subject.EVENT_SUBJECT, subject_id=subject.pk, kind=kind, version=version
    )
    # Locked first, then looked at: the sender may be dropping it right now.
    for row in rows.filter(recipient=recipient) if recipient else rows:
        if row.state == OutboxMail.State.DROPPED:
            send_again(row)


def redirect(
    *, partner_id: int, about: str, allowed: Collection[str], to: Collection[str], at: datetime
) -> None:
    """Owe mails to an address that gets none any more, and that wait or were refused lately, to those of today.

    Safe to repeat. Mails to customers and to users about their own accounts stay where they belong.

    :param allowed: addresses whose mails stay as they are
    """
    is_refused = Q(state=OutboxMail.State.FAILED, created_at__gt=at - REFUSED_IS_NEWS)
    unsent = OutboxMail.objects.select_for_update().filter(
        Q(state=OutboxMail.State.WAITING) | is_refused,
        partner_id=partner_id,
        subject_type=about,
        audience=OutboxMail.Audience.PARTNER,
    )
    for row in unsent.exclude(recipient__in=allowed).order_by("pk"):
        put_many(row.kind, [Owed(MailSubject(row), address, row.version) for address in to], at=at)
        _finish(row, OutboxMail.State.DROPPED)


def send_again(row: OutboxMail) -> None:
    """Try a refused or dropped mail once more, with the same Message-ID: nobody has got it yet."""
    with transaction.atomic():
        row.state, row.problem = OutboxMail.State.WAITING, ""
        row.fate, row.fate_at = OutboxMail.Fate.UNKNOWN, None
        row.save(update_fields=["state", "problem", "fate", "fate_at"])
        jobs.defer("core.send_mail", mail_id=row.pk, partner_id=row.partner_id)


@transaction.atomic
def resend(row: OutboxMail, *, at: datetime) -> OutboxMail:
    """Send a mail once more because somebody wants it so; returns the mail that is now owed.

    What has left is followed by a copy with a Message-ID of its own, what was refused or dropped is tried again
    as it is. Safe on a double click: each mail is followed by one copy, and what waits goes on waiting.
    """
    row = OutboxMail.objects.select_for_update().get(pk=row.pk)
    if row.state in (OutboxMail.State.FAILED, OutboxMail.State.DROPPED):
        send_again(row)
        return row
    if row.state == OutboxMail.State.WAITING:
        return row
    copy, is_new = OutboxMail.objects.get_or_create(
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        kind=row.kind,
        recipient=row.recipient,
        version=row.version,
        copy=row.copy + 1,
        defaults={
            "partner_id": row.partner_id,
            "audience": row.audience,
            "message_id": _message_id(),
            "created_at": at,
        },
    )
    if is_new:
        jobs.defer("core.send_mail", mail_id=copy.pk, partner_id=copy.partner_id)
    return copy


def _message_id() -> str:
    domain = parseaddr(settings.MAIL_FROM)[1].rpartition("@")[2] or "localhost"
    return make_msgid(domain=domain)
