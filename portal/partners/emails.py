"""Mails to members."""

from datetime import datetime

from django.conf import settings

from portal.core import links, outbox
from portal.core.mailing import RenderedMail, render_mail
from portal.core.models import OutboxMail
from portal.partners import queries
from portal.partners.operations import INVITATION


@outbox.mail("member_invited", audience=OutboxMail.Audience.USER)
def member_invited(mail: OutboxMail, at: datetime) -> RenderedMail | None:
    """Dropped when it was accepted, sent anew or taken back before it left."""
    member = queries.member_by_id(mail.subject_id)
    if member is None:
        return None
    link = links.find(INVITATION, subject=member)
    if link is None or link.version != mail.version or member.joined_at is not None:
        return None
    return render_mail(
        "partners/emails/member_invited",
        language=member.user.language,
        context={
            "member": member,
            "partner": member.partner,
            "join_url": f"{settings.PORTAL_URL}/invitation/{links.token_of(link)}",
            "expires_at": link.expires_at,
        },
    )
