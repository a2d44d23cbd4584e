"""Mails about an account itself."""

from datetime import datetime

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from portal.accounts.models import User
from portal.core import outbox
from portal.core.mailing import RenderedMail, render_mail
from portal.core.models import OutboxMail


@outbox.mail("password_reset")
def password_reset(mail: OutboxMail, at: datetime) -> RenderedMail | None:
    user = User.objects.filter(pk=mail.subject_id, is_active=True).first()
    if user is None:
        return None
    return render_mail(
        "accounts/emails/password_reset",
        language=user.language,
        context={"user": user, "reset_url": password_link(user)},
    )


def password_link(user: User) -> str:
    """Where the user chooses a new password. It works once, and for three days."""
    path = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)},
    )
    return f"{settings.PORTAL_URL}{path}"
