"""Why something may not happen to members, absences and settings."""

from collections.abc import Collection, Iterable
from datetime import date

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from portal.partners.models import Absence, Member, Partner


class InviteBlocker(TextChoices):
    ALREADY_MEMBER = "already_member", _("This person is already a member.")
    TOO_MANY = (
        "too_many",
        _("You have invited many people in a short time. Please invite the next one in a few minutes."),
    )


class MemberBlocker(TextChoices):
    NOT_OWNER = "not_owner", _("Only an owner can do this.")
    ONESELF = "oneself", _("Nobody changes their own role or removes themselves. Another owner can.")
    LAST_OWNER = "last_owner", _("You are the only owner. Make somebody else an owner first.")
    LAST_RECIPIENT = (
        "last_recipient",
        _("Nobody else gets the booking e-mails. Choose somebody else for them first."),
    )


class SettingsBlocker(TextChoices):
    NOBODY_MAILED = "nobody_mailed", _("Somebody has to get the booking e-mails: choose at least one.")


class AbsenceBlocker(TextChoices):
    ENDS_BEFORE_IT_BEGINS = "ends_before_it_begins", _("The last day is before the first day.")
    OVER = "over", _("These days are over.")
    ONESELF = "oneself", _("Choose somebody else: nobody stands in for themselves.")
    OVERLAP = "overlap", _("Somebody already stands in on some of these days. Remove that first.")


def role_blocker(
    member: Member, *, role: str, by: Member, members: Collection[Member]
) -> MemberBlocker | None:
    """:param members: all of the partner"""
    if member.role == role:
        return None
    if blocker := _owner_blocker(member, by=by, members=members):
        return blocker
    stays_recipient = role in (Member.Role.OWNER, Member.Role.STAFF)
    return None if stays_recipient else _recipient_blocker(member, members)


def removal_blocker(member: Member, *, by: Member, members: Collection[Member]) -> MemberBlocker | None:
    """:param members: all of the partner"""
    return _owner_blocker(member, by=by, members=members) or _recipient_blocker(member, members)


def _owner_blocker(member: Member, *, by: Member, members: Iterable[Member]) -> MemberBlocker | None:
    """An owner always remains: the one who acts."""
    if member.pk != by.pk:
        return None
    others = [each for each in members if each.pk != by.pk and each.role == Member.Role.OWNER]
    is_only_one = not any(each.joined_at for each in others)
    return MemberBlocker.LAST_OWNER if is_only_one else MemberBlocker.ONESELF


def _recipient_blocker(member: Member, members: Iterable[Member]) -> MemberBlocker | None:
    rest = [each for each in members if each.pk != member.pk and each.gets_booking_mails]
    if not member.gets_booking_mails or settings_blocker(member.partner, rest) is None:
        return None
    return MemberBlocker.LAST_RECIPIENT


def settings_blocker(partner: Partner, chosen: Iterable[Member]) -> SettingsBlocker | None:
    """:param chosen: members who shall get the booking mails"""
    is_mailed = partner.is_mailed and bool(partner.email)
    return None if is_mailed or any(map(may_be_mailed, chosen)) else SettingsBlocker.NOBODY_MAILED


def may_be_mailed(member: Member) -> bool:
    """The mail carries links that decide."""
    return member.may_decide and member.joined_at is not None and member.user.is_active


def absence_blocker(absence: Absence, known: Iterable[Absence], *, today: date) -> AbsenceBlocker | None:
    """:param known: what the partner has planned already"""
    if absence.last_on < absence.first_on:
        return AbsenceBlocker.ENDS_BEFORE_IT_BEGINS
    if absence.last_on < today:
        return AbsenceBlocker.OVER
    if absence.member_id == absence.deputy_id:
        return AbsenceBlocker.ONESELF
    for each in known:
        is_same = each.member_id == absence.member_id
        if is_same and each.first_on <= absence.last_on and absence.first_on <= each.last_on:
            return AbsenceBlocker.OVERLAP
    return None
