"""What changes for a user outside of allauth."""

from datetime import datetime

from portal.accounts.models import User
from portal.core import outbox
from portal.core.models import OutboxMail
from portal.core.tenancy import register_system_reason, system

ACCOUNT_MAIL = register_system_reason("mails about an account")
MAKE_MANAGER = register_system_reason("making a manager from the shell")


def create_manager(email: str, *, name: str, at: datetime) -> tuple[User, bool]:
    """Make somebody a manager who may sign in, and mail a link to choose a password.

    Safe to repeat: who is a manager already stays as they are and gets no second mail. Returns also whether
    anything was changed.
    """
    email = email.strip().lower()
    with system(MAKE_MANAGER, actor="shell"):
        user = User.objects.select_for_update().filter(email=email).first()
        if user is not None and user.is_manager and user.is_active:
            return user, False
        if user is None:
            user = User.objects.create_user(email, name=name, is_manager=True)
        else:
            user.is_manager = user.is_active = True
            user.name = name or user.name
            user.save(update_fields=["is_manager", "is_active", "name"])
        owe_password_reset(user, at=at)
    return user, True


def owe_password_reset(user: User, *, at: datetime) -> None:
    """Mail the user a link to choose a new password, with the caller's commit; each request is a mail."""
    # Such a mail belongs to no partner, and who asks is not signed in.
    with system(ACCOUNT_MAIL, actor=user.actor):
        former = OutboxMail.objects.filter(
            kind="password_reset", subject_type=User.EVENT_SUBJECT, subject_id=user.pk
        )
        outbox.put("password_reset", subject=user, recipient=user.email, version=former.count() + 1, at=at)
