"""What a partner sets itself: who is mailed, in which language, and when it wants its peace."""

from dataclasses import dataclass
from datetime import datetime, time

from django.db import transaction

from portal.core.refusals import NotAllowed
from portal.partners import policies
from portal.partners.models import Member, Partner
from portal.partners.operations.saving import lock_for_owner, record_changed


@dataclass(frozen=True)
class MailSettings:
    """`member_ids`: who gets the booking mails beside, or instead of, the partner's own address."""

    email: str
    is_mailed: bool
    language: str
    time_zone: str
    quiet_from: time
    quiet_until: time
    member_ids: frozenset[int]


_COLUMNS = ("email", "is_mailed", "language", "time_zone", "quiet_from", "quiet_until")


@transaction.atomic
def save_mail_settings(wanted: MailSettings, *, by: Member, at: datetime) -> Partner:
    """Safe to repeat. What waits for an answer is asked for at who is new.

    :raises NotAllowed: when nobody would get the booking mails, or the member is no owner any more
    """
    partner = lock_for_owner(by)
    members = list(Member.objects.filter(partner=partner).select_related("user"))
    for name in _COLUMNS:
        setattr(partner, name, getattr(wanted, name))
    chosen = [each for each in members if each.pk in wanted.member_ids and policies.may_be_mailed(each)]
    if blocker := policies.settings_blocker(partner, chosen):
        raise NotAllowed(blocker)
    partner.save(update_fields=_COLUMNS)
    for member in members:
        if member.gets_booking_mails != (member in chosen):
            member.gets_booking_mails = member in chosen
            member.save(update_fields=["gets_booking_mails"])
    record_changed(partner, actor=by.user.actor, at=at)
    return partner
