"""What changes for a user outside of allauth."""

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction

from portal.accounts.models import User
from portal.core import outbox
from portal.core.models import OutboxMail
from portal.core.tenancy import register_system_reason, system

ACCOUNT_MAIL = register_system_reason("mails about an account")
MAKE_MANAGER = register_system_reason("making a manager from the shell")
RESET_SECOND_FACTOR = register_system_reason("taking a second factor away from the shell")


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


@transaction.atomic
def lock_user(user: User) -> User:
    """As the row stands now; nobody else changes this user's second factor before the caller has committed."""
    return User.objects.select_for_update().get(pk=user.pk)


@transaction.atomic
def second_factor_set_up(user: User, *, at: datetime) -> None:
    """From now on signing in takes a code. Ends all other sessions and all tokens of the user."""
    user.second_factor_at = at
    user.save(update_fields=["second_factor_at"])
    owe_notice("second_factor_set_up", user, at=at)


@transaction.atomic
def second_factor_removed(user: User, *, at: datetime, notice: str = "second_factor_removed") -> None:
    """The password alone is enough again. Ends all other sessions and all tokens of the user."""
    user.second_factor_at = None
    user.save(update_fields=["second_factor_at"])
    owe_notice(notice, user, at=at)


def reset_second_factor(email: str, *, at: datetime) -> User | None:
    """For who has lost the phone and the recovery codes. None for an unknown address. Safe to repeat.

    Whether it really is that person must have been asked before, on another way than by mail.
    """
    with system(RESET_SECOND_FACTOR, actor="shell"):
        user = User.objects.select_for_update().filter(email=email.strip().lower()).first()
        if user is None:
            return None
        removed, _ = Authenticator.objects.filter(user=user).delete()
        if removed or user.second_factor_at:
            second_factor_removed(user, at=at, notice="second_factor_reset")
    return user


def save_profile(user: User, *, name: str, language: str) -> None:
    """What people say of themselves."""
    user.name, user.language = name, language
    user.save(update_fields=["name", "language"])


def owe_password_reset(user: User, *, at: datetime) -> None:
    """Mail the user a link to choose a new password, with the caller's commit; each request is a mail."""
    _owe("password_reset", user, at=at)


def owe_notice(kind: str, user: User, *, at: datetime) -> None:
    """Tell the user, with the caller's commit, what changed at the account: it may have been somebody else."""
    _owe(kind, user, at=at)


def _owe(kind: str, user: User, *, at: datetime) -> None:
    # Such a mail belongs to no partner, and who asks for a new password is not signed in.
    with system(ACCOUNT_MAIL, actor=user.actor):
        # Two at the same moment are two mails, one after the other.
        lock_user(user)
        former = OutboxMail.objects.filter(kind=kind, subject_type=User.EVENT_SUBJECT, subject_id=user.pk)
        outbox.put(kind, subject=user, recipient=user.email, version=former.count() + 1, at=at)
