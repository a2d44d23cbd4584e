"""Who gets the booking mails of a partner: its own address and chosen members, or who stands in for them today.

The mails carry links that decide, so only who may decide counts. Addresses are compared, and written, in lower case.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from portal.partners.models import Absence, Member, Partner

# Somebody who may be away: a member, or None for the partner's own address.
Seat = int | None


@dataclass(frozen=True)
class Recipients:
    """`by_seat`: who gets the mails of each today. `allowed`: who may answer by link, deputies of other days too."""

    by_seat: Mapping[str, str]
    allowed: frozenset[str]

    @property
    def today(self) -> list[str]:
        """Each address once."""
        return list(dict.fromkeys(self.by_seat.values()))


def recipients_of(partner: Partner, *, at: datetime) -> Recipients:
    return recipients_by_partner([partner], at=at)[partner.pk]


def recipients_by_partner(partners: Iterable[Partner], *, at: datetime) -> dict[int, Recipients]:
    """By partner id, with two queries for however many."""
    by_id = {partner.pk: partner for partner in partners}
    members: dict[int, list[Member]] = {key: [] for key in by_id}
    for member in _deciding_members(by_id):
        members[member.partner_id].append(member)
    absences: dict[int, list[Absence]] = {key: [] for key in by_id}
    for absence in Absence.objects.filter(partner__in=by_id):
        absences[absence.partner_id].append(absence)
    return {key: _recipients(by_id[key], members[key], absences[key], at=at) for key in by_id}


def _deciding_members(partner_ids: Iterable[int]) -> Iterable[Member]:
    joined = Member.objects.filter(partner__in=partner_ids, joined_at__isnull=False, user__is_active=True)
    return [member for member in joined.select_related("user").order_by("pk") if member.may_decide]


def _recipients(
    partner: Partner, members: list[Member], absences: list[Absence], *, at: datetime
) -> Recipients:
    address: dict[Seat, str] = {member.pk: member.user.email.lower() for member in members}
    seats: list[Seat] = [member.pk for member in members if member.gets_booking_mails]
    if partner.email and partner.is_mailed:
        address[None] = partner.email.lower()
        seats.insert(0, None)
    today = at.astimezone(ZoneInfo(partner.time_zone)).date()
    deputies = _deputies_on(today, absences)
    by_seat = {address[seat]: address[_stand_in(seat, deputies, address)] for seat in seats}
    # A request that went to a deputy may be answered by it after the absence as well.
    stands_in = {address[each.deputy_id] for each in absences if each.deputy_id in address}
    return Recipients(by_seat, frozenset(by_seat) | stands_in)


def _deputies_on(day: date, absences: list[Absence]) -> dict[Seat, int]:
    return {each.member_id: each.deputy_id for each in absences if each.first_on <= day <= each.last_on}


def _stand_in(seat: Seat, deputies: Mapping[Seat, int], address: Mapping[Seat, str]) -> Seat:
    """The first in the chain of deputies who is there; the absent one after all rather than nobody."""
    current, passed = seat, {seat}
    while current in deputies:
        current = deputies[current]
        if current in passed or current not in address:
            return seat
        passed.add(current)
    return current
