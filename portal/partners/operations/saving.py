"""Creating and changing a partner."""

from datetime import datetime

from django.db import transaction

from portal.core import events
from portal.core.refusals import NotAllowed
from portal.partners.models import Member, Partner
from portal.partners.policies import MemberBlocker

# What the marketplace says of a partner, by file or by form. All else is the partner's own to set.
_FACTS = (
    "magento_partner_id",
    "customer_number",
    "company",
    "contact",
    "email",
    "phone",
    "phone_doubted_at",
    "postcode",
    "city",
    "language",
)


@transaction.atomic
def save_partner(partner: Partner, *, actor: str, at: datetime) -> Partner:
    """Create or change a partner; orders that waited for it match by themselves afterwards."""
    is_new = partner.pk is None
    if is_new:
        partner.created_at = at
        partner.save()
        _record("partner.created", partner, actor=actor, at=at)
        return partner
    if Partner.objects.filter(pk=partner.pk).exclude(phone=partner.phone).exists():
        # What staff had found wrong was the old number.
        partner.phone_doubted_at = None
    partner.save(update_fields=_FACTS)
    record_changed(partner, actor=actor, at=at)
    return partner


@transaction.atomic
def doubt_phone(partner: Partner, *, actor: str, at: datetime) -> None:
    """Nobody answers at this number; a changed one is trusted again. Safe to repeat."""
    if Partner.objects.filter(pk=partner.pk, phone_doubted_at=None).update(phone_doubted_at=at):
        events.record("partner.phone_doubted", subject=partner, actor=actor, at=at)


def lock_for_owner(by: Member) -> Partner:
    """The partner, with its settings and members kept from changing until the transaction ends.

    :raises NotAllowed: when the member is no owner any more
    """
    # Rows that refer to the partner, such as bookings, may still be made meanwhile.
    partner = Partner.objects.select_for_update(no_key=True).get(pk=by.partner_id)
    if not Member.objects.filter(pk=by.pk, role=Member.Role.OWNER).exists():
        raise NotAllowed(MemberBlocker.NOT_OWNER)
    return partner


def record_changed(partner: Partner, *, actor: str, at: datetime) -> None:
    """Whoever depends on the partner's address, settings or members follows."""
    _record("partner.changed", partner, actor=actor, at=at)


def _record(kind: str, partner: Partner, *, actor: str, at: datetime) -> None:
    data = {"magento_partner_id": partner.magento_partner_id}
    events.record(kind, subject=partner, actor=actor, at=at, data=data)
