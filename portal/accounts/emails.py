"""Mails about an account itself."""

from dataclasses import dataclass
from datetime import datetime

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.core import outbox
from portal.core.mailing import RenderedMail, render_mail
from portal.core.models import OutboxMail


@outbox.mail("password_reset", audience=OutboxMail.Audience.USER)
def password_reset(mail: OutboxMail, at: datetime) -> RenderedMail | None:
    user = User.objects.filter(pk=mail.subject_id, is_active=True).first()
    if user is None:
        return None
    return render_mail(
        "accounts/emails/password_reset",
        language=user.language,
        context={"user": user, "reset_url": password_link(user)},
    )


@dataclass(frozen=True)
class Notice:
    subject: Promise
    text: Promise


_NOTICES = {
    "password_changed": Notice(
        _("Your password was changed"), _("The password of your account at the partner portal was changed.")
    ),
    "second_factor_set_up": Notice(
        _("Your account now has a second factor"),
        _(
            "From now on, signing in to the partner portal takes a code from your app as well as the password."
        ),
    ),
    "second_factor_removed": Notice(
        _("Your account no longer has a second factor"),
        _("The second factor of your account was removed. The password alone is enough to sign in now."),
    ),
    "second_factor_reset": Notice(
        _("Your second factor was reset"),
        _("We have removed the second factor of your account, so that you can set it up again."),
    ),
    "recovery_codes_renewed": Notice(
        _("You have new recovery codes"),
        _("New recovery codes were made for your account. The former ones no longer work."),
    ),
}


def _notice(mail: OutboxMail, at: datetime) -> RenderedMail | None:
    user = User.objects.filter(pk=mail.subject_id, is_active=True).first()
    if user is None:
        return None
    return render_mail(
        "accounts/emails/notice",
        language=user.language,
        context={
            "notice": _NOTICES[mail.kind],
            "happened_at": mail.created_at,
            "reset_url": f"{settings.PORTAL_URL}{reverse('account_reset_password')}",
        },
    )


for _kind in _NOTICES:
    outbox.mail(_kind, audience=OutboxMail.Audience.USER)(_notice)


def password_link(user: User) -> str:
    """Where the user chooses a new password. It works once, and for three days."""
    path = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)},
    )
    return f"{settings.PORTAL_URL}{path}"
