"""Who stands in for whom, from which day to which."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from portal.core.refusals import NotAllowed
from portal.partners import policies
from portal.partners.models import Absence, Member
from portal.partners.operations.saving import lock_for_owner, record_changed


@transaction.atomic
def add_absence(absence: Absence, *, by: Member, at: datetime) -> Absence:
    """Plan it. Only mails from its first day on go to the deputy: what was asked before stays where it is.

    :raises NotAllowed: with the AbsenceBlocker that stands in the way
    """
    partner = lock_for_owner(by)
    absence.partner = partner
    known = Absence.objects.filter(partner=partner)
    today = at.astimezone(ZoneInfo(partner.time_zone)).date()
    if blocker := policies.absence_blocker(absence, known, today=today):
        raise NotAllowed(blocker)
    absence.save()
    record_changed(partner, actor=by.user.actor, at=at)
    return absence


@transaction.atomic
def remove_absence(absence: Absence, *, by: Member, at: datetime) -> None:
    """Safe to repeat. Requests that only the deputy has go to whom they were for."""
    partner = lock_for_owner(by)
    removed, _ = Absence.objects.filter(partner=partner, pk=absence.pk).delete()
    if removed:
        record_changed(partner, actor=by.user.actor, at=at)
