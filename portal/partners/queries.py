"""Reads of partners and members."""

from datetime import date
from functools import cache

from django.db.models import Count, Q, QuerySet

from portal.accounts.models import User
from portal.core.statements import ModelStatement, Slot
from portal.partners.models import Absence, Member, Partner


def memberships_of(user: User) -> list[Member]:
    """Those the user has accepted. Needs the user's own scope."""
    return _memberships().load({"user_id": user.pk})


def memberships_with_user(user_id: int) -> list[Member]:
    """As `memberships_of`, where only the id is known yet: each with its user."""
    return _memberships_with_user().load({"user_id": user_id})


@cache
def _memberships_with_user() -> ModelStatement:
    """Asked at every call of the API."""
    return ModelStatement(_joined(), "user")


@cache
def _memberships() -> ModelStatement:
    """Asked for every page."""
    return ModelStatement(_joined())


def _joined() -> QuerySet[Member]:
    return Member.objects.filter(user=Slot("user_id"), joined_at__isnull=False).order_by("pk")


def partner_acted_for(member: Member) -> Partner:
    """In the scope of this member."""
    partner: Partner = _partner().load({"pk": member.partner_id})[0]
    return partner


@cache
def _partner() -> ModelStatement:
    return ModelStatement(Partner.objects.filter(pk=Slot("pk")).order_by())


def partner_list(search: str = "") -> QuerySet[Partner]:
    """For staff."""
    partners = partners_called(search) if search else Partner.objects.all()
    return partners.annotate(member_count=Count("members")).order_by("company", "pk")


def partners_called(search: str) -> QuerySet[Partner]:
    """By a part of the name, the numbers or the address. For staff."""
    return Partner.objects.filter(
        Q(company__icontains=search)
        | Q(customer_number__icontains=search)
        | Q(magento_partner_id__icontains=search)
        | Q(email__icontains=search)
    )


def partner_by_id(partner_id: int) -> Partner | None:
    """For staff."""
    return Partner.objects.filter(pk=partner_id).first()


def members_of(partner: Partner) -> QuerySet[Member]:
    return Member.objects.filter(partner=partner).select_related("user").order_by("pk")


def absences_of(partner: Partner, *, today: date) -> QuerySet[Absence]:
    """Those of today and to come, the next one first."""
    planned = Absence.objects.filter(partner=partner, last_on__gte=today)
    return planned.select_related("member__user", "deputy__user").order_by("first_on", "pk")


def member_by_id(member_id: int) -> Member | None:
    return Member.objects.select_related("user", "partner").filter(pk=member_id).first()
