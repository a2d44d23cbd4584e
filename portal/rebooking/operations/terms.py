"""What a partner wants otherwise than the marketplace."""

from datetime import datetime

from django.db import transaction

from portal.core import events
from portal.partners.models import Member
from portal.partners.operations.saving import lock_for_owner
from portal.rebooking.models import PricePolicy, RebookingTerms


@transaction.atomic
def save_terms(policy: PricePolicy | None, *, by: Member, at: datetime) -> RebookingTerms:
    """What customers who rebook may pay; None for the marketplace's rule. Safe to repeat: the same again is no change.

    :raises NotAllowed: when the member is no owner any more
    """
    partner = lock_for_owner(by)
    terms, _is_new = RebookingTerms.objects.get_or_create(partner=partner)
    said = policy.value if policy else ""
    if terms.price_policy != said:
        terms.price_policy = said
        terms.save(update_fields=["price_policy"])
        data = {"price_policy": said}
        events.record("rebooking_terms.changed", subject=terms, actor=by.user.actor, at=at, data=data)
    return terms
