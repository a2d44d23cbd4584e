"""People who sign in, and the refresh tokens of their programs."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

# Django's own, so that sessions from before there was a second factor go on.
_SESSIONS = "django.contrib.auth.models.AbstractBaseUser.get_session_auth_hash"


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **values: Any) -> "User":
        user = self.model(email=email.strip().lower(), **values)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    EVENT_SUBJECT = "user"
    # A user is nobody's: which partners one acts for is a membership.
    partner_id = None

    email = models.EmailField(_("E-mail"), unique=True)
    name = models.CharField(_("Name"), max_length=150, blank=True)
    language = models.CharField(
        _("Language"), max_length=2, choices=[("de", "Deutsch"), ("en", "English")], default="de"
    )
    is_manager = models.BooleanField(_("Works for the marketplace"), default=False)
    is_active = models.BooleanField(default=True)
    # Since when signing in takes a code, too. Kept here so that no request has to ask for it.
    second_factor_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        db_table = "miomente_partner_portal_users"
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.name or self.email

    @property
    def actor(self) -> str:
        """How events name this user: an id, no person's data."""
        return f"user:{self.pk}"

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What every session and token was made under: the password, the second factor, working for the marketplace.

        A change of any ends all others at once, among them those of somebody who knew only the password, and those
        that would last longer than a manager's may.
        """
        since = self.second_factor_at.isoformat() if self.second_factor_at else ""
        value = f"{self.password}{since}{'manager' if self.is_manager else ''}"
        return salted_hmac(_SESSIONS, value, secret=secret, algorithm="sha256").hexdigest()


class RefreshToken(models.Model):
    """One refresh token of a program that acts for a user. Only its hash is kept.

    Each use replaces it by the next of its family; a token that comes back after that was stolen or copied, and
    the whole family ends.
    """

    token_hash = models.CharField(max_length=64, unique=True)
    family = models.UUIDField(default=uuid.uuid4)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    # Of the password it was made under: a new password ends it.
    auth_hash = models.CharField(max_length=128)
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "miomente_partner_portal_refresh_tokens"
        indexes = [models.Index(fields=["family"], name="refresh_token_family")]

    def __str__(self) -> str:
        return f"{self.family}"
