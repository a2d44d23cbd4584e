"""Inviting, joining, changing a role, removing."""

from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction

from portal.accounts.models import User
from portal.core import events, links, outbox
from portal.core.rate_limits import Limit, hit
from portal.core.refusals import NotAllowed
from portal.partners import policies
from portal.partners.models import Member, Partner
from portal.partners.operations.saving import lock_for_owner, record_changed
from portal.partners.policies import InviteBlocker

INVITATION = "invitation"
INVITATION_DAYS = 14
# The invited are strangers to us: nobody shall use our mails to write to many of them.
INVITATIONS = Limit("invitations", 20, seconds=3600)


@transaction.atomic
def invite_member(partner: Partner, *, email: str, name: str, role: str, actor: str, at: datetime) -> Member:
    """Make somebody a member and mail a link to set a password. Safe to repeat until the person has joined.

    :raises NotAllowed: when the person already is a member, or when the partner has invited many lately
    """
    # Of two clicks on the button the later one finds what the first has made.
    Partner.objects.select_for_update(no_key=True).get(pk=partner.pk)
    count = hit(f"invitations:{partner.pk}", INVITATIONS)
    if count is not None and not count.is_allowed:
        raise NotAllowed(InviteBlocker.TOO_MANY)
    user = _user(email, name=name, language=partner.language)
    member, is_new = Member.objects.get_or_create(
        partner=partner, user=user, defaults={"role": role, "invited_at": at}
    )
    if not is_new and member.joined_at is not None:
        raise NotAllowed(InviteBlocker.ALREADY_MEMBER)
    if member.role != role:
        member.role = role
        member.save(update_fields=["role"])
    version = 1 if is_new else _next_version(member)
    links.issue(
        INVITATION,
        subject=member,
        recipient=user.email,
        version=version,
        expires_at=at + timedelta(days=INVITATION_DAYS),
        at=at,
    )
    outbox.put("member_invited", subject=member, recipient=user.email, version=version, at=at)
    events.record("member.invited", subject=member, actor=actor, at=at, data={"role": role})
    return member


@transaction.atomic
def join(member: Member, *, name: str, password: str, at: datetime) -> User:
    """The invited person sets a password and becomes a member. A known user keeps name and password."""
    user = member.user
    if not user.has_usable_password():
        user.name = name or user.name
        user.set_password(password)
        user.save()
    member.joined_at = member.joined_at or at
    member.save(update_fields=["joined_at"])
    events.record("member.joined", subject=member, actor=user.actor, at=at)
    return user


def _user(email: str, *, name: str, language: str) -> User:
    """Two partners may invite the same person at the same moment: both get the one user."""
    values = {"name": name, "language": language, "password": make_password(None)}
    return User.objects.get_or_create(email=email.strip().lower(), defaults=values)[0]


def _next_version(member: Member) -> int:
    former = links.find(INVITATION, subject=member)
    return former.version + 1 if former else 1


@transaction.atomic
def change_role(member: Member, *, role: str, by: Member, at: datetime) -> Member:
    """Holds at once, in sessions, for programs and for the links in mails. Safe to repeat.

    :raises NotAllowed: with the MemberBlocker that stands in the way
    """
    # Under this lock two owners who demote each other come one after the other, and the later one is none any more.
    partner = lock_for_owner(by)
    members = _members(partner)
    member = members.get(member.pk, member)
    if blocker := policies.role_blocker(member, role=role, by=by, members=members.values()):
        raise NotAllowed(blocker)
    if member.role != role:
        member.role = role
        member.save(update_fields=["role"])
        events.record("member.changed", subject=member, actor=by.user.actor, at=at, data={"role": role})
        record_changed(partner, actor=by.user.actor, at=at)
    return member


@transaction.atomic
def remove_member(member: Member, *, by: Member, at: datetime) -> None:
    """End this membership at once, in sessions, for programs and for the links in mails. Safe to repeat.

    :raises NotAllowed: with the MemberBlocker that stands in the way
    """
    partner = lock_for_owner(by)
    members = _members(partner)
    if member.pk not in members:
        return
    member = members[member.pk]
    if blocker := policies.removal_blocker(member, by=by, members=members.values()):
        raise NotAllowed(blocker)
    events.record("member.removed", subject=member, actor=by.user.actor, at=at)
    member.delete()
    record_changed(partner, actor=by.user.actor, at=at)


def _members(partner: Partner) -> dict[int, Member]:
    return {
        each.pk: each for each in Member.objects.filter(partner=partner).select_related("partner", "user")
    }
