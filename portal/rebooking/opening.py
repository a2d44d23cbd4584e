"""From a token to the link that it belongs to, and back to the address that stands in mails."""

from django.conf import settings

from portal.core import links
from portal.rebooking import queries
from portal.rebooking.models import Rebooking
from portal.rebooking.queries import REBOOK_LINK

__all__ = ["REBOOK_LINK", "open_rebooking", "rebook_url", "token_of"]


def open_rebooking(token: str) -> Rebooking | None:
    """Find the row of a token and enter the scope of its partner; None for a token that nobody has, or has any more.

    A link that is used, over or withdrawn is found too: `policies.use_blocker` says which. It writes nothing.
    """
    if links.open_link(token, purpose=REBOOK_LINK) is None:
        return None
    return queries.with_relations().filter(token=links.hash_of(token)).first()


def token_of(rebooking: Rebooking) -> str:
    """As it stands in the customer's mail; empty once the customer is erased."""
    link = queries.link_of(rebooking)
    return links.token_of(link) if link else ""


def rebook_url(rebooking: Rebooking) -> str:
    """Where the customer chooses a date. With a query; empty once the customer is erased."""
    token = token_of(rebooking)
    return f"{settings.PORTAL_URL}/rebook/{token}" if token else ""
