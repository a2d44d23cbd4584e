"""Addresses with a token that we mail to people.

The token is an HMAC over the link's id and version: 64 characters, recomputed whenever a mail is rendered and
stored nowhere; the tables hold its SHA-256. A token of an older version still leads to its link, which then says
that it is outdated.
"""

import hashlib
import hmac
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from portal.core import tenancy
from portal.core.events import Subject
from portal.core.models import FormerLink, Link, LinkVisit


@dataclass(frozen=True)
class OpenedLink:
    """A link found by its token, in whose partner's scope the request now runs."""

    link: Link
    is_outdated: bool


def token_of(link: Link) -> str:
    message = f"{link.pk}|{link.version}".encode()
    return hmac.new(settings.LINK_SECRET.encode(), message, hashlib.sha256).hexdigest()


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True)
class Wanted:
    """A link that should exist: for whom, of which version, until when."""

    subject: Subject
    recipient: str
    version: int
    expires_at: datetime


def issue(
    purpose: str, *, subject: Subject, recipient: str, version: int, expires_at: datetime, at: datetime
) -> Link:
    """The one link of this subject, recipient and purpose; a higher version renews it. Safe to repeat."""
    return issue_many(purpose, [Wanted(subject, recipient, version, expires_at)], at=at)[0]


def issue_many(purpose: str, wanted: Sequence[Wanted], *, at: datetime) -> list[Link]:
    """As `issue`, for many subjects of one kind with a handful of queries. In the order of `wanted`.

    A link works until the latest expiry that was wanted, also when it was over; whoever has the mail needs no other.
    """
    known = {
        (link.subject_id, link.recipient): link
        for link in Link.objects.select_for_update().filter(
            subject_type__in={each.subject.EVENT_SUBJECT for each in wanted},
            subject_id__in=[each.subject.pk for each in wanted],
            purpose=purpose,
        )
    }
    made = []
    for each in wanted:
        key = (each.subject.pk, each.recipient)
        if key not in known:
            known[key] = _new_link(purpose, each, at=at)
            made.append(known[key])
        elif known[key].version < each.version:
            _renew(known[key], version=each.version, expires_at=each.expires_at, at=at)
        elif known[key].expires_at < each.expires_at:
            known[key].expires_at = each.expires_at
            known[key].save(update_fields=["expires_at"])
    Link.objects.bulk_create(made)
    return [known[each.subject.pk, each.recipient] for each in wanted]


def outdate_others(
    purpose: str, recipients: Mapping[int, Collection[str]], *, subject_type: str, at: datetime
) -> None:
    """End the links of these subjects that went to anybody but their recipients of today.

    :param recipients: addresses by subject id
    """
    former = Link.objects.select_for_update().filter(
        subject_type=subject_type, subject_id__in=list(recipients), purpose=purpose, expires_at__gt=at
    )
    for link in former.order_by("pk"):
        if link.recipient not in recipients[link.subject_id]:
            _renew(link, version=link.version + 1, expires_at=at, at=at)


def _new_link(purpose: str, wanted: Wanted, *, at: datetime) -> Link:
    link = Link(
        partner_id=wanted.subject.partner_id,
        purpose=purpose,
        recipient=wanted.recipient,
        subject_type=wanted.subject.EVENT_SUBJECT,
        subject_id=wanted.subject.pk,
        version=wanted.version,
        created_at=at,
        expires_at=wanted.expires_at,
    )
    link.token_hash = hash_of(token_of(link))
    return link


def _renew(link: Link, *, version: int, expires_at: datetime, at: datetime) -> None:
    # Whoever opens the older mail sees what became of the booking instead of "unknown link".
    former = FormerLink(token_hash=link.token_hash, link=link, partner_id=link.partner_id)
    FormerLink.objects.bulk_create([former], ignore_conflicts=True)
    link.version, link.expires_at, link.created_at = version, expires_at, at
    link.seen_at = link.used_at = link.mailed_at = None
    link.token_hash = hash_of(token_of(link))
    link.save()


def open_link(token: str, *, purpose: str) -> OpenedLink | None:
    """Find the link of a token and enter the scope of its partner; None for an unknown token.

    Expired, used and outdated links are found too: they still show the state. It writes nothing: links come last
    in the order of locks, so whoever goes on to lock a booking must not hold one yet.
    """
    if not re.fullmatch(r"[0-9a-f]{64}", token):
        return None
    digest = hash_of(token)
    with connection.cursor() as cursor:
        cursor.execute("SELECT link_id, partner_id FROM portal_open_link(%s, %s)", [digest, purpose])
        found = cursor.fetchone()
    if found is None:
        return None
    link_id, partner_id = found
    tenancy.enter(partner_ids=[] if partner_id is None else [partner_id], actor=f"link:{link_id}")
    link = Link.objects.get(pk=link_id)
    return OpenedLink(link, is_outdated=link.token_hash != digest)


def record_visit(link: Link, *, action: str, is_person: bool, at: datetime) -> None:
    if link.seen_at is None:
        link.seen_at = at
        link.save(update_fields=["seen_at"])
    visitor = LinkVisit.Visitor.PERSON if is_person else LinkVisit.Visitor.ROBOT
    LinkVisit.objects.create(partner_id=link.partner_id, link=link, action=action, visitor=visitor, at=at)


def was_visited(link: Link, *, action: str, since: datetime) -> bool:
    return LinkVisit.objects.filter(link=link, action=action, at__gte=since).exists()


def mark_mailed(*, subject_type: str, subject_id: int, recipient: str, at: datetime) -> None:
    """A mail that carried these links has left: scanners open them at delivery."""
    links = Link.objects.filter(subject_type=subject_type, subject_id=subject_id, recipient=recipient)
    links.update(mailed_at=at)


def is_in_grace(link: Link, *, at: datetime) -> bool:
    """Whether the mail left so recently that a fetch is more likely a scanner's than a person's."""
    grace = timedelta(seconds=settings.CONFIRM_GRACE_SECONDS)
    if link.mailed_at is None:
        # A scanner inside the mail server is faster than our own note that the mail has left.
        return bool(grace)
    return at < link.mailed_at + grace


def find(purpose: str, *, subject: Subject) -> Link | None:
    return Link.objects.filter(
        subject_type=subject.EVENT_SUBJECT, subject_id=subject.pk, purpose=purpose
    ).first()


def by_id(link_id: str) -> Link:
    """:raises Link.DoesNotExist: also when the scope does not show it"""
    return Link.objects.get(pk=link_id)


def mark_used(link: Link, *, at: datetime) -> None:
    """The link has done what it is for."""
    if link.used_at is None:
        link.used_at = at
        link.save(update_fields=["used_at"])
