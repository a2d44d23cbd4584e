"""Reads of partners and members."""

from django.db.models import Count, Q, QuerySet

from portal.accounts.models import User
from portal.partners.models import Member, Partner


def memberships_of(user: User) -> list[Member]:
    """Those the user has accepted. Needs the user's own scope."""
    return list(Member.objects.filter(user=user, joined_at__isnull=False).order_by("pk"))


def partner_list(search: str = "") -> QuerySet[Partner]:
    """For staff."""
    partners = Partner.objects.annotate(member_count=Count("members")).order_by("company", "pk")
    if search:
        partners = partners.filter(
            Q(company__icontains=search)
            | Q(customer_number__icontains=search)
            | Q(magento_partner_id__icontains=search)
            | Q(email__icontains=search)
        )
    return partners


def members_of(partner: Partner) -> QuerySet[Member]:
    return Member.objects.filter(partner=partner).select_related("user").order_by("pk")


def member_by_id(member_id: int) -> Member | None:
    return Member.objects.select_related("user", "partner").filter(pk=member_id).first()
