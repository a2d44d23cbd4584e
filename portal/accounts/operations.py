"""What changes for a user outside of allauth."""

from datetime import datetime

from portal.accounts.models import User
from portal.core import outbox
from portal.core.models import OutboxMail
from portal.core.tenancy import register_system_reason, system

ACCOUNT_MAIL = register_system_reason("mails about an account")


def owe_password_reset(user: User, *, at: datetime) -> None:
    """Mail the user a link to choose a new password, with the caller's commit; each request is a mail."""
    # Such a mail belongs to no partner, and who asks is not signed in.
    with system(ACCOUNT_MAIL, actor=user.actor):
        former = OutboxMail.objects.filter(
            kind="password_reset", subject_type=User.EVENT_SUBJECT, subject_id=user.pk
        )
        outbox.put("password_reset", subject=user, recipient=user.email, version=former.count() + 1, at=at)
