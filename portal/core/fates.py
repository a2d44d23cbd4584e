"""What became of a mail after it left, and addresses that mails do not reach any more.

The provider tells it by messages that may come twice and in any order; a mail server may say it at once.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Lower

from portal.core import events, jobs
from portal.core.models import BouncedAddress, MailFate, OutboxMail
from portal.core.tenancy import register_system_reason, scope, system

STAFF_MAIL = register_system_reason("mails that belong to no partner")
Fate = OutboxMail.Fate

# A fate gives way only to one further down: a mail that came back stays so, whatever is told later or late.
_ORDER = [
    Fate.UNKNOWN,
    Fate.DEFERRED,
    Fate.DELIVERED,
    Fate.DROPPED,
    Fate.BLOCKED,
    Fate.BOUNCED,
    Fate.SPAM,
]
# Nobody has read this mail.
UNREACHED = (Fate.DROPPED, Fate.BLOCKED, Fate.BOUNCED)
# Nor will anybody read the next ones; what was marked as spam was read, but the provider sends no more.
_BAD = (*UNREACHED, Fate.SPAM)


@dataclass(frozen=True)
class Report:
    """One message of the provider about one mail of ours. Ids and a code: it waits in the queue.

    :param outside_id: the provider's own id of this message
    """

    partner_id: int | None
    mail_id: int
    message_id: str
    fate: str
    outside_id: str
    at: datetime


def owe_records(reports: Iterable[Report]) -> None:
    """Queue the reports with the caller's commit, each a job of its own: a bad one holds up no other."""
    jobs.defer_many(
        "core.record_fate",
        [
            {
                "partner_id": each.partner_id,
                "mail_id": each.mail_id,
                "message_id": each.message_id,
                "fate": each.fate,
                "outside_id": each.outside_id,
                "at": each.at.isoformat(),
            }
            for each in reports
        ],
    )


def record_fate(report: Report) -> bool:
    """Keep what the provider says, once. False when it was known before or is about no mail of ours."""
    with mail_scope(report.partner_id):
        # Waits for a sender that has just handed the mail over and not yet noted it.
        mail = (
            OutboxMail.objects.select_for_update()
            .filter(pk=report.mail_id, message_id=report.message_id)
            .first()
        )
        if mail is None:
            return False
        _row, is_new = MailFate.objects.get_or_create(
            outside_id=report.outside_id,
            defaults={
                "partner_id": mail.partner_id,
                "mail": mail,
                "fate": report.fate,
                "at": report.at,
            },
        )
        if is_new:
            follow(mail, Fate(report.fate), at=report.at)
        return is_new


def follow(mail: OutboxMail, fate: Fate, *, at: datetime) -> None:
    """The mail and its address after this news. Call it with the mail locked: first mails, then addresses."""
    if _ORDER.index(fate) <= _ORDER.index(Fate(mail.fate)):
        return
    mail.fate, mail.fate_at = fate, at
    mail.save(update_fields=["fate", "fate_at"])
    if fate == Fate.DELIVERED:
        bounces_of(mail.partner_id, [mail.recipient]).filter(at__lte=at).delete()
    elif fate in _BAD:
        _mark(mail, fate, at=at)
        events.record(
            "mail.bounced",
            subject=MailSubject(mail),
            actor="outbox",
            at=at,
            data={**facts(mail), "fate": fate},
        )


def _mark(mail: OutboxMail, fate: Fate, *, at: datetime) -> None:
    # Of somebody who asked to be forgotten no address is left.
    if "@" not in mail.recipient:
        return
    address, is_new = BouncedAddress.objects.get_or_create(
        partner_id=mail.partner_id, address=mail.recipient.lower(), defaults={"fate": fate, "at": at}
    )
    known = (address.at, _ORDER.index(Fate(address.fate)))
    if not is_new and known < (at, _ORDER.index(fate)):
        address.fate, address.at = fate, at
        address.save(update_fields=["fate", "at"])


def bounces_of(partner_id: int | None, addresses: Iterable[str]) -> QuerySet[BouncedAddress]:
    """The marks on these addresses, however they are spelled."""
    return BouncedAddress.objects.filter(
        partner_id=partner_id, address__in=[address.lower() for address in addresses]
    )


def forget_bounce(mark: BouncedAddress) -> None:
    """Somebody knows better than the provider. Safe to repeat; a mail that comes back marks the address anew."""
    BouncedAddress.objects.filter(pk=mark.pk).delete()


def forget_unused(partner_id: int, *in_use: QuerySet[Any]) -> None:
    """Lift the marks of addresses that nobody has any more.

    :param in_use: rows of people, each with an `email`
    """
    marks = BouncedAddress.objects.filter(partner_id=partner_id)
    if not marks.exists():
        return
    for people in in_use:
        marks = marks.exclude(address__in=people.order_by().values(lower=Lower("email")))
    marks.delete()


def mail_scope(partner_id: int | None) -> AbstractContextManager[None]:
    """What a piece of work about a mail of this partner may see."""
    return system(STAFF_MAIL) if partner_id is None else scope(partner_ids=[partner_id])


def facts(mail: OutboxMail) -> dict[str, object]:
    """What an event says of a mail: ids and codes."""
    return {"mail": mail.pk, "kind": mail.kind, "version": mail.version}


class MailSubject:
    """An event about a mail stands on the timeline of what the mail is about."""

    def __init__(self, mail: OutboxMail) -> None:
        self.pk, self.partner_id = mail.subject_id, mail.partner_id
        self.EVENT_SUBJECT = mail.subject_type
        self.version = mail.version
